"""Disks that take no more: a stand-in for any user, and a real small one where the system lets us mount it."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def room_for(folder: Path, room: int) -> Iterator[list[int]]:
    """Only that many bytes more can be written to files below the folder; how many are left."""
    real, left = os.write, [room]

    def write(fd: int, data: bytes) -> int:
        if not os.readlink(f"/proc/self/fd/{fd}").startswith(str(folder)):
            return real(fd, data)
        if left[0] == 0 and len(data):
            raise OSError(errno.ENOSPC, "No space left on device")
        written = real(fd, bytes(data)[: left[0]])
        left[0] -= written
        return written

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "write", write)
        yield left


def why_no_small_disk() -> str:
    """Why this user cannot mount a small disk; "" if that is possible."""
    if not shutil.which("unshare"):
        return "there is no unshare"
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=64k", "small", "/mnt"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"this user may not mount a small disk: {tried.stderr.strip()}" if tried.returncode else ""


def on_a_small_disk(folder: Path, size: str, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run the command with a disk of that size at the folder, seen by it alone."""
    script = f'mount -t tmpfs -o size={size},mode=700 small "$0" && exec "$@"'
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, str(folder), *command], capture_output=True, text=True, check=False
    )


def fill(folder: Path, keep: int) -> Path:
    """Fill the disk under the folder but for about `keep` bytes; the file to remove when there is to be room."""
    ballast = folder.parent / f"{folder.name}.ballast" if not os.path.ismount(folder) else folder / "tmp.ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4_096)
        except OSError:
            file.truncate(max(0, file.tell() - keep))
    return ballast
