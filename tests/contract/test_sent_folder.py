"""What the folder of sent mail, on Dovecot, says of a mail in doubt."""

from collections.abc import Iterator

import pytest

from mailbot.adapters.imap_connecting import ImapSettings
from mailbot.adapters.imap_copies import ImapCopies
from mailbot.core.limits import Limits
from mailbot.errors import PermanentError, TransientError
from tests.servers import HOST, PASSWORD, Dovecot, free_port

OURS = "<0123456789abcdef0123.12345678.token2345token23@desk.example.jp>"
FOLDER = "[Server]/送信済み"


def mail(message_id: str) -> bytes:
    return f"Message-ID: {message_id}\r\nSubject: x\r\n\r\nquotes {OURS}\r\n".encode()


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    return dovecot.new_user()


@pytest.fixture
def copies(dovecot: Dovecot, user: str) -> Iterator[ImapCopies]:
    settings = ImapSettings(HOST, dovecot.tls_port, "tls", user, PASSWORD, ca_file=dovecot.ca_file)
    opened = ImapCopies(settings, Limits(), FOLDER)
    yield opened
    opened.close()


def keep(dovecot: Dovecot, user: str, *mails: bytes) -> None:
    """What the server does with what it sends."""
    client = dovecot.login(user)
    name = '"[Server]/&kAFP4W4IMH8-"'
    client.create(name)
    for content in mails:
        assert client.append(name, "(\\Seen)", "", content)[0] == "OK"
    client.logout()


def test_a_copy_is_known_by_its_message_id(dovecot: Dovecot, user: str, copies: ImapCopies) -> None:
    """Only in its header: a mail that quotes it is none, nor one in the inbox; asking again sees what came since."""
    dovecot.deliver(user, mail(OURS))
    keep(dovecot, user, mail("<other@desk.example.jp>"))
    assert not copies.holds(OURS)
    keep(dovecot, user, mail(OURS))
    assert copies.holds(OURS)
    assert copies.check() == f"{FOLDER} holds 2 mails"
    assert dovecot.mails(user, "INBOX") == [mail(OURS)]


def test_a_folder_that_is_not_there_is_named(copies: ImapCopies) -> None:
    """The setting is wrong, and the error says which."""
    with pytest.raises(PermanentError, match=r"\[imap\]\.sent_folder: there is no folder"):
        copies.holds(OURS)


def test_a_server_that_is_away_is_for_now(dovecot: Dovecot) -> None:
    """Nobody knows then; the mail is treated as without such a folder."""
    settings = ImapSettings(HOST, free_port(), "tls", "desk", PASSWORD, ca_file=dovecot.ca_file)
    with pytest.raises(TransientError):
        ImapCopies(settings, Limits(), FOLDER).holds(OURS)
