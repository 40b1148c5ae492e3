"""Remembers which rules and templates were found good, so that a start need not check again what is as it was."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from secrets import token_hex

from mailbot.adapters.durable import write_file

NAME = "checked"
_PROGRAMS = ("mailbot", "google-re2", "jinja2", "pydantic")
_CHECKS = Path(__file__).parent.parent / "core"
_log = logging.getLogger(__name__)


def digest_of(*folders: Mapping[str, str]) -> str:
    """Of every file's name and text, and of the versions of what checks them."""
    digest = sha256(repr([*map(_version_of, _PROGRAMS), *_own_code()]).encode())
    for files in folders:
        for name, text in sorted(files.items()):
            digest.update(b"%d %d " % (len(name.encode()), len(text.encode())) + name.encode() + text.encode())
        digest.update(b"end")
    return digest.hexdigest()


def is_good(state: Path, digest: str) -> bool:
    """Whether files of that digest were found good."""
    try:
        with (state / NAME).open("rb") as file:
            return file.read(len(digest) + 1) == digest.encode()
    except OSError:
        return False


def note_good(state: Path, digest: str) -> None:
    """Remember it; where that fails, the next start checks again."""
    try:
        if not is_good(state, digest):
            write_file(state / NAME, digest.encode())
    except OSError as exc:
        _log.info("%s: cannot be written (%s)", state / NAME, exc.strerror)


def _version_of(program: str) -> str:
    """One that nobody installed under its name may be another at each start."""
    try:
        return version(program)
    except PackageNotFoundError:
        return token_hex()


def _own_code() -> Iterator[tuple[str, int, int]]:
    """How the files lie that do the checking: between two releases they change, and the version does not."""
    with suppress(OSError), os.scandir(_CHECKS) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.endswith(".py"):
                yield entry.name, entry.stat().st_size, entry.stat().st_mtime_ns
