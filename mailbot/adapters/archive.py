"""Closed cases, a file for each year: `archive/2026-0001.journal` under the state folder, one frame for each case.

The store keeps a short row for each archived case and mail, which says where the whole of it lies; so looking one up
reads one frame, and starting reads none. A frame is written and durable before the row points to it: one that no row
points to was left by a crash, or its case was taken up again, and means nothing. A file is never changed in its
middle: what is to be removed is left out of the next generation of the file (0002, 0003 …).
"""

import os
import re
import secrets
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailbot.adapters.codec import Codec, Unsealable
from mailbot.adapters.durable import disk_failure, make_private_folder, sync_folder, write_all, write_stream
from mailbot.adapters.frames import Frame, damaged, frames, pack
from mailbot.adapters.snapshot import PROOF, SCHEMA, Head, Row, decode, encode, read_head
from mailbot.errors import TransientError

FOLDER = "archive"
_NAME = re.compile(r"(\d{4})-(\d{4})\.journal")


def is_archive(name: str) -> bool:
    """Whether an archive has that file name."""
    return _NAME.fullmatch(name) is not None


@dataclass(frozen=True)
class Place:
    """Where a frame lies."""

    file: str
    at: int
    number: int

    def row(self) -> Row:
        """As it is stored."""
        return {"file": self.file, "at": self.at, "number": self.number}


@dataclass(frozen=True)
class Frozen:
    """A case with its mails, as rows."""

    case: str
    rows: Row
    items: dict[str, Row]

    def content(self) -> Row:
        """As it is stored."""
        return {"case": self.case, "row": self.rows, "items": self.items}


class Archives:
    """Reads and extends the archives of one state folder."""

    def __init__(self, state: Path, codec: Codec) -> None:
        self._folder, self._codec = state / FOLDER, codec
        self._heads: dict[str, Head] = {}
        self._last: tuple[Place, Frozen] | None = None

    def read(self, place: Place) -> Frozen:
        """What lies there. Raises PermanentError for damage, TransientError if the file is gone."""
        if self._last and self._last[0] == place:
            return self._last[1]
        path = self._folder / place.file
        try:
            with path.open("rb") as file:
                head = self._head(path)
                frame = next(frames(file, str(path), place.at, place.number), None)
        except FileNotFoundError as exc:
            raise TransientError(
                f"{path} is not there: after a purge by another process try again, else restore a backup"
            ) from exc
        except OSError as exc:
            raise TransientError(f"{path}: cannot be read ({exc.strerror}); look at the disk") from exc
        if frame is None:
            raise damaged(str(path), place.at)
        frozen = self._frozen(path, head, frame, place.at)
        self._last = place, frozen
        return frozen

    def append(self, year: int, cases: Iterable[Frozen]) -> list[Place]:
        """Write the cases behind the others of that year, durably; where each lies. Raises TransientError."""
        path = self._folder / (self._newest(year) or f"{year:04d}-0001.journal")
        try:
            make_private_folder(self._folder)
            if not path.exists():
                head = Head(secrets.token_hex(16))
                write_stream(path, (pack(0, _first(head, self._codec)),))
            return list(self._extend(path, cases))
        except OSError as exc:
            raise disk_failure(path, exc) from exc

    def rewrite(self, name: str, cases: Iterable[Frozen]) -> list[Place]:
        """The next generation of that file, with these cases only; the file itself stays. Raises TransientError."""
        found = _NAME.fullmatch(name)
        if found is None:
            raise ValueError(f"{name} is no archive")
        year = int(found[1])
        generation = int((self._newest(year) or name)[5:9]) + 1
        path, head = self._folder / f"{year:04d}-{generation:04d}.journal", Head(secrets.token_hex(16))
        places: list[Place] = []

        def chunks() -> Iterator[bytes]:
            first = pack(0, _first(head, self._codec))
            yield first
            at = len(first)
            for number, frozen in enumerate(cases, 1):
                chunk = pack(number, self._codec.seal(encode(frozen.content()), purpose(head, number)))
                places.append(Place(path.name, at, number))
                at += len(chunk)
                yield chunk

        try:
            write_stream(path, chunks())
        except OSError as exc:
            raise disk_failure(path, exc) from exc
        return places

    def remove_all_but(self, names: set[str]) -> None:
        """Remove the files that no row points into. Raises TransientError."""
        try:
            for path in self._files():
                if path.name not in names:
                    path.unlink()
            if self._folder.is_dir():
                sync_folder(self._folder)
        except OSError as exc:
            raise disk_failure(self._folder, exc) from exc

    def check(self) -> Iterator[tuple[Place, Frozen]]:
        """Every frame of every file. Raises PermanentError at the first that is damaged."""
        for path in self._files():
            with path.open("rb") as file:
                head, at = self._head(path), 0
                for frame in frames(file, str(path)):
                    if frame.number:
                        yield Place(path.name, at, frame.number), self._frozen(path, head, frame, at)
                    at = frame.end

    def _extend(self, path: Path, cases: Iterable[Frozen]) -> Iterator[Place]:
        head, number, size = self._head(path), 0, 0
        with path.open("rb") as file:
            for frame in frames(file, str(path)):
                number, size = frame.number + 1, frame.end
        if number == 0:
            raise damaged(str(path), 0)
        fd = os.open(path, os.O_WRONLY | os.O_APPEND)
        try:
            os.ftruncate(fd, size)  # what a crash left half written
            for frozen in cases:
                chunk = pack(number, self._codec.seal(encode(frozen.content()), purpose(head, number)))
                write_all(fd, chunk)
                yield Place(path.name, size, number)
                number, size = number + 1, size + len(chunk)
            os.fsync(fd)
        finally:
            os.close(fd)

    def _frozen(self, path: Path, head: Head, frame: Frame, at: int) -> Frozen:
        try:
            content: dict[str, Any] = decode(self._codec.unseal(frame.payload, purpose(head, frame.number)))
            return Frozen(content["case"], content["row"], content["items"])
        except (Unsealable, ValueError, KeyError) as exc:
            raise damaged(str(path), at) from exc

    def _head(self, path: Path) -> Head:
        if path.name not in self._heads:
            with path.open("rb") as file:
                first = next(frames(file, str(path)), None)
            if first is None:
                raise damaged(str(path), 0)
            self._heads[path.name] = read_head(first.payload, self._codec, path)
        return self._heads[path.name]

    def _newest(self, year: int) -> str:
        return max((path.name for path in self._files() if path.name.startswith(f"{year:04d}-")), default="")

    def _files(self) -> list[Path]:
        if not self._folder.is_dir():
            return []
        return sorted(path for path in self._folder.iterdir() if is_archive(path.name))


def _first(head: Head, codec: Codec) -> bytes:
    proof = b64encode(codec.seal(PROOF, head.purpose(0))).decode("ascii")
    return encode({"schema": SCHEMA, "codec": codec.name, "file": head.file, "proof": proof})


def purpose(head: Head, number: int) -> str:
    """What frame `number` of that archive is sealed for."""
    return f"archive {head.file} {number}"
