"""The desk's memory on the disk: TinyDB tables over one journal, an index for every question, one lock."""

import contextlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from pathlib import Path

from mailbot.adapters import found_by, history, records
from mailbot.adapters.archive import Archives
from mailbot.adapters.codec import STORE_NAME, Codec
from mailbot.adapters.collecting import nothing_collected
from mailbot.adapters.freezing import freeze, track_of, whole
from mailbot.adapters.indexed import Indexed
from mailbot.adapters.journal import COMPACT_FROM, JournalStorage, Key
from mailbot.adapters.layout import refuse_moved
from mailbot.adapters.logbook import Logbook
from mailbot.adapters.rows import JournalDB
from mailbot.adapters.shelf import Shelf
from mailbot.adapters.snapshot import Row
from mailbot.adapters.starts import Starts
from mailbot.adapters.stubs import brief_of, settled_since
from mailbot.adapters.taking import Taken
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem, Status, is_told
from mailbot.errors import PermanentError
from mailbot.memory import Change, Disposition, Pin


class TinyStore:
    """Implements `memory.Store` in the folder `state`.

    Opened for reading only it takes no lock, shows what was committed up to that moment, and raises PermanentError
    when it is to change anything. Otherwise it waits `patience` seconds while another process works on the folder, and
    raises TransientError after that; opening raises ConfigError for another schema or key, PermanentError for damage.
    """

    def __init__(
        self,
        state: Path,
        codec: Codec,
        *,
        read_only: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        compact_from: int = COMPACT_FROM,
        patience: float = 0.0,
    ) -> None:
        refuse_moved(state)
        self._clock, self._state = clock, state
        self._taken = None if read_only else Taken(state, patience)
        self._logbook = self._taken.logbook if self._taken else None
        try:
            with nothing_collected():
                self._db = JournalDB(
                    state / STORE_NAME,
                    codec,
                    storage=JournalStorage,
                    read_only=read_only,
                    compact_from=compact_from,
                    ready_to_compact=self._logbook.sync if self._logbook else bool,
                )
                self._indexed = Indexed(self._db.journal.rows)
                if not read_only:
                    self._indexed.make()
        except BaseException:
            self._release()
            raise
        self._journal = self._db.journal
        if self._logbook:
            self._logbook.write(self._journal.lines)
        self._archives = Archives(state, codec)
        read = partial(whole, self._archives)
        self._cases = Shelf(self._db.rows("cases"), records.CASE, read)
        self._items = Shelf(self._db.rows("outbox"), records.ITEM, partial(read, item=True))
        self._dispositions = Shelf(self._db.rows("dispositions"), records.DISPOSITION)
        self._pins = Shelf(self._db.rows("pins"), records.PIN)
        self._starts = Starts(self._db.rows("starts"))
        self._signatures = self._db.rows("signatures")

    def turn(self) -> contextlib.AbstractContextManager[None]:
        """Whoever holds the lock has every turn."""
        return contextlib.nullcontext()

    def claim(self, what: str) -> bool:
        """Nobody else works on this state."""
        return True

    def let_go(self, what: str) -> None:
        """Nobody waits for it."""

    def case(self, case_id: str) -> Case | None:
        """The case, or None."""
        return self._cases.get(case_id)

    def cases(self, state: str | None = None) -> Iterable[Case]:
        """Every case, or those in one state, oldest first."""
        return self._cases.all() if state is None else self._cases.where(lambda row: bool(row["state"] == state))

    def cases_in_brief(self, state: str | None = None) -> Iterable[Case]:
        """The same with at least what `core.brief` leaves of each; of cases archived in brief no archive is read."""
        for case_id, row in self._journal.rows("cases").items():
            if state is None or row["state"] == state:
                yield brief_of(row) or next(self._cases.some((case_id,)))

    def census(self) -> Mapping[tuple[str, str], int]:
        """How many cases there are of each track and state."""
        rows = self._journal.rows("cases").items()
        return Counter((track_of(self._archives, case_id, row), row["state"]) for case_id, row in rows)

    def cases_due(self, now: datetime) -> Sequence[str]:
        """Ids of open cases with a deadline at or before `now`, in order of time."""
        return self._indexed.cases.agenda.until(now)

    def case_of_message(self, message_id: str) -> str | None:
        """The case of our mail with that Message-ID, else the oldest case that names it."""
        item = self.item_of_message(message_id)
        return (item and item.case) or self._indexed.cases.of_message(message_id)

    def cases_of_contact(self, address: str) -> Sequence[str]:
        """Ids of the open cases with a contact point of that address, oldest first."""
        return self._indexed.cases.of_contact(address)

    def cases_about(self, key: str, limit: int) -> Sequence[str]:
        """The cases whose fields have this key of `duplicates.keys`, the newest first, `limit` at most."""
        return self._indexed.subjects.about(key, limit)

    def cases_telling(self, pieces: Collection[int]) -> Mapping[int, Sequence[str]]:
        """Which of these pieces open cases tell, and the ids of those cases."""
        return self._indexed.traces.telling(pieces)

    def item(self, item_id: str) -> OutboxItem | None:
        """The outbox item, or None."""
        return self._items.get(item_id)

    def items(self, case_id: str | None = None) -> Iterable[OutboxItem]:
        """All outbox items, or those of one case, oldest first."""
        index = self._indexed.items
        return self._items.some(index.oldest_first(self._items.ids()) if case_id is None else index.of_case(case_id))

    def items_unsent(self) -> Iterable[OutboxItem]:
        """Those that did not go out, or not yet, oldest first; what was sent is read from no archive."""
        return sorted(self._items.where(lambda row: row["status"] != Status.SENT), key=attrgetter("created"))

    def items_told(self, since: datetime, case_ids: Collection[str] = ()) -> Iterable[OutboxItem]:
        """What a page tells of, in one pass; of archived ones that do not say when they were settled, all are read."""

        def told(row: Row) -> bool:
            return row["case"] in case_ids or row["status"] == Status.HELD or settled_since(row, since) is not False

        found = [item for item in self._items.where(told) if is_told(item, since, case_ids)]
        return sorted(found, key=attrgetter("created"))

    def items_due(self, now: datetime) -> Sequence[OutboxItem]:
        """Queued or sending items whose time has come, oldest first."""
        return tuple(self._items.some(self._indexed.items.due(now)))

    def items_held(self) -> Sequence[OutboxItem]:
        """Mails that wait for a person, oldest first."""
        return tuple(self._items.some(self._indexed.items.held()))

    def items_uncertain(self) -> Sequence[OutboxItem]:
        """Mails of which nobody knows whether they went out, oldest first."""
        return tuple(self._items.some(self._indexed.items.uncertain()))

    def item_of_message(self, message_id: str) -> OutboxItem | None:
        """The mail of ours with this Message-ID."""
        item_id = self._indexed.items.of_message(message_id)
        item = None if item_id is None else self._items.get(item_id)
        return item if item and item.message_id == message_id else None

    def disposition(self, digest: str) -> Disposition | None:
        """What became of the mail, or None if it is not done."""
        return self._dispositions.get(digest)

    def dispositions(self, kind: str | None = None, since: datetime | None = None) -> Iterable[Disposition]:
        """All, or those of one kind, or at or after that moment, oldest first."""

        def asked(row: Row) -> bool:
            return kind in (None, row["kind"]) and (since is None or found_by.moment(row["at"]) >= since)

        return self._dispositions.all() if (kind, since) == (None, None) else self._dispositions.where(asked)

    def begin(self, digest: str) -> int:
        """Count a start at this mail, durably; how many there were without an end, this one included."""
        return self._starts.add(digest, 1)

    def end(self, digest: str) -> None:
        """Take the last start back."""
        self._starts.add(digest, -1)

    def unfinished(self) -> int:
        """How many mails were begun and are not done."""
        return len(self._starts)

    def pin(self, address: str) -> Pin | None:
        """The key we hold for that address, in whatever case it is written."""
        return self._pins.get(address.lower())

    def pins(self) -> Iterable[Pin]:
        """Every pin."""
        return self._pins.all()

    def signature_seen(self, signature_id: str) -> bool:
        """Whether commands under this signature were taken in before."""
        return self._signatures.row(signature_id) is not None

    def token_secret(self, default: bytes) -> bytes:
        """What tokens are made with: `default`, unless the key that it comes from has been changed since."""
        row = self._db.rows("secrets").row("tokens")
        return bytes.fromhex(row["hex"]) if row else default

    def acknowledgements(self, address: str, since: datetime, until: datetime | None = None) -> int:
        """How many receipts went, or wait to go, to the mailbox of the address since then, and not after `until`."""
        return self._indexed.items.receipts(address, since, until)

    def spent(self, account: str, since: datetime) -> Sequence[datetime]:
        """The moments after `since` at which mail left that counts for the account, oldest first."""
        return self._indexed.items.spent(account, since)

    def apply(self, change: Change) -> None:
        """Store all of it, or nothing. Raises TransientError when the disk takes nothing."""
        lines = self._logbook.compose(self._clock(), change.journal) if self._logbook else change.journal
        with self._journal.transaction(lines):
            cases = [(case.id, self._cases.put(case.id, case)) for case in change.cases]
            items = [(item.item, self._items.put(item.item, item)) for item in change.items]
            for done in change.done:
                self._dispositions.put(done.digest, done)
                self._starts.drop(done.digest)
            for pin in change.pins:
                self._pins.put(pin.address.lower(), pin)
            for signature_id in change.signatures:
                self._signatures.put(signature_id, {"v": records.VERSION})
        self._remember(change)
        self._indexed.take_in(cases, items)
        if self._logbook:
            self._logbook.write(lines)

    def archive(self, before: datetime) -> int:
        """Move cases that had ended then, and whose mail is settled, to the archives; how many, some at a time."""
        logbook = self._writable()
        cases, items = self._journal.rows("cases"), self._journal.rows("outbox")
        ended = self._indexed.cases.ended.until(before)
        operations = freeze(self._archives, cases, items, ended, self._indexed.items.of_case)
        if not operations:
            return 0
        case_ids = [row_id for table, row_id, _ in operations if table == "cases"]
        now = self._clock()
        lines = logbook.compose(now, [f"{now.isoformat(timespec='seconds')} {c} archived" for c in case_ids])
        self._journal.commit(operations, lines)
        self._learn([(table, row_id) for table, row_id, _ in operations])
        logbook.write(lines)
        return len(case_ids)

    def brought(self) -> Iterator[bytes]:
        """The case records that the desk brought along, one JSON object each."""
        return history.lines_of(self._journal.rows(history.TABLE))

    def bring(self, groups: Mapping[str, Sequence[str]], said: str) -> None:
        """Keep these case records instead, in groups by the names given; `said` is the line of the journal about it."""
        logbook = self._writable()
        lines = logbook.compose(self._clock(), (said,))
        self._journal.commit(history.operations(self._journal.rows(history.TABLE), groups), lines)
        logbook.write(lines)

    def journal_head(self) -> str:
        """Number and hash of the journal's last line."""
        return self._logbook.head() if self._logbook else ""

    def lent(self) -> contextlib.AbstractContextManager[None]:
        """Let other processes write while this one waits; on return the memory is as they left it.

        Raises TransientError when another process does not let go of the state in time: then nothing can be stored
        until the state was lent and taken back once more. After a write that the disk did not confirm, nothing is lent.
        """
        return self._taken.lent(self._journal, self._learn) if self._taken else contextlib.nullcontext()

    def close(self) -> None:
        """Let the next process in; safe to repeat."""
        self._db.close()
        self._release()

    def _learn(self, touched: Sequence[Key] | None) -> None:
        """Bring up to date what was made from the rows."""
        for shelf in (self._cases, self._items, self._dispositions, self._pins):
            shelf.forget()
        self._indexed.learn(touched)

    def _remember(self, change: Change) -> None:
        for case in change.cases:
            self._cases.remember(case.id, case)
        for item in change.items:
            self._items.remember(item.item, item)
        for done in change.done:
            self._dispositions.remember(done.digest, done)
        for pin in change.pins:
            self._pins.remember(pin.address.lower(), pin)

    def _writable(self) -> Logbook:
        if self._logbook:
            return self._logbook
        raise PermanentError(f"{self._state} was opened for reading only")

    def _release(self) -> None:
        if self._taken:
            self._taken.release()
