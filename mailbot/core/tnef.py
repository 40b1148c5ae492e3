"""What stands in a winmail.dat, the wrapping that Outlook puts around a mail's files and its text (MS-OXTNEF).

Everything is a slice of the input: nothing here can grow, except compressed Rich Text, to eight times its size.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailbot.core import charset, htmltext, rtf

_SIGNATURE = 0x223E9F78
_HEAD = struct.Struct("<BII")  # level, attribute, length
_BODY, _MESSAGE, _CODE_PAGE = 0x0002800C, 0x00069003, 0x00069007
_NEXT_FILE, _FILE_TITLE, _FILE_DATA, _FILE = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_TEXT, _HTML, _RTF, _LONG_NAME, _CONTENT, _TYPE = 0x1000, 0x1013, 0x1009, 0x3707, 0x3701, 0x370E
_OBJECT, _STRING, _UNICODE, _BINARY = 0x0D, 0x1E, 0x1F, 0x102
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_MANY = 0x1000
_INTERFACE = 16  # bytes of the name of an embedded object's kind, before its content
_MOST = 10_000  # attributes, properties, or values of one property

DAMAGED = "winmail.dat is damaged"

Properties = dict[int, tuple[int, bytes]]


@dataclass
class File:
    """A file in it: its name and media type if it says them, its content."""

    name: str = ""
    media_type: str = ""
    content: bytes = b""


@dataclass
class Unpacked:
    """The text of the mail, if it carries one, its files, and what of it could not be read."""

    text: str = ""
    files: list[File] = field(default_factory=list)
    defects: tuple[str, ...] = ()


def unpack(data: bytes) -> Unpacked | None:
    """What stands in it; None if it is no winmail.dat. Never raises."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return None
    found = Unpacked()
    label, plain = "windows-1252", b""
    properties: Properties = {}
    try:
        for attribute, content in _attributes(data):
            if attribute == _CODE_PAGE and len(content) >= 4:
                label = f"cp{struct.unpack_from('<I', content)[0]}"
            elif attribute == _BODY:
                plain = content.rstrip(b"\0")
            elif attribute == _MESSAGE:
                properties = _properties(content)
            elif attribute == _NEXT_FILE:
                found.files.append(File())
            elif found.files:
                _into(found.files[-1], attribute, content, label)
    except (struct.error, ValueError):
        found.defects = (DAMAGED,)
    found.text, odd = _text(properties, plain, label)
    found.defects += odd
    found.files = [file for file in found.files if file.content or file.name]
    return found


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 6
    for _ in range(_MOST):
        if position >= len(data):
            return
        _, attribute, length = _HEAD.unpack_from(data, position)
        begin = position + _HEAD.size
        position = begin + length + 2  # a checksum, which nobody minds
        if begin + length > len(data):
            raise ValueError
        yield attribute, data[begin : begin + length]
    raise ValueError


def _into(file: File, attribute: int, content: bytes, label: str) -> None:
    if attribute == _FILE_TITLE and not file.name:
        file.name = _string((_STRING, content), label)
    elif attribute == _FILE_DATA:
        file.content = content
    elif attribute == _FILE:
        properties = _properties(content)
        file.name = _string(properties.get(_LONG_NAME), label) or file.name
        file.media_type = _string(properties.get(_TYPE), label)
        kind, value = properties.get(_CONTENT, (_BINARY, b""))
        file.content = file.content or (value[_INTERFACE:] if kind == _OBJECT else value)


def _properties(data: bytes) -> Properties:
    """Each property's type and value; of several values the first."""
    found: Properties = {}
    (count,) = struct.unpack_from("<I", data)
    position = 4
    for _ in range(_bounded(count)):
        kind, name = struct.unpack_from("<HH", data, position)
        position += 4
        if name >= 0x8000:
            position = _behind_name(data, position)
        values, kind = 1, kind
        if kind & _MANY or kind in (_OBJECT, _STRING, _UNICODE, _BINARY):
            (values,) = struct.unpack_from("<I", data, position)
            position += 4
        kind &= ~_MANY
        for number in range(_bounded(values)):
            value, position = _value(data, position, kind)
            if number == 0:
                found.setdefault(name, (kind, value))
    return found


def _bounded(count: int) -> int:
    if count > _MOST:
        raise ValueError
    return count


def _behind_name(data: bytes, position: int) -> int:
    (kind,) = struct.unpack_from("<I", data, position + 16)
    (length,) = struct.unpack_from("<I", data, position + 20)
    return position + 24 + (_padded(length) if kind else 0)


def _value(data: bytes, position: int, kind: int) -> tuple[bytes, int]:
    if kind in _FIXED:
        length, padded = _FIXED[kind], _FIXED[kind]
    elif kind in (_OBJECT, _STRING, _UNICODE, _BINARY):
        (length,) = struct.unpack_from("<I", data, position)
        position, padded = position + 4, _padded(length)
    else:
        raise ValueError
    if position + length > len(data):
        raise ValueError
    return data[position : position + length], position + padded


def _padded(length: int) -> int:
    return length + -length % 4


def _string(value: tuple[int, bytes] | None, label: str) -> str:
    if value is None:
        return ""
    kind, octets = value
    text = octets.decode("utf-16-le", "replace") if kind == _UNICODE else charset.decode(octets, label)[0]
    return text.rstrip("\0")


def _text(properties: Properties, plain: bytes, label: str) -> tuple[str, tuple[str, ...]]:
    """The text, from whichever form of it there is, the simplest first; and what was odd about it."""
    text = _string(properties.get(_TEXT), label) or _string((_STRING, plain), label)
    if text.strip():
        return text.replace("\r\n", "\n").strip("\n"), ()
    source = _string(properties.get(_HTML), label)
    if source.strip():
        return htmltext.html_text(source)
    rich = rtf.decompress(properties.get(_RTF, (_BINARY, b""))[1])
    over = (f"limit: more than {rtf.LIMIT} bytes of Rich Text",) if len(rich) >= rtf.LIMIT else ()
    source, is_html = rtf.text_of(rich)
    text, odd = htmltext.html_text(source) if is_html else (source.strip("\n"), ())
    return text, (*over, *odd)
