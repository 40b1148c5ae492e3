"""TinyDB's own methods over the journal's rows."""

from pathlib import Path

import pytest
from tinydb import where
from tinydb.table import Document

from mailbot.adapters.journal import JournalStorage
from mailbot.adapters.rows import JournalDB, RowTable
from tests.plain_codec import PlainCodec


def database(folder: Path) -> JournalDB:
    """The database in that folder, as its file says."""
    return JournalDB(folder / "rows.journal", PlainCodec(), storage=JournalStorage)


@pytest.fixture
def db(tmp_path: Path) -> JournalDB:
    return database(tmp_path)


def filled(db: JournalDB) -> RowTable:
    table = db.rows("cases")
    table.put("A", {"n": 1, "tags": ["x"]})
    table.insert(Document({"n": 2, "tags": []}, "B"))
    table.insert_multiple([Document({"n": 3, "tags": []}, "C")])
    return table


def test_reading(db: JournalDB) -> None:
    """Search, get, count and iteration see the rows with their ids."""
    table = filled(db)
    assert [row.doc_id for row in table.search(where("n") > 1)] == ["B", "C"]
    assert table.get(doc_id="A") == {"n": 1, "tags": ["x"]}
    assert table.get(doc_id="Z") is None
    assert table.contains(doc_id="B")
    assert (len(table), table.count(where("n") == 3), [row.doc_id for row in table]) == (3, 1, ["A", "B", "C"])


def test_writing(db: JournalDB, tmp_path: Path) -> None:
    """Update by condition, id and function, upsert and remove are kept across a restart."""
    table = filled(db)
    assert table.update({"n": 9}, where("n") == 2) == ["B"]
    assert table.update({"n": 8}, doc_ids=["C", "Z"]) == ["C"]
    table.update(lambda row: row["tags"].append("y"), doc_ids=["A"])
    table.upsert(Document({"n": 7}, "D"))
    table.remove(doc_ids=["C"])
    table.drop("unknown")
    expected = [{"n": 1, "tags": ["x", "y"]}, {"n": 9, "tags": []}, {"n": 7}]
    assert table.all() == expected
    assert database(tmp_path).rows("cases").all() == expected


def test_id_is_ours(db: JournalDB) -> None:
    """A row without an id, or with one that is taken, is refused."""
    table = filled(db)
    with pytest.raises(ValueError, match="id of its own"):
        table.insert({"n": 4})
    with pytest.raises(ValueError, match="already exists"):
        table.insert(Document({"n": 4}, "A"))
    assert len(table) == 3


def test_truncate_and_drop(db: JournalDB, tmp_path: Path) -> None:
    """Emptied and dropped tables stay empty."""
    filled(db).truncate()
    assert len(db.rows("cases")) == 0
    db.rows("pins").put("p", {"n": 1})
    db.drop_table("pins")
    assert len(db.rows("pins")) == 0
    filled(db)
    db.drop_tables()
    again = database(tmp_path)
    assert len(again.rows("cases")) + len(again.rows("pins")) == 0


def test_transaction_is_all_or_nothing(db: JournalDB, tmp_path: Path) -> None:
    """What is staged in a transaction is seen after its end, and not at all when it fails."""
    table = filled(db)
    with db.journal.transaction():
        table.put("A", {"n": 5})
        db.rows("pins").put("p", {"n": 1})
        assert table.get(doc_id="A")["n"] == 1
    assert (table.get(doc_id="A"), len(db.rows("pins"))) == ({"n": 5}, 1)

    def fail() -> None:
        with db.journal.transaction():
            table.put("A", {"n": 6})
            raise KeyError("our bug")

    with pytest.raises(KeyError):
        fail()
    table.put("B", {"n": 0})
    assert [row["n"] for row in database(tmp_path).rows("cases")] == [5, 0, 3]


def test_failed_update_leaves_the_row(db: JournalDB) -> None:
    """An updater that fails half-way has changed nothing, also not within a row."""
    table = filled(db)

    def half(row: dict[str, list[str]]) -> None:
        row["tags"].append("y")
        raise KeyError("our bug")

    with pytest.raises(KeyError):
        table.update(half, doc_ids=["A"])
    assert table.get(doc_id="A") == {"n": 1, "tags": ["x"]}
    assert table.search(where("n") == 1)[0]["tags"] == ["x"]
