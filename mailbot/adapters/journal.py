"""A TinyDB storage that appends: one frame is one atomic commit; the tables live in memory.

The first frame of a file tells its schema version and how the rest is sealed. Then come frames of operations. When the
file has grown to twice its size after the last compaction, it is written anew beside itself and renamed.

What holds at any moment: memory is what the whole frames of the file say. A frame that could not be written is cut off
again and memory stays; when the disk does not confirm a frame, its fate is unknown and nothing more is written. While
the file is lent nothing is written either, and memory is what the file said before.
"""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tinydb.storages import Storage

from mailbot.adapters.codec import Codec, Unsealable
from mailbot.adapters.durable import UnconfirmedError, disk_failure, write_all
from mailbot.adapters.frames import Frame, damaged, frames, pack
from mailbot.adapters.kept_rows import Content, Row, Rows, Written, encode, unpack
from mailbot.adapters.snapshot import SCHEMA, Head, read_head, write_snapshot
from mailbot.adapters.upgrades import upgrade
from mailbot.errors import PermanentError, TransientError

Key = tuple[str, str]  # table, row id
Operation = tuple[str, str, Row | None]  # table, row id, the row or None to remove it
_Stamp = tuple[int, int, int, int]  # device, inode, size, time of change
COMPACT_FROM = 8_000_000
_log = logging.getLogger(__name__)


