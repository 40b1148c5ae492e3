"""The text in Rich Text that Outlook sends: decompressed, without its formatting; HTML inside it as HTML.

Compressed RTF (MS-OXRTFCP) refers back to at most 17 earlier bytes with two, so it grows to eight times its size at
most. HTML is wrapped into RTF by MS-OXRTFEX: its tags stand in groups of their own, its text among the formatting.
"""

import html
import re
import struct

from mailbot.core import charset

_INITIAL = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n" + rb"\par "
    rb"\pard\plain\f0\fs20\b\i\u\tab\tx"
)
_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_UNSEEN = {b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"header", b"footer", b"generator"}
_BREAKS = {b"par": "\n", b"line": "\n", b"row": "\n", b"page": "\n", b"tab": "\t", b"cell": "\t"}
_SIGNS = {b"emdash": "—", b"endash": "–", b"bullet": "•", b"lquote": "‘", b"rquote": "’"}
_SIGNS |= {b"ldblquote": "“", b"rdblquote": "”"}
_SYMBOLS = {b"~": " ", b"\n": "\n", b"\r": "\n", b"_": "-"}
_HEADER = struct.Struct("<IIII")
_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_WINDOW = 4096
LIMIT = 2_000_000
"""Bytes of RTF that are read: a walk through tokens takes its time."""


def decompress(data: bytes) -> bytes:
    """The RTF, as far as it is whole, LIMIT bytes at most; b"" if the data is no wrapped RTF, compressed or not."""
    if len(data) < _HEADER.size:
        return b""
    _, size, kind, _ = _HEADER.unpack_from(data)
    if kind == _PLAIN:
        return data[_HEADER.size :][: min(size, LIMIT)]
    return _expanded(data[_HEADER.size :]) if kind == _COMPRESSED else b""


def text_of(rtf: bytes) -> tuple[str, bool]:
    """What it says, and whether that is HTML. Never raises."""
    reader = _Reader()
    for token in _TOKEN.finditer(rtf):
        reader.take(token)
    return reader.finish(), reader.html


def _expanded(data: bytes) -> bytes:
    out = bytearray(_INITIAL)  # earlier bytes are looked up in what was written; the window only moves over it
    position = 0
    while position < len(data) and len(out) < LIMIT:
        flags = data[position]
        position += 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += data[position : position + 1]
                position += 1
                continue
            pair = data[position : position + 2]
            position += 2
            offset = (pair[0] << 4 | pair[1] >> 4) if len(pair) == 2 else len(out) % _WINDOW
            back = (len(out) - offset) % _WINDOW
            if not back:  # refers to what comes next: the end
                return bytes(out[len(_INITIAL) :])
            for _ in range((pair[1] & 15) + 2):  # byte by byte: it may refer to what it writes
                out.append(out[-back] if back <= len(out) else 0)
    return bytes(out[len(_INITIAL) :])


class _Reader:
    """Walks through the tokens once; a group that is not shown is skipped with all that it holds."""

    def __init__(self) -> None:
        self.html = False
        self._text: list[str] = []
        self._octets = bytearray()  # of a run in the document's code page: characters are split between tokens
        self._label = "windows-1252"
        self._depth = 0
        self._unseen: int | None = None  # the depth of the group that is skipped
        self._tag: int | None = None  # the depth of a group that holds an HTML tag
        self._star = False
        self._for_rtf = False  # what only readers of RTF should see
        self._fallback, self._skip = 1, 0  # characters behind a \\u, for readers without Unicode

    def take(self, token: re.Match[bytes]) -> None:
        """Read one token."""
        word, number, octet, symbol, brace, plain = token.groups()
        star, self._star = self._star, symbol == b"*"
        if brace:
            self._brace(brace)
        elif word:
            self._word(word, int(number) if number else None, star)
        elif octet:
            self._put(bytes.fromhex(octet.decode("ascii")))
        elif symbol in _SYMBOLS:
            self._say(_SYMBOLS[symbol])
        elif symbol in (b"\\", b"{", b"}") or plain:
            self._put(symbol or plain)

    def finish(self) -> str:
        """The whole text."""
        self._flush()
        return "".join(self._text).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _brace(self, brace: bytes) -> None:
        self._depth += 1 if brace == b"{" else -1
        if self._unseen is not None and self._depth < self._unseen:
            self._unseen = None
        if self._tag is not None and self._depth < self._tag:
            self._flush()
            self._tag = None

    def _word(self, word: bytes, number: int | None, star: bool) -> None:
        if star and word == b"htmltag" and self._unseen is None:
            self._flush()
            self._tag = self._depth
        elif (star or word in _UNSEEN) and self._unseen is None:
            self._unseen = self._depth
        elif word == b"htmlrtf":
            self._for_rtf = number != 0
        elif word == b"fromhtml":
            self.html = True
        elif word == b"ansicpg" and number:
            self._flush()
            self._label = f"cp{number}"
        elif word == b"uc" and number is not None:
            self._fallback = min(abs(number), 8)
        elif word == b"u" and number is not None:
            self._say(chr(number % 0x10000))
            self._skip = self._fallback
        elif word in _BREAKS or word in _SIGNS:
            self._say(_BREAKS.get(word) or _SIGNS[word])

    def _put(self, octets: bytes) -> None:
        skipped = min(self._skip, len(octets))
        self._skip -= skipped
        if self._unseen is None and (self._tag is not None or not self._for_rtf):
            self._octets += octets[skipped:]

    def _say(self, text: str) -> None:
        if self._unseen is None and (self._tag is not None or not self._for_rtf):
            self._flush()
            self._text.append(text)

    def _flush(self) -> None:
        if self._octets:
            text = charset.decode(bytes(self._octets), self._label)[0]
            self._text.append(html.escape(text, quote=False) if self.html and self._tag is None else text)
            self._octets.clear()
