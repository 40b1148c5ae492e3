"""Files that stand as uuencoded lines in a text, the way of before MIME."""

import binascii
import re
from dataclasses import dataclass

CUT = "uuencoded file without an end"

_BEGIN = re.compile(
    rb"^begin(?P<base64>-base64)?[ \t]+[0-7]{3,4}(?:[ \t]+(?P<name>[^\r\n]{0,255}))?\r?\n", re.MULTILINE
)
_END = (b"end", b"====")
_LONGEST = 255  # bytes of a line that may be data


@dataclass(frozen=True)
class File:
    """A file that was found, under the name that stands with it."""

    name: bytes
    content: bytes


@dataclass(frozen=True)
class Unpacked:
    """The text without the files, and the files."""

    rest: bytes
    files: tuple[File, ...] = ()
    defects: tuple[str, ...] = ()


def unpack(text: bytes, most: int = 100) -> Unpacked:
    """Take at most so many files out of a text; what only looks like the beginning of one stays. Never raises."""
    rest: list[bytes] = []
    files: list[File] = []
    defects: list[str] = []
    position = searched = 0
    while len(files) < most and (begin := _BEGIN.search(text, searched)):
        content, end, complete = _content(text, begin.end(), begin["base64"] is not None)
        if not content and not complete:
            searched = begin.end()
            continue
        if not complete:
            defects.append(CUT)
        files.append(File((begin["name"] or b"").strip(), content))
        rest.append(text[position : begin.start()])
        position = searched = end
    return Unpacked(b"".join(rest) + text[position:], tuple(files), tuple(dict.fromkeys(defects)))


def _content(text: bytes, position: int, is_base64: bool) -> tuple[bytes, int, bool]:
    """The decoded lines from `position` on, where they end, and whether an "end" closes them."""
    decoded: list[bytes] = []
    while position < len(text):
        newline = text.find(b"\n", position, position + _LONGEST)
        after = newline + 1 if newline >= 0 else min(len(text), position + _LONGEST)
        line = text[position:after].rstrip(b"\r\n")
        if line.strip() in _END:
            return b"".join(decoded), after, True
        data = _line(line, is_base64)
        if data is None:
            break
        decoded.append(data)
        position = after
    return b"".join(decoded), position, False


def _line(line: bytes, is_base64: bool) -> bytes | None:
    """The bytes of one line; None if it is no such line."""
    try:
        if is_base64:
            return binascii.a2b_base64(line, strict_mode=True)
        if line.strip() in (b"", b"`"):
            return b""
        # Relays drop spaces at line ends, and some programs write one character more as a checksum.
        size = (line[0] - 32) & 63
        wanted = 1 + (size + 2) // 3 * 4
        if not 32 < line[0] <= 96 or not wanted - 2 <= len(line.rstrip()) <= wanted + 1:
            return None
        return binascii.a2b_uu(line[:wanted])
    except binascii.Error:
        return None
