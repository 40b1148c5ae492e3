"""Where the parts of a mail lie in its bytes.

Signatures cover bytes, so parts are found as positions in the mail as it came, never by writing a parsed mail out
again. Depth, parts and header bytes are counted while reading: what is beyond a limit is left unread and said so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.message import Message

from mailbot.core import charset, transfer
from mailbot.core.limits import Limits

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)
_BLANK = re.compile(rb"\n\r?\n")
_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]*+(?:\r?\n|\r?\Z)")
_LIKELY_BOUNDARY = re.compile(rb"^--([!-~][ -~]{0,199}+)\r?\ncontent-[a-z-]{1,40}:", re.MULTILINE | re.IGNORECASE)
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,100}/[\w!#$&^.+-]{1,100}", re.ASCII)
# The standard library looks at everything before each semicolon, so neither may be many.
_PARAMETER_BYTES = 8_192
_PARAMETERS = 100

Parameters = dict[str, bytes]


@dataclass(frozen=True)
class Part:
    """One MIME entity: `source[start:end]`, its body from `body_start` on."""

    source: bytes
    start: int
    body_start: int
    end: int
    headers: tuple[tuple[str, bytes], ...]
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

    def header(self, name: str) -> bytes:
        """The first header of that (lower case) name; b"" if absent."""
        return next((value for key, value in self.headers if key.lower() == name), b"")

    def content(self) -> tuple[bytes, tuple[str, ...]]:
        """The decoded body, and what was odd about its transfer encoding."""
        return transfer.decode(self.header("content-transfer-encoding").decode("latin-1"), self.body)


@dataclass
class _Reading:
    limits: Limits
    parts: int = 0
    defects: list[str] = field(default_factory=list)

    def take(self) -> bool:
        self.parts += 1
        if self.parts > self.limits.parts:
            self.defects.append(f"limit: more than {self.limits.parts} parts")
        return self.parts <= self.limits.parts


def read(content: bytes, limits: Limits) -> tuple[Part, tuple[str, ...]]:
    """The tree of parts of a whole mail, and what was odd about it. Never raises."""
    reading = _Reading(limits)
    reading.take()
    return _part(content, 0, len(content), 1, "text/plain", reading), tuple(dict.fromkeys(reading.defects))


def read_head(content: bytes, limits: Limits) -> tuple[Part, tuple[str, ...]]:
    """Only the headers of a mail, as a part without content."""
    reading = _Reading(limits)
    headers, _ = _split_headers(content, 0, len(content), reading)
    return _described(content, (0, len(content), len(content)), headers, "text/plain", reading), tuple(reading.defects)


def parameters(value: bytes) -> tuple[str, Parameters]:
    """A structured header's first word in lower case, and its parameters: RFC 2231 undone, else as bytes."""
    value = b";".join(value[:_PARAMETER_BYTES].split(b";", _PARAMETERS)[:_PARAMETERS])
    message = Message()
    message["X"] = re.sub(rb"[\r\n]+", b" ", value).decode("latin-1")
    try:
        pairs = message.get_params(failobj=[], header="X")
    except (ValueError, LookupError, TypeError):  # a mangled RFC 2231 section number
        pairs = [(value.split(b";")[0].decode("latin-1"), "")]
    found: Parameters = {}
    for name, given in pairs[1:]:
        if isinstance(given, tuple):
            label, _, text = given
            octets = charset.decode(text.encode("latin-1", "replace"), label)[0].encode()
        else:
            octets = given.encode("latin-1", "replace")
        found.setdefault(name.lower().rstrip("*"), octets)
    return pairs[0][0].strip().lower() if pairs else "", found


def _part(source: bytes, start: int, end: int, depth: int, default: str, reading: _Reading) -> Part:
    headers, body_start = _split_headers(source, start, end, reading)
    part = _described(source, (start, body_start, end), headers, default, reading)
    inside = part.media_type.startswith("multipart/") or part.media_type in ("message/rfc822", "message/global")
    if not inside:
        return part
    if depth >= reading.limits.depth:
        reading.defects.append(f"limit: more than {reading.limits.depth} levels of parts")
        return part
    if part.media_type.startswith("multipart/"):
        children = tuple(_children(part, depth, reading))
    elif reading.take():
        body, _ = part.content()
        # An undecoded message keeps its place in the bytes, so that signatures inside it stay checkable.
        place = (source, body_start, end) if len(body) == end - body_start else (body, 0, len(body))
        children = (_part(*place, depth + 1, "text/plain", reading),)
    else:
        children = ()
    return replace(part, children=children)


