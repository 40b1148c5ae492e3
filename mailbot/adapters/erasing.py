"""A store that can also forget: what it removes is gone from the files, not only from what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mailbot.adapters.freezing import thin_out
from mailbot.adapters.records import VERSION
from mailbot.adapters.store import TinyStore
from mailbot.core.model import Case
from mailbot.errors import PermanentError
from mailbot.memory import Change, DeskStore, Disposition


@dataclass(frozen=True)
class Erasure:
    """What is left of what is to be forgotten, and the rows of which nothing is left."""

    cases: tuple[Case, ...] = ()
    done: tuple[Disposition, ...] = ()
    items: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    journal: tuple[str, ...] = ()


class Erasing(DeskStore, Protocol):
    """A store that can also forget, wherever it lies."""

    def version(self) -> object:
        """Another one after every change that others made: what was looked up before it may not hold any more."""
        ...

    def erase(self, erasure: Erasure) -> None:
        """Store what is left, and leave nothing of the rest where it lay. Raises TransientError; then do it again."""
        ...


class ErasingStore(TinyStore):
    """Opened for the one verb that removes."""

    def version(self) -> object:
        """Always the same: nobody else works on this state."""
        return None

    def erase(self, erasure: Erasure) -> None:
        """Store what is left, then write the files anew without the rest. Raises TransientError; then do it again.

        Repeating it, also with nothing new to forget, completes one that did not come to its end.
        """
        if self._logbook is None:
            raise PermanentError(f"{self._state} was opened for reading only")
        lines = self._logbook.compose(self._clock(), erasure.journal)
        with self._journal.transaction(lines):
            for case in erasure.cases:
                self._cases.put(case.id, case)
            for item_id in erasure.items:
                self._db.rows("outbox").drop(item_id)
            for done in erasure.done:
                self._dispositions.put(done.digest, done)
            for address in erasure.pins:
                self._db.rows("pins").drop(address)
        self._logbook.write(lines)
        self._remove_from_files()
        self._learn(None)

    def keep_token_secret(self, secret: bytes) -> None:
        """Go on with the tokens of today under another key: mail that is out there carries them."""
        if self._db.rows("secrets").row("tokens") is None:
            self._db.rows("secrets").put("tokens", {"v": VERSION, "hex": secret.hex()})

    def note(self, lines: Sequence[str]) -> None:
        """Add lines to the journal."""
        self.apply(Change(journal=tuple(lines)))

    def _remove_from_files(self) -> None:
        operations, live = thin_out(self._archives, self._journal.rows("cases"), self._journal.rows("outbox"))
        self._journal.commit(operations)
        self._logbook_is_durable()
        self._journal.compact()
        self._archives.remove_all_but(live)

    def _logbook_is_durable(self) -> None:
        # A compaction forgets the journal lines of the frames.
        if self._logbook is None or not self._logbook.sync():
            raise PermanentError(f"{self._state}: journal.log cannot be written; mend that, then repeat the purge")
