"""T9: mail that is read ahead, in several children: nothing but the time changes that the reading of a mail takes."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mailbot.adapters.child_reader import ChildReader
from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail, Signature
from mailbot.errors import ReadingError
from mailbot.ports import Arrival, Reading
from mailbot.reader import InProcessReader
from mailbot.round import Round
from mailbot.service import take_in
from tests.fakes_keyring import FakeKeyring
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import RULES
from tests.pgp_home import Person, keyring_in, needs_gpg, new_person

TWO = replace(Limits(), read_seconds=3, read_processes=2)
Made = Callable[..., ChildReader]


def mail(subject: str) -> RawMail:
    """A mail that does to its reader what the subject says."""
    return RawMail(f"From: a@example.org\nSubject: {subject}\n\n{subject}\n".encode(), f"{subject}.eml")


class Noted:
    """Reads mail, suffers what it says, and notes in a FIFO who began with what."""

    def __init__(self, fifo: Path) -> None:
        self._fifo = fifo
        self._honest = InProcessReader(FakeKeyring(), RULES, TWO)
        self._honest.read(mail("warm"))  # rules are compiled at their first use: not in each child's second

    def read(self, raw: RawMail) -> Reading:
        """What the mail tells, unless it is one of the bad ones."""
        with self._fifo.open("a") as file:
            file.write(f"{os.getpid()} {raw.source}\n")
        if b"HANG" in raw.content:
            signal.pause()
        if b"GREED" in raw.content:
            bytearray(20 * Limits().read_memory_bytes)
        if b"CRASH" in raw.content:
            os.kill(os.getpid(), signal.SIGSEGV)
        return self._honest.read(raw)


class Log:
    """What the children noted, read without waiting for a time."""

    def __init__(self, fifo: Path) -> None:
        os.mkfifo(fifo)
        self._file = os.fdopen(os.open(fifo, os.O_RDWR))  # with a writer of its own it never ends

    def next(self) -> tuple[int, str]:
        """Who began next, and with what; waits for it."""
        pid, _, source = self._file.readline().strip().partition(" ")
        return int(pid), source

    def close(self) -> None:
        """Read no more."""
        self._file.close()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    opened = Log(tmp_path / "log")
    yield opened
    opened.close()


@pytest.fixture
def made(log: Log, tmp_path: Path) -> Iterator[Made]:
    """Makes a reader with these limits."""
    readers: list[ChildReader] = []

    def make(limits: Limits = TWO) -> ChildReader:
        readers.append(ChildReader(Noted(tmp_path / "log").read, limits))
        return readers[-1]

    yield make
    for reader in readers:
        reader.close()


def test_the_next_mail_is_begun_before_its_turn(made: Made, log: Log) -> None:
    """Another child has begun with it when the first one is told; without `expect` none has."""
    reader = made()
    for subject in ("two", "three"):
        reader.expect(mail(subject))
    assert reader.read(mail("one")).opened.subject == "one"
    begun = dict(log.next()[::-1] for _ in range(3))
    assert set(begun) == {"one.eml", "two.eml", "three.eml"}
    assert len(set(begun.values())) == 2
    for subject in ("two", "three", "four"):
        assert reader.read(mail(subject)).opened.subject == subject
    assert log.next()[1] == "four.eml"  # each mail was read once


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_there_are_never_more_children_than_may_be(made: Made, log: Log, processes: int) -> None:
    """Also when a mail comes first that nobody named; what had to give way for it is read in its turn."""
    reader = made(replace(TWO, read_processes=processes))
    subjects = [f"mail {n}" for n in range(6)]
    for subject in subjects:
        reader.expect(mail(subject))
    for subject in ("unnamed 1", "unnamed 2", *subjects, "last"):
        assert reader.read(mail(subject)).opened.subject == subject
        assert len(reader._idle) + len(reader._ahead) <= processes
    begun = list(iter(lambda: log.next()[1], "last.eml"))
    assert len(begun) <= len(subjects) + 2 + 2  # each unnamed one displaces one at most, and no more than that
    reader.close()
    assert (reader._idle, reader._ahead, reader._named) == ([], {}, {})


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("HANG", "reading took longer than 3 s ([limits].read_seconds)"),
        ("GREED", "reading needed more memory than 2000000000 bytes ([limits].read_memory_bytes)"),
        ("CRASH", "the process that read it was ended by SIGSEGV"),
    ],
)
def test_t9_a_bad_mail_that_is_read_ahead_takes_only_itself(made: Made, word: str, why: str) -> None:
    """It fails in its own turn, with the reason that it would have had; those around it are read."""
    reader = made()
    for subject in (word, "after", "and after"):
        reader.expect(mail(subject))
    assert reader.read(mail("before")).opened.subject == "before"
    with pytest.raises(ReadingError) as failure:
        reader.read(mail(word))
    assert str(failure.value) == why
    for subject in ("after", "and after"):
        assert reader.read(mail(subject)).opened.subject == subject


def test_t9_a_child_that_is_killed_while_it_reads_ahead_costs_nothing(made: Made, log: Log) -> None:
    """Whoever killed it, the mail is read anew when it is its turn."""
    reader = made()
    reader.expect(mail("two"))
    reader.read(mail("one"))
    begun = dict(log.next()[::-1] for _ in range(2))
    os.kill(begun["two.eml"], signal.SIGKILL)
    assert reader.read(mail("two")).opened.subject == "two"
    assert log.next()[1] == "two.eml"


def test_t9_what_is_forgotten_ends(made: Made, log: Log) -> None:
    """Its child is gone at once, whatever it was doing, and a later reading begins anew."""
    reader = made()
    for subject in ("HANG", "two"):
        reader.expect(mail(subject))
    reader.read(mail("one"))
    begun: dict[str, int] = {}
    while "HANG.eml" not in begun:
        begun |= [log.next()[::-1]]
    reader.forget()
    with pytest.raises(ProcessLookupError):
        os.kill(begun["HANG.eml"], 0)
    assert reader.read(mail("two")).opened.subject == "two"


def test_t9_an_answer_that_is_not_taken_for_long_is_kept(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child ends itself only while it reads: its alarm does not run while its parent is busy with other mail."""
    monkeypatch.setattr("mailbot.adapters.child_reader._LEFT_ALONE", 0)
    large = RawMail(b"Subject: large\n\n" + b"text of many lines\n" * 20_000, "large")
    reader = made()
    reader.expect(large)
    reader.read(mail("one"))
    with pytest.raises(ReadingError, match="longer than 3 s"):
        reader.read(mail("HANG"))  # more than three seconds pass
    (asked,) = reader._ahead.values()
    assert reader.read(large).opened.subject == "large"
    assert reader._idle[-1] is asked.child


