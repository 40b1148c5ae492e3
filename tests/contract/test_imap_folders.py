"""Folders on a real server: names beyond ASCII, a prefix, no room."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from mailbot.adapters.imap import ImapMailbox, ImapSettings
from mailbot.core.limits import Limits
from mailbot.errors import TransientError
from tests.servers import HOST, PASSWORD, Authority, Dovecot, missing_dovecot, skip_or_fail

QUOTA = """mail_plugins = quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=1B
}
"""


def mail(number: int) -> bytes:
    """A mail."""
    return f"Subject: {number}\r\n\r\nreport {number}\r\n".encode()


@contextmanager
def own_dovecot(authority: Authority, **options: str) -> Iterator[Dovecot]:
    """A Dovecot of the test's own."""
    skip_or_fail(missing_dovecot())
    server = Dovecot(authority, **options)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def connect(server: Dovecot, user: str, folder: str = "INBOX") -> ImapMailbox:
    """The desk's mailbox."""
    settings = ImapSettings(HOST, server.tls_port, "tls", user, PASSWORD, folder, server.ca_file, timeout=20)
    return ImapMailbox(settings, Limits())


def test_a_folder_may_have_any_name(authority: Authority) -> None:
    """The desk's own folder may be below a prefix and named in Japanese; its mail is filed away beside the INBOX."""
    with own_dovecot(authority, prefix="INBOX.", separator=".") as server:
        user = server.new_user()
        client = server.login(user)
        client.create("INBOX.&U9dO2A-")
        assert client.append("INBOX.&U9dO2A-", "", "", mail(1))[0] == "OK"
        client.logout()
        with closing(connect(server, user, "INBOX.受付")) as mailbox:
            assert "INBOX.受付 holds 1 mails" in mailbox.check()
            (arrival,) = mailbox.arrivals()
            assert arrival.mail is not None
            assert arrival.mail.source == "INBOX.受付/1"
            mailbox.file_away(arrival, "Processed")
        assert (server.mails(user, "INBOX.&U9dO2A-"), server.mails(user, "INBOX.Processed")) == ([], [mail(1)])


@pytest.mark.parametrize("able", ["IMAP4rev1 UIDPLUS NAMESPACE", "IMAP4rev1"], ids=["copy", "bare"])
def test_a_mailbox_over_its_quota_keeps_mail_where_it_is(authority: Authority, able: str) -> None:
    """Where the server refuses a copy for want of room, it is said what to do, and nothing is copied or marked."""
    with own_dovecot(authority, capability=able) as server:
        user = over_quota(server)
        with closing(connect(server, user)) as mailbox:
            first = next(mailbox.arrivals())
            with pytest.raises(TransientError, match="the mailbox is full: remove old mail there"):
                mailbox.file_away(first, "Processed")
            assert len(list(mailbox.arrivals())) == 3
        assert (len(server.mails(user, "INBOX")), server.mails(user, "Processed")) == (3, [])


def test_a_move_needs_no_room(authority: Authority) -> None:
    """A server that can move does so in a mailbox that is full."""
    with own_dovecot(authority) as server:
        user = over_quota(server)
        with closing(connect(server, user)) as mailbox:
            mailbox.file_away(next(mailbox.arrivals()), "Processed")
        assert (len(server.mails(user, "INBOX")), server.mails(user, "Processed")) == (2, [mail(0)])


def over_quota(server: Dovecot) -> str:
    """A user with three mails and no room for another."""
    user = server.new_user()
    server.deliver(user, *(mail(number) for number in range(3)))
    server.stop()
    server.extra = QUOTA
    server.start()
    return user
