"""The desk's memory in PostgreSQL, as everybody asks for it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from functools import partial

from mailbot.adapters.postgres.case_rows import CaseRows
from mailbot.adapters.postgres.claims import LEASE_SECONDS, Claims
from mailbot.adapters.postgres.item_rows import ItemRows
from mailbot.adapters.postgres.journal import Journal
from mailbot.adapters.postgres.migrating import IS_MOVED, moved, prepare
from mailbot.adapters.postgres.place import DEFAULT_SCHEMA, read_place
from mailbot.adapters.postgres.plain_rows import Brought, Dispositions, Pins, Secrets, Signatures, Starts
from mailbot.adapters.postgres.sealing import Sealer
from mailbot.adapters.postgres.session import TURN_SECONDS, Session
from mailbot.adapters.postgres.workers import Presence
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem, Status
from mailbot.memory import Change, Disposition, Pin

_A_DAY = timedelta(days=1)


class PostgresStore:
    """Implements `memory.DeskStore` in one schema of one database, over one connection; for one thread.

    `key` is the state's. Opening connects, makes the tables where there are none, and raises ConfigError for a wrong
    setting, another key or newer tables, TransientError when the database is away. After an outage the next use
    connects anew. Opened for reading only it raises PermanentError when it is to change anything.
    """

    def __init__(
        self,
        url: str,
        key: bytes,
        *,
        schema: str = DEFAULT_SCHEMA,
        read_only: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        lease_seconds: float = LEASE_SECONDS,
        turn_seconds: float = TURN_SECONDS,
    ) -> None:
        place, sealer = read_place(url, schema), Sealer(key)
        ready = partial(prepare, place=place, sealer=sealer, read_only=read_only)
        self._session = session = Session(place, ready, read_only=read_only, turn_seconds=turn_seconds)
        self._sealer = sealer
        self._presence = Presence(Session(place, ready), lease_seconds)
        self._claims = Claims(session, self._presence, lease_seconds)
        self._cases, self._items = CaseRows(session, sealer), ItemRows(session, sealer)
        self._dispositions, self._pins = Dispositions(session, sealer), Pins(session, sealer)
        self._starts, self._signatures = Starts(session), Signatures(session)
        self._secrets, self._brought = Secrets(session, sealer), Brought(session, sealer)
        self._journal = Journal(session, sealer, clock)
        self._tidied = datetime.min.replace(tzinfo=UTC)
        session.connect()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A transaction beside which nobody else changes anything; an exception undoes all of it."""
        if self._session.in_transaction:
            yield
            return
        remembered, seen = self._claims.remembered(), self._cases.seen
        try:
            with self._session.turn(IS_MOVED) as found:
                # A worker that was connected before, with nothing to do, would go on where nobody looks any more.
                if found is not None:
                    raise moved(self._session.place)
                yield
        except BaseException:
            self._claims.restore(remembered)
            self._cases.unsee(seen)
            raise

    def claim(self, what: str) -> bool:
        """Whether this process may act on that mail or outbox item."""
        return self._claims.claim(what)

    def let_go(self, what: str) -> None:
        """Others may act on it."""
        self._claims.let_go(what)

    def case(self, case_id: str) -> Case | None:
        """The case, or None."""
        return self._cases.get(case_id)

    def cases(self, state: str | None = None) -> Iterable[Case]:
        """Every case, or those in one state, oldest first."""
        return self._cases.in_state(state)

    def census(self) -> Mapping[tuple[str, str], int]:
        """How many cases there are of each track and state."""
        return self._cases.census()

    def cases_due(self, now: datetime) -> Sequence[str]:
        """Ids of open cases with a deadline at or before `now`, in order of time."""
        return self._cases.due(now)

    def case_of_message(self, message_id: str) -> str | None:
        """The case of our mail with that Message-ID, else the oldest case that names it."""
        return self._items.case_of_message(message_id) or self._cases.of_message(message_id)

    def cases_of_contact(self, address: str) -> Sequence[str]:
        """Ids of the open cases with a contact point of that address, oldest first."""
        return self._cases.of_contact(address)

    def cases_about(self, key: str, limit: int) -> Sequence[str]:
        """The cases whose fields have this key of `duplicates.keys`, the newest first, `limit` at most."""
        return self._cases.about(key, limit)

    def cases_telling(self, pieces: Collection[int]) -> Mapping[int, Sequence[str]]:
        """Which of these pieces open cases tell, and the ids of those cases."""
        return self._cases.telling(pieces)

    def item(self, item_id: str) -> OutboxItem | None:
        """The outbox item, or None."""
        return self._items.get(item_id)

    def items(self, case_id: str | None = None) -> Iterable[OutboxItem]:
        """All outbox items, or those of one case, oldest first."""
        return self._items.oldest_first(case_id)

    def cases_in_brief(self, state: str | None = None) -> Iterable[Case]:
        """The same: none is put aside here."""
        return self.cases(state)

    def items_unsent(self) -> Iterable[OutboxItem]:
        """Those that did not go out, or not yet, oldest first."""
        return self._items.unsent()

    def items_told(self, since: datetime, case_ids: Collection[str] = ()) -> Iterable[OutboxItem]:
        """Those of these cases, those that are held, and those settled at or after that moment, oldest first."""
        return self._items.told(since, case_ids)

    def items_due(self, now: datetime) -> Sequence[OutboxItem]:
        """Queued or sending items whose time has come, oldest first."""
        return self._items.due(now)

    def items_held(self) -> Sequence[OutboxItem]:
        """Mails that wait for a person, oldest first."""
        return self._items.of_status(Status.HELD)

    def items_uncertain(self) -> Sequence[OutboxItem]:
        """Mails of which nobody knows whether they went out, oldest first."""
        return self._items.of_status(Status.UNCERTAIN)

    def item_of_message(self, message_id: str) -> OutboxItem | None:
        """The mail of ours with this Message-ID."""
        return self._items.of_message(message_id)

    def disposition(self, digest: str) -> Disposition | None:
        """What became of the mail, or None if it is not done."""
        return self._dispositions.get(digest)

    def dispositions(self, kind: str | None = None, since: datetime | None = None) -> Iterable[Disposition]:
        """All, or those of one kind, or at or after that moment, oldest first."""
        return self._dispositions.found(kind, since)

    def begin(self, digest: str) -> int:
        """Count a start at this mail, durably; how many there were without an end, this one included."""
        with self._changing():
            return self._starts.begin(digest)

    def end(self, digest: str) -> None:
        """Take the last start back."""
        with self._changing():
            self._starts.end(digest)

    def unfinished(self) -> int:
        """How many mails were begun and are not done."""
        return self._starts.unfinished()

    def pin(self, address: str) -> Pin | None:
        """The key we hold for that address, in whatever case it is written."""
        return self._pins.get(address)

    def pins(self) -> Iterable[Pin]:
        """Every pin."""
        return self._pins.all()

    def signature_seen(self, signature_id: str) -> bool:
        """Whether commands under this signature were taken in before."""
        return self._signatures.seen(signature_id)

    def token_secret(self, default: bytes) -> bytes:
        """What tokens are made with: `default`, unless the key that it comes from has been changed since."""
        return self._secrets.tokens() or default

    def acknowledgements(self, address: str, since: datetime, until: datetime | None = None) -> int:
        """How many receipts went, or wait to go, to the mailbox of the address since then, and not after `until`."""
        return self._items.receipts(address, since, until)

    def spent(self, account: str, since: datetime) -> Sequence[datetime]:
        """The moments after `since` at which mail left that counts for the account, oldest first."""
        return self._items.spent(account, since)

    def apply(self, change: Change) -> None:
        """Store all of it, or nothing. Raises LostClaimError when another worker took over what it is about."""
        digests = [done.digest for done in change.done]
        with self._changing():
            self._claims.check({*digests, *(item.item for item in change.items)}, digests)
            self._cases.put(change.cases)
            self._items.put(change.items)
            self._dispositions.put(change.done)
            self._claims.done(digests)
            self._pins.put(change.pins)
            self._signatures.put(change.signatures)
            self._journal.add(change.journal)

    def archive(self, before: datetime) -> int:
        """Nothing is put aside; once a day it is forgotten what mails that left before that moment counted for."""
        if self._tidied < before - _A_DAY:
            self._session.refuse_to_change()
            self._items.forget_counted(before)
            self._cases.tidy()
            self._tidied = before
        return 0

    def brought(self) -> Iterator[bytes]:
        """The case records that the desk brought along, one JSON object each."""
        return self._brought.lines()

    def bring(self, groups: Mapping[str, Sequence[str]], said: str) -> None:
        """Keep these case records instead, in groups by the names given; `said` is the line of the journal about it."""
        with self._changing():
            self._brought.replace(groups)
            self._journal.add((said,))

    def journal_head(self) -> str:
        """Number and hash of the journal's last line."""
        return self._journal.head()

    def journal_lines(self) -> Iterator[str]:
        """Every line of the journal."""
        return self._journal.lines()

    def lent(self) -> AbstractContextManager[None]:
        """Others may write at any time."""
        return nullcontext()

    def close(self) -> None:
        """End the connection, and with it what this process claimed; safe to repeat."""
        self._presence.close()
        self._session.close()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        self._session.refuse_to_change()
        with self.turn():
            yield
