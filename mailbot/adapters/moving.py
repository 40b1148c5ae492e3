"""A whole state as rows, mails and journal lines, to be taken from one store and laid into another."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Protocol

from mailbot.adapters.archive import Archives
from mailbot.adapters.codec import SPOOL_NAME, STORE_NAME, Codec
from mailbot.adapters.durable import disk_failure, make_private_folder, sync_folder, write_file, write_stream
from mailbot.adapters.freezing import whole
from mailbot.adapters.journal import JournalStorage
from mailbot.adapters.layout import ARCHIVE_NAME, ASIDE, LOGBOOK_NAME, MOVED_NAME
from mailbot.adapters.records import Document
from mailbot.adapters.snapshot import write_snapshot
from mailbot.adapters.spool import FileSpool
from mailbot.core.messages import RawMail
from mailbot.errors import ConfigError

TABLES = ("cases", "outbox", "dispositions", "pins", "starts", "signatures", "secrets", "brought")
"""Whose rows make up a state."""
_SPOOLED = re.compile(r"([0-9a-f]{2})/([0-9a-f]{62})\.eml")


class State(Protocol):
    """All that a desk remembers, of one moment as long as nobody writes to it."""

    def rows(self, table: str) -> Iterator[tuple[str, Document]]:
        """The whole rows of one of `TABLES` with their ids, in the order in which they were first stored."""
        ...

    def mails(self) -> Iterator[RawMail]:
        """Every mail of the spool."""
        ...

    def journal_lines(self) -> Iterator[str]:
        """The journal that people read."""
        ...


class FileState:
    """The state in a folder, read by whoever holds its lock. Raises as opening a store does."""

    def __init__(self, state: Path, codec: Codec) -> None:
        self._state = state
        self._journal = JournalStorage(state / STORE_NAME, codec, read_only=True)
        self._archives = Archives(state, codec)
        self._spool = FileSpool(state / SPOOL_NAME, codec)

    def rows(self, table: str) -> Iterator[tuple[str, Document]]:
        """The whole rows, those in the archives too."""
        for row_id, row in self._journal.rows(table).items():
            yield row_id, whole(self._archives, row_id, row, item=table == "outbox")

    def mails(self) -> Iterator[RawMail]:
        """Every mail, in order of digest."""
        folder = self._state / SPOOL_NAME
        for path in sorted(folder.glob("??/*.eml")):
            found = _SPOOLED.fullmatch(path.relative_to(folder).as_posix())
            mail = self._spool.load(found[1] + found[2]) if found else None
            if mail is not None:
                yield mail

    def journal_lines(self) -> Iterator[str]:
        """The lines of the file."""
        path = self._state / LOGBOOK_NAME
        if path.exists():
            with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
                for line in file:
                    yield line.rstrip("\n")


def load_files(state: Path, codec: Codec, source: State) -> None:
    """Lay that state into an empty folder, its lock held. Raises ConfigError when a store is there, TransientError.

    The store comes last: until it is there nothing was moved, and doing it again completes it.
    """
    (state / MOVED_NAME).unlink(missing_ok=True)
    if (state / STORE_NAME).exists():
        raise ConfigError((f"{state / STORE_NAME}: there is a state already; name an empty folder",))
    spool = FileSpool(state / SPOOL_NAME, codec)
    for mail in source.mails():
        spool.keep(mail)
    tables = {name: dict(source.rows(name)) for name in TABLES}
    lines: list[str] = []
    try:
        make_private_folder(state)
        write_stream(state / LOGBOOK_NAME, _noting_last(source.journal_lines(), lines))
        write_snapshot(state / STORE_NAME, codec, tables, lines)
    except OSError as exc:
        raise disk_failure(state, exc) from exc


def put_aside(state: Path, now: datetime) -> Path:
    """Take what was moved elsewhere out of use, its lock held; the folder in which it lies now.

    From the first step on nobody opens the rest. Raises TransientError.
    """
    aside = state / f"{ASIDE}{now:%Y%m%dT%H%M%SZ}"
    try:
        write_file(state / MOVED_NAME, b"")
        make_private_folder(aside)
        for name in (STORE_NAME, SPOOL_NAME, ARCHIVE_NAME, LOGBOOK_NAME):
            if (state / name).exists():
                (state / name).rename(aside / name)
        sync_folder(state)
    except OSError as exc:
        raise disk_failure(state, exc) from exc
    return aside


def differences(one: State, other: State) -> Iterator[str]:
    """What the two do not have in common, in order; nothing for the same state."""
    for table in TABLES:
        yield from _unlike(table, one.rows(table), other.rows(table))
    yield from _unlike("mails", one.mails(), other.mails())
    yield from _unlike("journal", one.journal_lines(), other.journal_lines())


def _unlike(name: str, one: Iterable[object], other: Iterable[object]) -> Iterator[str]:
    for number, (here, there) in enumerate(zip_longest(one, other), 1):
        if here != there:
            yield f"{name}: entry {number} differs"
            return


def _noting_last(given: Iterator[str], last: list[str]) -> Iterator[bytes]:
    for line in given:
        last[:] = [line]
        yield f"{line}\n".encode()
