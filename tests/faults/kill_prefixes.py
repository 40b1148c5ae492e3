"""Every write that a desk makes below its state folder, and what a crash at any byte of them would leave.

`Tape` records what is asked of the disk, and what the store had acknowledged by then. Played again into another folder,
it stops within each write: there lies what a process killed at that moment would have left.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters import archive, durable, journal, logbook
from mailbot.adapters.layout import LOCK_NAME
from mailbot.adapters.store import TinyStore

Answers = tuple[Any, ...]
_CALLS = ("apply", "begin", "end", "archive")


@dataclass(frozen=True)
class Deed:
    """One thing done to a file: bytes added (`data`), begun anew, cut, renamed or removed. Or a state acknowledged."""

    kind: str
    path: str = ""
    data: bytes = b""
    to: str = ""
    length: int = 0
    answers: Answers = ()


def answers(store: TinyStore) -> Answers:
    """What the store says of everything it holds."""
    return (
        tuple(store.cases()),
        tuple(store.items()),
        tuple(store.dispositions()),
        tuple(store.pins()),
        store.unfinished(),
        tuple(store._db.rows("signatures").ids()),
    )


class Tape:
    """Records while it is `running`; only what happens below `state`."""

    def __init__(self, state: Path) -> None:
        self._state, self.deeds = state, list[Deed]()

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        """From now on every write, renaming, cut and removal is recorded before it happens."""
        write_all = self._writing(durable.write_all)
        for module in (archive, durable, journal, logbook):
            patch.setattr(module, "write_all", write_all)
        patch.setattr(os, "open", self._opening(os.open))
        patch.setattr(os, "replace", self._before("rename", os.replace))
        patch.setattr(os, "ftruncate", self._before("cut", os.ftruncate))
        patch.setattr(Path, "unlink", self._before("remove", Path.unlink))

    def acknowledge(self, store: TinyStore, patch: pytest.MonkeyPatch) -> None:
        """Whatever a call that changes the store has changed is acknowledged when it returns."""
        self.deeds.append(Deed("acknowledged", answers=answers(store)))
        for name in _CALLS:
            patch.setattr(store, name, self._told(store, getattr(store, name)))

    def _told(self, store: TinyStore, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            result = real(*args)
            self.deeds.append(Deed("acknowledged", answers=answers(store)))
            return result

        return call

    def _writing(self, real: Callable[[int, bytes], None]) -> Callable[[int, bytes], None]:
        def write(fd: int, data: bytes) -> None:
            self._note("write", os.readlink(f"/proc/self/fd/{fd}"), data=bytes(data))
            real(fd, data)

        return write

    def _opening(self, real: Callable[..., int]) -> Callable[..., int]:
        def opened(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
            if flags & os.O_TRUNC:
                self._note("anew", str(path))
            return real(path, flags, *args, **kwargs)

        return opened

    def _before(self, kind: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(place: Any, *args: Any, **kwargs: Any) -> Any:
            path = os.readlink(f"/proc/self/fd/{place}") if isinstance(place, int) else str(place)
            to, length = (str(args[0]), 0) if kind == "rename" else ("", args[0] if args else 0)
            self._note(kind, path, to=to, length=length)
            return real(place, *args, **kwargs)

        return call

    def _note(self, kind: str, path: str, to: str = "", **more: Any) -> None:
        if Path(path).is_relative_to(self._state) and Path(path).name != LOCK_NAME:
            short = str(Path(path).relative_to(self._state))
            self.deeds.append(Deed(kind, short, to=str(Path(to).relative_to(self._state)) if to else "", **more))


def replay(deeds: list[Deed], shadow: Path, stops: Callable[[Deed], tuple[int, ...]]) -> Iterator[tuple[Deed, int]]:
    """Do it all again in `shadow`; yields at each stop: the deed and how many of its bytes are written."""
    for deed in deeds:
        path = shadow / deed.path
        if deed.kind == "acknowledged":
            yield deed, 0
            continue
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if deed.kind == "write":
            before = path.stat().st_size if path.exists() else 0
            for length in stops(deed):
                _append(path, before, deed.data[:length])
                yield deed, length
            _append(path, before, deed.data)
        else:
            _do(deed, path, shadow)
        yield deed, len(deed.data)


def _append(path: Path, size: int, data: bytes) -> None:
    with path.open("ab") as file:
        file.truncate(size)
        file.write(data)


def _do(deed: Deed, path: Path, shadow: Path) -> None:
    match deed.kind:
        case "anew":
            path.write_bytes(b"")
        case "rename":
            path.replace(shadow / deed.to)
        case "cut":
            os.truncate(path, deed.length)
        case "remove":
            path.unlink()


def copied(shadow: Path, to: Path) -> Path:
    """A copy, to be opened for writing."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(shadow, to)
    return to
