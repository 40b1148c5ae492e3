"""One table as immutable values of one dataclass."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from mailbot.adapters.records import Records
from mailbot.adapters.rows import RowTable
from mailbot.adapters.snapshot import Row

_KEPT_DECODED = 2_000
T = TypeVar("T")


class Shelf(Generic[T]):
    """Decodes rows when they are asked for; the last used values are kept, so that memory does not double.

    `whole` gives the rest of a row that the table has a part of only.
    """

    def __init__(
        self, table: RowTable, shape: Records[T], whole: Callable[[str, Row], Row] = lambda row_id, row: row
    ) -> None:
        self._table, self._shape, self._whole = table, shape, whole
        self._decoded: OrderedDict[str, T] = OrderedDict()

    def get(self, row_id: str) -> T | None:
        """The value under that id."""
        value = self._found(row_id)
        if value is not None:
            self.remember(row_id, value)
        return value

    def some(self, row_ids: Iterable[str]) -> Iterator[T]:
        """The values under those ids, decoded one by one and not kept."""
        yield from (value for value in map(self._found, row_ids) if value is not None)

    def where(self, wanted: Callable[[Row], bool]) -> Iterator[T]:
        """The values of whose rows that holds, in the order in which they were first stored; not kept."""
        for row_id in self._table.ids():
            row = self._table.row(row_id)
            if row is not None and wanted(row):
                yield self._decoded.get(row_id) or self._shape.load(self._whole(row_id, row))

    def all(self) -> Iterator[T]:
        """Every value, in the order in which they were first stored."""
        return self.some(self._table.ids())

    def ids(self) -> Sequence[str]:
        """Every id, in the same order."""
        return self._table.ids()

    def put(self, row_id: str, value: T) -> Row:
        """Stage the value; `remember` it once it is committed. Gives back its row."""
        row = self._shape.dump(value)
        self._table.put(row_id, row)
        return row

    def forget(self) -> None:
        """Decode all values again when they are asked for."""
        self._decoded.clear()

    def remember(self, row_id: str, value: T) -> None:
        """Keep the committed value decoded."""
        self._decoded[row_id] = value
        self._decoded.move_to_end(row_id)
        if len(self._decoded) > _KEPT_DECODED:
            self._decoded.popitem(last=False)

    def _found(self, row_id: str) -> T | None:
        value = self._decoded.get(row_id)
        if value is not None:
            return value if self._table.holds(row_id) else None
        row = self._table.row(row_id)
        return None if row is None else self._shape.load(self._whole(row_id, row))
