"""Mail that is encrypted with S/MIME: told from mail that is only signed, held, and its sender told how to write."""

import pytest

from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail
from mailbot.core.opening import open_mail
from mailbot.core.parse import parse
from tests.fakes_keyring import FakeKeyring
from tests.faults.quick_desk import QuickDesk

ENVELOPED = bytes.fromhex("308205a206092a864886f70d010703a0820593")
AUTHENTICATED = bytes.fromhex("3080060b2a864886f70d0109100117a080")
SIGNED = bytes.fromhex("308205a206092a864886f70d010702a0820593")
KIND = 'application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"'
HEAD = (
    b"From: hanako@finder.example.org\r\nTo: security@desk.example.jp\r\nSubject: report\r\n"
    b"Message-ID: <1@finder.example.org>\r\nDate: Fri, 20 Nov 2026 09:30:00 +0900\r\n"
)


def mail(content: bytes, kind: str = KIND) -> bytes:
    """A mail that is nothing but this file."""
    return HEAD + f"Content-Type: {kind}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode() + content


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        (mail(ENVELOPED), "smime"),
        (mail(AUTHENTICATED), "smime"),
        (mail(ENVELOPED, 'application/octet-stream; name="smime.p7m"'), "smime"),
        (mail(SIGNED), None),
        (mail(b"no such thing"), None),
        (mail(ENVELOPED, "application/octet-stream"), None),
        (
            HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nmy proof of concept\r\n"
            b"--b\r\nContent-Type: application/pkcs7-mime; name=a.p7m\r\n\r\n" + ENVELOPED + b"\r\n--b--\r\n",
            None,
        ),
    ],
)
def test_t40_what_is_encrypted_with_smime_says_so(content: bytes, failure: str | None) -> None:
    """By the file itself, whatever its label; a file beside a text is an attachment like any other."""
    opened = open_mail(parse(RawMail(content, "test"), Limits()), FakeKeyring("Desk", "d@desk.example.jp"), Limits())
    assert (opened.crypto.encrypted, opened.crypto.failure) == (failure is not None, failure)
    assert len(opened.attachments) == 1


def test_t40_who_writes_with_smime_is_told_how_to_write() -> None:
    """Held, nothing lost; the answer names the desk's PGP key."""
    desk = QuickDesk()
    desk.round(mail(ENVELOPED))
    assert [entry.why for entry in desk.store.dispositions("held")] == ["it is encrypted and cannot be read"]
    assert len(desk.items("undecryptable")) == 1
