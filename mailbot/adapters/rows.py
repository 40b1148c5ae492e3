"""A TinyDB table whose writes cost as much as the rows they change, not as much as the table.

TinyDB's own `Table` rebuilds every row for each write and hands the whole database to the storage. This one takes the
storage's rows as they lie and stages single rows; all of TinyDB's other methods work on top of it.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from copy import deepcopy
from typing import Any, NoReturn, cast

from tinydb import TinyDB
from tinydb.table import Table

from mailbot.adapters.journal import JournalStorage, Operation
from mailbot.adapters.snapshot import Row


class RowTable(Table):
    """Rows by ids of our own (case ids, digests …). A write inside a transaction is seen after its end."""

    document_id_class = str  # type: ignore[assignment]  # TinyDB lets a subclass choose; its hint knows int only

    def __init__(self, storage: JournalStorage, name: str, cache_size: int = 0, persist_empty: bool = False) -> None:
        # Size 0: TinyDB's query cache once returned a row whose write had failed.
        super().__init__(storage, name, cache_size=cache_size, persist_empty=persist_empty)
        self._journal = storage

    def put(self, row_id: str, row: Row) -> None:
        """Store `row` under `row_id`, in place of what was there."""
        self._journal.stage([(self.name, row_id, row)])

    def drop(self, row_id: str) -> None:
        """Remove the row if it is there."""
        if row_id in self._read_table():
            self._journal.stage([(self.name, row_id, None)])

    def row(self, row_id: str) -> Row | None:
        """The row itself: not to be changed."""
        return self._journal.rows(self.name).get(row_id)

    def holds(self, row_id: str) -> bool:
        """Whether there is such a row; without decoding it."""
        return row_id in self._journal.rows(self.name)

    def ids(self) -> tuple[str, ...]:
        """All ids, in the order in which they were first stored."""
        return tuple(self._journal.rows(self.name))

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        return self._journal.rows(self.name)  # type: ignore[return-value]  # dict is invariant; nobody writes to it

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        changed = _Changes(self._journal.rows(self.name))
        updater(changed)
        self._journal.stage(changed.operations(self.name))
        self.clear_cache()

    def _get_next_id(self) -> NoReturn:
        raise ValueError("a row needs an id of its own: insert a Document with one, or use put()")


class _Changes(MutableMapping[str, Row]):
    """What a TinyDB updater sees as the table: rows are copied when they are touched, so that a failed write undoes."""

    def __init__(self, rows: Mapping[str, Row]) -> None:
        self._rows = rows
        self._touched: dict[str, Row | None] = {}

    def __getitem__(self, row_id: str) -> Row:
        if row_id not in self._touched:
            self._touched[row_id] = deepcopy(self._rows[row_id])
        row = self._touched[row_id]
        if row is None:
            raise KeyError(row_id)
        return row

    def __setitem__(self, row_id: str, row: Row) -> None:
        self._touched[row_id] = row

    def __delitem__(self, row_id: str) -> None:
        if row_id not in self:
            raise KeyError(row_id)
        self._touched[row_id] = None

    def __contains__(self, row_id: object) -> bool:
        if row_id in self._touched:
            return self._touched[str(row_id)] is not None
        return row_id in self._rows

    def __iter__(self) -> Iterator[str]:
        yield from (row_id for row_id in self._rows if row_id in self)
        yield from (row_id for row_id in self._touched if row_id not in self._rows and row_id in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        """Remove every row, without looking at each as the inherited method would."""
        self._touched = dict.fromkeys((*self._rows, *self._touched), None)

    def operations(self, table: str) -> list[Operation]:
        """The rows that differ from what is stored."""
        return [(table, row_id, row) for row_id, row in self._touched.items() if self._rows.get(row_id) != row]


class JournalDB(TinyDB):
    """TinyDB over the journal: `JournalDB(path, codec, storage=JournalStorage)`."""

    table_class = RowTable  # type: ignore[assignment]  # takes the one storage it is made for

    def rows(self, name: str) -> RowTable:
        """The table `name`."""
        return cast(RowTable, self.table(name))

    @property
    def journal(self) -> JournalStorage:
        """The storage under all tables."""
        return cast(JournalStorage, self.storage)
