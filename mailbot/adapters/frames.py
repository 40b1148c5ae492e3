"""Records in a file that only grows, so framed that a torn end can be told from damage.

A frame is a header (mark, length, running number, CRC-32 of the payload, CRC-32 of the header itself), the payload and
an end byte. It is written by one call, so a crash leaves a beginning of it, or, after a power cut, NULs where the rest
should be: that is a torn tail, and nobody was ever told that it was stored. A header or payload that is there in full
with a wrong sum is damage, wherever it lies: it may be something we promised to keep.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import BinaryIO
from zlib import crc32

from mailbot.errors import PermanentError

_MARK = b"\xf5mb\x01"
_HEADER = Struct(">4sIQI")
_SUM = Struct(">I")
_HEADER_BYTES = _HEADER.size + _SUM.size
_END = b"\n"


@dataclass(frozen=True)
class Frame:
    """One record and the offset at which the next one begins."""

    number: int
    payload: bytes
    end: int


def pack(number: int, payload: bytes) -> bytes:
    """The bytes of one frame."""
    header = _HEADER.pack(_MARK, len(payload), number, crc32(payload))
    return b"".join((header, _SUM.pack(crc32(header)), payload, _END))


def frames(file: BinaryIO, name: str, offset: int = 0, number: int = 0) -> Iterator[Frame]:
    """The whole frames from `offset` on, where that `number` begins; ends before a torn tail. Raises PermanentError."""
    file.seek(offset)
    while True:
        header = file.read(_HEADER_BYTES)
        if len(header) < _HEADER_BYTES:
            return
        mark, length, found, payload_sum = _HEADER.unpack_from(header)
        if mark != _MARK or (crc32(header[: _HEADER.size]),) != _SUM.unpack_from(header, _HEADER.size):
            if header.endswith(b"\0") and _only_nuls(file.read()):
                return
            raise damaged(name, offset)
        body = file.read(length + len(_END))
        if len(body) < length + len(_END):
            return
        payload = body[:length]
        if crc32(payload) != payload_sum or body[length:] != _END or found != number:
            if body.endswith(b"\0") and _only_nuls(file.read()):
                return
            raise damaged(name, offset)
        offset += _HEADER_BYTES + len(body)
        yield Frame(number, payload, offset)
        number += 1


def damaged(name: str, offset: int) -> PermanentError:
    """The error for a record at `offset` that does not hold what was written."""
    return PermanentError(f"{name}: damaged at byte {offset}; nothing was changed: restore a backup, or call for help")


def _only_nuls(data: bytes) -> bool:
    return data.count(0) == len(data)
