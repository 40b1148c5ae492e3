"""Claims in PostgreSQL: one mail or item is one worker's, until it is done, gone, or kept too long."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from mailbot.adapters.postgres.store import PostgresStore
from mailbot.core.outbox import OutboxItem, Status
from mailbot.errors import LostClaimError
from mailbot.memory import Change
from tests.contract.test_store import case, done, item
from tests.servers_postgres import KEY, Postgres

OVER = 0.0
"""A lease that is over as soon as it begins."""


@dataclass
class Desk:
    """Workers at one database."""

    postgres: Postgres
    url: str
    workers: list[PostgresStore] = field(default_factory=list)

    def worker(self, lease_seconds: float = 300.0) -> PostgresStore:
        self.workers.append(PostgresStore(self.url, KEY, lease_seconds=lease_seconds))
        return self.workers[-1]

    def kill(self, worker: PostgresStore) -> None:
        """Its connections end, as when its process or host is gone."""
        self.postgres.end_worker(self.url, worker)

    def cut_off(self, worker: PostgresStore) -> None:
        """The connection ends over which it stores, as when it lost a turn."""
        self.postgres.end_connection(self.url, worker)


@pytest.fixture
def desk(postgres: Postgres) -> Iterator[Desk]:
    made = Desk(postgres, postgres.new_database())
    yield made
    for worker in made.workers:
        worker.close()


def sending(**changes: Any) -> OutboxItem:
    return item("1", status=Status.SENDING, **changes)


def test_one_claims_and_others_do_not(desk: Desk) -> None:
    """Until it is let go; whoever has it may claim it again."""
    one, two = desk.worker(), desk.worker()
    assert [one.claim("d"), two.claim("d"), one.claim("d"), two.claim("e")] == [True, False, True, True]
    two.let_go("d")
    assert not two.claim("d")
    one.let_go("d")
    one.let_go("d")
    assert [two.claim("d"), one.claim("d")] == [True, False]


def test_a_mail_that_is_done_is_free(desk: Desk) -> None:
    """The claim ends with what is stored, and nobody can store it again under the old one."""
    one, two = desk.worker(), desk.worker()
    assert one.claim("d")
    one.apply(Change(done=(done("d"),)))
    assert two.claim("d")


def test_a_claim_that_was_kept_too_long_is_taken_over(desk: Desk) -> None:
    """The one who was slow stores nothing about it any more, though it is alive: not the mail, nothing beside it."""
    slow, quick = desk.worker(OVER), desk.worker()
    assert slow.claim("d")
    assert quick.claim("d")
    change = Change((case("A"),), done=(done("d", "held", "Held"),), journal=("slow",))
    with pytest.raises(LostClaimError, match="took it over"):
        slow.apply(change)
    assert (list(slow.cases()), slow.journal_head()[:3]) == ([], "#0 ")
    quick.apply(Change((case("B"),), done=(done("d"),)))
    with pytest.raises(LostClaimError):
        slow.apply(change)
    assert slow.disposition("d") == done("d")
    slow.let_go("d")
    assert slow.claim("d")


def test_a_claim_that_nobody_took_over_holds_on(desk: Desk) -> None:
    """Late is not too late: as long as nobody else came, what was done is stored, also over a new connection."""
    slow = desk.worker(OVER)
    assert slow.claim("d")
    desk.cut_off(slow)
    slow.apply(Change(done=(done("d"),)))
    assert slow.disposition("d") == done("d")


def test_what_a_killed_worker_had_is_free_at_once(desk: Desk) -> None:
    """Nobody waits for its lease; when it was not killed but cut off, what it still stores is refused."""
    one, two = desk.worker(), desk.worker()
    assert one.claim("d")
    assert not two.claim("d")
    desk.kill(one)
    assert two.claim("d")
    with pytest.raises(LostClaimError):
        one.apply(Change(done=(done("d"),)))
    assert not one.claim("d")


def test_whoever_lost_a_turn_is_alive(desk: Desk) -> None:
    """A worker that was thrown out of a turn has sent its mail: nobody sends it again before it can say so."""
    one, two = desk.worker(), desk.worker()
    one.apply(Change(items=(item("1"),)))
    assert one.claim("1")
    one.apply(Change(items=(sending(),)))
    desk.cut_off(one)
    assert not two.claim("1")
    one.apply(Change(items=(item("1", status=Status.SENT),)))
    assert two.item("1") == item("1", status=Status.SENT)


def test_whoever_was_taken_for_dead_takes_a_new_number(desk: Desk) -> None:
    """A server that was started again knows no worker; what one claims or stores after that is safe from others."""
    one, two = desk.worker(), desk.worker()
    one.apply(Change(items=(item("1"), item("2"))))
    assert one.claim("1")
    desk.kill(one)
    assert one.claim("2")
    one.apply(Change(items=(sending(),)))
    assert [two.claim("1"), two.claim("2")] == [False, False]


def test_a_worker_that_ended_leaves_nothing(desk: Desk) -> None:
    """Closing lets go of everything."""
    one, two = desk.worker(), desk.worker()
    assert one.claim("d")
    one.close()
    assert two.claim("d")


def test_a_mail_on_the_wire_is_never_taken_over(desk: Desk) -> None:
    """While the connection of the worker that sends it lives, however long it takes; when it is dead, at once."""
    slow, other = desk.worker(OVER), desk.worker(OVER)
    slow.apply(Change(items=(item("1"),)))
    assert slow.claim("1")
    slow.apply(Change(items=(sending(),)))
    assert [other.claim("1"), other.claim("1")] == [False, False]
    desk.kill(slow)
    assert other.claim("1")
    other.apply(Change(items=(sending(doubts=1),)))


def test_a_mail_that_was_sent_is_free(desk: Desk) -> None:
    """The status that is stored decides, not the one at the time of the claim."""
    slow, other = desk.worker(OVER), desk.worker()
    slow.apply(Change(items=(item("1"),)))
    assert slow.claim("1")
    slow.apply(Change(items=(sending(),)))
    slow.apply(Change(items=(item("1", status=Status.SENT),)))
    assert other.claim("1")


def test_what_is_stored_just_now_is_not_taken_over(desk: Desk) -> None:
    """A lease that ends in the middle of the turn in which the mail begins to be sent: nobody waits, nobody gets it."""
    slow, other = desk.worker(OVER), desk.worker()
    slow.apply(Change(items=(item("1"),)))
    assert slow.claim("1")
    with slow.turn():
        slow.apply(Change(items=(sending(),)))
        assert not other.claim("1")
    assert not other.claim("1")


def test_who_claimed_nothing_respects_what_is_being_sent(desk: Desk) -> None:
    """A verb may change an item that a worker has claimed, but not one on the wire, until that worker is dead."""
    worker, verb = desk.worker(), desk.worker()
    worker.apply(Change(items=(item("1"), item("2"))))
    assert [worker.claim("1"), worker.claim("2")] == [True, True]
    worker.apply(Change(items=(sending(),)))
    verb.apply(Change(items=(item("2", status=Status.HELD),)))
    with pytest.raises(LostClaimError, match="at it just now"):
        verb.apply(Change(items=(item("1", status=Status.DEAD),)))
    assert verb.item("1") == sending()
    desk.kill(worker)
    verb.apply(Change(items=(item("1", status=Status.DEAD),)))


def test_who_claimed_nothing_respects_who_reads_a_mail(desk: Desk) -> None:
    """A mail that a living worker is at is not called done by others, until it kept it too long."""
    worker, slow, verb = desk.worker(), desk.worker(OVER), desk.worker()
    assert [worker.claim("d"), slow.claim("e")] == [True, True]
    with pytest.raises(LostClaimError):
        verb.apply(Change(done=(done("d"),)))
    verb.apply(Change(done=(done("e"),)))
    with pytest.raises(LostClaimError):
        slow.apply(Change(done=(done("e"),)))


def test_a_claim_in_a_turn_that_is_undone_was_none(desk: Desk) -> None:
    """And one that was let go in it is held still."""
    one, two = desk.worker(), desk.worker()
    assert one.claim("kept")

    def fail() -> None:
        one.let_go("kept")
        one.claim("new")
        raise ValueError("a fault")

    with pytest.raises(ValueError, match="a fault"), one.turn():
        fail()
    assert [two.claim("kept"), two.claim("new")] == [False, True]
    one.apply(Change(done=(done("kept"),)))


def test_what_became_of_a_mail_is_stored_after_a_restart_of_the_database(desk: Desk) -> None:
    """Every connection is lost with it: whoever has sent the mail says so over new ones, if nobody was quicker."""
    for quicker in (False, True):
        one, two = desk.worker(), desk.worker()
        one.apply(Change(items=(item("1", status=Status.QUEUED),)))
        assert one.claim("1")
        one.apply(Change(items=(sending(),)))
        desk.kill(one)
        if quicker:
            assert two.claim("1")
            with pytest.raises(LostClaimError):
                one.apply(Change(items=(item("1", status=Status.SENT),)))
        else:
            one.apply(Change(items=(item("1", status=Status.SENT),)))
            assert two.item("1") == item("1", status=Status.SENT)
            one.let_go("1")


def test_traces_of_workers_that_are_long_gone_are_removed(desk: Desk) -> None:
    """What they left does not grow for ever; what belongs to the living stays."""
    alive, dead = desk.worker(), desk.worker()
    assert [alive.claim("a"), dead.claim("d")] == [True, True]
    desk.kill(dead)
    with desk.postgres.looking(desk.url) as look:
        look.execute("UPDATE mailbot.workers SET since = since - interval '2 days'")
        look.execute("UPDATE mailbot.claims SET until = until - interval '2 days'")
        assert desk.worker().claim("n")
        claims = look.execute("SELECT what FROM mailbot.claims ORDER BY what").fetchall()
        workers = look.execute("SELECT count(*) FROM mailbot.workers").fetchone()
    assert (claims, workers) == ([("a",), ("n",)], (2,))
