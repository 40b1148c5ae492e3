"""One process at a time works on a state folder; others wait a while for it."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from mailbot.errors import ConfigError, TransientError

_STEP = 0.05  # seconds; short beside the shortest moment for which `run` lends the state


class Lock:
    """A lock that is held until `release`, or until the process ends in whatever way."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def release(self) -> None:
        """Let the next process in; safe to repeat."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def hold(path: Path, patience: float = 0.0, sleep: Callable[[float], None] = time.sleep) -> Lock:
    """Take the lock file `path`, waiting for it up to `patience` seconds.

    Raises TransientError if another process still has it then, ConfigError if the file cannot be opened.
    """
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as exc:
        raise ConfigError(
            (f"{path}: cannot be opened ({exc.strerror}); see the owner and mode of {path.parent}/",)
        ) from exc
    try:
        steps = round(patience / _STEP)
        while not _take(fd):
            if steps == 0:
                raise _busy(path, fd, patience)
            steps -= 1
            sleep(_STEP)
    except BaseException:
        os.close(fd)
        raise
    # The number only helps a person: on a full disk the lock holds without it.
    with contextlib.suppress(OSError):
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode("ascii"), 0)
    return Lock(fd)


def _take(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _busy(path: Path, fd: int, patience: float) -> TransientError:
    pid = os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "not known"
    waited = f" and did not let go of it for {patience:.0f} s" if patience else ""
    return TransientError(
        f"another mailbot works on {path.parent}/ (pid {pid}){waited}; wait until it has ended, or stop it"
    )
