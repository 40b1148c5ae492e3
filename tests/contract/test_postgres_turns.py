"""Turns in PostgreSQL: nobody else changes anything within one, all of it is stored or nothing, dawdlers lose it."""

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from mailbot.adapters.postgres.failures import Mistake
from mailbot.adapters.postgres.store import PostgresStore
from mailbot.core import traces
from mailbot.core.model import Field
from mailbot.core.outbox import Status
from mailbot.errors import PermanentError, TransientError
from mailbot.memory import Change
from tests.contract.test_store import NOW, case, done, item
from tests.servers_postgres import KEY, Postgres

Open = Callable[..., PostgresStore]


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.new_database()


@pytest.fixture
def opened(url: str) -> Iterator[Open]:
    stores = []

    def make(**how: object) -> PostgresStore:
        stores.append(PostgresStore(url, KEY, **how))  # type: ignore[arg-type]  # as the test says
        return stores[-1]

    yield make
    for store in stores:
        store.close()


def ids(store: PostgresStore) -> list[str]:
    return [found.id for found in store.cases()]


class Other(threading.Thread):
    """Another worker, which does one thing in a thread and a store of its own."""

    def __init__(self, store: PostgresStore, work: Callable[[PostgresStore], object]) -> None:
        super().__init__(daemon=True)
        self._store, self._work = store, work
        self.start()

    def run(self) -> None:
        self._work(self._store)


def test_turns_exclude_each_other(postgres: Postgres, url: str, opened: Open) -> None:
    """What another worker applies meanwhile waits for the end of the turn, also what it only counts."""
    one, two, three = opened(), opened(), opened()
    with one.turn():
        assert ids(one) == []
        others = [
            Other(two, lambda store: store.apply(Change((case("B"),)))),
            Other(three, lambda s: s.begin("d")),
        ]
        postgres.wait_for_waiting(url, 2)
        assert (ids(one), one.unfinished()) == ([], 0)
        one.apply(Change((case("A"),)))
    for other in others:
        other.join(30)
    assert (ids(one), one.unfinished()) == (["A", "B"], 1)


def test_others_read_what_was_before(opened: Open) -> None:
    """Whoever has no turn sees what is stored, and waits for nobody."""
    one, two = opened(), opened()
    with one.turn():
        one.apply(Change((case("A"),)))
        assert ids(two) == []
    assert ids(two) == ["A"]


def test_an_error_undoes_the_whole_turn(opened: Open) -> None:
    """What was applied, counted, claimed and journalled in it is as if it had never been."""
    store, other = opened(), opened()

    def fail() -> None:
        store.apply(Change((case("A"),), (item("1"),), (done("e"),), journal=("one", "two")))
        store.begin("d")
        assert store.claim("x")
        raise ValueError("a fault")

    with pytest.raises(ValueError, match="a fault"), store.turn():
        fail()
    assert ids(store) == []
    assert [store.item("1"), store.disposition("e"), store.unfinished()] == [None, None, 0]
    assert store.journal_head().startswith("#0 ")
    assert other.claim("x")
    store.apply(Change((case("B"),), journal=("three",)))
    assert (ids(other), other.journal_head()[:3]) == (["B"], "#1 ")


def test_a_turn_that_loses_its_connection(postgres: Postgres, url: str, opened: Open) -> None:
    """Nothing of it is stored, whatever is tried in the rest of it; the next turn works, over a new connection."""
    store, other = opened(), opened()

    def go_on() -> None:
        store.apply(Change((case("A"),)))
        postgres.end_connections(url, but=other)
        for _ in range(2):
            with pytest.raises(TransientError):
                store.apply(Change((case("B"),)))

    with pytest.raises(TransientError, match="a turn was lost"), store.turn():
        go_on()
    assert ids(store) == []
    store.apply(Change((case("C"),)))
    assert ids(other) == ["C"]


def test_a_connection_lost_between_turns_costs_no_turn(postgres: Postgres, url: str, opened: Open) -> None:
    """Whoever has just sent a mail can say so: nothing was done on the new connection that could be lost with it."""
    store, other = opened(), opened()
    store.apply(Change(items=(item("1"),)))
    assert store.claim("1")
    store.apply(Change(items=(item("1", status=Status.SENDING),)))
    postgres.end_connection(url, store)
    assert not other.claim("1")
    store.apply(Change(items=(item("1", status=Status.SENT, settled=NOW),)))
    assert [found.status for found in other.items()] == [Status.SENT]


