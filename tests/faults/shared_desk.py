"""One desk worked by several daemons, each with a folder of its own as on a host of its own, and what came of it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path

from mailbot import setup
from mailbot.adapters.codec import the_key_in
from mailbot.adapters.gpg import stop_agent
from mailbot.bootstrap_memory import open_memory
from mailbot.config import load
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem, Status
from mailbot.demo.people import Person
from mailbot.memory import DeskStore, Disposition
from tests.faults.kill_desk import FAST, FOLDERS, START, TAKEN_AT_MOST, write_config
from tests.faults.kill_mails import DESK, FORM
from tests.servers import PASSWORD, Dovecot, SmtpSink

_DATABASE = """
[store]
backend = "postgresql"
url_env = "SHARED_DESK"
lease_seconds = {lease}
"""
_LIMITS = """mails_per_hour = 100000
notices_per_coordinator_and_hour = 100000
mails_per_recipient_and_day = 100000
mails_per_round = 20
"""


def report(number: int) -> bytes:
    """A report of a finder of its own about a site of its own; every fifth time in English."""
    finder, site = f"finder{number}@people{number}.example.net", f"shop{number}.example.com"
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Finder {number} <{finder}>", DESK
    mail["Message-ID"] = f"<report.{number}@people{number}.example.net>"
    mail["Date"] = format_datetime(START)
    if number % 5:
        mail["Subject"] = f"脆弱性の届出 {site}"
        mail.set_content(FORM.format(finder=finder, site=site))
    else:
        mail["Subject"] = f"Vulnerability report: https://{site}/"
        mail.set_content(
            f"Hello,\n\nI found a reflected cross-site scripting vulnerability at https://{site}/search?q=test\n\n"
            "Steps to reproduce:\n1. Open the page.\n2. Type <b>x</b> into the search box.\n\n"
            f"Impact: a forged page can be shown.\n\nRegards,\nFinder {number}\n"
        )
    return mail.as_bytes().replace(b"\n", b"\r\n")


def notice(number: int) -> bytes:
    """A machine's answer that asks for nothing."""
    mail = EmailMessage()
    mail["From"], mail["To"] = f"robot{number}@people{number}.example.net", DESK
    mail["Subject"], mail["Auto-Submitted"] = "Out of office", "auto-replied"
    mail["Message-ID"] = f"<away.{number}@people{number}.example.net>"
    mail["Date"] = format_datetime(START)
    mail.set_content("I am away until Monday.\n")
    return mail.as_bytes().replace(b"\n", b"\r\n")


