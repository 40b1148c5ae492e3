"""Where OpenPGP data stands inside text and files, and which bytes of it gpg should see."""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mailbot.core import transfer
from mailbot.core.messages import PgpKind, PgpPart

SECRET = "secret key in mail"
TRUNCATED = "OpenPGP armor without an end"
LIMIT = 20  # each piece costs a run of gpg
_BLOCKS = 100_000

_BLANK = rb"[ \t]|\xc2?\xa0|\xef\xbb\xbf"
# A line begins after CR, LF or both: mail programs that lose one half of a line break lose the same half everywhere.
_MARK = re.compile(
    rb"(?:^|(?<=\r))(?P<before>(?:" + _BLANK + rb"|[>|])*+)"
    rb"(?P<mark>-----(?P<which>BEGIN|END) PGP "
    rb"(?P<what>MESSAGE|SIGNED MESSAGE|SIGNATURE|PUBLIC KEY BLOCK|PRIVATE KEY BLOCK)-----)(?P<rest>[^\r\n]*)",
    re.MULTILINE,
)
_END_OF = {b"SIGNED MESSAGE": b"SIGNATURE"}
_KIND = {b"MESSAGE": PgpKind.ENCRYPTED, b"PUBLIC KEY BLOCK": PgpKind.PUBLIC_KEY}
_QUOTE = re.compile(rb"(?:(?:" + _BLANK + rb")*+[>|])+")
_SPACE = re.compile(rb"(?:" + _BLANK + rb")+")
_RADIX64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_CHECKSUM = re.compile(rb"=[A-Za-z0-9+/]{4}")
_ARMOR_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]*:(?: |\Z)")
_ANY_MARK = re.compile(rb"-----(?:BEGIN|END) PGP ")
_USUAL_HEAD = re.compile(rb"-----BEGIN PGP ([A-Z ]+)-----\n(?:[A-Za-z][A-Za-z0-9-]*:(?: [^\n]*)?\n)*\n+")
_RADIX64_AND_NEWLINE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\n"
_CHARSET = re.compile(rb"Charset:[ \t]*([\w.:+-]{1,40})", re.IGNORECASE)
_SIGNATURE = re.compile(rb"^-----BEGIN PGP SIGNATURE-----.*?^-----END PGP SIGNATURE-----", re.MULTILINE | re.DOTALL)
_ARMORED = re.compile(rb"-----BEGIN PGP (?:MESSAGE|SIGNATURE)-----[ \t]*\r?\n(.*?)(?:-----END PGP |\Z)", re.DOTALL)
_SHORT = 40  # characters: a line of this length is data, not the rest of a header that was wrapped
_LARGE = 50_000  # bytes: more than any signature has
_OUR_SUFFIXES = (".asc", ".pgp", ".gpg", ".key")
# The first packet of binary data (RFC 9580 section 5): session keys and ciphertext, or a key.
_SECRET_KEY, _PUBLIC_KEY = 5, 6
_ENCRYPTED = (1, 3, 9, 18, 20)


@dataclass(frozen=True)
class Found:
    """What OpenPGP data some bytes hold."""

    parts: tuple[PgpPart, ...] = ()
    defects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """One armored block: `data[start:end]` from the beginning of its first line to the end of its last mark."""

    start: int
    end: int
    what: bytes
    content: bytes  # from mark to mark; of a quoted block without the quote marks
    complete: bool
    quoted: bool  # or indented, in the case of signed text: not the sender's own


def in_text(data: bytes, charset: str = "") -> Found:
    """Armored blocks on lines of their own, in order; `charset` is that of the text.

    Of quoted blocks ("> -----BEGIN") only ciphertext counts: keys and signatures belong to another mail.
    """
    parts: list[PgpPart] = []
    defects: list[str] = []
    for block in blocks(data):
        if block.quoted and block.what != b"MESSAGE":
            continue
        if not block.complete:
            defects.append(TRUNCATED)
        if block.what == b"PRIVATE KEY BLOCK":
            defects.append(SECRET)
        elif block.what != b"SIGNED MESSAGE":
            own = _CHARSET.search(block.content[:1_000])
            label = own[1].decode("ascii") if own else ""
            kind, payload = _KIND[block.what], tidy(block.content)
            parts.append(PgpPart(kind, payload, inline=True, quoted=block.quoted, charset=label))
        elif block.complete:
            parts.append(
                PgpPart(PgpKind.CLEARSIGNED, _with_tidy_signature(block.content), inline=True, charset=charset)
            )
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


