"""A desk's memory that forgets when the process ends: the plainest thing that keeps the promises of `ports`."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from mailbot.core import traces
from mailbot.core.budgets import accounts, left_at
from mailbot.core.duplicates import keys
from mailbot.core.mailboxes import mailbox
from mailbot.core.messages import Draft, RawMail
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem, Status
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

    def dispositions(self, kind: str | None = None) -> Iterable[Disposition]:
        return tuple(done for done in self._done.values() if kind is None or done.kind == kind)

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
