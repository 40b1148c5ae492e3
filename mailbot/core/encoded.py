"""What a text says where it is encoded, and where in the text it says so: for who takes something out of it.

`disguises.py` reads the same for who only looks; here every character of a reading knows its place in the original.
"""

import binascii
import codecs
import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

MOST = 400_000
"""Characters of one text that are read; the rest of a longer one is looked at as it stands."""

_DEPTH = 3  # "base64 of percent signs of entities" is read, more than that nobody writes by mistake
_LAYERS = 8
_RUNS = 400
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2}|(?<=%[89A-Fa-f][0-9A-Fa-f])[@-~])*")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,12});")
_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")
_BYTES = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+")
_QUOTED = re.compile(r"(?:=[0-9A-Fa-f]{2})+")
_WORD = re.compile(r"=\?([\w-]{1,40})(?:\*[\w-]{1,20})?\?([BbQq])\?([^?\s]{1,400})\?=")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}(?:=?[ \t]*\r?\n[ \t>|]*[A-Za-z0-9+/_-]{4,})*={0,2}")
_HEX = re.compile(r"(?:(?:0x|\\x)?[0-9A-Fa-f]{2}[ :,]{0,2}){5,}(?:0x|\\x)?[0-9A-Fa-f]{2}")
_SAYING = re.compile(rb"(?:[\t -~]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}){6,}")
_CODES = ("utf-8", "cp932", "euc_jp")

Piece = tuple[str, int, int]
"""What is read, and from where to where it stands."""


@dataclass(frozen=True)
class Reading:
    """A reading of a text; character i of it stands at `starts[i]` to `ends[i]` in the original."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    in_place: bool = True  # whether what is around stands in it, too; else it is nothing but decoded runs

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where these characters stand in the original."""
        return self.starts[start], self.ends[end - 1]


def encoded_readings(text: str) -> Iterator[Reading]:
    """What the text says once what is encoded in it is read, up to three times over; not the text itself."""
    text = text[:MOST]
    layer = [Reading(text, tuple(range(len(text))), tuple(range(1, len(text) + 1)))]
    seen = {text}
    for _ in range(_DEPTH):
        found = {read.text: read for each in layer for read in _decoded(each) if read.text not in seen}
        layer = list(found.values())[:_LAYERS]
        seen |= set(found)
        yield from layer


def _decoded(of: Reading) -> Iterator[Reading]:
    for pattern, read in _IN_PLACE:
        if pattern.search(of.text):
            yield _replaced(of, pattern, read)
    pieces = [piece for found in islice(_BASE64.finditer(of.text), _RUNS) for piece in _base64(found)]
    pieces += [piece for found in islice(_HEX.finditer(of.text), _RUNS) for piece in _hex(found)]
    if pieces:
        yield _joined(of, [each for piece in pieces for each in (piece, ("\n", piece[1], piece[2]))], in_place=False)


def _replaced(of: Reading, pattern: re.Pattern[str], read: Callable[[re.Match[str]], list[Piece]]) -> Reading:
    pieces: list[Piece] = []
    at = 0
    for found in pattern.finditer(of.text):
        pieces += [(of.text[n], n, n + 1) for n in range(at, found.start())]
        pieces += read(found)
        at = found.end()
    pieces += [(of.text[n], n, n + 1) for n in range(at, len(of.text))]
    return _joined(of, pieces, in_place=of.in_place)


def _joined(of: Reading, pieces: list[Piece], in_place: bool) -> Reading:
    starts = tuple(of.starts[start] for text, start, _ in pieces for _ in text)
    ends = tuple(of.ends[end - 1] for text, _, end in pieces for _ in text)
    return Reading("".join(text for text, _, _ in pieces), starts, ends, in_place)


def _percent(found: re.Match[str]) -> list[Piece]:
    return _characters(found, re.compile(r"%([0-9A-Fa-f]{2})|."))


def _hexed(found: re.Match[str]) -> list[Piece]:
    return _characters(found, re.compile(r"(?:\\x|=)([0-9A-Fa-f]{2})"))


def _characters(found: re.Match[str], unit: re.Pattern[str]) -> list[Piece]:
    """The bytes of a run as characters, each with the place of its own bytes."""
    units = [(int(u[1], 16) if u[1] else ord(u[0]), *u.span()) for u in unit.finditer(found[0])]
    raw = bytes(byte for byte, _, _ in units)
    code = next((code for code in _CODES if _is(raw, code)), "utf-8")
    decoder = codecs.getincrementaldecoder(code)("ignore")
    pieces: list[Piece] = []
    begun = 0
    for byte, _, end in units:
        if shown := decoder.decode(bytes([byte])):
            pieces.append((shown, found.start() + begun, found.start() + end))
            begun = end
    return pieces


def _is(raw: bytes, code: str) -> bool:
    try:
        raw.decode(code)
    except UnicodeDecodeError:
        return False
    return True


def _entity(found: re.Match[str]) -> list[Piece]:
    return [(html.unescape(found[0]), *found.span())]


def _escape(found: re.Match[str]) -> list[Piece]:
    number = int(next(filter(None, found.groups())), 16)
    shown = chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else found[0]
    return [(shown, *found.span())]


def _word(found: re.Match[str]) -> list[Piece]:
    """An encoded word (RFC 2047); what does not decode stays as it stands."""
    charset, kind, said = found[1], found[2].upper(), found[3].encode("utf-8", "ignore")
    try:
        plain = binascii.a2b_base64(said) if kind == "B" else binascii.a2b_qp(said, header=True)
        return [(plain.decode(charset, "ignore"), *found.span())]
    except (binascii.Error, LookupError, ValueError):
        return [(found[0], *found.span())]


_IN_PLACE: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], list[Piece]]], ...] = (
    (_PERCENT, _percent),
    (_ENTITY, _entity),
    (_ESCAPE, _escape),
    (_BYTES, _hexed),
    (_WORD, _word),
    (_QUOTED, _hexed),
)


def _base64(found: re.Match[str]) -> Iterator[Piece]:
    """A run read from its beginning and the three places beside it, as far as it says something."""
    flat = re.sub(r"[\s>|=]+", "", found[0]).replace("-", "+").replace("_", "/")
    for start in range(min(4, len(flat) - 7)):
        piece = flat[start:]
        piece = piece[:-1] if len(piece) % 4 == 1 else piece
        yield from _said(binascii.a2b_base64(piece + "=" * (-len(piece) % 4)), found)


def _hex(found: re.Match[str]) -> Iterator[Piece]:
    digits = re.sub(r"0x|\\x|[ :,]", "", found[0])
    if len(digits) % 2 == 0:
        yield from _said(bytes.fromhex(digits), found)


def _said(plain: bytes, found: re.Match[str]) -> Iterator[Piece]:
    yield from ((run[0].decode("utf-8", "ignore"), *found.span()) for run in _SAYING.finditer(plain))
    if b"\0" in plain:
        wide = plain[: len(plain) // 2 * 2].decode("utf-16-le", "ignore")
        yield wide, *found.span()
