"""What is inside an archive, by name and size; nothing is unpacked."""

import tarfile
import zipfile
from io import BytesIO

from mailbot.core.file_records import Cleaned

_ENTRIES = 200
_HEADERS = 20_000_000  # bytes of a compressed archive that are read for its list
_TYPES = (
    (b"PK", "zip", "application/zip"),
    (b"7z", "7z", "application/x-7z-compressed"),
    (b"Rar!", "rar", "application/vnd.rar"),
    (b"\x1f\x8b", "gz", "application/gzip"),
    (b"BZh", "bz2", "application/x-bzip2"),
    (b"\xfd7zXZ", "xz", "application/x-xz"),
    (b"\x28\xb5\x2f\xfd", "zst", "application/zstd"),
)


def look(content: bytes) -> Cleaned:
    """The archive as it is, with its list where our own tools can read it."""
    extension, media_type = next(
        ((name, kind) for start, name, kind in _TYPES if content.startswith(start)), ("tar", "application/x-tar")
    )
    return Cleaned(content, extension, media_type, listing=_listing(content))


def _listing(content: bytes) -> tuple[str, ...]:
    try:
        if zipfile.is_zipfile(BytesIO(content)):
            with zipfile.ZipFile(BytesIO(content)) as archive:
                return tuple(_line(each.filename, each.file_size) for each in archive.infolist()[:_ENTRIES])
        return tuple(_in_tar(content))
    except Exception:  # a broken or unknown archive has no list
        return ()


def _in_tar(content: bytes) -> list[str]:
    lines: list[str] = []
    with tarfile.open(fileobj=BytesIO(content), mode="r:*") as archive:
        read = 0
        for entry in archive:
            read += entry.size
            lines.append(_line(entry.name, entry.size))
            if len(lines) == _ENTRIES or read > _HEADERS:
                break
    return lines


def _line(name: str, size: int) -> str:
    return f"{name[:120]} ({size} bytes)"
