"""What every mailbox does alike: in memory, in a Maildir, on Dovecot."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from mailbot.adapters.folders import MaildirMailbox
from mailbot.adapters.imap import ImapMailbox, ImapSettings
from mailbot.core.limits import Limits
from mailbot.ports import Arrival, Mailbox
from tests.fakes_mail import MemoryMailbox
from tests.servers import HOST, PASSWORD, Dovecot

LIMITS = Limits(mail_bytes=2_000, header_bytes=200)
LARGE = b"Subject: large\r\n\r\n" + b"x" * 3_000 + b"\r\n"


def mail(number: int) -> bytes:
    """A small mail with 8-bit bytes and a long run of dots in it."""
    return f"Subject: {number}\r\n\r\n届出 {number}\r\n..\r\n.\r\n\r\n".encode("shift_jis")


class World(Protocol):
    """A mailbox as seen from behind."""

    def open(self) -> Mailbox: ...
    def deliver(self, *mails: bytes) -> None: ...
    def mails(self, folder: str) -> list[bytes]: ...


class InMemory:
    def __init__(self) -> None:
        self._mailbox = MemoryMailbox(LIMITS)
        self.open = lambda: self._mailbox
        self.deliver = self._mailbox.deliver

    def mails(self, folder: str) -> list[bytes]:
        return list(self._mailbox.folders[folder].values())


class InMaildir:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._delivered = 0
        for part in ("tmp", "new", "cur"):
            (path / part).mkdir(parents=True)

    def open(self) -> Mailbox:
        return MaildirMailbox(self._path, LIMITS)

    def deliver(self, *mails: bytes) -> None:
        for content in mails:
            self._delivered += 1
            part, flags = ("new", "") if self._delivered % 2 else ("cur", ":2,S")
            name = f"1790000000.M{self._delivered:06d}.host{flags}"
            (self._path / part / name).write_bytes(content)

    def mails(self, folder: str) -> list[bytes]:
        path = self._path if folder == "INBOX" else self._path / f".{folder}"
        files = [file for part in ("new", "cur") for file in path.glob(f"{part}/*")]
        return [file.read_bytes() for file in sorted(files, key=lambda file: file.name)]


class OnDovecot:
    def __init__(self, server: Dovecot) -> None:
        self._server = server
        self._user = server.new_user()

    def open(self) -> Mailbox:
        server = self._server
        settings = ImapSettings(HOST, server.tls_port, "tls", self._user, PASSWORD, ca_file=server.ca_file)
        return ImapMailbox(settings, LIMITS)

    def deliver(self, *mails: bytes) -> None:
        self._server.deliver(self._user, *mails)

    def mails(self, folder: str) -> list[bytes]:
        return self._server.mails(self._user, folder)


@pytest.fixture(params=["memory", "maildir", "dovecot"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    makers: dict[str, Callable[[], World]] = {
        "memory": InMemory,
        "maildir": lambda: InMaildir(tmp_path / "mail"),
        "dovecot": lambda: OnDovecot(request.getfixturevalue("dovecot")),
    }
    return makers[request.param]()


@pytest.fixture
def mailbox(world: World) -> Iterator[Mailbox]:
    opened = world.open()
    yield opened
    opened.close()


def contents(arrivals: list[Arrival]) -> list[bytes | None]:
    return [arrival.mail.content if arrival.mail else None for arrival in arrivals]


def test_an_empty_mailbox_has_no_arrivals(mailbox: Mailbox) -> None:
    """Nothing waits in an empty mailbox."""
    assert list(mailbox.arrivals()) == []


def test_mail_comes_oldest_first_byte_for_byte(world: World, mailbox: Mailbox) -> None:
    """Every mail is offered once, oldest first, with exactly the bytes that were delivered."""
    expected = [mail(number) for number in range(12)]
    world.deliver(*expected)
    arrivals = list(mailbox.arrivals())
    assert contents(arrivals) == expected
    assert [arrival.size for arrival in arrivals] == [len(content) for content in expected]


def test_looking_changes_nothing(world: World, mailbox: Mailbox) -> None:
    """A mail that is not filed away is offered again, also to another process."""
    world.deliver(mail(1))
    first = contents(list(mailbox.arrivals()))
    other = world.open()
    assert first == contents(list(mailbox.arrivals())) == contents(list(other.arrivals())) == [mail(1)]
    other.close()


def test_filed_mail_is_moved_byte_for_byte(world: World, mailbox: Mailbox) -> None:
    """Filing away moves the mail to a folder, which is made if it is not there, and leaves the others."""
    world.deliver(mail(1), mail(2), mail(3))
    arrivals = list(mailbox.arrivals())
    mailbox.file_away(arrivals[0], "Processed")
    mailbox.file_away(arrivals[2], "Held")
    assert (world.mails("Processed"), world.mails("Held"), world.mails("INBOX")) == ([mail(1)], [mail(3)], [mail(2)])


def test_mail_can_be_filed_while_it_arrives(world: World, mailbox: Mailbox) -> None:
    """Filing each mail as it is offered disturbs none of the rest."""
    expected = [mail(number) for number in range(120)]
    world.deliver(*expected)
    seen = []
    for arrival in mailbox.arrivals():
        seen.append(arrival)
        mailbox.file_away(arrival, "Processed")
    assert contents(seen) == expected
    assert (world.mails("Processed"), world.mails("INBOX")) == (expected, [])


def test_filing_twice_is_harmless(world: World, mailbox: Mailbox) -> None:
    """A mail that was moved before a crash may be filed away again: nothing happens."""
    world.deliver(mail(1), mail(2))
    arrivals = list(mailbox.arrivals())
    mailbox.file_away(arrivals[0], "Processed")
    mailbox.file_away(arrivals[0], "Processed")
    assert (world.mails("Processed"), world.mails("INBOX")) == ([mail(1)], [mail(2)])


def test_mail_that_another_process_filed_is_left_alone(world: World, mailbox: Mailbox) -> None:
    """What vanished between offering and filing is passed over."""
    world.deliver(mail(1), mail(2))
    round_ = mailbox.arrivals()
    first = next(round_)
    other = world.open()
    for arrival in other.arrivals():
        other.file_away(arrival, "Processed")
    other.close()
    mailbox.file_away(first, "Quarantine")
    list(round_)
    assert (world.mails("Processed"), world.mails("Quarantine")) == ([mail(1), mail(2)], [])


def test_of_a_large_mail_only_the_head_is_taken(world: World, mailbox: Mailbox) -> None:
    """A mail over the limit is offered as head and size, in its place in the order, and can be filed away."""
    world.deliver(mail(1), LARGE, mail(2))
    arrivals = list(mailbox.arrivals())
    assert contents(arrivals) == [mail(1), None, mail(2)]
    assert (arrivals[1].head, arrivals[1].size) == (b"Subject: large\r\n\r\n", len(LARGE))
    mailbox.file_away(arrivals[1], "Held")
    assert world.mails("Held") == [LARGE]


def test_a_closed_mailbox_can_be_used_again(world: World, mailbox: Mailbox) -> None:
    """Closing ends the connection and may be repeated; the next call makes a new one."""
    world.deliver(mail(1))
    arrival = next(mailbox.arrivals())
    mailbox.close()
    mailbox.close()
    mailbox.file_away(arrival, "Processed")
    assert world.mails("Processed") == [mail(1)]
