"""The story that the demo plays, and what it prints of it."""

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path

from rich.cells import set_cell_size

from mailbot.core.messages import OpenedMail
from mailbot.core.model import Case
from mailbot.core.outbox import Status
from mailbot.demo.desk import ADDRESS, DemoDesk, morning
from mailbot.demo.page import write_pages
from mailbot.demo.people import Person, post
from mailbot.demo.servers import PostOffice
from mailbot.errors import ConfigError

_HOME_LIMIT = 60
"""gpg-agent's socket must fit into 108 bytes of path."""


class Stage:
    """Everybody in the demo, and the mails that they got."""

    def __init__(
        self, desk: DemoDesk, office: PostOffice, people: dict[str, Person], say: Callable[[str], None]
    ) -> None:
        self.desk, self.office, self.say = desk, office, say
        self.hanako, self.alex, self.operator = people["hanako"], people["alex"], people["operator"]
        self.vendor, self.coordinator = people["vendor"], people["coordinator"]
        self.letters: list[tuple[str, OpenedMail]] = []
        self._read: dict[str, int] = {}

    def send(self, person: Person, subject: str, text: str, **how: object) -> None:
        """Let a person mail the desk, or answer a mail of it."""
        answers = how.get("answers")
        to = answers.mail.reply_to[0].address if isinstance(answers, OpenedMail) and answers.mail.reply_to else ADDRESS
        content = person.write(to, subject, text, **how)  # type: ignore[arg-type]  # the keywords of Person.write
        post(self.office.smtp_port, person.address, [to], content)

    def command(self, *lines: str) -> None:
        """Let the coordinator mail signed and encrypted commands, and the desk carry them out."""
        self.send(self.coordinator, "commands", "\n".join(lines) + "\n", sign=True, encrypt=True)
        self.desk.round()

    def mail_for(self, person: Person) -> OpenedMail:
        """The newest mail that a person got, as their client shows it."""
        self.collect()
        return next(mail for who, mail in reversed(self.letters) if who == person.name)

    def collect(self) -> None:
        """Let everybody read what came."""
        for person in (self.hanako, self.alex, self.operator, self.vendor, self.coordinator):
            box = self.office.boxes[person.address]
            for content in box[self._read.get(person.address, 0) :]:
                self.letters.append((person.name, person.read(content)))
            self._read[person.address] = len(box)

    def approve_held(self, case: Case) -> None:
        """Let the coordinator release what waits for them, by the hash that they were shown."""
        held = [i for i in self.desk.bot.store.items(case.id) if i.status is Status.HELD]
        self.command(f"!case {case.id}", *(f"!approve {item.hash}" for item in held))


def play(keep: Path | None) -> int:
    """Play the whole story; 0 if every case ended as it should."""
    began = time.monotonic()
    folder = _folder(keep)
    with ExitStack() as stack:
        say = _teller(began)
        say("starting an IMAP and an SMTP server on 127.0.0.1, making throw-away keys")
        office = stack.enter_context(PostOffice(ADDRESS))
        people = _people(folder, stack)
        desk = DemoDesk(folder, office, people["coordinator"], morning())
        stack.callback(desk.close)
        for person in people.values():
            person.meet(desk.public_key)
        stage = Stage(desk, office, people, say)
        _website(stage)
        _product(stage)
        _noise(stage)
        stage.collect()
        cases = sorted(desk.bot.store.cases(), key=lambda c: c.received)
        for case in cases:
            _timeline(desk, case)
        say("writing the HTML report, the desk's own pages and all mails on one page")
        pages = write_pages(folder, desk, cases, stage.letters)
        _where_next(folder, pages, len(stage.letters), time.monotonic() - began)
        if keep is None:
            sys.stdout.write(f"All of it lies in {folder}, which may be deleted when you have seen enough.\n")
        return 0 if [c.state.value for c in cases] == ["closed", "contacting"] else 1


def _website(stage: Stage) -> None:
    """A website report in Japanese, encrypted, from receipt to closure."""
    desk, say = stage.desk, stage.say
    say("発見者 mails an encrypted report in Japanese (ISO-2022-JP, the form of IPA)")
    text = _sample("website-ja.txt")
    how: dict[str, object] = {"encrypt": True, "sign": True, "attach_key": True, "charset": "iso-2022-jp"}
    stage.send(stage.hanako, "ウェブアプリケーション脆弱性関連情報の届出", text, **how)
    desk.round()
    case = desk.case_with("shop.example.jp")
    say(f"{case.id} is open; the receipt is out, the coordinator was asked; they accept")
    desk.pass_time(hours=1)
    stage.command(f"!case {case.id}", "!accept")
    say("the coordinator read the first contact in full and approves it by its hash")
    stage.approve_held(case)
    say(f"{desk.until_due(case.id)} days go by without an answer: a reminder, on the morning of a business day")
    say("the operator answers, and so confirms that contact point; the details are shown, approved, sent")
    asked = stage.mail_for(stage.operator)
    answer = "お世話になっております。ショップ運営の担当の田中です。\n詳細はこのアドレスにお送りください。\n"
    stage.send(stage.operator, f"Re: {asked.subject}", answer, answers=asked)
    desk.pass_time(hours=2)
    stage.approve_held(case)
    say(
        "two weeks later the operator reports the fix; the finder is asked to look, the coordinator confirms and closes"
    )
    details = stage.mail_for(stage.operator)
    stage.send(
        stage.operator,
        f"Re: {details.subject}",
        "ご連絡ありがとうございました。\n本日、修正しました。\n",
        answers=details,
    )
    desk.pass_time(days=14)
    stage.command(f"!case {case.id}", "!fix confirmed corrected", "!close fixed")
    desk.round()


