"""The indexes over cases and outbox as one: made from the rows, and brought up to date with them."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from mailbot.adapters.indexes import CaseIndex, ItemIndex, SubjectIndex, TraceIndex
from mailbot.adapters.journal import Key
from mailbot.adapters.snapshot import Row


class Indexed:
    """`cases` and `items` are made at once, `subjects` and `traces` when they are first asked for."""

    def __init__(self, rows: Callable[[str], Mapping[str, Row]]) -> None:
        """`rows` gives the rows of a table as they are now; `take_in` and `learn` tell what has changed."""
        self._rows = rows
        self._subjects: SubjectIndex | None = None
        self._traces: TraceIndex | None = None
        self._make()

    @property
    def subjects(self) -> SubjectIndex:
        """Cases by what they are about."""
        if self._subjects is None:
            self._subjects = SubjectIndex()
            for case_id, row in self._rows("cases").items():
                self._subjects.put(case_id, row)
        return self._subjects

    @property
    def traces(self) -> TraceIndex:
        """Open cases by what they tell."""
        if self._traces is None:
            self._traces = TraceIndex()
            for case_id, row in self._rows("cases").items():
                self._traces.put(case_id, row)
        return self._traces

    def take_in(self, case_ids: Iterable[str], item_ids: Iterable[str]) -> None:
        """These are new or have changed."""
        cases, items = self._rows("cases"), self._rows("outbox")
        for case_id in case_ids:
            for index in (self.cases, self._subjects, self._traces):
                if index is not None:
                    index.put(case_id, cases[case_id])
        for item_id in item_ids:
            self.items.put(item_id, items[item_id])

    def learn(self, touched: Sequence[Key] | None) -> None:
        """These keys may have changed, or (None) any; no index can forget, so a removal makes all of them anew."""
        rows = {table: self._rows(table) for table in ("cases", "outbox")}
        if touched is None or any(table in rows and row_id not in rows[table] for table, row_id in touched):
            self._make()
            return
        self.take_in(*(dict.fromkeys(row_id for table, row_id in touched if table == name) for name in rows))

    def _make(self) -> None:
        self.cases, self.items = CaseIndex(), ItemIndex()
        self._subjects = self._traces = None
        self.take_in(self._rows("cases"), self._rows("outbox"))