def blocks(data: bytes) -> Iterator[Block]:
    """Armored blocks in order, up to 100,000. A beginning that another one follows before its end was cut off."""
    return islice(_every_block(data), _BLOCKS)


def _every_block(data: bytes) -> Iterator[Block]:
    if b"-----BEGIN PGP " not in data:
        return
    begin: re.Match[bytes] | None = None
    for mark in _marks(data):
        if mark["which"] == b"BEGIN" and mark["what"] != b"SIGNATURE":
            if begin:
                yield _block(data, begin, mark.start(), complete=False)
            begin = mark
            end = mark["rest"].find(b"-----END PGP " + mark["what"] + b"-----")
            if end >= 0:
                end += mark.start("rest") + len(mark["mark"]) - 2  # "END" is shorter than "BEGIN"
                yield _block(data, mark, end, complete=True)
            if end >= 0 or _SPACE.sub(b"", mark["rest"]):  # all on one line, or a sentence that begins with the mark
                begin = None
        elif begin and _ends(begin, mark):
            yield _block(data, begin, mark.end("mark"), complete=True)
            begin = None
    if begin:
        yield _block(data, begin, len(data), complete=False)


def _marks(data: bytes) -> Iterator[re.Match[bytes]]:
    """Every mark that begins its line; looked for by what seldom stands elsewhere, for lines are many."""
    passed = 0  # no line begins between here and there, except at the very beginning
    for found in _ANY_MARK.finditer(data):
        if found.start() < passed:
            continue
        newline = max(data.rfind(b"\n", passed, found.start()), data.rfind(b"\r", passed, found.start()))
        mark = _MARK.match(data, newline + 1) if newline >= 0 or not passed else None
        if mark and mark.start("mark") == found.start():
            yield mark
            passed = mark.end()
        else:
            passed = found.end()


def tidy(block: bytes) -> bytes:
    """An armored block as gpg wants it, whatever mail programs do to it on its way.

    They quote and indent it, double its line breaks or lose them all, wrap its headers, make its spaces non-breaking,
    and leave it in quoted-printable. Headers and checksum are left out: nothing depends on them (RFC 9580 6.1).
    """
    if b"=3D" in block:
        block = transfer.quoted_bytes(block)
    if usual := _usual(block):
        kind, lines_of_data = usual
        return b"-----BEGIN PGP %b-----\n\n%b\n-----END PGP %b-----\n" % (kind, lines_of_data, kind)
    lines = [line if _RADIX64.fullmatch(line) else _plain(line) for line in block.splitlines()]
    begin, kind = lines[0], lines[0][len(b"-----BEGIN PGP ") :].partition(b"-----")[0]
    end = b"-----END PGP " + kind + b"-----"
    if len(lines) == 1:
        begin, body = b"-----BEGIN PGP " + kind + b"-----", _of_one_line(begin, end)
    else:
        body = _body([line for line in lines[1:] if not line.startswith(b"-----END")])
        end = end if lines[-1].startswith(b"-----END") else b""
    return b"\n".join([begin, b"", *body, end, b""])


def _usual(block: bytes) -> tuple[bytes, bytes] | None:
    """Kind and lines of data of a block that nothing happened to on its way, which most are; else None."""
    text = block.replace(b"\r\n", b"\n")
    head = _USUAL_HEAD.match(text)
    end = b"\n-----END PGP %b-----\n" % head[1] if head else b""
    if (
        head is None
        or head[0].count(b"-----") > 2
        or b"\r" in text
        or not text.endswith(end)
        or head.end() > len(text) - len(end)
    ):
        return None
    data = text[head.end() : -len(end)]
    last = data.rfind(b"\n") + 1
    if _CHECKSUM.fullmatch(data, last):
        data = data[: max(0, last - 1)]
    unpadded = data.rstrip(b"=")
    if len(data) - len(unpadded) > 2 or unpadded.translate(None, _RADIX64_AND_NEWLINE):
        return None
    return (head[1], data) if unpadded and not unpadded.endswith(b"\n") and b"\n\n" not in data else None


