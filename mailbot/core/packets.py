"""What an OpenPGP key block is made of, by the frames of its packets alone (RFC 9580 section 4.2).

This is asked before gpg reads a stranger's key: gpg works through every signature of a flooded one. Whether anything in
it is genuine is gpg's to say.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha1

MAX_KEY_BYTES = 200_000
MAX_SIGNATURES = 1_000
MAX_USER_IDS = 50
MAX_SUBKEYS = 50
MAX_KEYS = 10

_SIGNATURE, _SECRET, _PUBLIC, _SECRET_SUBKEY, _USER_ID, _SUBKEY, _ATTRIBUTE = 2, 5, 6, 7, 13, 14, 17
_SECRET_FRAMES = (b"\x94", b"\x95", b"\x96", b"\xc5")
_ARMOR = re.compile(rb"-----BEGIN PGP (?:PUBLIC|PRIVATE) KEY BLOCK-----[^\n]*\n(.*?)(?:-----END PGP |\Z)", re.DOTALL)
_RADIX64_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True)
class Packet:
    """One packet: what it is, what it holds, and its bytes with the frame."""

    tag: int
    body: bytes
    framed: bytes


@dataclass(frozen=True)
class KeyBlock:
    """One key with all that hangs on it; `fingerprint` is that of a version 4 key, "" for others."""

    content: bytes
    fingerprint: str
    secret: bool


def oversize(key: bytes) -> str | None:
    """Why gpg should not even be shown this block, armored or binary; None if it may be."""
    if len(key) > MAX_KEY_BYTES:
        return f"the key is larger than {MAX_KEY_BYTES} bytes"
    tags = [packet.tag for packet in packets(key)]
    limits = (
        ("signatures", (_SIGNATURE,), MAX_SIGNATURES),
        ("user ids", (_USER_ID, _ATTRIBUTE), MAX_USER_IDS),
        ("subkeys", (_SUBKEY, _SECRET_SUBKEY), MAX_SUBKEYS),
        ("keys", (_PUBLIC, _SECRET), MAX_KEYS),
    )
    for name, counted, most in limits:
        if sum(tag in counted for tag in tags) > most:
            return f"the key has more than {most} {name}" if name != "keys" else f"there are more than {most} keys"
    return None


def holds_secret(key: bytes) -> bool:
    """Whether there is a secret key in the block, whatever its armor says."""
    return any(packet.tag in (_SECRET, _SECRET_SUBKEY) for packet in packets(key))


def begins_with_secret(content: bytes) -> bool:
    """Whether a file is a secret key without armor: a frame of that kind around a key of a version that there is."""
    first = next(packets(content[:MAX_KEY_BYTES]), None) if content[:1] in _SECRET_FRAMES else None
    return first is not None and first.tag == _SECRET and first.body[:1] in (b"\x03", b"\x04", b"\x05", b"\x06")


def key_blocks(key: bytes) -> tuple[KeyBlock, ...]:
    """The keys of a block, each by itself and without armor."""
    groups: list[list[Packet]] = []
    for packet in packets(key):
        if packet.tag in (_PUBLIC, _SECRET):
            groups.append([])
        if groups:
            groups[-1].append(packet)
    return tuple(
        KeyBlock(
            content=b"".join(packet.framed for packet in group),
            fingerprint=fingerprint_of(group[0].body),
            secret=any(packet.tag in (_SECRET, _SECRET_SUBKEY) for packet in group),
        )
        for group in groups
    )


def packets(key: bytes) -> Iterator[Packet]:
    """The packets of a block, armored or binary, as far as their frames can be read."""
    data = _binary(key)
    position = 0
    while position < len(data) and data[position] & 0x80:
        frame = _frame(data, position)
        if frame is None:
            return
        tag, begin, end = frame
        yield Packet(tag, data[begin:end], data[position:end])
        position = end


def _binary(key: bytes) -> bytes:
    blocks = _ARMOR.findall(key)
    return b"".join(_dearmored(block) for block in blocks) if blocks else key


def _dearmored(armored: bytes) -> bytes:
    """What is between the lines of an armor; the checksum is gpg's to look at."""
    lines = [line.strip() for line in armored.splitlines()]
    radix64 = b"".join(line for line in lines if _RADIX64_LINE.fullmatch(line))
    try:
        return b64decode(radix64 + b"=" * (-len(radix64) % 4))
    except (Base64Error, ValueError):
        return b""


def _frame(data: bytes, position: int) -> tuple[int, int, int] | None:
    """Tag, begin and end of the body of the packet at `position`; None if it is cut off or has no length."""
    first, size = data[position], data[position + 1 : position + 6]
    if first & 0x40:
        tag = first & 0x3F
        found = length_of(size)
    else:
        tag = first >> 2 & 0x0F
        octets = (1, 2, 4, 0)[first & 3]
        found = (int.from_bytes(size[:octets]), octets) if octets and len(size) >= octets else None
    if found is None:
        return None
    length, octets = found
    begin = position + 1 + octets
    return (tag, begin, begin + length) if begin + length <= len(data) else None


def length_of(size: bytes) -> tuple[int, int] | None:
    """Length, and how many octets of the newer format say it; None of a part, of which the rest is untold (4.2.1.4)."""
    if not size:
        return None
    if size[0] < 192:
        return size[0], 1
    if size[0] < 224 and len(size) > 1:
        return (size[0] - 192 << 8) + size[1] + 192, 2
    return (int.from_bytes(size[1:5]), 5) if size[0] == 255 and len(size) == 5 else None


def fingerprint_of(body: bytes) -> str:
    """Of a version 4 public key (section 5.5.4.2); "" of others."""
    return sha1(b"\x99" + len(body).to_bytes(2) + body).hexdigest().upper() if body[:1] == b"\x04" else ""
