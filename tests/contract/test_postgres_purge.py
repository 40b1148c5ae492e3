"""Purging in PostgreSQL, with workers beside it."""

from contextlib import nullcontext
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


def test_a_purge_decides_within_its_turn(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it forgets is what stands there when it forgets it: no worker opens such a case anew in between."""
    url = postgres.new_database()
    store, worker = ErasingPostgresStore(url, KEY), ErasingPostgresStore(url, KEY)
    store.apply(Change((case("A", priority="high"),), (item("1"),)))
    worker._session.plainly("SET lock_timeout = 50")

    def plan(*_: object) -> Purge:
        with pytest.raises(TransientError):
            worker.apply(Change((case("A", priority="low"),)))
        return Purge((case("A"),), ("1",))

    monkeypatch.setattr(keeping, "config_of", lambda _: None)
    monkeypatch.setattr(keeping, "state_key", lambda _: KEY)
    monkeypatch.setattr(keeping, "load_counting", lambda _: None)
    monkeypatch.setattr(keeping, "keep_counted", lambda *_: None)
    monkeypatch.setattr(keeping, "_day", lambda *_: NOW)
    monkeypatch.setattr(keeping, "open_erasing", lambda *_, **__: nullcontext((store, None)))
    monkeypatch.setattr(retention, "plan", plan)
    with postgres.looking(url) as look:
        files = look.execute("SELECT pg_relation_filepath('mailbot.outbox')").fetchone()
        keeping.purge(cast(typer.Context, None), "2024-04-01")
        assert look.execute("SELECT pg_relation_filepath('mailbot.outbox')").fetchone() != files
    assert [store.case("A"), store.item("1")] == [case("A"), None]
    worker.apply(Change((case("A", priority="low"),)))
    for each in (store, worker):
        each.close()