def test_what_is_stored_outlives_the_server(postgres: Postgres) -> None:
    """Also where the database is set to lose the last moments; a claim may be lost with them."""
    url = postgres.bare_database()
    with postgres.looking(url) as look:
        look.execute(f"ALTER DATABASE {look.info.dbname} SET synchronous_commit = off".encode())
    store = PostgresStore(url, KEY)
    with store.turn():
        assert store._session.value(text("SHOW synchronous_commit")) == "on"
    store.close()


def test_a_value_that_no_column_holds_is_no_outage(opened: Open) -> None:
    """Or it would be tried for ever: what asks for it is at fault."""
    store = opened()
    with pytest.raises(Mistake), store.turn():
        store._session.value(text("SELECT :it").bindparams(it="a\0b"))
    store.apply(Change((case("A"),)))


def test_a_turn_in_which_a_statement_failed_stores_nothing(opened: Open) -> None:
    """Even if whoever has the turn goes on as if nothing had happened: the server would forget it without a word."""
    store = opened()

    def go_on() -> None:
        store.apply(Change((case("A"),)))
        with pytest.raises(TransientError):
            store._session.plainly("SET LOCAL statement_timeout = 1; SELECT pg_sleep(30)")

    with pytest.raises(TransientError, match="a turn was lost"), store.turn():
        go_on()
    assert ids(store) == []


def test_what_was_read_in_a_turn_that_is_undone(opened: Open) -> None:
    """Is not kept: no case tells what was never stored, and what it told before is found again."""
    store = opened()
    told, other = ("the first page of the shop shows every order", "nobody has ever looked at this one before")
    asked = [traces.windows([text]) for text in (told, other)]
    store.apply(Change((case("A", fields=(Field("vulnerability.steps", told, "r", 1.0),)),)))

    def fail() -> None:
        store.apply(Change((case("A", fields=(Field("vulnerability.steps", other, "r", 1.0),)),)))
        assert [bool(store.cases_telling(pieces)) for pieces in asked] == [False, True]
        raise ValueError("a fault")

    with pytest.raises(ValueError, match="a fault"), store.turn():
        fail()
    assert [bool(store.cases_telling(pieces)) for pieces in asked] == [True, False]


def test_whoever_dawdles_loses_the_turn(postgres: Postgres, url: str, opened: Open) -> None:
    """A worker that does nothing for too long within its turn is thrown out, and another one has the next."""
    slow, other = opened(turn_seconds=0.05), opened()

    def dawdle() -> None:
        slow.apply(Change((case("A"),)))
        postgres.wait_for_connections(url, 1)
        other.apply(Change((case("B"),)))
        slow.apply(Change((case("C"),)))

    with pytest.raises(TransientError), slow.turn():
        dawdle()
    assert ids(slow) == ["B"]


def test_a_reader_changes_nothing(opened: Open) -> None:
    """Opened for reading only it shows what others store, and refuses every change."""
    writer, reader = opened(), opened(read_only=True)
    writer.apply(Change((case("A"),)))
    assert ids(reader) == ["A"]
    refused: list[Callable[[], object]] = [
        lambda: reader.apply(Change((case("C"),))),
        lambda: reader.begin("d"),
        lambda: reader.end("d"),
        lambda: reader.claim("d"),
        lambda: reader.bring({"2026Q1": ["{}"]}, "said"),
    ]
    for change in refused:
        with pytest.raises(PermanentError, match="reading only"):
            change()
    assert ids(writer) == ["A"]


def test_a_reader_sees_one_moment_in_a_turn(opened: Open) -> None:
    """What others store while it reads in a turn is seen after it; nobody waits for it."""
    writer, reader = opened(), opened(read_only=True)
    with reader.turn():
        assert ids(reader) == []
        writer.apply(Change((case("A"),)))
        assert ids(reader) == []
    assert ids(reader) == ["A"]
