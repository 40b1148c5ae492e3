"""What kind of encryption a message says to be made with, by the frames of its packets (RFC 9580)."""

from mailbot.core.packets import packets

_KEY, _PASSPHRASE, _MARKER, _SEALED, _AEAD, _PADDING = 1, 3, 10, 18, 20, 21
_BEFORE_DATA = (_KEY, _PASSPHRASE, _MARKER, _PADDING)
_LOOKED_AT = 100_000  # bytes


def is_newer(message: bytes) -> bool:
    """Whether a binary message is encrypted in a way that came after RFC 4880: with AEAD, or for version 6 keys."""
    data = message[:_LOOKED_AT]
    position = 0
    for packet in packets(data):
        if packet.tag not in _BEFORE_DATA:
            break
        if (packet.tag, packet.body[:1]) in ((_KEY, b"\6"), (_PASSPHRASE, b"\5"), (_PASSPHRASE, b"\6")):
            return True
        position += len(packet.framed)
    return _is_newer_data(data[position : position + 8])


def _is_newer_data(frame: bytes) -> bool:
    """Of the packet that holds the data, which may be of unknown length."""
    if len(frame) < 8 or frame[0] & 0xC0 != 0xC0:
        return False
    octets = 5 if frame[1] == 255 else 2 if 192 <= frame[1] < 224 else 1
    tag, version = frame[0] & 0x3F, frame[1 + octets]
    return tag == _AEAD or (tag == _SEALED and version > 1)
