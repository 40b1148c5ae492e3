"""The cases, and everything that they are found by."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.types import Integer

from mailbot.adapters import found_by
from mailbot.adapters.indexes import TraceIndex
from mailbot.adapters.postgres.marks import Keys, Marks
from mailbot.adapters.postgres.rows import Rows
from mailbot.adapters.postgres.sealing import Sealer
from mailbot.adapters.postgres.session import Session
from mailbot.adapters.postgres.tables import CASE_MARKS, CASES, CHANGES
from mailbot.adapters.records import CASE, Document
from mailbot.core.model import Case

MESSAGE, CONTACT, SUBJECT = "message", "contact", "subject"


class CaseRows(Rows[Case]):
    """Cases by id, state, deadline, Message-ID, contact point and subject."""

    def __init__(self, session: Session, sealer: Sealer) -> None:
        super().__init__(session, sealer, CASES, CASE)
        self._marks = Marks(session, CASE_MARKS)
        self._traces: TraceIndex | None = None
        self.seen = 0
        """The last change that the pieces of reports were read of."""

    def put(self, cases: Sequence[Case]) -> None:
        """Store them, in a turn, and what they are found by."""
        self.put_documents((case.id, CASE.dump(case)) for case in cases)

    def put_documents(self, documents: Iterable[tuple[str, Document]]) -> None:
        """The same for documents as they are."""
        found = dict(documents)
        if found:
            rows = [_columns(case_id, each, self.sealed(case_id, each)) for case_id, each in found.items()]
            answer = self.session.rows(_PUT, rows)
            self._marks.put({number: self._found_by(found[case_id]) for case_id, number in answer})

    def in_state(self, state: str | None) -> Iterator[Case]:
        """Every case, or those in one state, oldest first."""
        return self.all(None if state is None else CASES.c.state == state)

    def census(self) -> Mapping[tuple[str, str], int]:
        """How many there are of each track and state."""
        rows = self.session.rows(select(CASES.c.track, CASES.c.state, func.count()).group_by("track", "state"))
        return {(track, state): count for track, state, count in rows}

    def due(self, now: datetime) -> tuple[str, ...]:
        """Ids of open cases with a deadline at or before `now`, in order of time."""
        return tuple(self.session.run(_DUE, {"now": now}).scalars())

    def of_message(self, message_id: str) -> str | None:
        """The oldest case that names the Message-ID."""
        values = {"kind": MESSAGE, "mark": self.sealer.mark(MESSAGE, message_id), "most": 1}
        return self.session.run(_OLDEST_FIRST, values).scalar()

    def of_contact(self, address: str) -> tuple[str, ...]:
        """The open cases with a contact point of that address, oldest first."""
        values = {"kind": CONTACT, "mark": self.sealer.mark(CONTACT, address.lower()), "most": None}
        return tuple(self.session.run(_OLDEST_FIRST, values).scalars())

    def about(self, key: str, limit: int) -> tuple[str, ...]:
        """The cases with that key of `duplicates.keys`, the newest first, `limit` at most."""
        values = {"kind": SUBJECT, "mark": self.sealer.mark(SUBJECT, key), "most": limit}
        return tuple(self.session.run(_NEWEST_FIRST, values).scalars())

    def telling(self, pieces: Collection[int]) -> Mapping[int, Sequence[str]]:
        """Which of these pieces open cases tell, and the ids of those cases.

        The pieces hold in one process only, so they are kept here; what others changed since is read first.
        """
        where = CASES.c.changed > self.seen
        if self._traces is None:
            self._traces, where = TraceIndex(), CASES.c.state.not_in(found_by.ENDED)
        # Asked first: what is stored while this reads is read again the next time.
        seen = self.session.value(_LAST_CHANGE) or 0
        if seen != self.seen:
            for row in self.read(where):
                self._traces.put(row.id, self.document(row))
        self.seen = seen
        return self._traces.telling(pieces)

    def unsee(self, seen: int) -> None:
        """What was taken in since was undone."""
        if self.seen != seen:
            self._traces, self.seen = None, 0

    def _found_by(self, document: Document) -> Keys:
        texts = (
            *((MESSAGE, each) for each in document["message_ids"]),
            *((CONTACT, each) for each in found_by.addresses_of(document)),
            *((SUBJECT, each) for each in found_by.subjects_of(document)),
        )
        return {(kind, self.sealer.mark(kind, each)) for kind, each in texts}


def _columns(case_id: str, document: Document, sealed: bytes) -> dict[str, Any]:
    return {
        "id": case_id,
        "track": document["track"],
        "state": document["state"],
        "due": found_by.deadline_of(document),
        "sealed": sealed,
    }


_NEW = insert(CASES).values(changed=CHANGES.next_value())
_PUT = _NEW.on_conflict_do_update(
    index_elements=["id"], set_={c: _NEW.excluded[c] for c in ("changed", "track", "state", "due", "sealed")}
).returning(CASES.c.id, CASES.c.number)
_DUE = select(CASES.c.id).where(CASES.c.due <= bindparam("now")).order_by(CASES.c.due, CASES.c.id)
_LAST_CHANGE = select(func.max(CASES.c.changed))
_MARKED = (
    select(CASES.c.id)
    .join(CASE_MARKS, CASE_MARKS.c.case_number == CASES.c.number)
    .where(CASE_MARKS.c.kind == bindparam("kind"), CASE_MARKS.c.mark == bindparam("mark"))
    .limit(bindparam("most", type_=Integer()))
)
_OLDEST_FIRST = _MARKED.order_by(CASE_MARKS.c.case_number)
_NEWEST_FIRST = _MARKED.order_by(CASE_MARKS.c.case_number.desc())
