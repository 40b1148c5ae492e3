"""The people around the desk: each has an address, perhaps a key, and writes and reads mail as a mail client would."""

import smtplib
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime, formataddr, make_msgid
from hashlib import sha256
from pathlib import Path

from mailbot.adapters.pgp import GnupgKeyring
from mailbot.adapters.pgp_making import generate
from mailbot.core.limits import Limits
from mailbot.core.messages import OpenedMail, RawMail
from mailbot.core.opening import open_mail
from mailbot.core.parse import parse
from mailbot.ports import Keyring

_PGP_MIME = SMTP.clone(max_line_length=None)


class Person:
    """Somebody with a mailbox and a keyring; whether they use it is theirs to say with each mail."""

    def __init__(self, name: str, address: str, keyring: Keyring) -> None:
        self.name, self.address, self.keyring = name, address, keyring
        self.desk_key = ""

    @classmethod
    def with_new_key(cls, name: str, address: str, home: Path) -> "Person":
        """Somebody whose key is made now, in the folder `home`."""
        home.mkdir(mode=0o700, parents=True)
        return cls(name, address, GnupgKeyring(home, generate(home, name, address, None), None, Limits()))

    @property
    def fingerprint(self) -> str:
        """Their key's."""
        return self.keyring.own

    @property
    def public_key(self) -> bytes:
        """Their armored key."""
        return self.keyring.export(self.keyring.own)

    def meet(self, desk_key: bytes) -> None:
        """Take in the desk's public key."""
        self.desk_key = self.keyring.import_key(desk_key)[0].fingerprint

    def write(
        self,
        to: str,
        subject: str,
        text: str,
        *,
        answers: OpenedMail | None = None,
        sign: bool = False,
        encrypt: bool = False,
        attach_key: bool = False,
        files: Sequence[tuple[str, bytes]] = (),
        charset: str = "utf-8",
        cc: str = "",
    ) -> bytes:
        """A mail, ready to be sent."""
        mail = EmailMessage(policy=SMTP)
        mail["From"] = formataddr((self.name, self.address))
        mail["To"], mail["Subject"] = to, subject
        if cc:
            mail["Cc"] = cc
        mail["Date"], mail["Message-ID"] = self.stamp(text)
        if answers:
            mail["In-Reply-To"] = mail["References"] = answers.mail.message_id
        content = MIMEPart(policy=SMTP)
        content.set_content(text, charset=charset)
        if attach_key:
            content.make_mixed(boundary=_boundary(text.encode()))
            content.add_attachment(self.public_key, "application", "pgp-keys", filename="key.asc")
        for name, file in files:
            content.add_attachment(file, "application", "octet-stream", filename=name)
        return self._sealed(mail, content, sign=sign, encrypt=encrypt)

    def stamp(self, text: str) -> tuple[str, str]:
        """Date and Message-ID of a new mail."""
        return format_datetime(datetime.now(UTC)), make_msgid(domain=self.address.partition("@")[2])

    def _sealed(self, mail: EmailMessage, content: MIMEPart, *, sign: bool, encrypt: bool) -> bytes:
        body = content.as_bytes(policy=_PGP_MIME)
        if sign:
            signature, micalg = self.keyring.sign(body)
            body = _multipart(
                "signed",
                f'protocol="application/pgp-signature"; micalg={micalg}',
                (body, b"Content-Type: application/pgp-signature; name=signature.asc\r\n\r\n" + _crlf(signature)),
            )
        if encrypt:
            cipher = self.keyring.encrypt(body, [self.desk_key])
            body = _multipart(
                "encrypted",
                'protocol="application/pgp-encrypted"',
                (
                    b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n",
                    b"Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n" + _crlf(cipher),
                ),
            )
        return mail.as_bytes(policy=SMTP).rstrip(b"\r\n") + b"\r\nMIME-Version: 1.0\r\n" + body

    def read(self, content: bytes) -> OpenedMail:
        """Decrypt and read a mail that came."""
        raw = RawMail(content, self.address)
        return open_mail(parse(raw, Limits()), self.keyring, Limits())

    def close(self) -> None:
        """Stop the key's agent, if there is one."""
        if isinstance(self.keyring, GnupgKeyring):
            self.keyring.close()


def post(port: int, sender: str, recipients: list[str], content: bytes, host: str = "127.0.0.1") -> None:
    """Send a mail through the SMTP server of the demo."""
    with smtplib.SMTP(host, port) as client:
        client.sendmail(sender, recipients, content)


def _multipart(kind: str, parameters: str, parts: tuple[bytes, ...]) -> bytes:
    boundary = _boundary(*parts).encode()
    head = f'Content-Type: multipart/{kind}; {parameters};\r\n boundary="'.encode() + boundary + b'"\r\n\r\n'
    inner = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return head + inner + b"--" + boundary + b"--\r\n"


def _boundary(*parts: bytes) -> str:
    """One that is not in the parts: it depends on all of them."""
    return f"=-{sha256(b'.'.join(parts)).hexdigest()[:32]}"


def _crlf(armor: bytes) -> bytes:
    return b"\r\n".join(armor.splitlines()) + b"\r\n"
