"""T9: a mail whose reading hangs, eats memory or kills its process costs that process, that mail, and nothing else."""

import errno
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from mailbot import reader, setup
from mailbot.adapters import child_reader
from mailbot.adapters.child_reader import ChildReader
from mailbot.adapters.lock import hold
from mailbot.cli import app
from mailbot.core.limits import Limits
from mailbot.core.messages import ParsedMail, RawMail
from mailbot.core.parse import parse
from mailbot.errors import PermanentError, ReadingError, TransientError
from mailbot.ports import Reading
from mailbot.reader import InProcessReader
from mailbot.rehearsal import rehearse
from tests.fakes_keyring import FakeKeyring
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import REPORT, RULES
from tests.pgp_home import needs_gpg, new_home

ONE_SECOND = replace(Limits(), read_seconds=1)
PLAIN = RawMail(b"From: a@example.org\nSubject: plain\n\ntext\n", "plain.eml")


def mail(word: str) -> RawMail:
    """A mail that does to its reader what the word says."""
    return RawMail(f"From: a@example.org\nSubject: {word}\n\n{word}\n".encode(), f"{word}.eml")


class Hostile:
    """Reads mail, and suffers what it says."""

    def __init__(self, limits: Limits = ONE_SECOND) -> None:
        self._honest = InProcessReader(FakeKeyring(), RULES, limits)
        self._honest.read(PLAIN)  # rules are compiled at their first use: not in each child's one second
        self._reads = 0  # by this process

    def read(self, raw: RawMail) -> Reading:
        """What the mail tells, unless it is one of the bad ones."""
        if b"HANG" in raw.content:
            signal.pause()
        if b"GREED" in raw.content:
            bytearray(20 * Limits().read_memory_bytes)
        if b"CRASH" in raw.content:
            os.kill(os.getpid(), signal.SIGSEGV)
        self._reads += 1
        if b"WORN" in raw.content and self._reads > 1:
            raise MemoryError
        return self._honest.read(raw)


@pytest.fixture
def child() -> Iterator[ChildReader]:
    reader = ChildReader(Hostile().read, ONE_SECOND)
    yield reader
    reader.close()


def telling(value: Callable[[], object]) -> ChildReader:
    """A reader that reads nothing but says what `value` is in its child."""

    def read(raw: RawMail) -> Reading:
        raise PermanentError(repr(value()))

    return ChildReader(read, ONE_SECOND)


def told(child: ChildReader) -> str:
    """What it says."""
    with pytest.raises(PermanentError) as answer:
        child.read(PLAIN)
    child.close()
    return str(answer.value)


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("HANG", "reading took longer than 1 s ([limits].read_seconds)"),
        ("GREED", "reading needed more memory than 2000000000 bytes ([limits].read_memory_bytes)"),
        ("CRASH", "the process that read it was ended by SIGSEGV"),
    ],
)
def test_t9_only_that_mail_is_lost_to_its_reader(child: ChildReader, word: str, why: str) -> None:
    """The reason is plain, and the mails before and after it are read."""
    before = child.read(PLAIN)
    with pytest.raises(ReadingError) as failure:
        child.read(mail(word))
    assert str(failure.value) == why
    assert child.read(PLAIN) == before


def test_t9_a_mail_pays_for_no_other(child: ChildReader) -> None:
    """A child that is short of memory because of earlier mails is replaced; the mail is read anew in a fresh one."""
    for _ in range(3):
        child.read(PLAIN)
    assert child.read(mail("WORN")).opened.subject == "WORN"


def test_t9_a_child_that_died_between_two_mails_is_replaced(child: ChildReader) -> None:
    """Whoever killed it, the next mail has no part in it."""
    (idle,) = child._idle
    os.kill(idle._pid, signal.SIGKILL)
    idle._pipe.poll(None)  # until it is gone
    assert child.read(PLAIN).opened.subject == "plain"


