"""`verify` finds whatever is changed behind the desk's back, each as a line of its own, and its advice mends it."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailbot.adapters.archive import Place
from mailbot.adapters.codec import STORE_NAME
from mailbot.adapters.journal import JournalStorage
from mailbot.adapters.logbook import Logbook
from mailbot.adapters.records import CASE
from mailbot.adapters.stubs import brief_of, case_stub
from tests.faults.kept_desk import KeptDesk
from tests.faults.world import REPORT

OTHER_REPORT = REPORT.replace("shop.example.jp", "wiki.example.jp")
UNKNOWN = b"From: eve@evil.example\r\nMessage-ID: <unknown@evil.example>\r\nSubject: x\r\n\r\nput here by hand\r\n"


@pytest.fixture(scope="module")
def lived() -> Iterator[KeptDesk]:
    """A desk with an open case, one that was rejected and archived, and a held mail."""
    desk = KeptDesk()
    desk.round(desk.write("Hanako"))
    desk.round(desk.write("Mallory", "hello", "A question about lunch."), hours=1)
    desk.command("!reject OUT_OF_SCOPE")
    desk.round(desk.write("Hanako", text=OTHER_REPORT), days=4)
    desk.round(days=40)
    desk.round(days=1)
    desk.leave()
    yield desk
    desk.remove()


@pytest.fixture
def desk(lived: KeptDesk, tmp_path: Path) -> Iterator[KeptDesk]:
    """The desk, whose state and mailbox are put back afterwards."""
    shutil.copytree(lived.state, tmp_path / "state")
    folders = {name: dict(mails) for name, mails in lived.mailbox.folders.items()}
    yield lived
    shutil.rmtree(lived.state)
    shutil.copytree(tmp_path / "state", lived.state)
    lived.mailbox.folders.clear()
    lived.mailbox.folders.update(folders)


def flip(path: Path, at: float = 0.5) -> None:
    """One bit, so far into the file."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * at)] ^= 1
    path.write_bytes(content)


def spooled(desk: KeptDesk) -> Path:
    """A file of the spool."""
    return sorted((desk.state / "mail").rglob("*.eml"))[0]


def archive(desk: KeptDesk) -> Path:
    """The archive of the year."""
    (found,) = (desk.state / "archive").iterdir()
    return found


