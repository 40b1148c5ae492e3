"""The indexes over cases and outbox as one: made from the rows, and brought up to date with them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from mailbot.adapters.indexes import CaseIndex, ItemIndex, SubjectIndex, TraceIndex
from mailbot.adapters.journal import Key
from mailbot.adapters.snapshot import Row

_Index = TypeVar("_Index", CaseIndex, ItemIndex, SubjectIndex, TraceIndex)


class Indexed:
    """Each is made when it is first asked for: who only looks at cases needs none."""

    def __init__(self, rows: Callable[[str], Mapping[str, Row]]) -> None:
        """`rows` gives the rows of a table as they are now; `take_in` and `learn` tell what has changed."""
        self._rows = rows
        self._cases: CaseIndex | None = None
        self._items: ItemIndex | None = None
        self._subjects: SubjectIndex | None = None
        self._traces: TraceIndex | None = None

    @property
    def cases(self) -> CaseIndex:
        """Cases by mails, contact points and deadlines."""
        if self._cases is None:
            self._cases = self._filled(CaseIndex(), "cases")
        return self._cases

    @property
    def items(self) -> ItemIndex:
        """Outbox items."""
        if self._items is None:
            self._items = self._filled(ItemIndex(), "outbox")
        return self._items

    @property
    def subjects(self) -> SubjectIndex:
        """Cases by what they are about."""
        if self._subjects is None:
            self._subjects = self._filled(SubjectIndex(), "cases")
        return self._subjects

    @property
    def traces(self) -> TraceIndex:
        """Open cases by what they tell."""
        if self._traces is None:
            self._traces = self._filled(TraceIndex(), "cases")
        return self._traces

    def make(self) -> None:
        """Make now what every mail asks for."""
        _ = self.cases, self.items

    def take_in(self, cases: Iterable[tuple[str, Row]], items: Iterable[tuple[str, Row]]) -> None:
        """These are new or have changed: each id with its row as it is now."""
        for case_id, row in cases:
            for index in (self._cases, self._subjects, self._traces):
                if index is not None:
                    index.put(case_id, row)
        if self._items is not None:
            for item_id, row in items:
                self._items.put(item_id, row)

    def learn(self, touched: Sequence[Key] | None) -> None:
        """These keys may have changed, or (None) any; no index can forget, so a removal makes all of them anew."""
        rows = {table: self._rows(table) for table in ("cases", "outbox")}
        if touched is None or any(table in rows and row_id not in rows[table] for table, row_id in touched):
            self._forget()
            return
        self.take_in(*(_now(rows[name], (i for table, i in touched if table == name)) for name in rows))

    def _filled(self, index: _Index, table: str) -> _Index:
        for row_id, row in self._rows(table).items():
            index.put(row_id, row)
        return index

    def _forget(self) -> None:
        self._cases = self._items = self._subjects = self._traces = None


def _now(rows: Mapping[str, Row], row_ids: Iterable[str]) -> list[tuple[str, Row]]:
    """Each of these rows once, as it is now."""
    return [(row_id, rows[row_id]) for row_id in dict.fromkeys(row_ids)]
