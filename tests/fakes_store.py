"""A desk's memory that forgets when the process ends: the plainest thing that keeps the promises of `ports`."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mailbot.core import traces
from mailbot.core.budgets import accounts, left_at
from mailbot.core.duplicates import keys
from mailbot.core.mailboxes import mailbox
from mailbot.core.messages import Draft, RawMail
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem, Status, is_told
from mailbot.memory import Change, Disposition, Pin


@dataclass
class MemoryStore:
    """Implements `memory.Store` by looking through everything; `journal` holds the lines of all changes."""

    journal: list[str] = field(default_factory=list)
    _cases: dict[str, Case] = field(default_factory=dict)
    _items: dict[str, OutboxItem] = field(default_factory=dict)
    _done: dict[str, Disposition] = field(default_factory=dict)
    _pins: dict[str, Pin] = field(default_factory=dict)
    _starts: dict[str, int] = field(default_factory=dict)
    _signatures: set[str] = field(default_factory=set)

    def case(self, case_id: str) -> Case | None:
        return self._cases.get(case_id)

    def cases(self, state: str | None = None) -> Iterable[Case]:
        return tuple(case for case in self._cases.values() if state in (None, case.state))

    def census(self) -> Mapping[tuple[str, str], int]:
        return Counter((case.track, case.state) for case in self._cases.values())

    def cases_due(self, now: datetime) -> Sequence[str]:
        first = [
            (min(deadline.at for deadline in case.deadlines), case.id)
            for case in self._cases.values()
            if case.deadlines and not case.state.ended
        ]
        return tuple(case_id for at, case_id in sorted(first) if at <= now)

    def case_of_message(self, message_id: str) -> str | None:
        item = self.item_of_message(message_id)
        if item is not None and item.case is not None:
            return item.case
        return next((case.id for case in self._cases.values() if message_id in case.message_ids), None)

    def cases_of_contact(self, address: str) -> Sequence[str]:
        return tuple(c.id for c in self._cases.values() if not c.state.ended and c.contact_at(address))

    def cases_about(self, key: str, limit: int) -> Sequence[str]:
        found = [c.id for c in self._cases.values() if key in keys({f.name: f.value for f in c.fields})]
        return tuple(reversed(found[-limit:]))

    def cases_telling(self, pieces: Collection[int]) -> Mapping[int, Sequence[str]]:
        found: dict[int, list[str]] = {}
        for case in self._cases.values():
            kept = () if case.state.ended else traces.pieces({f.name: f.value for f in case.fields})
            for piece in set(kept) & set(pieces):
                found.setdefault(piece, []).append(case.id)
        return found

    def item(self, item_id: str) -> OutboxItem | None:
        return self._items.get(item_id)

    def items(self, case_id: str | None = None) -> Iterable[OutboxItem]:
        wanted = [item for item in self._items.values() if case_id is None or item.case == case_id]
        return tuple(sorted(wanted, key=lambda item: item.created))

    def cases_in_brief(self, state: str | None = None) -> Iterable[Case]:
        return self.cases(state)

    def items_unsent(self) -> Iterable[OutboxItem]:
        return tuple(item for item in self.items() if item.status is not Status.SENT)

    def items_told(self, since: datetime, case_ids: Collection[str] = ()) -> Iterable[OutboxItem]:
        return tuple(item for item in self.items() if is_told(item, since, case_ids))

    def items_due(self, now: datetime) -> Sequence[OutboxItem]:
        to_send = (Status.QUEUED, Status.SENDING)
        return tuple(item for item in self.items() if item.status in to_send and item.next <= now)

    def items_held(self) -> Sequence[OutboxItem]:
        return tuple(item for item in self.items() if item.status is Status.HELD)

    def items_uncertain(self) -> Sequence[OutboxItem]:
        return tuple(item for item in self.items() if item.status is Status.UNCERTAIN)

    def item_of_message(self, message_id: str) -> OutboxItem | None:
        if not message_id:
            return None
        return next((item for item in self._items.values() if item.message_id == message_id), None)

    def disposition(self, digest: str) -> Disposition | None:
        return self._done.get(digest)

    def dispositions(self, kind: str | None = None, since: datetime | None = None) -> Iterable[Disposition]:
        found = (done for done in self._done.values() if kind is None or done.kind == kind)
        return tuple(done for done in found if since is None or done.at >= since)

    def begin(self, digest: str) -> int:
        self._starts[digest] = self._starts.get(digest, 0) + 1
        return self._starts[digest]

    def end(self, digest: str) -> None:
        self._starts[digest] = max(0, self._starts.get(digest, 0) - 1)

    def unfinished(self) -> int:
        return sum(1 for count in self._starts.values() if count)

    def pin(self, address: str) -> Pin | None:
        return self._pins.get(address.lower())

    def pins(self) -> Iterable[Pin]:
        return tuple(self._pins.values())

    def signature_seen(self, signature_id: str) -> bool:
        return signature_id in self._signatures

    def acknowledgements(self, address: str, since: datetime, until: datetime | None = None) -> int:
        return sum(
            1
            for item in self._items.values()
            if item.draft is not None
            and item.template.endswith("receipt")
            and item.status is not Status.DEAD
            and item.created >= since
            and (until is None or item.created <= until)
            and mailbox(item.draft.to.address) == mailbox(address)
        )

    def spent(self, account: str, since: datetime) -> Sequence[datetime]:
        left = [
            left_at(item.status, item.settled, item.next, item.doubts)
            for item in self._items.values()
            if item.draft is not None and account in _accounts(item, item.draft)
        ]
        return sorted(at for at in left if at and at > since)

    def apply(self, change: Change) -> None:
        self._cases.update((case.id, case) for case in change.cases)
        self._items.update((item.item, item) for item in change.items)
        self._pins.update((pin.address.lower(), pin) for pin in change.pins)
        self._signatures.update(change.signatures)
        self.journal.extend(change.journal)
        for done in change.done:
            self._done[done.digest] = done
            self._starts.pop(done.digest, None)

    def archive(self, before: datetime) -> int:
        return 0

    def journal_head(self) -> str:
        return f"#{len(self.journal)} {'0' * 16}"

    def lent(self) -> AbstractContextManager[None]:
        return nullcontext()

    def turn(self) -> AbstractContextManager[None]:
        return nullcontext()

    def claim(self, what: str) -> bool:
        return True

    def let_go(self, what: str) -> None:
        pass

    def close(self) -> None:
        pass


@dataclass
class Shared:
    """One memory that several workers share: whose turn it is, and who claimed what."""

    memory: MemoryStore = field(default_factory=MemoryStore)
    turn_of: "WorkerStore | None" = None
    claims: dict[str, "WorkerStore"] = field(default_factory=dict)


class WorkerStore:
    """What one worker sees of a shared memory; whoever changes it outside a turn is told so.

    Outside its turns `pause` is called before everything that it is asked for: then others may act. Without
    `keeps_claims` every claim is granted, without `keeps_turns` a turn keeps nobody away.
    """

    def __init__(self, shared: Shared, pause: Callable[[], None] = lambda: None) -> None:
        self.shared = shared
        self.pause = pause
        self.keeps_claims = self.keeps_turns = True
        self._depth = 0

    def __getattr__(self, name: str) -> Any:
        if not self._depth:
            self.pause()
        return getattr(self.shared.memory, name)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else's; what is looked up and stored in it happens at one moment."""
        if not self.keeps_turns:
            yield
            return
        if not self._depth:
            self.pause()
        assert self.shared.turn_of in (None, self)
        self.shared.turn_of = self
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            self.shared.turn_of = self if self._depth else None

    @property
    def in_turn(self) -> bool:
        """Whether this worker is deciding something: then it may run no errand."""
        return self._depth > 0

    def claim(self, what: str) -> bool:
        """Whether nobody else has it."""
        self.pause()
        return self.shared.claims.setdefault(what, self) is self or not self.keeps_claims

    def let_go(self, what: str) -> None:
        """Safe to repeat."""
        if self.shared.claims.get(what) is self:
            del self.shared.claims[what]

    def apply(self, change: Change) -> None:
        """Store it, in this worker's turn."""
        assert self._depth or not self.keeps_turns, "a change was decided upon outside a turn"
        self.shared.memory.apply(change)
        for done in change.done:
            self.let_go(done.digest)


def _accounts(item: OutboxItem, draft: Draft) -> tuple[str, ...]:
    return accounts(item.key, item.template, draft.audience, draft.to.address, item.case)


@dataclass
class MemorySpool:
    """Implements `memory.Spool` in a dict."""

    mails: dict[str, bytes] = field(default_factory=dict)

    def keep(self, mail: RawMail) -> None:
        self.mails.setdefault(mail.digest, mail.content)

    def load(self, digest: str) -> RawMail | None:
        content = self.mails.get(digest)
        return None if content is None else RawMail(content, "spool")

    def remove(self, digest: str) -> None:
        self.mails.pop(digest, None)