def test_a_machine_without_room_for_a_child_is_no_fault_of_the_mail(
    child: ChildReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is left alone until there is room again."""

    def full() -> int:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    child.close()
    monkeypatch.setattr(os, "fork", full)
    with pytest.raises(TransientError, match="cannot be started"):
        child.read(PLAIN)
    monkeypatch.undo()
    assert child.read(PLAIN).opened.subject == "plain"


def test_t9_what_the_reading_started_dies_with_it(fifo: Path) -> None:
    """A gpg that hangs is ended, too."""

    def read(raw: RawMail) -> Reading:
        subprocess.run(["sh", "-c", f"exec 3>{fifo}; sleep 3600"], check=False)
        raise AssertionError

    ended = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    child = ChildReader(read, ONE_SECOND)
    with pytest.raises(ReadingError, match="longer than 1 s"):
        child.read(PLAIN)
    os.set_blocking(ended, True)
    assert os.read(ended, 1) == b""  # nobody has the other end any more
    os.close(ended)


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_t9_no_child_outlives_its_parent(fifo: Path, busy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle one ends at once; one in the middle of a mail when that mail's time is over."""
    monkeypatch.setattr(child_reader, "_LEFT_ALONE", 0)
    alive = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    parent = os.fork()
    if parent == 0:
        _parent(fifo, busy)
    os.set_blocking(alive, True)
    while not os.read(alive, 1):  # until the child has opened its end
        pass
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert os.read(alive, 1) == b""
    os.close(alive)


def _parent(fifo: Path, busy: bool) -> None:
    def read(raw: RawMail) -> Reading:
        os.write(os.open(fifo, os.O_WRONLY), b"x")  # stays open as long as the child lives
        if busy:
            signal.pause()
        raise PermanentError("read")

    try:
        ChildReader(read, ONE_SECOND).read(PLAIN)
    except PermanentError:
        signal.pause()
    finally:
        os._exit(1)


@pytest.fixture
def fifo(tmp_path: Path) -> Path:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    return path


def test_the_child_holds_nothing_of_its_parent(tmp_path: Path) -> None:
    """No lock, no file, no connection and no terminal: only its pipe, also when it is started late."""

    def descriptors() -> list[str]:
        found = []
        for number in range(256):
            try:
                mode = os.fstat(number)
            except OSError:
                continue
            found.append("null" if mode.st_rdev == os.stat(os.devnull).st_rdev else str(number))
        return found

    lock = hold(tmp_path / "lock")
    child = telling(descriptors)
    numbers = told(child)
    assert numbers.startswith("['null', 'null', 'null', '")
    assert numbers.count(",") == 3
    lock.release()
    hold(tmp_path / "lock").release()


def test_the_child_leaves_the_end_to_its_parent() -> None:
    """Ctrl-C and SIGTERM reach it as they reach its parent, and end it no more than gpg in the middle of a mail."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    assert told(telling(lambda: [signal.getsignal(n) is signal.SIG_IGN for n in numbers])) == "[True, True]"
    assert told(telling(lambda: os.getpgid(0) == os.getpid())) == "True"


def test_t9_the_mail_is_quarantined_and_the_others_go_on() -> None:
    """Its bytes are kept, the coordinators are told why, and the mails around it become cases."""
    desk = QuickDesk(ONE_SECOND)
    child = ChildReader(_guarded(desk), ONE_SECOND)
    desk.bot = replace(desk.bot, reader=child)
    first, last = (desk.write("Hanako", text=REPORT.replace("search", path)) for path in ("one", "two"))
    bad = desk.write("Mallory", "HANG")
    done = desk.round(first, bad, last)
    child.close()
    assert done.accounted == {"case": 2, "quarantined": 1}
    (entry,) = desk.store.dispositions("quarantined")
    assert (entry.why, entry.attempts) == ("reading took longer than 1 s ([limits].read_seconds)", 1)
    kept = desk.spool.load(entry.digest)
    assert kept is not None
    assert kept.content == bad
    assert any(entry.why in notice.text for notice in desk.mail("Taro"))


def test_t9_the_head_of_a_large_mail_is_read_as_carefully() -> None:
    """A mail over the size whose head cannot be read is quarantined, too, and the next one goes on."""
    limits = replace(ONE_SECOND, mail_bytes=20_000)
    desk = QuickDesk(limits)
    child = ChildReader(_guarded(desk), limits)
    desk.bot = replace(desk.bot, reader=child)
    done = desk.round(desk.write("Mallory", "HANG", "x" * 30_000), desk.write("Hanako"))
    child.close()
    assert done.accounted == {"quarantined": 1, "case": 1}


def _guarded(desk: QuickDesk) -> Callable[[RawMail], Reading]:
    def read(raw: RawMail) -> Reading:
        if b"HANG" in raw.content:
            signal.pause()
        return honest.read(raw)

    honest = desk.bot.reader
    return read


def test_t9_rehearse_says_so() -> None:
    """The outcome is quarantine, with the reason; of the mail itself nothing is claimed."""
    desk = QuickDesk(ONE_SECOND)
    child = ChildReader(Hostile().read, ONE_SECOND)
    shown = rehearse(replace(desk.bot, reader=child), mail("HANG"), desk.now)
    child.close()
    assert (shown.source, shown.kind, shown.outcome) == ("HANG.eml", "held", "quarantine")
    assert shown.why.startswith("reading took longer than 1 s")
    assert (shown.message.text, shown.mail) == ("", [])


@needs_gpg
def test_t9_the_command_line_goes_on_with_the_next_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`rehearse` and `ingest` show the one mail as quarantined, end with status 1, and have done all others."""

    def hanging(raw: RawMail, limits: Limits) -> ParsedMail:
        return parse(raw, limits) if b"HANG" not in raw.content else time.sleep(3600)  # type: ignore[func-returns-value]

    monkeypatch.setattr(reader, "parse", hanging)
    desk = new_home()
    list(setup.init(desk, "Desk", "security@desk.example.jp", None))
    config = desk / "mailbot.toml"
    config.write_text(config.read_text("utf-8") + "\n[limits]\nread_seconds = 5\n", "utf-8")
    files = [tmp_path / f"{number}{name}.eml" for number, name in enumerate(("plain", "HANG", "other"))]
    for path in files:
        path.write_bytes(mail(path.stem).content)
    status, lines, _ = _mailbot(desk, "rehearse", "--json", *map(str, files))
    assert (status, [json.loads(line)["outcome"] for line in lines]) == (1, ["hold", "quarantine", "hold"])
    status, lines, errors = _mailbot(desk, "ingest", "--json", *map(str, files))
    assert (status, json.loads("".join(lines))["accounted"]["quarantined"]) == (1, 1)
    assert "text" not in errors


def _mailbot(desk: Path, *words: str) -> tuple[int, list[str], str]:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = app.run(["--config", str(desk / "mailbot.toml"), *words])
    return status, out.getvalue().splitlines(), err.getvalue()
