"""The other ways in which a text may say the same: encoded, escaped, spaced out, in letters that look alike.

A report's steps hold percent signs, entities and base64 by their nature, and a name inside them is a name all the same.
Nothing here decides anything; it makes texts comparable for who looks for something in them.
"""

import binascii
import html
import quopri
import re
import unicodedata
import zlib
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from mailbot.core.kanji import VARIANTS
from mailbot.core.messages import Attachment

MOST = 400_000
"""Characters of one text that are read, and bytes that a packed piece may grow to; what is longer is not ours."""

_DEPTH = 3  # "base64 of percent signs of entities" is read, more than that nobody writes by mistake
_RUNS = 400
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}(?:=?[ \t]*\r?\n[ \t>|]*[A-Za-z0-9+/_-]{4,})*")
_HEX = re.compile(r"(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ :,]{0,2}){6,}")
_QUOTED = re.compile(r"=[0-9A-Fa-f]{2}|=\r?\n")
_ESCAPED = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2}))")
_HEADER_Q = re.compile(r"=\?[\w-]{1,40}\?[Qq]\?([^?\s]*)\?=")
_NOT_SAID = re.compile(r"[\W_]+")
_RUN = re.compile(rb"(?:[\t -~]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}){6,}")
_WIDE = re.compile(rb"(?:[ -~]\x00){4,}")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_ALIKE = str.maketrans("аеорсухкіјѕԁһԛԝαεορυκιν", "aeopcyxkijsdhqwaeopukiv")
"""Letters of other scripts that look like Latin ones (Unicode TR 39, the small set that names are forged with)."""
_SAME: dict[int, str | int] = {**VARIANTS, **_ALIKE}


def bare(text: str) -> str:
    """Letters and digits only, without case, width, accents or anything invisible between them."""
    if text.isascii():
        return _NOT_SAID.sub("", text.lower())
    return _NOT_SAID.sub("", unicodedata.normalize("NFKD", text).casefold()).translate(_SAME)


def readings(text: str) -> Iterator[str]:
    """The text, and what it says once what is encoded in it is read; each only once."""
    seen = {text[:MOST]}
    layer = [text[:MOST]]
    yield layer[0]
    for _ in range(_DEPTH):
        found = [read for each in layer for read in _decoded(each) if read and read not in seen]
        layer = list(dict.fromkeys(found))[:8]
        seen |= set(layer)
        yield from layer


def texts_of(attachment: Attachment) -> Iterator[str]:
    """What can be read in a file that is no text: in its bytes, and in those of its packed pieces."""
    for content in (attachment.content[: 4 * MOST], *_unpacked(attachment.content)):
        yield b"\n".join(_RUN.findall(content)).decode("utf-8", "ignore")[:MOST]
        wide = b"\n".join(run[::2] for run in _WIDE.findall(content))
        if wide:
            yield wide.decode("ascii")[:MOST]


def _unpacked(content: bytes) -> Iterator[bytes]:
    """The deflated pieces of a PDF or a zip (also an Office file), within bounds."""
    left = MOST
    pieces: list[tuple[bytes, int]] = []
    if content[:1024].find(b"%PDF-") >= 0:
        pieces = [(found[1], 15) for found in _STREAM.finditer(content)]
    elif content.startswith(b"PK\x03\x04"):
        pieces = list(_zip_members(content))
    for piece, window in pieces[:_RUNS]:
        try:
            plain = zlib.decompressobj(window).decompress(piece, left)
        except zlib.error:
            continue
        left -= len(plain)
        yield plain
        if left <= 0:
            return


def _zip_members(content: bytes) -> Iterator[tuple[bytes, int]]:
    at = content.find(b"PK\x03\x04")
    while at >= 0:
        head = content[at : at + 30]
        if len(head) < 30:
            return
        start = at + 30 + int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little")
        if head[8:10] == b"\x08\x00":  # deflated; what is stored stands in the bytes themselves
            yield content[start:], -15
        at = content.find(b"PK\x03\x04", start)


def _decoded(text: str) -> Iterator[str]:
    if "%" in text:
        yield from _as_text(unquote_to_bytes(text))
    if "&" in text:
        yield html.unescape(text)
    if "\\" in text:
        yield _ESCAPED.sub(_character, text)
    if "=" in text and _QUOTED.search(text):
        words = _HEADER_Q.sub(lambda found: found[1].replace("_", " "), text)
        yield from _as_text(quopri.decodestring(words.encode("utf-8", "ignore")))
    if runs := [found.group() for found in _BASE64.finditer(text)][:_RUNS]:
        yield "\n".join(_from_base64(runs))
    if runs := [found.group() for found in _HEX.finditer(text)][:_RUNS]:
        plain = b"\n".join(bytes.fromhex(re.sub(r"0x|\\x|[ :,]", "", run)) for run in runs)
        yield from _as_text(plain)


def _from_base64(runs: list[str]) -> Iterator[str]:
    """Each run read from its beginning and from the three places beside it: it may stand within other letters."""
    for run in runs:
        flat = re.sub(r"[\s>|=]+", "", run).replace("-", "+").replace("_", "/")
        for start in range(min(4, len(flat) - 7)):
            piece = flat[start:]
            try:
                plain = binascii.a2b_base64(piece[: len(piece) // 4 * 4] + _tail(piece))
            except binascii.Error:
                continue
            yield from _as_text(plain)


def _tail(piece: str) -> str:
    rest = piece[len(piece) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""


def _as_text(plain: bytes) -> Iterator[str]:
    yield plain.decode("utf-8", "ignore")
    if b"\x1b$" in plain:
        yield plain.decode("iso2022_jp", "ignore")
    elif not plain.isascii() and not _is_utf8(plain):
        yield from (plain.decode(code, "ignore") for code in ("cp932", "euc_jp", "utf-16-le"))
    elif b"\0" in plain:
        yield plain.decode("utf-16-le", "ignore")


def _is_utf8(plain: bytes) -> bool:
    try:
        plain.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _character(found: re.Match[str]) -> str:
    number = int(next(filter(None, found.groups())), 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else ""