class JournalStorage(Storage):
    """Rows of all tables, by table and id.

    Raises ConfigError (newer schema, other key), PermanentError (damage) or TransientError (disk) when opened.
    `ready_to_compact` is asked before a compaction, which forgets the journal lines of the frames.
    """

    def __init__(
        self,
        path: Path,
        codec: Codec,
        *,
        read_only: bool = False,
        compact_from: int = COMPACT_FROM,
        ready_to_compact: Callable[[], bool] = lambda: True,
    ) -> None:
        self._path, self._codec, self._read_only = path, codec, read_only
        self._compact_from, self._ready_to_compact = compact_from, ready_to_compact
        self._tables: dict[str, Rows] = {}
        self._staged: list[Operation] | None = None
        self._unconfirmed = False
        self._lent = False
        self._left: _Stamp | None = None
        self._fd = -1
        self._number = self._size = self._compacted = 0
        self._head = Head("")
        self.lines: list[str] = []
        """The journal lines of the last commit; after a reading those that it found, and the last one before them."""
        if not path.exists() and read_only:
            return
        try:
            if not path.exists():
                write_snapshot(path, codec, {}, [])
            self._open()
        except OSError as exc:
            self.close()
            raise disk_failure(path, exc) from exc

    def read(self) -> dict[str, dict[str, Any]]:
        """All tables; the rows are the storage's own and not to be changed."""
        return {name: dict(rows) for name, rows in self._tables.items()}

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Commit whatever differs in `data` from what is stored, in one frame."""
        tables = self._tables.items()
        gone = [(name, row_id, None) for name, rows in tables for row_id in rows if row_id not in data.get(name, {})]
        new = [
            (name, row_id, row)
            for name, rows in data.items()
            for row_id, row in rows.items()
            if self.rows(name).get(row_id) != row
        ]
        self.stage([*gone, *new])

    def rows(self, table: str) -> Rows:
        """The rows of one table as they lie: not to be changed."""
        rows = self._tables.get(table)
        if rows is None:
            rows = self._tables[table] = Rows()
        return rows

    def stage(self, operations: Sequence[Operation]) -> None:
        """Keep for the running transaction, or commit at once where there is none."""
        if self._staged is None:
            self.commit(operations)
        else:
            self._staged.extend(operations)

    @contextmanager
    def transaction(self, lines: Sequence[str] = ()) -> Iterator[None]:
        """Commit everything staged inside, and the journal lines, as one; an exception inside commits nothing."""
        if self._staged is not None:
            raise RuntimeError("a transaction is already running")
        staged = self._staged = []
        try:
            yield
        finally:
            self._staged = None
        self.commit(staged, lines)

    def commit(self, operations: Sequence[Operation], lines: Sequence[str] = ()) -> None:
        """Make the operations durable, then visible. Raises TransientError: then memory is as it was."""
        if not operations and not lines:
            return
        if self._read_only:
            raise PermanentError(f"{self._path} was opened for reading only")
        if self._lent:
            raise TransientError(f"{self._path} is lent to other processes; nothing was changed")
        written = [(table, row_id, None if row is None else encode(row)) for table, row_id, row in operations]
        payload = self._codec.seal(Content(written, lines).pack(), self._head.purpose(self._number))
        self._append(pack(self._number, payload))
        self._number += 1
        self._install(written)
        self.lines[:] = lines or self.lines[-1:]  # a compaction now comes before they are in the logbook
        if self._size > max(self._compact_from, 2 * self._compacted) and self._ready_to_compact():
            self._compact()

    def compact(self) -> None:
        """Write the file anew now: what was removed is no longer in it. Raises TransientError."""
        before = self._head
        self._compact()
        if self._head == before:
            raise TransientError(
                f"{self._path} could not be written anew, so what was removed is in it still; see above"
            )

    @property
    def may_be_lent(self) -> bool:
        """Whether others may go on from the file as it is: not after a write that the disk did not confirm."""
        return not self._read_only and not self._unconfirmed

    def lend(self) -> None:
        """Commit nothing until `take_back`: others may write to the file. Safe to repeat."""
        if not self._lent:
            # The file that is kept open keeps its inode number: a file in its place cannot have the same.
            self._lent, self._left = True, _stamp(os.fstat(self._fd))

    def take_back(self) -> Sequence[Key] | None:
        """Read what others committed since `lend`: the rows they touched, or None if the whole file was read anew.

        Raises as opening does; the file is then still lent.
        """
        left, self._left = self._left, None  # a reading that ends half way is begun anew the next time
        try:
            now = _stamp(self._path.stat())
            touched: Sequence[Key] | None = ()
            if now != left:
                touched = self._read_on() if self._grew(left, now) else None
            if touched is None:
                self._read_anew()
        except OSError as exc:
            raise disk_failure(self._path, exc) from exc
        self._lent = False
        return touched

    def close(self) -> None:
        """Give the file back; safe to repeat."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _append(self, frame: bytes) -> None:
        if self._unconfirmed:
            raise TransientError(
                f"{self._path}: the disk did not confirm an earlier write, so nothing more is written; "
                "look at the disk, then start mailbot again"
            )
        try:
            write_all(self._fd, frame)
        except OSError as exc:
            self._cut_back()
            raise disk_failure(self._path, exc) from exc
        try:
            os.fdatasync(self._fd)
        except OSError as exc:
            # The kernel may have dropped the pages and would report success the next time: never try again.
            self._unconfirmed = True
            raise TransientError(
                f"{self._path}: the disk did not confirm a write ({exc.strerror}); it may be stored or not; "
                "look at the disk, then start mailbot again"
            ) from exc
        self._size += len(frame)

    def _cut_back(self) -> None:
        try:
            os.ftruncate(self._fd, self._size)
        except OSError:
            self._unconfirmed = True

    def _install(self, written: Sequence[Written]) -> None:
        for table, row_id, text in written:
            texts = self.rows(table).texts
            if text is None:
                texts.pop(row_id, None)
            else:
                texts[row_id] = text

    def _compact(self) -> None:
        try:
            written = write_snapshot(self._path, self._codec, self._tables, self.lines)
        except UnconfirmedError:
            self._unconfirmed = True
            _log.error("%s: the disk did not confirm the compacted file; nothing more is written", self._path)
            return
        except OSError as exc:
            # What is stored is safe in the old file; the next try comes after as much growth again.
            self._compacted = self._size // 2 + self._compact_from
            _log.warning("%s: not compacted: %s", self._path, exc.strerror)
            return
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_APPEND)
        except OSError as exc:
            # The file that is still open has no name any more: writing to it would be writing to nowhere.
            self._unconfirmed = True
            _log.error("%s: cannot be opened again: %s; nothing more is written", self._path, exc.strerror)
            return
        self.close()
        self._fd, self._head, self._number = fd, written.head, written.frames
        self._size = self._compacted = written.size

    def _grew(self, left: _Stamp | None, now: _Stamp) -> bool:
        """Whether the file is the one that was lent, with something added."""
        if left is None or left[:2] != now[:2] or not left[2] == self._size < now[2]:
            return False
        with self._path.open("rb") as file:
            first = next(frames(file, str(self._path)), None)
        # Another file may have been copied over this one.
        return first is not None and read_head(first.payload, self._codec, self._path) == self._head

    def _read_on(self) -> Sequence[Key]:
        del self.lines[:-1]
        return self._read()

    def _read_anew(self) -> None:
        self.close()
        self._tables, self.lines = {}, []
        self._number = self._size = self._compacted = 0
        self._open()

    def _open(self) -> None:
        self._read()
        if self._head.schema < SCHEMA:
            upgrade(self._tables, self._head.schema)
            if not self._read_only:
                self.compact()

    def _read(self) -> Sequence[Key]:
        """Take in the frames that follow those read before; which rows they touch."""
        touched: list[Key] = []
        with self._path.open("rb") as file:
            for frame in frames(file, str(self._path), self._size, self._number):
                touched += self._replay(frame)
            if self._number < max(1, self._head.frames):  # it was whole when it got its name: this is no torn write
                raise damaged(str(self._path), self._size)
            size = os.fstat(file.fileno()).st_size
        if not self._read_only and self._number:
            self._prepare_to_append(size)
        return touched

    def _prepare_to_append(self, size: int) -> None:
        if self._fd < 0:
            self._fd = os.open(self._path, os.O_RDWR | os.O_APPEND)
        if size > self._size:
            _log.warning("%s: cut %d bytes of an unfinished write at %d", self._path, size - self._size, self._size)
            os.ftruncate(self._fd, self._size)
            os.fsync(self._fd)

    def _replay(self, frame: Frame) -> Sequence[Key]:
        content = Content((), ())
        if frame.number == 0:
            self._head = read_head(frame.payload, self._codec, self._path)
        else:
            try:
                content = unpack(self._codec.unseal(frame.payload, self._head.purpose(frame.number)))
            except (Unsealable, ValueError) as exc:
                raise damaged(str(self._path), self._size) from exc
            self._install(content.operations)
            self.lines.extend(content.lines)
            if content.snapshot:
                self._compacted = frame.end
        self._number, self._size = frame.number + 1, frame.end
        return [(table, row_id) for table, row_id, _ in content.operations]


def _stamp(status: os.stat_result) -> _Stamp:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
