"""What the store counts of mail that left, asked of the fake and of the real one, also across restarts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters.store import TinyStore
from mailbot.core.model import State
from mailbot.core.outbox import Status
from mailbot.memory import Change, DeskStore, Store
from tests.contract.test_store import CODEC, HOUR, NOW, case, item, make

TO, CASE = "to finder@example.com", "case CASE#00000001"
_KINDS = ("memory", "tiny-sealed", "tiny-restarting", "postgresql", "postgresql-reconnecting")


@pytest.fixture(params=_KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = make(request, request.param, tmp_path / "state")
    yield made
    made.close()


def sent(name: str, hours: float, **changes: Any) -> Any:
    """A receipt that went out so long after `NOW`."""
    return item(name, status=Status.SENT, settled=NOW + hours * HOUR, **changes)


def test_what_left_is_counted_by_account_and_time(store: Store) -> None:
    """The moments after the given one, in order; for the recipient, the case, all, and answers to strangers."""
    store.apply(Change(items=(sent("b", 2), sent("a", 1), sent("c", 3, case=None), item("waits"))))
    everything = tuple(NOW + n * HOUR for n in (1, 2, 3))
    for account in ("all", "answers", TO):
        assert tuple(store.spent(account, NOW)) == everything
        assert tuple(store.spent(account, NOW + HOUR)) == everything[1:]
    assert tuple(store.spent(CASE, NOW)) == everything[:2]
    assert tuple(store.spent("to other@example.com", NOW)) == ()


def test_what_was_settled_since(store: DeskStore) -> None:
    """What went out or was given up at that moment or later, oldest first, whenever it was written."""
    late, early = sent("late", 30 * 24), sent("early", 1, created=NOW + HOUR)
    dead = item("dead", status=Status.DEAD, settled=NOW + 31 * 24 * HOUR, created=NOW + 2 * HOUR)
    store.apply(Change(cases=(case(state=State.CLOSED, since=NOW),), items=(late, early, dead, item("waits"))))
    store.archive(NOW + timedelta(days=400))
    assert list(store.items_told(NOW)) == [late, early, dead]
    assert list(store.items_told(NOW + 30 * 24 * HOUR)) == [late, dead]
    assert list(store.items_told(NOW + 32 * 24 * HOUR)) == []


def test_what_a_page_tells_of(store: DeskStore) -> None:
    """All mails of the cases that are named, and of others what is held or was settled since: each once."""
    held, waits = item("held", status=Status.HELD, case=None, created=NOW + HOUR), item("waits", created=NOW + 2 * HOUR)
    old, late = sent("old", 1), sent("late", 9, case=None, created=NOW + 3 * HOUR)
    store.apply(Change(cases=(case(),), items=(late, waits, held, old)))
    assert list(store.items_told(NOW + 9 * HOUR)) == [held, late]
    assert list(store.items_told(NOW + 9 * HOUR, (case().id,))) == [old, held, waits, late]
    assert list(store.items_told(NOW + 10 * HOUR, ("CASE#none",))) == [held]


def test_what_did_not_go_out(store: DeskStore) -> None:
    """What waits and what was given up, oldest first, also of an archived case."""
    waits, dead = item("waits", case=None, created=NOW + 3 * HOUR), item("dead", status=Status.DEAD, settled=NOW)
    store.apply(Change(cases=(case(state=State.CLOSED, since=NOW),), items=(waits, sent("gone", 1), dead)))
    assert store.archive(NOW + timedelta(days=400)) in (0, 1)
    assert list(store.items_unsent()) == [dead, waits]


def test_no_crash_and_no_retry_counts_a_mail_twice(store: Store) -> None:
    """Begun, in doubt, tried again, sent: one mail, at the last of these moments; one that never left is none."""
    counts = []
    for changes in (
        {"status": Status.SENDING, "attempts": 1},
        {"status": Status.QUEUED, "attempts": 1, "doubts": 1, "next": NOW + HOUR},
        {"status": Status.SENDING, "attempts": 2, "doubts": 1, "next": NOW + HOUR},
        {"status": Status.SENT, "attempts": 2, "doubts": 1, "settled": NOW + 2 * HOUR},
    ):
        store.apply(Change(items=(replace(item("a"), **changes),)))
        counts.append(tuple(store.spent("all", NOW - HOUR)))
    assert counts == [(NOW,), (NOW + HOUR,), (NOW + HOUR,), (NOW + 2 * HOUR,)]
    store.apply(Change(items=(item("a", status=Status.DEAD, settled=NOW),)))
    assert tuple(store.spent("all", NOW - HOUR)) == ()


def test_archived_mail_counts_no_more(tmp_path: Path) -> None:
    """It left a month ago at least; asking about it needs no archive."""
    store = TinyStore(tmp_path / "state", CODEC)
    ended = case(state=State.CLOSED, since=NOW)
    store.apply(Change(cases=(ended,), items=(sent("a", 0), sent("b", 0, case=None))))
    assert len(store.spent("all", NOW - HOUR)) == 2
    assert store.archive(NOW + timedelta(days=60)) == 1
    assert len(store.spent("all", NOW - HOUR)) == 1
    store.close()