def _plain(line: bytes) -> bytes:
    """The line without quote marks, and with plain spaces."""
    return _SPACE.sub(b" ", _QUOTE.sub(b"", line, count=1)).strip()


def binary(data: bytes) -> bytes:
    """What is in the armor of messages or signatures; other data as it is.

    gpg wants a checksum that fits, and loses the end of armor without one; RFC 9580 6.1 wants neither.
    """
    if (usual := _usual(data)) and usual[0] in (b"MESSAGE", b"SIGNATURE"):
        return transfer.base64_bytes(usual[1])
    found = _ARMORED.findall(data) if b"-----BEGIN PGP SIGNED" not in data else []
    return b"".join(transfer.base64_bytes(b"".join(_body(block.splitlines()))) for block in found) if found else data


def _block(data: bytes, begin: re.Match[bytes], end: int, *, complete: bool) -> Block:
    what, content = begin["what"], data[begin.start("mark") : end] + (b"\n" if complete else b"")
    quoted = _depth(begin) > 0 or (what == b"SIGNED MESSAGE" and _SPACE.search(begin["before"]) is not None)
    return Block(begin.start(), end, what, content, complete, quoted)


def _ends(begin: re.Match[bytes], mark: re.Match[bytes]) -> bool:
    what = _END_OF.get(begin["what"], begin["what"])
    return mark["which"] == b"END" and mark["what"] == what and _depth(mark) == _depth(begin)


def _depth(mark: re.Match[bytes]) -> int:
    return sum(mark["before"].count(sign) for sign in (b">", b"|"))


def _body(lines: list[bytes]) -> list[bytes]:
    """The lines of data: without headers, also when a header was wrapped or no blank line follows it."""
    number = 0
    while number < len(lines) and not lines[number]:
        number += 1
    while number < len(lines) and _ARMOR_HEADER.match(lines[number]):
        number += 1
        while number < len(lines) and lines[number] and not _ARMOR_HEADER.match(lines[number]):
            if len(lines[number]) >= _SHORT and _RADIX64.fullmatch(lines[number]):
                break
            number += 1
        while number < len(lines) and not lines[number]:
            number += 1
    joined = (line.replace(b" ", b"") if len(line) >= _SHORT else line for line in lines[number:])
    return [line for line in joined if _RADIX64.fullmatch(line)]


def _of_one_line(line: bytes, end: bytes) -> list[bytes]:
    """The data of a block that lost its line breaks: what comes before the first full line is headers."""
    words = line.partition(b"----- ")[2].partition(end)[0].split()
    words = [word for word in words if not _CHECKSUM.fullmatch(word)]
    full = [number for number, word in enumerate(words) if len(word) >= _SHORT]
    return [word for word in words[full[0] if full else 0 :] if _RADIX64.fullmatch(word)]


def _with_tidy_signature(block: bytes) -> bytes:
    """A clear-signed block whose text is untouched, and whose signature is as gpg wants it."""
    found = list(_SIGNATURE.finditer(block))
    if not found or len(found[-1].group()) > _LARGE:
        return block
    *lines, end, _ = tidy(found[-1].group()).split(b"\n")
    checksum = b"=" + b64encode(_crc24(transfer.base64_bytes(b"".join(lines[2:]))).to_bytes(3))
    return block[: found[-1].start()] + b"\n".join([*lines, checksum, end, b""])


def _crc24(data: bytes) -> int:
    """The checksum of armor (RFC 9580 section 6.1.1)."""
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc = crc << 1 ^ (0x1864CFB if crc & 0x800000 else 0)
    return crc


def _binary(content: bytes) -> Found:
    if not content or not content[0] & 0x80:
        return Found()
    tag = content[0] & 0x3F if content[0] & 0x40 else content[0] >> 2 & 0x0F
    if tag == _SECRET_KEY:
        return Found(defects=(SECRET,))
    if tag == _PUBLIC_KEY:
        return Found((PgpPart(PgpKind.PUBLIC_KEY, content, inline=True),))
    return Found((PgpPart(PgpKind.ENCRYPTED, content, inline=True),)) if tag in _ENCRYPTED else Found()
