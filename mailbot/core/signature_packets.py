"""Which signatures gpg and others can only judge alike, by what they say of themselves (RFC 9580 section 5.2).

Whoever checks one without gpg must know beforehand that nothing in it is heeded by one and passed over by the other.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from mailbot.core.message_packets import frames

_SIGNATURE = 2
_BINARY, _TEXT = 0, 1
_HASHES = (8, 9, 10)  # SHA-2
_MADE, _ISSUER, _NOTATION, _USER_ID, _FINGERPRINT = 2, 16, 20, 28, 33
_CRITICAL = 0x80
_HASHED = {_MADE, _ISSUER, _NOTATION, _USER_ID, _FINGERPRINT, *(_CRITICAL | k for k in (_MADE, _ISSUER, _FINGERPRINT))}
_NOT_HASHED = {_ISSUER, _FINGERPRINT}
_NOT_CRLF = re.compile(rb"\r(?!\n)|(?<!\r)\n")

_Subpackets = list[tuple[int, bytes]]


@dataclass(frozen=True)
class PlainSignature:
    """A signature with nothing about it but who made it and when, both of which it covers."""

    issuer: str  # the fingerprint of the key itself, 40 hex digits in upper case
    made_at: datetime
    is_text: bool
    packet: bytes

    def covers_as_it_stands(self, content: bytes) -> bool:
        """Whether what is hashed is `content` itself, whoever reads it: in text, line ends may be made alike first."""
        return not (self.is_text and _NOT_CRLF.search(content))


def detached(signature: bytes) -> PlainSignature | None:
    """The one signature in binary data, over bytes as they stand."""
    found = frames(signature)
    if not found or len(found) != 1 or found[0].tag != _SIGNATURE:
        return None
    plain = _plain(found[0].body)
    # Of text, gpg leaves out blanks at line ends here, and only here.
    return None if plain is None or plain.is_text else plain


def announced(one_pass: bytes, signature: bytes) -> PlainSignature | None:
    """The signature of a signed message, if it is the one that was announced before the content."""
    plain = _plain(signature)
    if plain is None:
        return None
    kind, algorithm, digest = signature[1:4]
    told = bytes((3, kind, digest, algorithm)) + bytes.fromhex(plain.issuer)[-8:] + b"\1"
    return plain if one_pass == told else None


def _plain(body: bytes) -> PlainSignature | None:
    if len(body) < 6 or body[0] != 4 or body[1] not in (_BINARY, _TEXT) or body[3] not in _HASHES:
        return None
    hashed, end = _area(body, 4)
    unhashed, _ = _area(body, end)
    if hashed is None or unhashed is None or not _is_plain(hashed, unhashed):
        return None
    told = {kind & ~_CRITICAL: value for kind, value in hashed}
    moment = datetime.fromtimestamp(int.from_bytes(told[_MADE]), UTC)
    packet = b"\xc2\xff" + len(body).to_bytes(4) + body
    return PlainSignature(told[_FINGERPRINT][1:].hex().upper(), moment, body[1] == _TEXT, packet)


def _is_plain(hashed: _Subpackets, unhashed: _Subpackets) -> bool:
    """Whether both areas tell one maker and one moment, and nothing that a verdict might hang on."""
    made = [value for kind, value in hashed if kind & ~_CRITICAL == _MADE]
    issuer = [value for kind, value in hashed if kind & ~_CRITICAL == _FINGERPRINT]
    if len(made) != 1 or len(made[0]) != 4 or not any(made[0]):
        return False
    if len(issuer) != 1 or len(issuer[0]) != 21 or issuer[0][0] != 4:
        return False
    same = {_ISSUER: issuer[0][-8:], _FINGERPRINT: issuer[0]}
    if any(same.get(kind & ~_CRITICAL, value) != value for kind, value in (*hashed, *unhashed)):
        return False
    return {kind for kind, _ in hashed} <= _HASHED and {kind for kind, _ in unhashed} <= _NOT_HASHED


def _area(body: bytes, start: int) -> tuple[_Subpackets | None, int]:
    """The subpackets of the area whose length stands at `start`, None if they do not fill it; and where it ends."""
    position = start + 2
    end = position + int.from_bytes(body[start:position])
    found: _Subpackets = []
    while position < end:
        first = body[position] if position < len(body) else 0
        octets = 1 if first < 192 else 2 if first < 255 else 5
        size = body[position : position + octets]
        if len(size) < octets:
            return None, end
        length = first if octets == 1 else int.from_bytes(size[1:]) + (0 if octets == 5 else (first - 192 << 8) + 192)
        position += octets + length
        if not length or position > min(end, len(body)):
            return None, end
        found.append((body[position - length], body[position - length + 1 : position]))
    return (found if end < len(body) else None), end
