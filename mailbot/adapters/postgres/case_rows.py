"""The cases, and everything that they are found by."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, func, select
from sqlalchemy.types import BigInteger, Integer

from mailbot.adapters import found_by
from mailbot.adapters.indexes import TraceIndex
from mailbot.adapters.postgres.marks import Keys, MarkedRows
from mailbot.adapters.postgres.rows import Rows
from mailbot.adapters.postgres.sealing import Sealer
from mailbot.adapters.postgres.session import Session
from mailbot.adapters.postgres.tables import CASE_MARKS, CASES, CHANGES
from mailbot.adapters.records import CASE, Document
from mailbot.core.model import Case

MESSAGE, CONTACT, SUBJECT = "message", "contact", "subject"
CHANGES_KEPT = 10_000
"""More than happen while a worker has no report to compare with others."""


class CaseRows(Rows[Case]):
    """Cases by id, state, deadline, Message-ID, contact point and subject."""

    def __init__(self, session: Session, sealer: Sealer) -> None:
        super().__init__(session, sealer, CASES, CASE)
        self._stored = MarkedRows(session, CASES, ("track", "state", "due", "sealed"), CASE_MARKS, CASES.c.number)
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
            self._stored.put(rows, {case_id: self._found_by(each) for case_id, each in found.items()})

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
        # Asked first: what is stored while this reads is read again the next time.
        ((oldest, seen),) = self.session.rows(_KNOWN_CHANGES)
        if self._traces is None or oldest > self.seen + 1:
            self._traces = TraceIndex()
            self._take_in(self._traces, CASES.c.state.not_in(found_by.ENDED))
        elif seen != self.seen:
            changed = select(CHANGES.c.case_number).where(CHANGES.c.number > self.seen)
            self._take_in(self._traces, CASES.c.number.in_(changed))
        self.seen = seen
        return self._traces.telling(pieces)

    def _take_in(self, traces: TraceIndex, where: ColumnElement[bool]) -> None:
        for row in self.read(where):
            traces.put(row.id, self.document(row))

    def last_change(self) -> int:
        """The number of the last change, also of the outbox."""
        return int(self.session.value(select(_LAST)))

    def tidy(self) -> None:
        """Forget old changes; whoever has not seen them reads all open cases anew."""
        self.session.run(_FORGET_CHANGES, {"kept": CHANGES_KEPT})

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


_DUE = select(CASES.c.id).where(CASES.c.due <= bindparam("now")).order_by(CASES.c.due, CASES.c.id)
_LAST = func.coalesce(func.max(CHANGES.c.number), 0)
_KNOWN_CHANGES = select(func.coalesce(func.min(CHANGES.c.number), 0), _LAST)
_FORGET_CHANGES = delete(CHANGES).where(
    CHANGES.c.number <= select(_LAST).scalar_subquery() - bindparam("kept", type_=BigInteger())
)
_MARKED = (
    select(CASES.c.id)
    .join(CASE_MARKS, CASE_MARKS.c.case_number == CASES.c.number)
    .where(CASE_MARKS.c.kind == bindparam("kind"), CASE_MARKS.c.mark == bindparam("mark"))
    .limit(bindparam("most", type_=Integer()))
)
_OLDEST_FIRST = _MARKED.order_by(CASE_MARKS.c.case_number)
_NEWEST_FIRST = _MARKED.order_by(CASE_MARKS.c.case_number.desc())
