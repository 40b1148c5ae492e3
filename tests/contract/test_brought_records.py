"""Case records that a desk brought along: kept in the store in one step, sealed, and there after a purge."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mailbot import retention
from mailbot.adapters.codec import SealedCodec
from mailbot.adapters.erasing import ErasingStore, Erasure
from mailbot.adapters.store import TinyStore
from mailbot.core.codes import ClosingCode
from mailbot.core.model import Case, Field, Milestones, State, Track
from mailbot.core.statistics.records import CaseRecord
from mailbot.errors import PermanentError
from mailbot.memory import Change
from mailbot.statistics import Counting, Taken, bring, keep_counted, records_of
from tests.statistics_records import business_day, many, published, record, rules

KEY = bytes(range(32))
COUNTING = Counting(rules(), UTC, business_day())
NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ErasingStore]:
    """An empty store that can be written."""
    store = ErasingStore(tmp_path / "state", SealedCodec(KEY))
    yield store
    store.close()


def reopened(tmp_path: Path) -> tuple[CaseRecord, ...]:
    """What another process finds."""
    store = TinyStore(tmp_path / "state", SealedCodec(KEY), read_only=True)
    try:
        return records_of(store, COUNTING)
    finally:
        store.close()


def test_a_record_is_kept_once(store: ErasingStore, tmp_path: Path) -> None:
    """Under its number: again the same changes nothing, another one takes its place, in whatever quarter it is."""
    one, *rest = many(3, "product", **published(5))
    assert bring(store, [one, *rest], "said") == Taken(3, 0, 0)
    assert bring(store, [one, *rest], "said") == Taken(0, 0, 3)
    moved = one.model_copy(update={"received": date(2019, 5, 5), "accepted": date(2019, 5, 6), "published": None})
    assert bring(store, [moved], "said") == Taken(0, 1, 0)
    assert reopened(tmp_path) == (*sorted(rest, key=lambda r: r.id), moved)


def test_the_journal_says_that_records_came(store: ErasingStore, tmp_path: Path) -> None:
    """One line for each time that something changed, with numbers and no record."""
    made = list(many(2))
    for _ in range(2):
        bring(store, made, "2026-11-20 by one:")
    lines = (tmp_path / "state" / "journal.log").read_text().splitlines()
    assert len(lines) == 1
    assert "2026-11-20 by one: 2 new 0 changed case records brought" in lines[0]


def test_a_group_without_records_goes(store: ErasingStore) -> None:
    """What is kept instead of all that was there leaves nothing of it."""
    store.bring({"2026Q1": [record().line()], "2026Q2": [record().line()]}, "said")
    store.bring({"2026Q1": [], "2026Q3": [record().line()]}, "said")
    assert len(list(store.brought())) == 1


def test_reading_only_takes_nothing(store: ErasingStore, tmp_path: Path) -> None:
    """Who reads beside the daemon cannot bring records."""
    reader = TinyStore(tmp_path / "state", SealedCodec(KEY), read_only=True)
    with pytest.raises(PermanentError, match="for reading only"):
        reader.bring({"2026Q1": [record().line()]}, "said")
    reader.close()


def test_a_purge_leaves_the_statistics(store: ErasingStore, tmp_path: Path) -> None:
    """The record of a case is the same before its report is forgotten and after."""
    at = datetime(2020, 1, 5, tzinfo=UTC)
    fields = (
        Field("target.urls", ("https://www.example.go.jp/a",), "r", 1.0),
        Field("vulnerability.type", "xss", "r", 1.0),
    )
    case = Case("CASE#00000001", Track.WEBSITE, at, fields=fields, state=State.CLOSED, since=at)
    case = replace(case, closing_code=ClosingCode.WARNED, milestones=Milestones(accepted=at, closed=at))
    store.apply(Change(cases=(case,)))
    (before,) = records_of(store, COUNTING)
    assert before.operator_kind == "government"
    plan = retention.plan(store.cases(), (), (), (), NOW, NOW)
    keep_counted(store, records_of(store, COUNTING), {each.id for each in plan.cases}, "purge:")
    store.erase(Erasure(plan.cases))
    assert "example.go.jp" not in str(list(store.cases()))
    assert reopened(tmp_path) == (before,)
