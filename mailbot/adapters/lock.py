"""One process at a time works on a state folder."""

import contextlib
import fcntl
import os
from pathlib import Path

from mailbot.errors import ConfigError, TransientError


class Lock:
    """A lock that is held until `release`, or until the process ends in whatever way."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def release(self) -> None:
        """Let the next process in; safe to repeat."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def hold(path: Path) -> Lock:
    """Take the lock file `path` at once.

    Raises TransientError if another process has it, ConfigError if the file cannot be opened.
    """
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as exc:
        raise ConfigError(
            (f"{path}: cannot be opened ({exc.strerror}); see the owner and mode of {path.parent}/",)
        ) from exc
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        pid = os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "not known"
        os.close(fd)
        raise TransientError(
            f"another mailbot works on {path.parent}/ (pid {pid}); wait until it has ended, or stop it"
        ) from exc
    # The number only helps a person: on a full disk the lock holds without it.
    with contextlib.suppress(OSError):
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode("ascii"), 0)
    return Lock(fd)
