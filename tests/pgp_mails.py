"""Mails to the desk that are encrypted and signed by its correspondents, with real keys and real gpg."""

from mailbot.core.limits import Limits
from mailbot.core.messages import OpenedMail, RawMail
from mailbot.core.opening import open_mail
from mailbot.core.parse import parse
from tests.pgp_home import Person, people

PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"


def opened(content: bytes, sender: bytes = b"hanako@example.com", subject: bytes = b"[...]") -> OpenedMail:
    """A mail to the desk, opened with its keyring."""
    head = (
        b"From: " + sender + b"\r\nTo: security@desk.example.jp\r\nMIME-Version: 1.0\r\nSubject: " + subject + b"\r\n"
    )
    mail = parse(RawMail(head + content, "test"), Limits())
    return open_mail(mail, people().desk.keyring, Limits())


def multipart(kind: str, *parts: bytes, boundary: str = "b") -> bytes:
    inner = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return (
        f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
        + inner
        + f"--{boundary}--\r\n".encode()
    )


def encrypted(entity: bytes, boundary: str = "e") -> bytes:
    ciphertext = people().finder.keyring.encrypt(entity, [people().desk.fingerprint])
    version = b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
    kind = 'encrypted; protocol="application/pgp-encrypted"'
    return multipart(kind, version, b"Content-Type: application/octet-stream\r\n\r\n" + ciphertext, boundary=boundary)


def signed(entity: bytes, signature: bytes | None = None, boundary: str = "s") -> bytes:
    made = people().finder.keyring.sign(entity)[0] if signature is None else signature
    part = b"Content-Type: application/pgp-signature\r\n\r\n" + made
    return multipart('signed; protocol="application/pgp-signature"', entity, part, boundary=boundary)


def clearsigned(text: bytes, by: Person | None = None, *words: str) -> bytes:
    return (by or people().finder).gpg(*words, "--clearsign", stdin=text)