class Host:
    """A daemon with a folder of its own."""

    def __init__(self, base: Path, name: str, url: str) -> None:
        self.name = name
        self.folder = Path(tempfile.mkdtemp(prefix="mb", dir=FAST))
        shutil.copytree(base, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("S.*", "p"))
        self._environment = os.environ | {"KILLED_DESK": PASSWORD, "SHARED_DESK": url, "PYTHONWARNINGS": "ignore"}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def config(self) -> Path:
        """Its mailbot.toml."""
        return self.folder / "mailbot.toml"

    def start(self) -> None:
        """Begin, or begin anew, to work."""
        with (self.folder / "err").open("a", encoding="utf-8") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "mailbot", "--config", str(self.config), "run"],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=self._environment,
                start_new_session=True,
            )

    def run(self, *words: str) -> None:
        """Another verb, to its end."""
        command = [sys.executable, "-m", "mailbot", "--config", str(self.config), *words]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def signal(self, number: int) -> None:
        """To the daemon itself: what it started knows nothing of it."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """At once, in the middle of whatever it does."""
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def end(self) -> int:
        """In order; the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=60)

    def said(self) -> str:
        """The end of what it said."""
        return (self.folder / "err").read_text("utf-8")[-3000:]

    def close(self) -> None:
        """Nothing of it stays."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        stop_agent(self.folder / "state" / "gnupg")
        shutil.rmtree(self.folder, ignore_errors=True)


class SharedDesk:
    """The hosts of one desk, its mailbox and its relay."""

    def __init__(self, base: Path, dovecot: Dovecot, sink: SmtpSink, url: str, **options: int) -> None:
        """`options`: how many `hosts`, `lease` in seconds."""
        self.dovecot, self.sink, self.user = dovecot, sink, dovecot.new_user()
        self.hosts = [Host(base, f"host {number}", url) for number in range(options["hosts"])]
        for host in self.hosts:
            write_config(host.folder, dovecot, sink, self.user)
            text = host.config.read_text("utf-8") + _LIMITS + _DATABASE.format(lease=options["lease"])
            host.config.write_text(text, "utf-8")
        os.environ["SHARED_DESK"] = url
        # On one host only: the others learn it from the shared memory.
        first = self.hosts[0]
        first.run("key", "import", str(first.folder / "taro.asc"))

    @contextmanager
    def store(self) -> Iterator[DeskStore]:
        """Its memory, for reading."""
        host = self.hosts[0]
        with open_memory(load(host.config), the_key_in(host.folder / "state.key"), read_only=True) as memory:
            yield memory.store

    def rests(self, mails: int) -> bool:
        """Whether so many mails are done, and nothing waits to be sent."""
        with self.store() as store:
            done = sum(1 for _ in store.dispositions())
            waits = any(item.status in (Status.QUEUED, Status.SENDING) for item in store.items())
        return done >= mails and not waits and not self.dovecot.mails(self.user, "INBOX")

    def faults(self, reports: Sequence[bytes], others: Sequence[bytes]) -> tuple[list[str], int]:
        """What is not as it should be, and how many mails came again under their own Message-ID."""
        with self.store() as store:
            found = _Ending(tuple(store.cases()), tuple(store.items()), tuple(store.dispositions()))
        wanted = {sha256(mail).hexdigest() for mail in (*reports, *others)}
        filed = Counter(sha256(m).hexdigest() for name in FOLDERS for m in self.dovecot.mails(self.user, name))
        faults = [*found.of_mails({sha256(mail).hexdigest() for mail in reports}, wanted)]
        faults += [f"lies {n} times in the mailbox: {d[:12]}" for d, n in filed.items() if n != 1 or d not in wanted]
        faults += [f"is not in the mailbox any more: {digest[:12]}" for digest in wanted - set(filed)]
        taken = [(message_from_bytes(m.content), m.recipients[0]) for m in self.sink.messages]
        came = Counter(str(mail["Message-ID"]) for mail, _ in taken)
        faults += found.of_relay(came)
        purposes: dict[tuple[str, str], set[str]] = defaultdict(set)
        for mail, to in taken:
            purposes[to, str(mail["Subject"])].add(str(mail["Message-ID"]))
        faults += [f"two mails for one purpose: {p}" for p, ids in purposes.items() if len(ids) > 1]
        return faults, sum(came.values()) - len(came)

    def close(self) -> None:
        """Nothing of it stays."""
        for host in self.hosts:
            host.close()


class _Ending:
    """What the memory holds at the end."""

    def __init__(
        self, cases: tuple[Case, ...], items: tuple[OutboxItem, ...], dispositions: tuple[Disposition, ...]
    ) -> None:
        self._cases, self._items, self._dispositions = cases, items, dispositions

    def of_mails(self, reports: set[str], wanted: set[str]) -> Iterator[str]:
        """Each mail is accounted for once, and each report has one case with one receipt."""
        digests = Counter(done.digest for done in self._dispositions)
        yield from (f"no disposition: {digest[:12]}" for digest in wanted - set(digests))
        yield from (f"{n} dispositions: {digest[:12]}" for digest, n in digests.items() if n != 1)
        yield from (f"is {d.kind}: {d.why}" for d in self._dispositions if (d.kind == "case") != (d.digest in reports))
        opened = Counter(done.case for done in self._dispositions if done.kind == "case")
        yield from (f"{case} was opened by {n} mails" for case, n in opened.items() if n != 1)
        if {case.id for case in self._cases} != set(opened):
            yield f"{len(self._cases)} cases, {len(opened)} opened by mails"
        receipts = Counter(item.case for item in self._items if item.template == "receipt")
        yield from (f"{case.id} has {receipts[case.id]} receipts" for case in self._cases if receipts[case.id] != 1)

    def of_relay(self, came: Counter[str]) -> Iterator[str]:
        """What is sent came to the relay, and nothing came too often or is unknown."""
        known = {item.message_id: item for item in self._items if item.draft}
        for message_id, item in known.items():
            if item.status is Status.SENT and not came[message_id]:
                yield f"is said to be sent, and never came: {item.item} {item.template}"
            elif item.status not in (Status.SENT, Status.DEAD, Status.HELD, Status.UNCERTAIN):
                yield f"is left {item.status}: {item.item} {item.template}"
            elif item.status is Status.HELD and item.draft and item.draft.audience == "coordinator":
                yield f"is held, though nobody else gets it: {item.item} {item.template} {item.held_for}"
        yield from (f"came {n} times: {m}" for m, n in came.items() if n > TAKEN_AT_MOST)
        yield from (f"came, and is not known: {m}" for m in came if m not in known)


@contextmanager
def prepared() -> Iterator[Path]:
    """The folder of a desk with its keys, to be copied for each host."""
    base = Path(tempfile.mkdtemp(prefix="mb", dir=FAST))
    os.environ["KILLED_DESK"] = PASSWORD
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, base, ignore_errors=True)
        lines = list(setup.init(base, "試験受付窓口", DESK, None))
        for name in ("rules", "templates"):
            shutil.rmtree(base / name)  # the shipped ones are the same
        taro = Person.with_new_key("調整 太郎", "taro@desk.example.jp", base / "p")
        stack.callback(taro.close)
        own = next(line.rpartition(" ")[2] for line in lines if line.startswith("the desk's key"))
        (base / "keys").write_text(f"{own}\n{taro.fingerprint}\n", "utf-8")
        (base / "taro.asc").write_bytes(taro.public_key)
        yield base