def log_lines(desk: KeptDesk, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Change the log's lines."""
    path = desk.state / "journal.log"
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def chained_anew(desk: KeptDesk) -> None:
    """Change a word in an early line, and every hash after it, as whoever may write the file can."""
    path = desk.state / "journal.log"
    lines = [re.split(" ", line, maxsplit=3) for line in path.read_text("utf-8").splitlines()]
    path.unlink()
    book = Logbook(path)
    for number, (at, _, _, text) in enumerate(lines):
        said = f"{text}." if number == 1 else text
        book.write(book.compose(_Moment(at), (said,)))  # type: ignore[arg-type]  # it only writes it


class _Moment(str):
    """A time as it was written."""

    def isoformat(self) -> str:
        """Itself."""
        return str(self)


def rows(desk: KeptDesk, change: Callable[[JournalStorage], None]) -> None:
    """Change rows of the store as only one with the key could."""
    with desk.rows() as journal:
        change(journal)


def drop(table: str, which: Callable[[dict[str, object]], object] = lambda _: True) -> Callable[[KeptDesk], None]:
    """Take a row away."""

    def change(journal: JournalStorage) -> None:
        row_id = next(i for i, row in journal.rows(table).items() if which(row))
        journal.commit([(table, row_id, None)])

    return lambda desk: rows(desk, change)


def edit(table: str, which: Callable[[dict[str, object]], object], **values: object) -> Callable[[KeptDesk], None]:
    """Change a row."""

    def change(journal: JournalStorage) -> None:
        row_id, row = next((i, row) for i, row in journal.rows(table).items() if which(row))
        journal.commit([(table, row_id, {**row, **values})])

    return lambda desk: rows(desk, change)


def under_another_id(journal: JournalStorage) -> None:
    """Let a case be found by the number of another."""
    journal.commit([("cases", "CASE#00000000", next(r for r in journal.rows("cases").values() if "archived" not in r))])


def told_as_another(journal: JournalStorage) -> None:
    """An archived case of which a report would count another reason for its rejection."""
    case_id, row = next((i, row) for i, row in journal.rows("cases").items() if "archived" in row)
    case = brief_of(row)
    assert case is not None
    other = CASE.dump(replace(case, rejection_code=None))
    stub = case_stub({**other, "message_ids": row["message_ids"]}, Place(**row["archived"]))
    journal.commit([("cases", case_id, {**row, "brief": stub["brief"]})])


def another_item(journal: JournalStorage) -> None:
    """A mail that is said to have been sent, and never was."""
    row = next(row for row in journal.rows("outbox").values() if row["message_id"] and "archived" not in row)
    journal.commit([("outbox", "d" * 16, {**row, "item": "d" * 16})])


def taken_out(desk: KeptDesk) -> None:
    """Remove a mail from every folder."""
    desk.mailbox.folders["Processed"].pop(min(desk.mailbox.folders["Processed"]))


def whole_draft(row: dict[str, object]) -> object:
    """Whether the row is a mail with its text and hash."""
    return "archived" not in row and row.get("draft") and row.get("hash")


CORRUPTIONS: dict[str, tuple[Callable[[KeptDesk], object], str]] = {
    "spool file changed": (lambda d: flip(spooled(d)), r"^spool [0-9a-f]{12}: does not open"),
    "spool file missing": (lambda d: spooled(d).unlink(), r"^spool [0-9a-f]{12}: the bytes of the mail are missing"),
    "spool files exchanged": (
        lambda d: shutil.copy(sorted((d.state / "mail").rglob("*.eml"))[1], spooled(d)),
        r"^spool [0-9a-f]{12}: does not open",
    ),
    "byte of a frame flipped": (lambda d: flip(d.state / STORE_NAME), r"^store \S+desk\.journal: damaged at byte"),
    "store missing": (lambda d: (d.state / STORE_NAME).unlink(), r"^store \S+desk\.journal: is missing, though"),
    "journal line removed": (
        lambda d: log_lines(d, lambda x: [*x[:4], *x[5:]]),
        r"^journal .*\(#6\) does not follow #4",
    ),
    "journal line altered": (
        lambda d: log_lines(d, lambda x: [*x[:4], x[4][:-9] + b"another.\n", *x[5:]]),
        r"^journal .*line 5 \(#5\) does not follow #4, or was altered",
    ),
    "journal cut off": (lambda d: log_lines(d, lambda x: x[:-3]), r"^journal .*ends at #\d+, but the store"),
    "journal missing": (lambda d: (d.state / "journal.log").unlink(), r"^journal .*ends at #0, but the store"),
    "journal chained anew": (chained_anew, r"^journal \w+ #\d+: line #\d+ is not the one whose hash the digest of 20"),
    "archived case changed": (lambda d: flip(archive(d)), r"^archive \S+-0001\.journal: damaged at byte"),
    "archive missing": (lambda d: archive(d).unlink(), r"^archive CASE#\d{8}: its archive "),
    "text of an outbox item changed": (
        edit("outbox", whole_draft, hash="0" * 20),
        r"^outbox [0-9a-f]{16}: its text is not the one that its hash was made of",
    ),
    "outbox item without its case": (
        drop("cases", lambda row: "archived" not in row),
        r"^outbox [0-9a-f]{16}: belongs to CASE#\d{8}, which is not there",
    ),
    "outbox item that no journal line tells of": (
        lambda d: rows(d, another_item),
        r"^journal d{16}: no line tells that this outbox item was sent",
    ),
    "case under another number": (lambda d: rows(d, under_another_id), r"^case CASE#00000000: lies under that name"),
    "case looked up by other ids": (
        edit("cases", lambda row: "archived" in row, message_ids=["<other@x>"]),
        r"^case CASE#\d{8}: is looked up by other Message-IDs",
    ),
    "case listed in another state": (
        edit("cases", lambda row: "archived" in row, state="closed"),
        r"^case CASE#\d{8}: is listed and counted otherwise than it is",
    ),
    "case counted as another one": (
        lambda d: rows(d, told_as_another),
        r"^case CASE#\d{8}: is listed and counted otherwise than it is",
    ),
    "what is told of a case damaged": (
        edit("cases", lambda row: "archived" in row, brief="AAAA"),
        r"^case CASE#\d{8}: is listed and counted otherwise than it is",
    ),
    "done-mark lost": (drop("dispositions"), r"^spool [0-9a-f]{12}: was kept, but what became of it is not known"),
    "done-mark of a mail that never was": (
        lambda d: rows(d, lambda j: j.commit([("dispositions", "f" * 64, _a_mark(j, "f" * 64))])),
        r"^journal f{12}: no line tells what became of this mail",
    ),
    "a second done-mark": (
        lambda d: rows(d, lambda j: j.commit([("dispositions", "e" * 64, _a_mark(j))])),
        r"^disposition e{12}|^disposition e{64}: lies under that name",
    ),
    "mail that nobody accounted for": (
        lambda d: d.mailbox.folders["Processed"].update({"99": UNKNOWN}),
        r"^mailbox Processed/99 <unknown@evil\.example>: nothing is known of this mail",
    ),
    "mail that is in no folder": (taken_out, r"^disposition [0-9a-f]{12}: the mail, \w+, is in no folder"),
    "foreign file": (lambda d: (d.state / "notes.txt").write_bytes(b"x"), r"^foreign \S+notes\.txt: not a file of"),
    "file that others may read": (lambda d: spooled(d).chmod(0o644), r"^permission \S+\.eml: others may read it"),
}


def _a_mark(journal: JournalStorage, digest: str = "") -> dict[str, object]:
    """The row of a mail that was handled, also as that of another mail."""
    row = next(iter(journal.rows("dispositions").values()))
    return {**row, "digest": digest} if digest else dict(row)


def test_nothing_is_wrong_with_a_desk_that_is_well(desk: KeptDesk) -> None:
    """The control: no gap, in the mailbox or without it, and nothing is written."""
    before = desk.tree()
    for words in (("verify",), ("verify", "--offline")):
        assert desk.run(*words) == 0, desk.printed + desk.errors
        assert desk.printed.endswith("everything agrees\n")
        assert desk.printed.count("\n") == 1
    assert desk.tree() == before


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_planted_corruption_is_found(desk: KeptDesk, name: str) -> None:
    """Exit 1, a line that says what and where and what to do; no word of a report, no change."""
    corrupt, said = CORRUPTIONS[name]
    corrupt(desk)
    before = desk.tree()
    assert desk.run("verify") == 1, desk.errors
    assert re.search(said, desk.printed, re.MULTILINE), desk.printed
    assert all("; " in line for line in desk.printed.splitlines())
    assert not any(word in desk.printed + desk.errors for word in ("shop.example.jp", "Hanako", "lunch"))
    assert desk.tree() == before


@pytest.mark.parametrize("name", [n for n in CORRUPTIONS if not n.startswith(("mail that", "foreign", "file that"))])
def test_the_backup_brings_it_back(desk: KeptDesk, tmp_path: Path, name: str) -> None:
    """The advice followed: the state moved aside and restored, nothing is wrong any more."""
    file = tmp_path / "desk.backup"
    assert desk.run("backup", str(file)) == 0, desk.errors
    CORRUPTIONS[name][0](desk)
    aside = desk.state.rename(tmp_path / "aside")
    assert desk.run("restore", str(file)) == 0, desk.errors
    assert desk.run("verify") == 0, desk.printed + desk.errors
    assert aside.is_dir()


def test_mail_that_nobody_accounted_for_is_taken_in_from_the_inbox(desk: KeptDesk) -> None:
    """The advice followed: moved to the INBOX it is accounted for in the next round."""
    desk.mailbox.folders["INBOX"]["99"] = UNKNOWN
    desk.open()
    done = desk.round(hours=1)
    desk.leave()
    assert (done.arrived, sum(done.accounted.values())) == (1, 1)
    assert desk.run("verify") == 0, desk.printed


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("foreign file", lambda d: (d.state / "notes.txt").unlink()),
        ("file that others may read", lambda d: spooled(d).chmod(0o600)),
    ],
)
def test_what_a_person_can_mend(desk: KeptDesk, name: str, mend: Callable[[KeptDesk], object]) -> None:
    """The advice followed: nothing is wrong any more."""
    CORRUPTIONS[name][0](desk)
    assert desk.run("verify") == 1
    mend(desk)
    assert desk.run("verify") == 0, desk.printed
