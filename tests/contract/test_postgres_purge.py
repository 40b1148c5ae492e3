"""Purging in PostgreSQL, with workers beside it."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import cast

import pytest
import typer

from mailbot import retention
from mailbot.adapters.postgres.erasing import ErasingPostgresStore
from mailbot.cli import keeping
from mailbot.errors import TransientError
from mailbot.memory import Change
from mailbot.retention import Purge
from tests.contract.test_store import NOW, case, item
from tests.servers_postgres import KEY, Postgres


@dataclass
class Purging:
    """The verb, with another worker's work in the midst of each plan; `planned` holds whether that one had to wait."""

    store: ErasingPostgresStore
    worker: ErasingPostgresStore
    changes: list[Change]
    planned: list[bool] = field(default_factory=list)

    def plan(self, *_: object) -> Purge:
        """Forget the case A, whoever else does what."""
        try:
            self.worker.apply(self.changes.pop(0) if self.changes else Change())
            self.planned.append(False)
        except TransientError:
            self.planned.append(True)
        return Purge((case("A"),), ("1",))


@pytest.fixture
def purging(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Purging]:
    url = postgres.new_database()
    store, worker = ErasingPostgresStore(url, KEY), ErasingPostgresStore(url, KEY)
    store.apply(Change((case("A", priority="high"),), (item("1"),)))
    worker._session.plainly("SET lock_timeout = 50")
    made = Purging(store, worker, [])
    monkeypatch.setattr(keeping, "config_of", lambda _: None)
    monkeypatch.setattr(keeping, "state_key", lambda _: KEY)
    monkeypatch.setattr(keeping, "load_counting", lambda _: None)
    monkeypatch.setattr(keeping, "records_of", lambda *_: ())
    monkeypatch.setattr(keeping, "_day", lambda *_: NOW)
    monkeypatch.setattr(keeping, "open_erasing", lambda *_, **__: nullcontext((store, None)))
    monkeypatch.setattr(retention, "plan", made.plan)
    yield made
    for each in (store, worker):
        each.close()


def purge() -> None:
    keeping.purge(cast(typer.Context, None), "2024-04-01")


def test_nobody_waits_while_a_purge_is_planned(purging: Purging) -> None:
    """Whoever stores nothing new beside it costs it no second plan; then the rows are gone."""
    purge()
    assert purging.planned == [False]
    assert [purging.store.case("A"), purging.store.item("1")] == [case("A"), None]


def test_a_purge_is_planned_anew_when_something_changed(purging: Purging) -> None:
    """A case, an item, or a line of the journal: what it forgets is what stands there when it forgets it."""
    purging.changes[:] = [Change((case("B"),)), Change(items=(item("2"),))]
    purge()
    assert purging.planned == [False, False, True]
    assert [purging.store.case("A"), purging.store.item("1")] == [case("A"), None]


def test_a_journal_line_alone_is_a_change(purging: Purging) -> None:
    """Most of what becomes of a mail without a case stands there."""
    purging.changes[:] = [Change(journal=("mail ignored",))]
    purge()
    assert purging.planned == [False, False]


def test_the_last_plan_is_made_while_all_wait(purging: Purging) -> None:
    """However busy the desk is: no worker opens such a case anew between that plan and its end."""
    purging.changes[:] = [Change((case("A", priority="low"),), journal=(str(n),)) for n in range(3)]
    purge()
    assert purging.planned == [False, False, True]
    assert purging.store.case("A") == case("A")
    purging.worker.apply(Change((case("A", priority="low"),)))