def _product(stage: Stage) -> None:
    """A product report in English, incomplete at first, up to the first contact with the vendor."""
    desk, say = stage.desk, stage.say
    say("a finder mails a plain report in English that leaves something out: a question goes back")
    stage.send(stage.alex, "SQL injection in Example Calendar", _sample("product-en.txt"))
    desk.round()
    case = desk.case_with("Example Calendar")
    asked = stage.mail_for(stage.alex)
    stage.send(stage.alex, f"Re: {asked.subject}", _sample("answer-en.txt"), answers=asked)
    desk.pass_time(days=1)
    say(f"{case.id}: the finder answered; the coordinator accepts, names the vendor's address, approves the mail")
    stage.command(f"!case {case.id}", "!accept", "!contact add psirt@vendor.example.com found on their web site")
    stage.command(f"!case {case.id}", "!contact use 1")
    stage.approve_held(case)


def _noise(stage: Stage) -> None:
    """What else reaches such a mailbox."""
    stage.say(
        "noise arrives: a newsletter, an out-of-office answer, a forged command; none opens a case or gets an answer"
    )
    letter = "Dear customer,\nour autumn sale has begun: 30% off all office chairs.\n"
    stage.send(stage.vendor, "Autumn sale", letter)
    away = stage.alex.write(ADDRESS, "Out of office", "I am away until Monday.\n")
    post(stage.office.smtp_port, stage.alex.address, [ADDRESS], b"Auto-Submitted: auto-replied\r\n" + away)
    case = stage.desk.case_with("shop.example.jp")
    forged = stage.vendor.write(ADDRESS, "commands", f"!case {case.id}\n!reopen hello\n", sign=True)
    forged = forged.replace(b"From: " + stage.vendor.name.encode(), b"From: Coordinator", 1)
    forged = forged.replace(stage.vendor.address.encode(), stage.coordinator.address.encode(), 1)
    post(stage.office.smtp_port, stage.vendor.address, [ADDRESS], forged)
    stage.desk.pass_time(hours=1)


def _people(folder: Path, stack: ExitStack) -> dict[str, Person]:
    people = {
        "hanako": ("発見 花子", "hanako@finder.example.com"),
        "alex": ("Alex Finder", "alex@finder.example.org"),
        "operator": ("ショップ運営", "info@shop.example.jp"),
        "vendor": ("Example Soft PSIRT", "psirt@vendor.example.com"),
        "coordinator": ("調整 太郎", "taro@desk.example.jp"),
    }
    made = {}
    for number, (role, (name, address)) in enumerate(people.items()):
        made[role] = Person.with_new_key(name, address, folder / "people" / str(number))
        stack.callback(made[role].close)
    return made


def _folder(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="mailbot-demo-", dir="/tmp" if Path("/tmp").is_dir() else None))
    folder = keep.resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise ConfigError((f"--keep {folder}: cannot be made: {exc.strerror}",)) from exc
    if len(str(folder)) > _HOME_LIMIT:
        raise ConfigError((f"--keep {folder}: longer than {_HOME_LIMIT} characters, too long for gpg-agent's socket",))
    return folder


def _sample(name: str) -> str:
    return files("mailbot.demo").joinpath("samples", name).read_text("utf-8")


def _teller(began: float) -> Callable[[str], None]:
    def say(text: str) -> None:
        sys.stdout.write(f"[{time.monotonic() - began:5.1f} s] {text}\n")
        sys.stdout.flush()

    return say


def _timeline(desk: DemoDesk, case: Case) -> None:
    """The case as a coordinator would tell it."""
    zone = desk.bot.desk.timezone
    out = sys.stdout.write
    out(f"\n{case.id}  {case.track}, {case.state}" + (f" ({case.closing_code})" if case.closing_code else "") + "\n")
    for entry in case.timeline:
        when = entry.at.astimezone(zone)
        columns = set_cell_size(entry.what, 18) + set_cell_size(entry.who, 28) + entry.text
        out(f"  {when:%Y-%m-%d %H:%M}  {columns}".rstrip() + "\n")
    for deadline in case.deadlines[:1]:
        out(f"  next: {deadline.kind} on {deadline.at.astimezone(zone):%Y-%m-%d}\n")


def _where_next(folder: Path, pages: tuple[Path, Path, Path], letters: int, seconds: float) -> None:
    out = sys.stdout.write
    out(f"\n{letters} mails were sent and read in {seconds:.0f} s. Look next at:\n")
    said = ("every mail on one page", "the quarter's statistics, public", "the desk's own page: what is open and due")
    for page, what in zip(pages, said, strict=True):
        out(f"  {page}   {what}\n")
    mailbot = f"{Path(sys.argv[0]).resolve()} --config {folder / 'mailbot.toml'}"
    out(f"  {mailbot} case list   the desk's own view; also case show ID, outbox list, quarantine list\n")
    out("  README.md   how to point it at your own mailbox: init, doctor, rehearse, run\n")
