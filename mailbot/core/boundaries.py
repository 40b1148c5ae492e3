"""The lines that divide a multipart, as they stand in its bytes (RFC 2046 section 5.1.1)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_AFTER = re.compile(rb"(--)?[ \t\r]*+(?:\n|\Z)")
_LOOSELY_AFTER = re.compile(rb"(--)?(?:[ \t][^\n]*+)?\r*(?:\n|\Z)")
_LIKELY = re.compile(rb"^--([!-~][ -~]{0,199}+)\r*\ncontent-[a-z-]{1,40}:", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Delimiter:
    """One such line: where it starts, where the next one starts, and whether it ends the multipart."""

    start: int
    end: int
    closing: bool


def delimiters(source: bytes, start: int, end: int, boundary: bytes, loose: bool = False) -> Iterator[Delimiter]:
    """Every delimiter line in `source[start:end]`, in order; if `loose`, also those that more text stands on."""
    if not boundary:
        return
    # Searched for as it is: every mail has boundaries of its own, and compiling a pattern costs more than reading most.
    mark = b"--" + boundary
    after = _LOOSELY_AFTER if loose else _AFTER
    position = start
    while (found := source.find(mark, position, end)) >= 0:
        rest = after.match(source, found + len(mark), end) if _begins_line(source, found, start) else None
        if rest:
            yield Delimiter(found, rest.end(), rest.group(1) is not None)
        position = rest.end() if rest else found + 1


def _begins_line(source: bytes, position: int, start: int) -> bool:
    return position == start or source[position - 1 : position] == b"\n"


def likely_boundary(source: bytes, start: int, end: int) -> bytes:
    """A boundary that stands in the bytes, whatever was declared; b"" if none does."""
    found = _LIKELY.search(source, start, end)
    return found.group(1).rstrip() if found else b""


def before_newline(source: bytes, begin: int, position: int) -> int:
    """The end of what precedes a delimiter: its line break belongs to the delimiter."""
    if position > begin and source[position - 1 : position] == b"\n":
        position -= 1
        if position > begin and source[position - 1 : position] == b"\r":
            position -= 1
    return position


def without_cut_end(source: bytes, begin: int, end: int, boundary: bytes) -> int:
    """The end of a last part whose closing delimiter was cut off in the middle."""
    stop = end
    while stop > begin and source[stop - 1 : stop] in (b"\r", b"\n"):
        stop -= 1
    line = source.rfind(b"\n", begin, stop) + 1
    rest = source[line:stop]
    whole = b"--" + boundary + b"--"
    return before_newline(source, begin, line) if len(rest) > 3 and line > begin and whole.startswith(rest) else end
