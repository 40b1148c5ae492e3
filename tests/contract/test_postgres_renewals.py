"""Claims in PostgreSQL are renewed while their holder lives, and not while it stands still."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from mailbot.errors import LostClaimError
from mailbot.memory import Change
from tests.contract.test_postgres_claims import Desk
from tests.contract.test_store import done
from tests.servers_postgres import Postgres


class Watched(Desk):
    """Workers at one database, and somebody who looks at what they claimed."""

    def until(self, what: str) -> datetime:
        """When a claim is over."""
        with self.postgres.looking(self.url) as look:
            (until,) = look.execute("SELECT until FROM mailbot.claims WHERE what = %s", [what]).fetchone() or (None,)
        assert isinstance(until, datetime)
        return until

    def wait_until(self, so_far: Callable[[], bool]) -> None:
        """Until something is so."""
        deadline = time.monotonic() + 30
        while not so_far():
            assert time.monotonic() < deadline, "it stays as it is"


@pytest.fixture
def desk(postgres: Postgres) -> Iterator[Watched]:
    made = Watched(postgres, postgres.new_database())
    yield made
    for worker in made.workers:
        worker.close()


def test_whoever_lives_keeps_what_it_is_busy_with(desk: Watched) -> None:
    """However long that takes: its claims are renewed meanwhile, and it stores what came of it."""
    busy, other = desk.worker(0.3), desk.worker()
    assert busy.claim("d")
    granted = desk.until("d")
    desk.wait_until(lambda: desk.until("d") > granted + timedelta(seconds=0.3))
    assert not other.claim("d")
    busy.apply(Change(done=(done("d"),)))
    assert other.claim("d")


def test_whoever_stands_still_does_not(desk: Watched) -> None:
    """A process that is stopped renews nothing; when it goes on it stores nothing, and takes nothing back."""
    paused, other = desk.worker(0.3), desk.worker()
    assert [paused.claim("d"), paused.claim("e")] == [True, True]
    paused._presence.stop_renewing()
    desk.wait_until(lambda: other.claim("d"))
    paused._presence.renew()
    assert [other.claim("d"), other.claim("e")] == [True, False]
    with pytest.raises(LostClaimError):
        paused.apply(Change(done=(done("d"),)))


def test_a_renewal_is_no_loss(desk: Watched) -> None:
    """A claim that is being renewed just now is not lost to its holder, and a turn does not wait for renewals."""
    worker = desk.worker()
    assert worker.claim("d")
    with desk.postgres.looking(desk.url) as look, look.transaction():
        look.execute("SELECT FROM mailbot.claims FOR UPDATE")
        worker._presence.renew()
        renewing = threading.Thread(target=lambda: renewed.append(worker.claim("d")))
        renewed: list[bool] = []
        renewing.start()
        desk.postgres.wait_for_waiting(desk.url, 1)
    renewing.join(30)
    assert renewed == [True]


def test_nothing_is_renewed_after_the_end(desk: Watched) -> None:
    """The thread that does so ends with the worker, and does not stand in the way of a new process."""
    worker = desk.worker(0.03)
    assert worker.claim("d")
    assert "claims" in [thread.name for thread in threading.enumerate()]
    child = os.fork()
    if not child:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    worker.close()
    assert "claims" not in [thread.name for thread in threading.enumerate()]
