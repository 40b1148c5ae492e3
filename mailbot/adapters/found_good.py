"""Remembers which rules and templates were found good, so that a start need not check again what is as it was."""

import logging
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from mailbot.adapters.durable import write_file

NAME = "checked"
_PROGRAMS = ("mailbot", "google-re2", "jinja2", "pydantic")
_log = logging.getLogger(__name__)


def digest_of(*folders: Mapping[str, str]) -> str:
    """Of every file's name and text, and of the versions of what checks them."""
    digest = sha256(repr([version(name) for name in _PROGRAMS]).encode())
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
