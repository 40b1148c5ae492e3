"""A PostgresStore that can also forget: what it removes is gone from the tables' files, not only from its answers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mailbot.adapters.erasing import Erasure
from mailbot.adapters.postgres.store import PostgresStore
from mailbot.adapters.postgres.tables import CASES, DISPOSITIONS, ITEM_MARKS, MAILS, OUTBOX, PINS
from mailbot.memory import Change

_REWRITTEN = (CASES, OUTBOX, ITEM_MARKS, DISPOSITIONS, PINS)


class ErasingPostgresStore(PostgresStore):
    """Opened for the verbs that remove."""

    _erased = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """As every turn; after one in which something was erased the tables are written anew."""
        if self._session.in_transaction:
            yield
            return
        self._erased = False
        with super().turn():
            yield
        if self._erased:
            self._write_anew()

    def version(self) -> object:
        """Another one after every change of a case, an outbox item, or what the journal tells of."""
        return self._cases.last_change(), self._journal.head()

    def erase(self, erasure: Erasure) -> None:
        """Store what is left; when the turn is over, write the tables anew without the rest.

        Raises TransientError; then do it again.
        The server's own log (WAL), copies of it and backups hold, sealed, what was removed until they are gone.
        """
        with self._changing():
            self._cases.put(erasure.cases)
            self._items.drop(erasure.items)
            self._dispositions.put(erasure.done)
            self._pins.drop(erasure.pins)
            self._journal.add(erasure.journal)
            self._erased = True

    def _write_anew(self) -> None:
        with self._session.unhurried():
            for table in _REWRITTEN:
                self._session.plainly(f"VACUUM (FULL) {table.name}")
            self._session.plainly(f"VACUUM {MAILS.name}")

    def keep_token_secret(self, secret: bytes) -> None:
        """Go on with the tokens of today under another key: mail that is out there carries them."""
        with self._changing():
            self._secrets.keep_tokens(secret)

    def note(self, lines: Sequence[str]) -> None:
        """Add lines to the journal."""
        self.apply(Change(journal=tuple(lines)))
