"""The mails of the bench: reports sealed with PGP/MIME to the desk, made once and kept under bench/work/.

The plaintexts depend on the seed alone; keys and ciphertexts are random by nature, so they are kept, and every figure
of a run is taken on the same ones. Layout: NNNN.eml the mail, NNNN.asc its ciphertext, NNNN.txt its text; keys/.
"""

import shutil
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.header import Header
from email.utils import format_datetime, formataddr
from hashlib import sha256
from pathlib import Path

from bench.gpg import Home
from bench.letters import FINDERS, Letter, letters

DESK = ("Bench Desk", "security@desk.example.jp")
COORDINATOR = ("Coordinator One", "one@desk.example.jp")
_SHAPE = 1  # of the mails; counted up when they are made in another way, so that kept ones are made anew


@dataclass(frozen=True)
class Corpus:
    """Mails that lie in a folder, and the keys of everybody."""

    folder: Path
    count: int

    @property
    def mails(self) -> list[Path]:
        """The mails, oldest first."""
        return self._files("eml")

    @property
    def ciphertexts(self) -> list[Path]:
        """What is encrypted in each."""
        return self._files("asc")

    @property
    def texts(self) -> list[Path]:
        """What each says, in UTF-8, without its attachment."""
        return self._files("txt")

    @property
    def desk_key(self) -> Path:
        """The desk's secret key."""
        return self.folder / "keys" / "desk.secret.asc"

    @property
    def coordinator_key(self) -> Path:
        """The coordinator's public key."""
        return self.folder / "keys" / "coordinator.asc"

    def desk_home(self) -> Home:
        """A home with the desk's secret key and everybody's public ones."""
        keys = (self.desk_key, self.coordinator_key, self.folder / "keys" / "finders.asc")
        return Home(*(path.read_bytes() for path in keys))

    def _files(self, ending: str) -> list[Path]:
        return [self.folder / f"{number:04}.{ending}" for number in range(self.count)]


def corpus(folder: Path, count: int, seed: int) -> Corpus:
    """The corpus in `folder`, made anew unless the one that lies there has just these plaintexts."""
    found = Corpus(folder, count)
    written = list(letters(count, seed))
    stamp = sha256(repr((_SHAPE, written)).encode()).hexdigest()
    made = folder / "made"
    if made.is_file() and made.read_text() == stamp:
        return found
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "keys").mkdir(parents=True)
    _write(found, written)
    made.write_text(stamp)
    return found


def _write(to: Corpus, written: Sequence[Letter]) -> None:
    home = Home()
    try:
        keys = {who: home.make_key(*who) for who in (DESK, COORDINATOR, *((f.name, f.address) for f in FINDERS))}
        addresses = [finder.address for finder in FINDERS]
        to.desk_key.write_bytes(home.secret([DESK[1]]))
        to.coordinator_key.write_bytes(home.public([COORDINATOR[1]]))
        (to.folder / "keys" / "finders.asc").write_bytes(home.public(addresses))
        public = {address: home.public([address]) for address in addresses}
        for letter, mail, cipher, text in zip(written, to.mails, to.ciphertexts, to.texts, strict=True):
            text.write_text(letter.text, "utf-8")
            sign = ("--sign", "--local-user", keys[letter.finder.name, letter.finder.address]) if letter.signed else ()
            content = entity(letter, public[letter.finder.address])
            cipher.write_bytes(home.run("--armor", "--encrypt", "--recipient", keys[DESK], *sign, given=content))
            mail.write_bytes(envelope(letter, cipher.read_bytes()))
    finally:
        home.close()


def entity(letter: Letter, key: bytes) -> bytes:
    """What is encrypted: the text, with the finder's key and the noise where they belong to it."""
    parts = [_text(letter)]
    if letter.first:
        parts.append(_part('application/pgp-keys; name="key.asc"', "7bit", key, "key.asc"))
    if letter.noise:
        kind = 'application/octet-stream; name="capture.bin"'
        parts.append(_part(kind, "base64", encodebytes(letter.noise), "capture.bin"))
    return parts[0] if len(parts) == 1 else _multipart("mixed", parts)


def envelope(letter: Letter, ciphertext: bytes) -> bytes:
    """The mail around the ciphertext (RFC 3156)."""
    parts = [
        _part("application/pgp-encrypted", "7bit", b"Version: 1\n"),
        _part('application/octet-stream; name="encrypted.asc"', "7bit", ciphertext),
    ]
    return _headers(letter) + _multipart("encrypted", parts, '; protocol="application/pgp-encrypted"')


def plain(letter: Letter) -> bytes:
    """The same report as an unencrypted mail, without a key."""
    return _headers(letter) + entity(replace(letter, first=False), b"")


def _headers(letter: Letter) -> bytes:
    subject = Header(letter.subject, letter.charset).encode(linesep="\r\n")
    headers = (
        f"From: {formataddr((letter.finder.name, letter.finder.address))}",
        f"To: {DESK[1]}",
        f"Subject: {subject}",
        f"Date: {format_datetime(letter.date)}",
        f"Message-ID: {letter.message_id}",
        "MIME-Version: 1.0",
    )
    return "".join(f"{line}\r\n" for line in headers).encode("ascii")


def _text(letter: Letter) -> bytes:
    if letter.charset == "utf-8":
        return _part("text/plain; charset=utf-8", "base64", encodebytes(letter.text.encode()))
    return _part(f"text/plain; charset={letter.charset}", "7bit", letter.text.encode(letter.charset))


def _part(kind: str, encoding: str, content: bytes, filename: str = "") -> bytes:
    named = f'Content-Disposition: attachment; filename="{filename}"\r\n' if filename else ""
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n{named}\r\n"
    return head.encode() + b"\r\n".join(content.splitlines()) + b"\r\n"


def _multipart(kind: str, parts: Sequence[bytes], more: str = "") -> bytes:
    boundary = sha256(b"".join(parts)).hexdigest()[:32]
    head = f'Content-Type: multipart/{kind}{more}; boundary="{boundary}"\r\n\r\n'.encode()
    return (
        head
        + b"".join(b"--%s\r\n%s\r\n" % (boundary.encode(), part) for part in parts)
        + f"--{boundary}--\r\n".encode()
    )