# The verdict on a signature hangs on keys, and the mail before may have brought one.


def _signed(finder: Person) -> RawMail:
    block = finder.gpg("--clearsign", stdin=b"signed text\n").decode()
    return RawMail(f"From: finder@example.com\nSubject: report\n\n{block}".encode(), "signed")


@needs_gpg
@pytest.mark.parametrize("watched", [True, False])
def test_t29_a_key_that_came_one_mail_earlier_counts(watched: bool) -> None:
    """A mail that was read ahead without its signer's key is read anew when that has come; unwatched it were not."""
    desk, finder = (new_person(name, f"{name}@example.com", None) for name in ("desk", "finder"))
    keyring = keyring_in(desk.home, desk.fingerprint)
    limits = replace(Limits(), read_processes=2)
    honest = InProcessReader(keyring, RULES, limits)
    reader = ChildReader(honest.read, limits, keyring.as_of if watched else lambda: None)
    signed = _signed(finder)
    reader.expect(signed)
    reader.read(mail("the one with the key"))
    reader._ahead[signed.digest].child._pipe.poll(None)  # it has been read: the key is not there yet
    keyring.import_key(finder.public_key)
    crypto = reader.read(signed).opened.crypto
    expected = (Signature.GOOD, finder.fingerprint) if watched else (Signature.UNKNOWN_KEY, None)
    assert (crypto.signature, crypto.signer) == expected
    reader.close()


@needs_gpg
def test_what_no_key_can_change_is_not_read_twice() -> None:
    """An unsigned mail that was read ahead stays as it was read, whatever keys came meanwhile."""
    desk, finder = (new_person(name, f"{name}@example.com", None) for name in ("desk", "finder"))
    keyring = keyring_in(desk.home, desk.fingerprint)
    limits = replace(Limits(), read_processes=2)
    reader = ChildReader(InProcessReader(keyring, RULES, limits).read, limits, keyring.as_of)
    block = keyring.encrypt(b"secret text\n", []).decode()
    secret = RawMail(f"From: finder@example.com\nSubject: report\n\n{block}".encode(), "secret")
    reader.expect(secret)
    reader.read(mail("one"))
    child = reader._ahead[secret.digest].child
    keyring.import_key(finder.public_key)
    assert reader.read(secret).opened.text == "secret text"
    assert reader._idle[-1] is child
    reader.close()


class Telling(InProcessReader):
    """Notes what it is told; the words are those of the subjects."""

    def __init__(self, desk: QuickDesk) -> None:
        super().__init__(desk.keyring, RULES, desk.limits)
        object.__setattr__(self, "noted", list[str]())

    def expect(self, raw: RawMail) -> None:
        self.noted.append(f"expect {raw.source}")

    def forget(self) -> None:
        self.noted.append("forget")

    def read(self, raw: RawMail) -> Reading:
        self.noted.append(f"read {raw.source}")
        return super().read(raw)

    noted: list[str]


@pytest.mark.parametrize("begun_before", [True, False])
def test_t9_a_mail_that_was_there_when_a_process_ended_is_read_alone(begun_before: bool) -> None:
    """What is expected is forgotten before it is read: else the cause, read beside it, would make it the culprit."""
    desk = QuickDesk()
    reader = Telling(desk)
    desk.bot = replace(desk.bot, reader=reader)
    raw = RawMail(desk.write("Hanako"), "one")
    if begun_before:
        desk.bot.store.begin(raw.digest)
    list(take_in(desk.bot, Waiting(raw, RawMail(desk.write("Hanako", "other"), "two")), desk.now, Round()))
    told = ["forget"] if begun_before else []
    assert reader.noted == ["forget", "expect one", "expect two", *told, "read one", "read two", "forget"]


class Waiting:
    """A mailbox with these mails."""

    def __init__(self, *raws: RawMail) -> None:
        self._raws = raws

    def arrivals(self) -> Iterator[Arrival]:
        return (Arrival(str(n), raw) for n, raw in enumerate(self._raws))

    def file_away(self, arrival: Arrival, folder: str) -> None:
        pass

    def wait(self, seconds: float) -> None:
        pass

    def close(self) -> None:
        pass
