"""Which pages of a folder still say what is true: told by what they were made of, so that they need not be made again.

A page is the same as long as what it was made of is, and the file is the one that was left there.
"""

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from mailbot.pages.engine import PRIVATE, write

NAME = ".pages.json"
_MOST_BYTES = 50_000_000
_Entry = tuple[str, list[int]]


class Unchanged:
    """The pages of `folder` by name: what each was made of, and how its file was left."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._before = _read(folder / NAME)
        self._now: dict[str, _Entry] = {}

    def still(self, name: str, made_of: str) -> bool:
        """Whether that page lies there, made of the same and touched by nobody since."""
        known = self._before.get(name)
        same = known is not None and known == (made_of, _left(self._folder / name))
        if known is not None and same:
            self._now[name] = known
        return same

    def made(self, name: str, made_of: str) -> None:
        """That page was just written."""
        if left := _left(self._folder / name):
            self._now[name] = (made_of, left)

    def keep(self) -> None:
        """Remember it for the next time. Raises OSError."""
        write(self._folder / NAME, json.dumps(self._now), PRIVATE)


def _left(path: Path) -> list[int]:
    """How the file lies there; empty for what is no file of ours alone."""
    try:
        found = path.lstat()
    except OSError:
        return []
    ours = stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) == PRIVATE and found.st_uid == os.geteuid()
    return [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns] if ours else []


def _read(path: Path) -> Mapping[str, _Entry]:
    """What was kept; nothing where that is not to be had, or others could have written it."""
    if not _left(path):
        return {}
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
        return {str(name): (str(made_of), list(map(int, left))) for name, (made_of, left) in found.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
