"""What an OpenPGP message is made of, for who opens one without gpg (RFC 9580 sections 4.2, 5 and 10.3).

Strict on purpose: only what can mean one thing alone is read. All else is None, and gpg is asked what it is.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from mailbot.core.packets import length_of

_KEY, _SIGNATURE, _ONE_PASS, _COMPRESSED, _LITERAL, _SEALED = 1, 2, 4, 8, 11, 18
_MOST = 32  # packets of one message: recipients, or what stands inside
_IN_PARTS = (_COMPRESSED, _LITERAL, _SEALED)
_WINDOWS = {1: -15, 2: 15}  # ZIP and ZLIB, as zlib wants them told
_AROUND = 5_000  # bytes: the frames, names and signature around a text
_BINARY, _TEXT = b"b", (b"t", b"u")


@dataclass(frozen=True)
class Frame:
    """One packet."""

    tag: int
    body: bytes


@dataclass(frozen=True)
class SessionKey:
    """A session key, encrypted for one key (section 5.1)."""

    key_id: str  # 16 hex digits in upper case; zeros where hidden
    algorithm: int
    fields: bytes


@dataclass(frozen=True)
class Sealed:
    """An encrypted message of the one kind that is read: for keys, with a modification detection code."""

    keys: tuple[SessionKey, ...]
    data: bytes


@dataclass(frozen=True)
class Literal:
    """What a message holds: one text or file, and at most one signature over it."""

    raw: bytes  # as it was signed
    is_text: bool
    signature: tuple[bytes, bytes] | None  # the bodies of the announcement and of the signature

    @property
    def content(self) -> bytes:
        """As gpg writes it: of what is labelled as text it leaves out every CR."""
        return self.raw.replace(b"\r", b"") if self.is_text else self.raw


def sealed(message: bytes) -> Sealed | None:
    """The parts of a binary encrypted message."""
    found = frames(message)
    if not found or found[-1].tag != _SEALED or found[-1].body[:1] != b"\1":
        return None
    keys = tuple(frame.body for frame in found[:-1] if frame.tag == _KEY and frame.body[:1] == b"\3")
    if not keys or len(keys) != len(found) - 1 or min(map(len, keys)) < 10:
        return None
    return Sealed(tuple(SessionKey(k[1:9].hex().upper(), k[9], k[10:]) for k in keys), found[-1].body[1:])


def literal(packets: bytes, most: int) -> Literal | None:
    """What stands in decrypted packets; None, too, if it is more than `most` bytes, however small it was packed."""
    found = frames(packets)
    if found and len(found) == 1 and found[0].tag == _COMPRESSED:
        unpacked = _unpacked(found[0].body, most + _AROUND)
        found = frames(unpacked) if unpacked is not None else None
    tags = [frame.tag for frame in found or ()]
    if not found or tags not in ([_LITERAL], [_ONE_PASS, _LITERAL, _SIGNATURE]):
        return None
    body = found[len(found) // 2].body
    start = 6 + body[1] if len(body) > 1 else 0
    mode, name = body[:1], body[2 : start - 4]
    # A name that asks for the text to be shown only is gpg's to decide about.
    if not start or start > len(body) or name == b"_CONSOLE" or mode not in (_BINARY, *_TEXT):
        return None
    raw = body[start:]
    signature = (found[0].body, found[2].body) if len(found) > 1 else None
    return Literal(raw, mode in _TEXT, signature) if len(raw) <= most else None


def frames(data: bytes) -> tuple[Frame, ...] | None:
    """All packets of `data`, which must end with the last of them."""
    found: list[Frame] = []
    position = 0
    while position < len(data):
        first = data[position]
        if not first & 0x80 or len(found) >= _MOST:
            return None
        frame = _newer(data, position) if first & 0x40 else _older(data, position)
        if frame is None or frame[1] > len(data):
            return None
        found.append(frame[0])
        position = frame[1]
    return tuple(found)


def _older(data: bytes, position: int) -> tuple[Frame, int] | None:
    """A packet in the older format, and where the next one begins."""
    tag, kind = data[position] >> 2 & 0x0F, data[position] & 3
    if kind == 3:  # up to the end, as gpg writes what it compresses
        return (Frame(tag, data[position + 1 :]), len(data)) if tag == _COMPRESSED else None
    begin = position + 1 + (1 << kind)
    end = begin + int.from_bytes(data[position + 1 : begin])
    return Frame(tag, data[begin:end]), end


def _newer(data: bytes, position: int) -> tuple[Frame, int] | None:
    """A packet in the newer format, its parts put together, and where the next one begins."""
    tag = data[position] & 0x3F
    pieces = []
    for begin, end, last in _parts(data, position + 1):
        if end > len(data) or not (last or tag in _IN_PARTS):
            return None
        pieces.append(data[begin:end])
        if last:
            return Frame(tag, b"".join(pieces)), end
    return None


def _parts(data: bytes, position: int) -> Iterator[tuple[int, int, bool]]:
    """Begin and end of each part of a body, and whether it is the last; ends early where a length is cut off."""
    while position < len(data):
        first = data[position]
        if 224 <= first < 255:
            end = position + 1 + (1 << (first & 0x1F))
            yield position + 1, end, False
            position = end
            continue
        if found := length_of(data[position : position + 5]):
            length, octets = found
            yield position + octets, position + octets + length, True
        return


def _unpacked(body: bytes, most: int) -> bytes | None:
    """What was compressed; None if it is more than `most`, and then no more than that was unpacked."""
    window = _WINDOWS.get(body[0]) if body else None
    if window is None:
        return None
    unpacking = zlib.decompressobj(window)
    try:
        content = unpacking.decompress(body[1:], most)
    except zlib.error:
        return None
    return content if unpacking.eof and not unpacking.unused_data else None
