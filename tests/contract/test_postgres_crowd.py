"""Several workers at one database, cut off again and again: every mail is done once, and none is left."""

import threading
from random import Random

from mailbot.adapters.logbook import problems_in
from mailbot.adapters.postgres.store import PostgresStore
from mailbot.errors import TransientError
from mailbot.memory import Change
from tests.contract.test_store import case, done
from tests.servers_postgres import KEY, Postgres

MAILS = [f"{number:064x}" for number in range(60)]
WORKERS = 4
CUTS = 12


def test_a_crowd_does_every_mail_once(postgres: Postgres) -> None:
    """Whoever claims a mail, looks at it and calls it done does so once, in whatever moment connections end."""
    url = postgres.new_database()
    workers = [threading.Thread(target=_work, args=(url, seed), daemon=True) for seed in range(WORKERS)]
    for worker in workers:
        worker.start()
    for _ in range(CUTS):
        postgres.end_connections(url)
    for worker in workers:
        worker.join(120)
    store = PostgresStore(url, KEY)
    lines = list(store.journal_lines())
    assert sorted(line.rpartition(" ")[2] for line in lines) == MAILS
    assert list(problems_in(lines, "journal")) == []
    assert sorted(found.digest for found in store.dispositions()) == MAILS
    assert len({found.id for found in store.cases()}) == len(MAILS)
    assert [store.claim(digest) for digest in MAILS] == [True] * len(MAILS)
    store.close()


def _work(url: str, seed: int) -> None:
    """Until nothing is left to do. A worker takes what it finds, in an order of its own."""
    store, left = _opened(url), list(MAILS)
    Random(seed).shuffle(left)
    while left:
        for digest in list(left):
            try:
                if store.disposition(digest) is not None:
                    left.remove(digest)
                elif store.claim(digest):
                    _do(store, digest)
            except TransientError:
                continue
    store.close()


def _opened(url: str) -> PostgresStore:
    while True:
        try:
            return PostgresStore(url, KEY, lease_seconds=0.0)
        except TransientError:
            continue


def _do(store: PostgresStore, digest: str) -> None:
    # Claimed first, then looked at: another one may have done it in between.
    if store.disposition(digest) is None:
        store.apply(Change((case(f"CASE {digest}"),), done=(done(digest),), journal=(digest,)))
    store.let_go(digest)
