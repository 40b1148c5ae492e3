"""What the rows of a table are found by: keyed hashes in a table of their own, kept in step with the rows."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, any_, bindparam, delete, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.types import BigInteger

from mailbot.adapters.postgres.session import Session

Keys = set[tuple[Any, ...]]
"""The columns of a mark without the last, which is the number of the row that it is of."""


class Marks:
    """One such table; all its columns are its key."""

    def __init__(self, session: Session, table: Table) -> None:
        self._session, self._names = session, [column.name for column in table.columns]
        *keys, owner = table.columns
        self._there = select(owner, *keys).where(owner == any_(bindparam("numbers", type_=ARRAY(BigInteger()))))
        self._add = insert(table)
        self._drop = delete(table).where(*(column == bindparam(column.name) for column in table.columns))

    def put(self, wanted: Mapping[int, Keys]) -> None:
        """The rows with these numbers are found by these, and by nothing else."""
        there: dict[int, Keys] = {number: set() for number in wanted}
        for number, *key in self._session.rows(self._there, {"numbers": list(wanted)}):
            there[number].add(tuple(key))
        gone = [self._row(number, key) for number, keys in there.items() for key in keys - wanted[number]]
        new = [self._row(number, key) for number, keys in wanted.items() for key in keys - there[number]]
        if gone:
            self._session.run(self._drop, gone)
        if new:
            self._session.run(self._add, new)

    def _row(self, number: int, key: tuple[Any, ...]) -> dict[str, Any]:
        return dict(zip(self._names, (*key, number), strict=True))
