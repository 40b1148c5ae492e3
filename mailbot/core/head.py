"""Where the headers of a mail, or of one part, end and what they are; also where relays have damaged them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailbot.core.limits import Limits

Headers = tuple[tuple[str, bytes], ...]

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]{0,99}:(.*)", re.DOTALL)
_BLANK = re.compile(rb"\n\r*\n")
_WELL_KNOWN = re.compile(
    rb"(?:received|return-path|delivered-to|from|to|cc|subject|date|message-id|mime-version|content-[a-z-]{1,40}"
    rb"|x-[\w-]{1,60}|dkim-signature|arc-[\w-]{1,60}|authentication-results|reply-to|sender|in-reply-to|references"
    rb"|list-[\w-]{1,40}|user-agent|auto-submitted|precedence|thread-[\w-]{1,20}):",
    re.IGNORECASE,
)
_STARTS = (b"From ", b">From ")  # the envelope line of an mbox
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Head:
    """Headers in order, values still folded; and where the body begins."""

    headers: Headers
    body_start: int
    defects: tuple[str, ...]


def start_of_mail(source: bytes) -> tuple[int, tuple[str, ...]]:
    """Where a mail's headers begin: behind a byte order mark or blank lines that an editor left before them."""
    mark = len(_MARK) if source.startswith(_MARK) else 0
    blank = mark
    while source[blank : blank + 1] in (b"\r", b"\n"):
        blank += 1
    if blank > mark and _WELL_KNOWN.match(source, blank):
        return blank, ("blank lines before the headers",)
    return mark, ("byte order mark before the headers",) if mark else ()


def read_head(source: bytes, start: int, end: int, limits: Limits) -> Head:
    """The headers of `source[start:end]`. Never raises; a "limit: " defect says that some were left unread."""
    fields: list[tuple[str, list[bytes]]] = []
    defects: list[str] = []
    position, stop = start, min(end, start + limits.header_bytes)
    lenient: bool | None = None
    while position < end:
        newline = source.find(b"\n", position, stop)
        if (newline < 0 and stop < end) or len(fields) > limits.headers:
            over = f"{limits.headers} headers" if len(fields) > limits.headers else f"{limits.header_bytes} bytes"
            defects.append(f"limit: header of more than {over}")
            blank = _BLANK.search(source, position, end)
            position = blank.end() if blank else end
            break
        after = end if newline < 0 else newline + 1
        line = source[position:after].rstrip(b"\r\n")
        named = _FIELD.match(line)
        if not line:
            position = after
            break
        if line[:1] in b" \t" and fields:
            fields[-1][1].append(b"\r\n" + line)
        elif named:
            fields.append((named.group(1).decode("ascii"), [named.group(2)]))
        elif position > start or not line.startswith(_STARTS):
            lenient = _more_headers(source, after, stop) if lenient is None else lenient
            defects.append("a header line that is none" if lenient and fields else "headers end without a blank line")
            if not (lenient and fields):
                break
            fields[-1][1].append(b"\r\n " + line)
        position = after
    headers = tuple((name, b"".join(lines).strip(b" \t")) for name, lines in fields[: limits.headers])
    return Head(headers, position, tuple(dict.fromkeys(defects)))


def _more_headers(source: bytes, start: int, stop: int) -> bool:
    """Whether what follows a damaged line still is a header: known names, and few other damaged lines."""
    known = good = bad = 0
    for line in _lines(source, start, stop):
        known += _WELL_KNOWN.match(line) is not None
        if line[:1] in b" \t" or _FIELD.match(line):
            good += 1
        else:
            bad += 1
    return known > 0 and good >= 2 * bad


def _lines(source: bytes, start: int, stop: int) -> Iterator[bytes]:
    """Lines up to the next blank one."""
    for line in source[start:stop].split(b"\n"):
        if not line.strip(b"\r"):
            return
        yield line
