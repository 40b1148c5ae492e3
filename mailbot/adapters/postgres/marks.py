"""What the rows of a table are found by: keyed hashes in a table of their own, stored together with the rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CTE, Column, ColumnElement, Table, any_, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.sql.dml import ReturningInsert

from mailbot.adapters.postgres.session import Session
from mailbot.adapters.postgres.tables import CHANGES

Keys = set[tuple[Any, ...]]
"""The columns of a mark without the last, which is the number of the row that it is of."""


class MarkedRows:
    """A table with `id` and `number`, and the table of its marks: all columns of that are its key.

    `logged` is what stands in the list of changes for a row that is stored.
    """

    def __init__(
        self, session: Session, table: Table, names: Sequence[str], marks: Table, logged: ColumnElement[Any]
    ) -> None:
        self._session, self._names = session, ("id", *names)
        *keys, owner = marks.columns
        self._keys = [key.name for key in keys]
        put = self._upsert(table).cte("put")
        given = _given("marks", {"mark_of": table.c.id} | {f"mark_{key.name}": key for key in keys})
        wanted = select(*(given.c[f"mark_{name}"] for name in self._keys), put.c.number)
        found_by = wanted.join(put, put.c.id == given.c.mark_of).cte("found_by")
        new = insert(marks).from_select([*self._keys, owner.name], select(*found_by.c)).on_conflict_do_nothing()
        told = select(put.c.number if logged is table.c.number else logged).select_from(put)
        log = insert(CHANGES).from_select(["case_number"], told).cte("told")
        self._statement = new.add_cte(self._gone(marks, owner, put, found_by), log)

    def put(self, rows: Sequence[Mapping[str, Any]], found_by: Mapping[str, Keys]) -> None:
        """Store these rows; each is found by the keys under its id, and by nothing else."""
        marks = [(row_id, *key) for row_id, keys in found_by.items() for key in keys]
        values: dict[str, Any] = {name: [row[name] for row in rows] for name in self._names}
        for place, name in enumerate(("of", *self._keys)):
            values[f"mark_{name}"] = [mark[place] for mark in marks]
        self._session.run(self._statement, values)

    def _upsert(self, table: Table) -> ReturningInsert[Any]:
        given = _given("rows", {name: table.c[name] for name in self._names})
        new = insert(table).from_select(self._names, select(*given.c))
        changed = {name: new.excluded[name] for name in self._names[1:]}
        return new.on_conflict_do_update(index_elements=["id"], set_=changed).returning(table.c.id, table.c.number)

    @staticmethod
    def _gone(marks: Table, owner: Column[Any], put: CTE, wanted: CTE) -> CTE:
        """Marks that the rows had and are not to have: looked up by number, however many there are of others."""
        same: list[ColumnElement[bool]] = [mine == its for mine, its in zip(marks.c, wanted.c, strict=True)]
        numbers = func.array(select(put.c.number).scalar_subquery())
        there = select(1).select_from(wanted).where(*same).correlate(marks).exists()
        return delete(marks).where(owner == any_(numbers), ~there).cte("gone")


def _given(name: str, columns: Mapping[str, ColumnElement[Any]]) -> Any:
    """Arrays of one length as the rows of a table."""
    arrays = (bindparam(each, type_=ARRAY(column.type)) for each, column in columns.items())
    return func.unnest(*arrays).table_valued(*columns).render_derived(name=name)