def _described(
    source: bytes, place: tuple[int, int, int], headers: list[tuple[str, bytes]], default: str, reading: _Reading
) -> Part:
    first: dict[str, bytes] = {}
    for name, value in headers:
        if name.lower() in first and name.lower().startswith("content-"):
            reading.defects.append(f"two {name.title()} headers")
        first.setdefault(name.lower(), value)
    media_type, found = parameters(first["content-type"]) if "content-type" in first else (default, {})
    if not _MEDIA_TYPE.fullmatch(media_type):
        reading.defects.append("content type unreadable")
        media_type = "text/plain"
    disposition, named = parameters(first.get("content-disposition", b""))
    return Part(source, *place, tuple(headers), media_type, found, disposition, named)


def _split_headers(source: bytes, start: int, end: int, reading: _Reading) -> tuple[list[tuple[str, bytes]], int]:
    """Headers in order, values still folded; and where the body begins."""
    fields: list[tuple[str, list[bytes]]] = []
    position, stop = start, min(end, start + reading.limits.header_bytes)
    while position < end:
        newline = source.find(b"\n", position, stop)
        if newline < 0 and stop < end:
            reading.defects.append(f"limit: header of more than {reading.limits.header_bytes} bytes")
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
        elif position > start or not line.startswith((b"From ", b">From ")):  # the envelope line of an mbox
            reading.defects.append("headers end without a blank line")
            break
        position = after
    return [(name, b"".join(lines).strip(b" \t")) for name, lines in fields], position


def _children(part: Part, depth: int, reading: _Reading) -> Iterator[Part]:
    default = "message/rfc822" if part.media_type == "multipart/digest" else "text/plain"
    boundary = _boundary(part, reading)
    begin = -1
    closed = False
    for line_start, line_end, closing in _delimiters(part, boundary):
        if begin >= 0:
            if not reading.take():
                return
            yield _part(
                part.source, begin, _before_newline(part.source, begin, line_start), depth + 1, default, reading
            )
        begin, closed = line_end, closing
        if closing:
            break
    if closed:
        if part.source[begin : part.end].strip():
            reading.defects.append("text after the last part")
    elif begin >= 0:
        reading.defects.append("multipart without an end")
        if reading.take():
            yield _part(part.source, begin, part.end, depth + 1, default, reading)


def _boundary(part: Part, reading: _Reading) -> bytes:
    """The declared boundary if it stands in the body, else one that does."""
    declared = part.parameters.get("boundary", b"").rstrip()
    if declared and next(_delimiters(part, declared), None):
        return declared
    likely = _LIKELY_BOUNDARY.search(part.source, part.body_start, part.end)
    reading.defects.append("boundary missing from the body" if declared else "multipart without a boundary")
    return likely.group(1).rstrip() if likely else b""


def _delimiters(part: Part, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """Start and end of each delimiter line, and whether it is the closing one."""
    if not boundary:
        return
    mark = b"--" + boundary
    position = part.source.find(mark, part.body_start, part.end)
    while position >= 0:
        after = _AFTER_BOUNDARY.match(part.source, position + len(mark), part.end)
        if after and (position == part.body_start or part.source[position - 1 : position] == b"\n"):
            yield position, after.end(), after.group(1) is not None
        position = part.source.find(mark, position + len(mark), part.end)


def _before_newline(source: bytes, begin: int, position: int) -> int:
    """The end of what precedes a delimiter: its line break belongs to the delimiter (RFC 2046 section 5.1.1)."""
    if position > begin and source[position - 1 : position] == b"\n":
        position -= 1
        if position > begin and source[position - 1 : position] == b"\r":
            position -= 1
    return position
