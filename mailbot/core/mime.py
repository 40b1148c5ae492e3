"""Where the parts of a mail lie in its bytes.

Signatures cover bytes, so parts are found as positions in the mail as it came, never by writing a parsed mail out
again. Depth, parts and headers are counted while reading: what is beyond a limit is left unread and said so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from mailbot.core import transfer
from mailbot.core.boundaries import Delimiter, before_newline, delimiters, likely_boundary, without_cut_end
from mailbot.core.head import Headers, start_of_mail
from mailbot.core.head import read_head as split
from mailbot.core.limits import Limits
from mailbot.core.parameters import Parameters, parameters

MESSAGES = ("message/rfc822", "message/global")
"""The types of a whole mail within a mail."""

_LINES_A_PART = 4  # delimiters that are looked at, for each part that may be
_TIMES = 4  # the mail's size: what is decoded of mails in mails
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,100}/[\w!#$&^.+-]{1,100}", re.ASCII)
_MAIL_FILE = re.compile(rb"\.eml\"?\Z", re.IGNORECASE)
_MAIL_HEAD = re.compile(rb"(?:received|return-path|from|to|subject|date|message-id|mime-version):", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """One MIME entity: `source[start:end]`, its body from `body_start` on."""

    source: bytes
    start: int
    body_start: int
    end: int
    headers: Headers
    media_type: str
    parameters: Parameters
    disposition: str
    disposition_parameters: Parameters
    children: tuple["Part", ...] = ()

    @property
    def raw(self) -> bytes:
        """The part as it stands in the mail, headers included."""
        return self.source[self.start : self.end]

    @property
    def body(self) -> bytes:
        """The body as it stands in the mail, not decoded."""
        return self.source[self.body_start : self.end]

    @property
    def encoding(self) -> str:
        """The transfer encoding as it is written."""
        return self.header("content-transfer-encoding").decode("latin-1")

    def header(self, name: str) -> bytes:
        """The first header of that (lower case) name; b"" if absent."""
        return next((value for key, value in self.headers if key.lower() == name), b"")

    def content(self) -> tuple[bytes, tuple[str, ...]]:
        """The decoded body, and what was odd about its transfer encoding."""
        return transfer.decode(self.encoding, self.body)


@dataclass
class _Reading:
    limits: Limits
    parts: int = 0
    decoded: int = 0
    defects: list[str] = field(default_factory=list)

    def may_hold(self, decoded: bytes) -> bool:
        """Whether decoded mails within the mail are still few enough to be kept."""
        self.decoded += len(decoded)
        if self.decoded > _TIMES * self.limits.mail_bytes:
            self.defects.append(f"limit: more than {_TIMES * self.limits.mail_bytes} bytes of encoded mails")
        return self.decoded <= _TIMES * self.limits.mail_bytes

    def take(self) -> bool:
        """Count one more part; False if it is one too many."""
        self.parts += 1
        if self.parts > self.limits.parts:
            self.defects.append(f"limit: more than {self.limits.parts} parts")
        return self.parts <= self.limits.parts


def read(content: bytes, limits: Limits) -> tuple[Part, tuple[str, ...]]:
    """The tree of parts of a whole mail, and what was odd about it. Never raises."""
    reading = _Reading(limits)
    reading.take()
    if b"\n" not in content and b"\r" in content:
        reading.defects.append("line ends are bare CR")
        content = content.replace(b"\r", b"\n")
    start, odd = start_of_mail(content)
    reading.defects += odd
    return _part(content, start, len(content), 1, "text/plain", reading), tuple(dict.fromkeys(reading.defects))


def read_head(content: bytes, limits: Limits) -> tuple[Part, tuple[str, ...]]:
    """Only the headers of a mail, as a part without content."""
    reading = _Reading(limits)
    start, odd = start_of_mail(content)
    found = split(content, start, len(content), limits)
    reading.defects += [*odd, *found.defects]
    part = _described(content, (start, len(content), len(content)), found.headers, "text/plain", reading)
    return part, tuple(dict.fromkeys(reading.defects))


def _part(source: bytes, start: int, end: int, depth: int, default: str, reading: _Reading) -> Part:
    found = split(source, start, end, reading.limits)
    reading.defects += found.defects
    part = _described(source, (start, found.body_start, end), found.headers, default, reading)
    if part.media_type in ("application/octet-stream", "text/plain") and _is_mail_file(part):
        reading.defects.append(f"a mail labelled as {part.media_type}")
        part = replace(part, media_type=MESSAGES[0])
    if not (part.media_type.startswith("multipart/") or part.media_type in MESSAGES):
        return part
    if depth >= reading.limits.depth:
        reading.defects.append(f"limit: more than {reading.limits.depth} levels of parts")
        return part
    if part.media_type in MESSAGES:
        return replace(part, children=tuple(_message(part, depth, reading)))
    return replace(part, children=tuple(_children(_unpacked(part, reading), depth, reading)))


def _is_mail_file(part: Part) -> bool:
    name = part.disposition_parameters.get("filename") or part.parameters.get("name") or b""
    return bool(_MAIL_FILE.search(name)) and bool(_MAIL_HEAD.match(part.content()[0].lstrip()))


def _message(part: Part, depth: int, reading: _Reading) -> Iterator[Part]:
    if not reading.take():
        return
    if transfer.is_plain(part.encoding):
        # It keeps its place in the bytes, so that signatures inside it stay checkable.
        yield _part(part.source, part.body_start, part.end, depth + 1, "text/plain", reading)
        return
    body, odd = part.content()
    reading.defects += odd
    if reading.may_hold(body):
        start, more = start_of_mail(body)
        reading.defects += more
        yield _part(body, start, len(body), depth + 1, "text/plain", reading)


def _unpacked(part: Part, reading: _Reading) -> Part:
    """A multipart whose content was encoded as a whole, which no standard allows, decoded; else the part itself."""
    boundary = part.parameters.get("boundary", b"").rstrip()
    mark = b"--" + boundary
    if part.encoding.strip().lower() not in ("base64", "quoted-printable") or not boundary:
        return part
    if part.source.find(mark, part.body_start, part.end) >= 0:
        return part
    body = part.content()[0]
    if mark not in body:
        return part
    reading.defects.append("a multipart encoded as a whole")
    return replace(part, source=body, start=0, body_start=0, end=len(body))


def _described(source: bytes, place: tuple[int, int, int], headers: Headers, default: str, reading: _Reading) -> Part:
    first: dict[str, bytes] = {}
    for name, value in headers:
        if name.lower() in first and name.lower().startswith("content-"):
            reading.defects.append(f"two {name.title()} headers")
        first.setdefault(name.lower(), value)
    limit = reading.limits.parameters
    media_type, found, odd = parameters(first.get("content-type", b""), limit)
    if not media_type:
        media_type = default
    elif not _MEDIA_TYPE.fullmatch(media_type):
        reading.defects.append("content type unreadable")
        media_type = "text/plain"
    disposition, named, more = parameters(first.get("content-disposition", b""), limit)
    reading.defects += [*odd, *more]
    return Part(source, *place, headers, media_type, found, disposition, named)


def _children(part: Part, depth: int, reading: _Reading) -> Iterator[Part]:
    default = MESSAGES[0] if part.media_type == "multipart/digest" else "text/plain"
    boundary, loose = _boundary(part, reading)
    lines = delimiters(part.source, part.body_start, part.end, boundary, loose)
    marks = islice(lines, _LINES_A_PART * reading.limits.parts)
    begin, epilogue = -1, -1
    for mark in marks:
        if begin >= 0:
            end = _end_of_child(part, begin, mark, marks, boundary, reading)
            if not reading.take():
                return
            yield _part(part.source, begin, end, depth + 1, default, reading)
            if end > mark.start:
                begin = -1
                continue
        if epilogue >= 0 and not mark.closing:
            reading.defects.append("parts after the end of a multipart")
        begin, epilogue = (-1, mark.end) if mark.closing else (mark.end, -1)
    if begin >= 0:
        reading.defects.append("multipart without an end")
        if reading.take():
            end = without_cut_end(part.source, begin, part.end, boundary)
            yield _part(part.source, begin, end, depth + 1, default, reading)
    elif epilogue >= 0 and part.source[epilogue : part.end].strip():
        reading.defects.append("text after the last part")


def _end_of_child(
    part: Part, begin: int, mark: Delimiter, marks: Iterator[Delimiter], boundary: bytes, reading: _Reading
) -> int:
    """Before `mark`; but a multipart that shares its parent's boundary ends behind its own closing delimiter."""
    if part.source.find(boundary, begin, mark.start) >= 0:
        headers = split(part.source, begin, mark.start, reading.limits).headers
        value = next((value for name, value in headers if name.lower() == "content-type"), b"")
        media_type, found, _ = parameters(value, reading.limits.parameters)
        if media_type.startswith("multipart/") and found.get("boundary", b"").rstrip() == boundary.rstrip():
            reading.defects.append("two multiparts with one boundary")
            return next((later.end for later in chain([mark], marks) if later.closing), part.end)
    return before_newline(part.source, begin, mark.start)


def _boundary(part: Part, reading: _Reading) -> tuple[bytes, bool]:
    """The declared boundary if it stands in the body, else one that does; and whether more may stand on its lines."""
    declared = part.parameters.get("boundary", b"")
    ways = dict.fromkeys(((declared, False), (declared.rstrip(), False), (declared.rstrip(), True)))
    first = next(iter(ways))
    found = {first: _kinds(part, *first, reading.limits)}
    if len(found[first]) == 2:
        return first
    found |= {way: _kinds(part, *way, reading.limits) for way in ways if way != first}
    for kinds in ({False, True}, {False}, {True}):
        for way in ways:
            if kinds <= found[way]:
                return way
    reading.defects.append("boundary missing from the body" if declared else "multipart without a boundary")
    return likely_boundary(part.source, part.body_start, part.end), False


def _kinds(part: Part, boundary: bytes, loose: bool, limits: Limits) -> set[bool]:
    """Of which kinds delimiters stand in the body: closing ones, others."""
    marks = delimiters(part.source, part.body_start, part.end, boundary, loose)
    return {mark.closing for mark in islice(marks, _LINES_A_PART * limits.parts)}
