"""The outbox, and everything that its items are found and counted by."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import any_, bindparam, cast, delete, func, literal_column, null, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import DateTime, Text

from mailbot.adapters import found_by
from mailbot.adapters.postgres.marks import Keys, MarkedRows
from mailbot.adapters.postgres.rows import Rows
from mailbot.adapters.postgres.sealing import Sealer
from mailbot.adapters.postgres.session import Session
from mailbot.adapters.postgres.tables import ITEM_MARKS, OUTBOX
from mailbot.adapters.records import ITEM, Document
from mailbot.core.mailboxes import mailbox
from mailbot.core.outbox import OutboxItem, Status

MESSAGE, RECEIPT, SPENT = "message", "receipt", "spent"
_COLUMNS = ("case_id", "status", "created", "next", "settled", "sealed")


class ItemRows(Rows[OutboxItem]):
    """Outbox items by id, case, status, time and Message-ID; receipts by address, what left by what it counts for."""

    def __init__(self, session: Session, sealer: Sealer) -> None:
        super().__init__(session, sealer, OUTBOX, ITEM)
        self._stored = MarkedRows(session, OUTBOX, _COLUMNS, ITEM_MARKS, null())
        by_status = self.query().where(OUTBOX.c.status == bindparam("status"))
        self._of_status = by_status.order_by(*_OLDEST_FIRST)
        due = self.query().where(OUTBOX.c.status.in_(found_by.TO_SEND), OUTBOX.c.next <= bindparam("now"))
        self._due = due.order_by(*_OLDEST_FIRST)
        marked = self.query().join(ITEM_MARKS, ITEM_MARKS.c.item_number == OUTBOX.c.number).where(_MARKED)
        self._of_message = marked.order_by(OUTBOX.c.number.desc()).limit(1)

    def put(self, items: Sequence[OutboxItem]) -> None:
        """Store them, in a turn, and what they are found by."""
        self.put_documents((item.item, ITEM.dump(item)) for item in items)

    def put_documents(self, documents: Iterable[tuple[str, Document]]) -> None:
        """The same for documents as they are."""
        found = dict(documents)
        if found:
            rows = [_columns(item_id, each, self.sealed(item_id, each)) for item_id, each in found.items()]
            self._stored.put(rows, {item_id: self._found_by(each) for item_id, each in found.items()})

    def drop(self, item_ids: Sequence[str]) -> None:
        """Forget them."""
        self.session.run(_DROP, {"ids": list(item_ids)})

    def oldest_first(self, case_id: str | None) -> Iterator[OutboxItem]:
        """All, or those of one case."""
        return self.all(None if case_id is None else OUTBOX.c.case_id == case_id, OUTBOX.c.created)

    def told(self, since: datetime, case_ids: Collection[str]) -> Iterator[OutboxItem]:
        """Those of these cases, those that are held, and those settled at or after that moment, oldest first."""
        of_cases = OUTBOX.c.case_id == any_(cast(list(case_ids), ARRAY(Text())))
        held = OUTBOX.c.status == Status.HELD.value
        return self.all(or_(of_cases, held, OUTBOX.c.settled >= since), OUTBOX.c.created)

    def unsent(self) -> Iterator[OutboxItem]:
        """Those that did not go out, or not yet, oldest first."""
        return self.all(OUTBOX.c.status != literal_column("'sent'"), OUTBOX.c.created)

    def forget_counted(self, before: datetime) -> None:
        """Count no more what was made or left before that moment: nobody asks so far back."""
        self.session.run(_FORGET_COUNTED, {"before": before})

    def due(self, now: datetime) -> tuple[OutboxItem, ...]:
        """What is to be sent at `now`, oldest first."""
        return tuple(self.some(self._due, now=now))

    def of_status(self, status: Status) -> tuple[OutboxItem, ...]:
        """What stands there, oldest first; for the statuses of which there are few."""
        return tuple(self.some(self._of_status, status=status.value))

    def of_message(self, message_id: str) -> OutboxItem | None:
        """The item with that Message-ID."""
        found = self.some(self._of_message, kind=MESSAGE, mark=self.sealer.mark(MESSAGE, message_id))
        return found[0] if found else None

    def case_of_message(self, message_id: str) -> str | None:
        """The case of that item; it is not opened for it."""
        values = {"kind": MESSAGE, "mark": self.sealer.mark(MESSAGE, message_id)}
        return self.session.run(_CASE_OF_MESSAGE, values).scalar()

    def receipts(self, address: str, since: datetime, until: datetime | None) -> int:
        """How many receipts to the mailbox of the address, made at or after `since` and not after `until`."""
        values = {"kind": RECEIPT, "mark": self.sealer.mark(RECEIPT, mailbox(address)), "since": since, "until": until}
        return int(self.session.run(_RECEIPTS, values).scalar_one())

    def spent(self, account: str, since: datetime) -> tuple[datetime, ...]:
        """The moments after `since` at which mail left that counts for the account, oldest first."""
        values = {"kind": SPENT, "mark": self.sealer.mark(SPENT, account), "since": since}
        return tuple(self.session.run(_SPENT, values).scalars())

    def _found_by(self, document: Document) -> Keys:
        made = found_by.moment(document["created"])
        found: Keys = set()
        if document["message_id"]:
            found.add((MESSAGE, self.sealer.mark(MESSAGE, document["message_id"]), made))
        if (to := found_by.receipt_to(document)) is not None:
            found.add((RECEIPT, self.sealer.mark(RECEIPT, to), made))
        if (left := found_by.spent_by(document)) is not None:
            found |= {(SPENT, self.sealer.mark(SPENT, account), left[0]) for account in left[1]}
        return found


def _columns(item_id: str, document: Document, sealed: bytes) -> dict[str, Any]:
    return {
        "id": item_id,
        "case_id": document["case"],
        "status": document["status"],
        "created": found_by.moment(document["created"]),
        "next": found_by.moment(document["next"]),
        "settled": found_by.moment(document["settled"]) if document.get("settled") else None,
        "sealed": sealed,
    }


_OLDEST_FIRST = (OUTBOX.c.created, OUTBOX.c.number)
_DROP = delete(OUTBOX).where(OUTBOX.c.id == any_(bindparam("ids", type_=ARRAY(Text()))))
_MARKED = (ITEM_MARKS.c.kind == bindparam("kind")) & (ITEM_MARKS.c.mark == bindparam("mark"))
_CASE_OF_MESSAGE = (
    select(OUTBOX.c.case_id)
    .join(ITEM_MARKS, ITEM_MARKS.c.item_number == OUTBOX.c.number)
    .where(_MARKED)
    .order_by(OUTBOX.c.number.desc())
    .limit(1)
)
_FORGET_COUNTED = delete(ITEM_MARKS).where(
    ITEM_MARKS.c.kind != literal_column(f"'{MESSAGE}'"), ITEM_MARKS.c.at < bindparam("before")
)
_SINCE, _UNTIL = bindparam("since", type_=DateTime(timezone=True)), bindparam("until", type_=DateTime(timezone=True))
_RECEIPTS = select(func.count()).where(
    _MARKED, ITEM_MARKS.c.at >= _SINCE, or_(_UNTIL.is_(None), ITEM_MARKS.c.at <= _UNTIL)
)
_SPENT = select(ITEM_MARKS.c.at).where(_MARKED, ITEM_MARKS.c.at > _SINCE).order_by(ITEM_MARKS.c.at)
