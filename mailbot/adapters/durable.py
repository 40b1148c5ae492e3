"""Files that are whole or not there: temporary file, fsync, rename, fsync of the folder."""

import contextlib
import errno
import os
from collections.abc import Iterable
from pathlib import Path

from mailbot.errors import TransientError


class UnconfirmedError(OSError):
    """The new file is in its place, but the disk did not confirm that it stays there."""


_FULL = (errno.ENOSPC, errno.EDQUOT)


def make_private_folder(path: Path) -> None:
    """Make `path` and its parents, mode 0700, durably; nothing happens if it is there. Raises OSError."""
    if path.is_dir():
        return
    make_private_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in `path` durable. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes) -> None:
    """Write every byte; one call to the system unless it takes only a part. Raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def write_file(path: Path, data: bytes) -> None:
    """Put `data` at `path`, mode 0600, durable when it returns; on failure `path` is as before. Raises OSError."""
    write_stream(path, (data,))


def write_stream(path: Path, chunks: Iterable[bytes]) -> None:
    """As `write_file`, piece by piece. Raises UnconfirmedError when the file is there but may not stay there."""
    temporary = path.with_name(f"{path.name}.new")
    try:
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            for chunk in chunks:
                write_all(fd, chunk)
            os.fsync(fd)
        finally:
            os.close(fd)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    try:
        sync_folder(path.parent)
    except OSError as exc:
        raise UnconfirmedError(exc.errno, exc.strerror, str(path)) from exc


def disk_failure(path: Path, exc: OSError) -> TransientError:
    """The error to raise when the disk refused something about `path` and all is as before."""
    if exc.errno in _FULL:
        return TransientError(
            f"disk full: {path} could not be written; free space under {path.parent}/; nothing was changed"
        )
    return TransientError(
        f"{path}: {exc.strerror or exc}; look at the disk and at the owner of {path.parent}/; nothing was changed"
    )
