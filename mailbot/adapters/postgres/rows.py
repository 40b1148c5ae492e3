"""Rows of sealed documents: one by its id, and many in their order, some at a time."""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Row, Select, Table, bindparam, func, select, tuple_

from mailbot.adapters.postgres.sealing import Sealer
from mailbot.adapters.postgres.session import Session
from mailbot.adapters.records import Document, Records

AT_ONCE = 200
"""Rows that are held in memory at a time when all are read."""
T = TypeVar("T")


class Rows(Generic[T]):
    """A table with the columns `id`, `number` and `sealed`."""

    def __init__(self, session: Session, sealer: Sealer, table: Table, shape: Records[T]) -> None:
        self.session, self.sealer, self.table, self.shape = session, sealer, table, shape
        self._columns = (table.c.id, table.c.sealed)
        self._one = select(*self._columns).where(table.c.id == bindparam("wanted"))
        self._newest = select(func.max(table.c.number))

    def get(self, row_id: str) -> T | None:
        """The value under that id."""
        if not storable(row_id):
            return None
        row = self.session.run(self._one, {"wanted": row_id}).first()
        return None if row is None else self.value(row)

    def all(self, where: ColumnElement[bool] | None = None, *order: ColumnElement[Any]) -> Iterator[T]:
        """The values for which that holds, in order of number or of these columns; those stored meanwhile are not
        among them."""
        for row in self.read(where, *order):
            yield self.value(row)

    def documents(self) -> Iterator[tuple[str, Document]]:
        """Every id with its document, in order of number."""
        for row in self.read(None):
            yield row.id, self.document(row)

    def some(self, statement: Select[Any], **values: object) -> list[T]:
        """The values of a query for all columns of `row_columns`."""
        return [self.value(row) for row in self.session.rows(statement, values)]

    def query(self) -> Select[Any]:
        """A query for what `some` needs."""
        return select(*self._columns)

    def sealed(self, row_id: str, document: Document) -> bytes:
        """The document as it is stored."""
        return self.sealer.seal(document, self.table.name, row_id)

    def value(self, row: Row[Any]) -> T:
        """What is in the row."""
        return self.shape.load(self.document(row))

    def document(self, row: Row[Any]) -> Document:
        """The document in the row."""
        found: Document = self.sealer.unseal(row.sealed, self.table.name, row.id)
        return found

    def read(self, where: ColumnElement[bool] | None, *order: ColumnElement[Any]) -> Iterator[Row[Any]]:
        """The rows themselves, `AT_ONCE` at a time."""
        newest = self.session.run(self._newest).scalar()
        if newest is None:
            return
        by = (*order, self.table.c.number)
        statement = select(*self._columns, *by).where(self.table.c.number <= newest)
        statement = (statement if where is None else statement.where(where)).order_by(*by).limit(AT_ONCE)
        following = statement
        while rows := self.session.rows(following):
            yield from rows
            if len(rows) < AT_ONCE:
                return
            following = statement.where(tuple_(*by) > tuple(rows[-1][len(self._columns) :]))


def storable(text: str) -> bool:
    """Whether a text column can hold it: no id of ours has anything else in it."""
    return "\0" not in text and text.isprintable()
