"""Where OpenPGP data stands inside text and files, and which bytes of it gpg should see."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailbot.core.messages import PgpKind, PgpPart

SECRET = "secret key in mail"
TRUNCATED = "OpenPGP armor without an end"
LIMIT = 20  # each piece costs a run of gpg

_SPACE = rb"(?:[ \t]|\xc2?\xa0)*"
_BEGIN = re.compile(
    rb"^"
    + _SPACE
    + rb"(?P<begin>-----BEGIN PGP (?P<what>MESSAGE|SIGNED MESSAGE|PUBLIC KEY BLOCK|PRIVATE KEY BLOCK)-----)"
    + _SPACE
    + rb"\r?$",
    re.MULTILINE,
)
_END = {
    b"MESSAGE": b"-----END PGP MESSAGE-----",
    b"SIGNED MESSAGE": b"-----END PGP SIGNATURE-----",
    b"PUBLIC KEY BLOCK": b"-----END PGP PUBLIC KEY BLOCK-----",
    b"PRIVATE KEY BLOCK": b"-----END PGP PRIVATE KEY BLOCK-----",
}
_KIND = {b"MESSAGE": PgpKind.ENCRYPTED, b"SIGNED MESSAGE": PgpKind.CLEARSIGNED, b"PUBLIC KEY BLOCK": PgpKind.PUBLIC_KEY}
_RADIX64 = re.compile(rb"=?[A-Za-z0-9+/]+={0,2}")
_ARMOR_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]*: ")
_OUR_SUFFIXES = (".asc", ".pgp", ".gpg", ".key")
# The first packet of binary data (RFC 9580 section 5): session keys and ciphertext, or a key.
_SECRET_KEY, _PUBLIC_KEY = 5, 6
_ENCRYPTED = (1, 3, 9, 18, 20)


@dataclass(frozen=True)
class Found:
    """What OpenPGP data some bytes hold."""

    parts: tuple[PgpPart, ...] = ()
    defects: tuple[str, ...] = ()


def in_text(data: bytes) -> Found:
    """Armored blocks on lines of their own, in order. Quoted ones ("> -----BEGIN") belong to another mail."""
    parts: list[PgpPart] = []
    defects: list[str] = []
    for what, block, complete in _blocks(data):
        if not complete:
            defects.append(TRUNCATED)
        if what == b"PRIVATE KEY BLOCK":
            defects.append(SECRET)
        elif what == b"SIGNED MESSAGE":
            parts.append(PgpPart(PgpKind.CLEARSIGNED, block, inline=True))
        else:
            parts.append(PgpPart(_KIND[what], tidy(block), inline=True))
    return Found(tuple(parts), tuple(dict.fromkeys(defects)))


def in_file(filename: str, media_type: str, content: bytes) -> Found:
    """OpenPGP data in an attachment. Clear-signed files stay files: nobody signed them as this mail's text."""
    ours = filename.lower().endswith(_OUR_SUFFIXES) or media_type in (
        "application/pgp-encrypted",
        "application/pgp-keys",
    )
    if ours or content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"-----BEGIN PGP "):
        found = in_text(content)
        if found.parts or found.defects:
            return Found(tuple(part for part in found.parts if part.kind is not PgpKind.CLEARSIGNED), found.defects)
    return _binary(content) if ours else Found()


def tidy(block: bytes) -> bytes:
    """An armored block as gpg wants it: mail programs indent it, double its line breaks, make spaces non-breaking."""
    lines = [re.sub(rb"\xc2?\xa0", b" ", line).strip() for line in block.splitlines()]
    begin, end = lines[0], lines[-1] if lines[-1].startswith(b"-----END") else b""
    inner = [line for line in (lines[1:-1] if end else lines[1:]) if line]
    headers = 0
    while headers < len(inner) and _ARMOR_HEADER.match(inner[headers]):
        headers += 1
    body = [line for line in inner[headers:] if _RADIX64.fullmatch(line)]
    return b"\n".join([begin, *inner[:headers], b"", *body, end, b""])


def _blocks(data: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    position = 0
    if b"-----BEGIN PGP " not in data:
        return
    while begin := _BEGIN.search(data, position):
        what = begin.group("what")
        end = data.find(_END[what], begin.end())
        if end < 0:
            yield what, data[begin.start("begin") :], False
            return
        position = end + len(_END[what])
        yield what, data[begin.start("begin") : position] + b"\n", True


def _binary(content: bytes) -> Found:
    if not content or not content[0] & 0x80:
        return Found()
    tag = content[0] & 0x3F if content[0] & 0x40 else content[0] >> 2 & 0x0F
    if tag == _SECRET_KEY:
        return Found(defects=(SECRET,))
    if tag == _PUBLIC_KEY:
        return Found((PgpPart(PgpKind.PUBLIC_KEY, content, inline=True),))
    return Found((PgpPart(PgpKind.ENCRYPTED, content, inline=True),)) if tag in _ENCRYPTED else Found()
