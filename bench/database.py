"""How cost grows with the cases where the memory lies in PostgreSQL.

    python -m bench.database [--sizes 200,2000,20000]

Starts a PostgreSQL of its own, durable as in earnest. Each change is measured beside a bare INSERT of as many bytes by
the same server, in turns: the ratio is what the desk's own work costs. Cases as in `bench.growth`, none archived.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from bench.growth import ROUNDS, WORK, commit, example, idle, timed
from mailbot.adapters.postgres.store import PostgresStore
from mailbot.memory import Change
from tests.servers_postgres import KEY, Postgres

SIZES = (200, 2_000, 20_000)
_AT_ONCE = 200


@dataclass(frozen=True)
class Size:
    """Milliseconds of wall (commit, insert, look_up), of our own CPU (idle), of opening; kilobytes for one case."""

    cases: int
    commit: float
    insert: float
    look_up: float
    idle: float
    opening: float
    kilobytes: float


def measure(server: Postgres, url: str, cases: int) -> Size:
    """Fill up to so many cases, then do each thing some times; medians."""
    with closing(PostgresStore(url, KEY)) as store:
        there = sum(store.census().values())
        for first in range(there, cases, _AT_ONCE):
            store.apply(Change(tuple(example(n) for n in range(first, min(first + _AT_ONCE, cases)))))
    with server.looking(url) as looking:
        looking.execute("VACUUM ANALYZE")
        (size,) = looking.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
        looking.execute("CREATE TABLE IF NOT EXISTS public.bare (content bytea)")
        opened: list[PostgresStore] = []
        opening = timed(lambda: opened.append(PostgresStore(url, KEY)))
        with closing(opened[0]) as store:
            commits, inserts = _in_turns(store, looking, cases)
            look_ups = [timed(partial(store.case_of_message, f"<{n * 7 % cases}.3@desk>")) for n in range(ROUNDS)]
            return Size(
                cases, median(commits), median(inserts), median(look_ups), idle(store), opening, size / cases / 1000
            )


def _in_turns(store: PostgresStore, looking: Any, cases: int) -> tuple[list[float], list[float]]:
    commits, inserts = [], []
    bare = b"x" * 6_000
    for number in range(ROUNDS):
        commits.append(timed(commit(store, cases, number)))
        insert: Callable[[], object] = partial(looking.execute, "INSERT INTO public.bare VALUES (%s)", [bare])
        inserts.append(timed(insert))
    return commits, inserts


def run(sizes: Sequence[int]) -> list[Size]:
    """All sizes, on one server; prints as it goes."""
    server, found = Postgres(), []
    try:
        server.start()
        url = server.bare_database()
        sys.stdout.write("  cases  commit ms  bare ms  ratio  look-up ms  idle CPU ms  opening ms  KB a case\n")
        for cases in sizes:
            size = measure(server, url, cases)
            found.append(size)
            sys.stdout.write(
                f"{size.cases:7,}  {size.commit:9.2f}  {size.insert:7.2f}  {size.commit / size.insert:5.2f}  "
                f"{size.look_up:10.2f}  {size.idle:11.2f}  {size.opening:10.0f}  {size.kilobytes:9.1f}\n"
            )
            sys.stdout.flush()
    finally:
        server.remove()
    return found


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    sizes = [int(word) for word in parser.parse_args().sizes.split(",")]
    found = run(sizes)
    WORK.mkdir(exist_ok=True)
    taken = {"at": time.strftime("%F %T"), "sizes": [asdict(size) for size in found]}
    Path(WORK / "database.json").write_text(json.dumps(taken, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
