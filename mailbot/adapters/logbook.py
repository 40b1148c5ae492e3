"""The journal that people read: one line for each thing done, numbered and chained so that a gap shows.

A line is `TIME #NUMBER CHAIN TEXT`; CHAIN is a hash over the line before and this one. The truth is the store: lines
are written after the commit that they belong to, and again on the next start if a crash came between.
"""

import contextlib
import logging
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from mailbot.adapters.durable import write_all

_LINE = re.compile(r"(\S+) #(\d+) ([0-9a-f]{16}) (.*)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_MAX_TEXT = 1_000
_TAIL_BYTES = 16 * _MAX_TEXT
BEFORE_THE_FIRST = 0, "0" * 16
"""Number and chain that the first line follows."""
_log = logging.getLogger(__name__)


class Logbook:
    """Appends to one file. A failing disk never undoes what is already committed: the lines wait for the next call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[str] = []
        self._number, self._chain = self._cut_to_last_line()

    def compose(self, at: datetime, texts: Sequence[str]) -> tuple[str, ...]:
        """The lines for `texts`, numbered on from the last one written."""
        return chained((self._number, self._chain), at, texts)

    def write(self, lines: Iterable[str]) -> None:
        """Append those of `lines` that are not there yet; what fails is tried again by the next call."""
        for line in lines:
            number, chain = position(line)
            if number > self._number:
                self._waiting.append(line)
                self._number, self._chain = number, chain
        if self._waiting and self._append("".join(f"{line}\n" for line in self._waiting).encode()):
            self._waiting.clear()

    def sync(self) -> bool:
        """Make everything written durable; whether that was possible."""
        self.write(())
        try:
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)
        except OSError:
            return False
        return not self._waiting

    def head(self) -> str:
        """Number and hash of the last line."""
        return f"#{self._number} {self._chain}"

    def reread(self) -> None:
        """Go on from the last line in the file: another process may have added some. Raises OSError."""
        self._number, self._chain = self._cut_to_last_line()
        waiting, self._waiting = self._waiting, []
        self.write(waiting)

    def _append(self, data: bytes) -> bool:
        try:
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as exc:
            _log.warning("%s: %s; the lines follow later", self._path, exc.strerror)
            return False
        start = os.fstat(fd).st_size
        try:
            write_all(fd, data)
        except OSError as exc:
            with contextlib.suppress(OSError):
                os.ftruncate(fd, start)
            _log.warning("%s: %s; the lines follow later", self._path, exc.strerror)
            return False
        finally:
            os.close(fd)
        return True

    def _cut_to_last_line(self) -> tuple[int, str]:
        """Remove a half-written last line; number and chain of the last whole one."""
        try:
            with self._path.open("r+b") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _TAIL_BYTES))
                tail = file.read()
                whole = tail[: tail.rfind(b"\n") + 1]
                if len(whole) < len(tail):
                    file.truncate(size - len(tail) + len(whole))
        except FileNotFoundError:
            return BEFORE_THE_FIRST
        return position(whole.decode("utf-8", "replace").rstrip("\n").rpartition("\n")[2])


def check(path: Path) -> tuple[str, ...]:
    """What is wrong with the chain of a logbook: altered, missing or repeated lines, each named."""
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        return tuple(problems_in(file, str(path)))


def problems_in(lines: Iterable[str], name: str) -> Iterator[str]:
    """The same for the lines of the logbook of that name."""
    number, chain = BEFORE_THE_FIRST
    for at, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line.rstrip("\n"))
        if found is None:
            yield f"{name}: line {at} is not one that mailbot wrote"
            continue
        here, linked = int(found[2]), found[3]
        # A log that was rotated begins later; its first line is taken as it is.
        follows = here == number + 1 and linked == _link(chain, f"{found[1]} #{here}", found[4])
        if not follows and (at > 1 or here == 1):
            yield f"{name}: line {at} (#{here}) does not follow #{number}, or was altered"
        number, chain = here, linked


def chained(last: tuple[int, str], at: datetime, texts: Sequence[str]) -> tuple[str, ...]:
    """The lines for `texts` that follow the one with that number and chain."""
    (number, chain), lines = last, []
    for text in texts:
        number += 1
        head, said = f"{at.isoformat()} #{number}", _CONTROL.sub(" ", text)[:_MAX_TEXT]
        chain = _link(chain, head, said)
        lines.append(f"{head} {chain} {said}")
    return tuple(lines)


def number_of(line: str) -> int:
    """The number of a line; 0 if it is none of ours."""
    return position(line)[0]


def position(line: str) -> tuple[int, str]:
    """Number and chain of a line; those before the first if it is none of ours."""
    found = _LINE.fullmatch(line)
    return (int(found[2]), found[3]) if found else BEFORE_THE_FIRST


def _link(chain: str, head: str, text: str) -> str:
    return sha256(f"{chain} {head} {text}".encode()).hexdigest()[:16]
