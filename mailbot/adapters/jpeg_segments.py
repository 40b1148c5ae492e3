"""A JPEG without the segments that describe it, its pixels untouched: as pictures stand inside of documents."""

_KEPT = {0xE0, 0xEE}  # JFIF and Adobe: how the pixels are to be read
_NO_LENGTH = {0x01, *range(0xD0, 0xD8)}
_START_OF_SCAN, _END = 0xDA, 0xD9


def without_segments(content: bytes) -> bytes:
    """The same picture without EXIF, XMP, ICC, comments and whatever follows it. Raises ValueError if it is none."""
    if content[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    kept, at = [content[:2]], 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            raise ValueError("no segment")
        marker = content[at + 1]
        if marker == 0xFF or marker in _NO_LENGTH:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == _END:
            break
        stop = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == _START_OF_SCAN:
            stop = _scan_end(content, stop)
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE) or marker in _KEPT:
            kept.append(content[at:stop])
        at = stop
    return b"".join((*kept, b"\xff\xd9"))


def _scan_end(content: bytes, at: int) -> int:
    """Where the data of a scan ends: at the next marker that is neither stuffing nor a restart."""
    while (at := content.find(b"\xff", at)) >= 0 and at + 1 < len(content):
        marker = content[at + 1]
        if marker != 0 and marker not in _NO_LENGTH and marker != 0xFF:
            return at
        at += 1 if marker == 0xFF else 2
    return len(content)
