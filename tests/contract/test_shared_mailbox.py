"""Several workers on one mailbox: what another one moved away is no error, and no mail is lost or moved twice."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from mailbot.adapters.imap import ImapMailbox, ImapSettings
from mailbot.core.limits import Limits
from mailbot.ports import Arrival
from tests.faults.imap_server import ImapServer, Line
from tests.servers import HOST, PASSWORD, Dovecot

LIMITS = Limits(mail_bytes=2_000, header_bytes=200)
FOLDERS = ("INBOX", "Processed", "Held", "Quarantine")


def mail(number: int) -> bytes:
    return f"Subject: {number}\r\nMessage-ID: <{number}@example.org>\r\n\r\n{number}\r\n".encode()


@pytest.fixture
def opened(dovecot: Dovecot) -> Iterator[Callable[[str], ImapMailbox]]:
    """Opens the mailbox of a user for one more worker."""
    mailboxes = []

    def make(user: str) -> ImapMailbox:
        settings = ImapSettings(HOST, dovecot.tls_port, "tls", user, PASSWORD, ca_file=dovecot.ca_file)
        mailboxes.append(ImapMailbox(settings, LIMITS))
        return mailboxes[-1]

    yield make
    for mailbox in mailboxes:
        mailbox.close()


def everywhere(server: Dovecot, user: str) -> list[bytes]:
    return sorted(content for folder in FOLDERS for content in server.mails(user, folder))


def test_a_mail_that_another_worker_moved_is_moved_once(dovecot: Dovecot, opened: Callable[[str], ImapMailbox]) -> None:
    """Both have it in hand; the second to file it away finds nothing to do, whichever folder it means."""
    user = dovecot.new_user()
    dovecot.deliver(user, mail(1), mail(2))
    one, two = opened(user), opened(user)
    mine, theirs = list(one.arrivals()), list(two.arrivals())
    one.file_away(mine[0], "Processed")
    two.file_away(theirs[0], "Held")
    two.file_away(theirs[1], "Processed")
    one.file_away(mine[1], "Processed")
    assert dovecot.mails(user, "Processed") == [mail(1), mail(2)]
    assert everywhere(dovecot, user) == [mail(1), mail(2)]


def test_mail_that_vanishes_between_the_look_and_the_fetch_is_left_out(
    dovecot: Dovecot, opened: Callable[[str], ImapMailbox], caplog: pytest.LogCaptureFixture
) -> None:
    """The rest is offered, in order, and nobody is told that a mail could not be read."""
    user = dovecot.new_user()
    dovecot.deliver(user, *map(mail, range(6)), b"Subject: large\r\n\r\n" + b"x" * 3_000)
    one, two = opened(user), opened(user)
    real = one._fetch

    def late(client: object, batch: list[tuple[int, int]]) -> list[Arrival]:
        for arrival in list(two.arrivals())[1:7:2]:
            two.file_away(arrival, "Processed")
        return real(client, batch)

    one._fetch = late  # type: ignore[method-assign]
    found = list(one.arrivals())
    assert [a.mail.content if a.mail else a.size > 2_000 for a in found] == [mail(0), mail(2), mail(4), True]
    assert caplog.records == []


def test_mail_that_vanishes_before_its_size_is_asked_is_left_out(
    dovecot: Dovecot, opened: Callable[[str], ImapMailbox]
) -> None:
    """As little as one that vanishes after it."""
    user = dovecot.new_user()
    dovecot.deliver(user, *map(mail, range(4)))
    one, two = opened(user), opened(user)
    client = one._connected()
    real = client.search

    def early(*criteria: object) -> list[int]:
        found: list[int] = real(*criteria)
        for arrival in list(two.arrivals())[:2]:
            two.file_away(arrival, "Processed")
        return found

    client.search = early
    assert [a.mail and a.mail.content for a in one.arrivals()] == [mail(2), mail(3)]


def test_two_workers_empty_the_inbox_between_them(dovecot: Dovecot, opened: Callable[[str], ImapMailbox]) -> None:
    """Taking turns mail by mail, each files away what it gets: at the end all is filed once, and nobody waits."""
    user = dovecot.new_user()
    mails = [*map(mail, range(30))]
    dovecot.deliver(user, *mails)
    workers = [opened(user), opened(user)]
    rounds = [worker.arrivals() for worker in workers]
    for _ in range(len(mails)):
        for worker, arrivals in zip(workers, rounds, strict=True):
            with suppress(StopIteration):
                worker.file_away(next(arrivals), "Processed")
    assert dovecot.mails(user, "INBOX") == []
    assert sorted(dovecot.mails(user, "Processed")) == sorted(mails)
    assert [list(worker.arrivals()) for worker in workers] == [[], []]


@pytest.mark.parametrize("asked", [0, 1])
def test_a_server_that_refuses_a_batch_for_one_that_is_gone_is_asked_one_by_one(
    asked: int, caplog: pytest.LogCaptureFixture
) -> None:
    """RFC 5530 lets it refuse a fetch with EXPUNGEISSUED: for sizes as well as for contents."""

    def honest(line: Line, tag: str, arguments: str) -> None:
        line.normal(tag, "UID FETCH", arguments)

    server = ImapServer(*map(mail, range(3)))
    gone = "{tag} NO [EXPUNGEISSUED] Some of the requested messages no longer exist"
    server.script("UID FETCH", *[honest] * asked, gone, honest, gone)
    mailbox = ImapMailbox(ImapSettings(HOST, server.port, "plain", "desk", PASSWORD), LIMITS)
    try:
        assert [a.mail and a.mail.content for a in mailbox.arrivals()] == [mail(0), mail(2)]
    finally:
        mailbox.close()
        server.close()
    assert caplog.records == []
