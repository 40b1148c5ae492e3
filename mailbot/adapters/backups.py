"""Backup and restore: which files belong to a state, how they are read while it is worked on, how they come back."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from mailbot.adapters import layout
from mailbot.adapters.bundle import (
    Manifest,
    Reader,
    Source,
    Writer,
    sealed_in_bundle,
    sync,
    worth_keeping,
)
from mailbot.adapters.codec import SPOOL_NAME, STORE_NAME, Codec
from mailbot.adapters.durable import disk_failure, make_private_folder, sync_folder, write_stream
from mailbot.adapters.journal import JournalStorage
from mailbot.errors import ConfigError, MailbotError, PermanentError

_MAY_BE_THERE = frozenset((*layout.HARMLESS, layout.LOCK_NAME))


@dataclass
class Taken:
    """What a backup will hold, fixed at one moment; `files` are open, the spool's are never changed once written."""

    files: list[Source]
    spooled: list[str]


def take(state: Path, stack: ExitStack) -> Taken:
    """Fix what belongs to the state now; to be called while nobody writes to it. Raises TransientError."""
    try:
        names = [name for name in _names(state) if name.split("/")[0] != layout.LOCK_NAME]
        spooled = [name for name in names if name.startswith(f"{SPOOL_NAME}/")]
        files = [_source(state, name, stack) for name in names if not name.startswith(f"{SPOOL_NAME}/")]
    except OSError as exc:
        raise disk_failure(state, exc) from exc
    return Taken(files, spooled)


def write(taken: Taken, state: Path, target: Path, codec: Codec, made: str, key: str = "") -> Manifest:
    """Write the backup, durable and whole or not at all. Raises ConfigError if `target` is there, TransientError."""
    if target.exists():
        raise ConfigError((f"{target}: is there already; name a new file",))
    if target.resolve().is_relative_to(state.resolve()):
        raise ConfigError((f"{target}: lies in the state itself; put it on another disk",))
    part = target.with_name(f"{target.name}.part")
    try:
        with open(os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "r+b") as file:
            writer = Writer(file, codec)
            for source in taken.files:
                writer.add(source)
            for name in taken.spooled:
                with (state / name).open("rb") as mail:
                    writer.add(Source(name, mail, os.fstat(mail.fileno()).st_size, seal=False))
            manifest = writer.finish(made, key)
            sync(file)
        os.link(part, target)  # unlike a rename it takes the place of nothing
        part.unlink()
        sync_folder(target.parent)
    except OSError as exc:
        part.unlink(missing_ok=True)
        raise disk_failure(target, exc) from exc
    except MailbotError:
        part.unlink(missing_ok=True)
        raise
    return manifest


def refuse_without_state(state: Path) -> None:
    """Raises ConfigError if there is nothing to back up: opening the store would begin one."""
    if not (state / STORE_NAME).exists():
        raise ConfigError((f"{state}/: there is no state to back up; see [state].dir",))


def refuse_unless_empty(state: Path) -> None:
    """Raises ConfigError if anything lies in the state folder that a restore would change."""
    if state.is_dir():
        there = sorted(path.name for path in state.iterdir() if path.name not in _MAY_BE_THERE)
        if there:
            names = ", ".join(there[:5])
            raise ConfigError((f"{state}/ is not empty ({names}); move it aside: a restore replaces nothing",))


def unpack(reader: Reader, state: Path, codec: Codec) -> None:
    """Put a checked backup into the empty state; on failure the state is empty as before. Raises MailbotError."""
    staging = state / layout.RESTORING_NAME
    try:
        make_private_folder(state)
        state.chmod(0o700)
        staging.mkdir(mode=0o700)
        try:
            for name, chunks in reader.contents(codec):
                make_private_folder((staging / name).parent)
                write_stream(staging / name, chunks)
            _opens(staging, codec)
        except BaseException:
            shutil.rmtree(staging)
            raise
        _move_up(staging, state)
    except OSError as exc:
        raise disk_failure(state, exc) from exc


def _opens(staging: Path, codec: Codec) -> None:
    if not (staging / STORE_NAME).exists():
        raise PermanentError("there are no cases in that backup; nothing was restored")
    JournalStorage(staging / STORE_NAME, codec, read_only=True)


def _move_up(staging: Path, state: Path) -> None:
    """The cases last: a state without them, with the staging folder beside it, is refused rather than begun anew."""
    for path in sorted(staging.iterdir(), key=lambda path: path.name == STORE_NAME):
        path.rename(state / path.name)
        sync_folder(state)
    staging.rmdir()
    sync_folder(state)


def _names(state: Path) -> Iterator[str]:
    for top in sorted(path.name for path in state.iterdir() if layout.is_known(path.name)):
        path = state / top
        if path.is_file() and not top.endswith(".new"):
            yield top
        for place, _, files in os.walk(path):
            for name in sorted(files):
                found = Path(place, name)
                inside = found.relative_to(state).as_posix()
                if found.is_file() and not found.name.endswith(".new") and worth_keeping(inside):
                    yield inside


def _source(state: Path, name: str, stack: ExitStack) -> Source:
    seal = sealed_in_bundle(name)
    if seal and not name.startswith(layout.LOGBOOK_NAME):
        content = (state / name).read_bytes()  # gpg may write its files anew as soon as the lock is free
        return Source(name, BytesIO(content), len(content), seal)
    file: BinaryIO = stack.enter_context((state / name).open("rb"))
    return Source(name, file, os.fstat(file.fileno()).st_size, seal)
