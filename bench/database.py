"""How cost grows with the cases where the memory lies in PostgreSQL.

    python -m bench.database [--sizes 200,2000,20000]

Starts a PostgreSQL of its own, durable as in earnest, with a database for each size. Changes are taken in turns, one of
each size, each beside a bare INSERT of as many bytes: the ratio is what the desk's own work costs. Cases as in
`bench.growth`, none archived.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median

from bench.growth import ROUNDS, WORK, commit, example, idle, timed
from mailbot.adapters.postgres.store import PostgresStore
from mailbot.memory import Change
from tests.servers_postgres import KEY, Postgres, process_of

SIZES = (200, 2_000, 20_000)
_AT_ONCE = 200
_BUFFERS = 128
"""Megabytes: what PostgreSQL takes unless told otherwise."""
_BARE = b"x" * 6_000
_WARM = 10
"""Changes that do not count: the server has no plan for a statement before it has seen it some times."""


@dataclass(frozen=True)
class Size:
    """Milliseconds of wall (commit, insert, look_up), of CPU (a commit's, ours and the server's; of ours: idle), of
    opening; kilobytes for one case."""

    cases: int
    commit: float
    commit_cpu: float
    insert: float
    look_up: float
    idle: float
    opening: float
    kilobytes: float


class Filled:
    """A database with so many cases, and what was measured there."""

    def __init__(self, server: Postgres, cases: int) -> None:
        self.cases, self._server = cases, server
        self._url = server.bare_database()
        with closing(PostgresStore(self._url, KEY)) as store:
            for first in range(0, cases, _AT_ONCE):
                store.apply(Change(tuple(example(n) for n in range(first, min(first + _AT_ONCE, cases)))))
        self._commits: list[float] = []
        self._cpu: list[float] = []
        self._inserts: list[float] = []

    def open(self, stack: ExitStack) -> None:
        """Connect, with everything at rest: what filling left to be written is on the disk."""
        self._looking = stack.enter_context(self._server.looking(self._url))
        self._looking.execute("VACUUM ANALYZE")
        self._looking.execute("CHECKPOINT")
        (size,) = self._looking.execute("SELECT pg_database_size(current_database())").fetchone() or (0,)
        self._kilobytes = int(size) / self.cases / 1000
        self._looking.execute("CREATE TABLE public.bare (content bytea)")
        opened: list[PostgresStore] = []
        self._opening = timed(lambda: opened.append(PostgresStore(self._url, KEY)))
        self._store = stack.enter_context(closing(opened[0]))
        self._process = process_of(self._store._session)

    def change(self, number: int) -> None:
        """One commit, and one bare insert."""
        change = commit(self._store, self.cases, number)
        before = self._used()
        took, used = timed(change), self._used() - before
        bare = timed(partial(self._looking.execute, "INSERT INTO public.bare VALUES (%s)", [_BARE]))
        if number >= 0:
            self._commits.append(took)
            self._cpu.append(used)
            self._inserts.append(bare)

    def found(self) -> Size:
        """The medians."""
        asked = [f"<{n * 7 % self.cases}.3@desk>" for n in range(ROUNDS)]
        look_ups = [timed(partial(self._store.case_of_message, each)) for each in asked]
        return Size(
            self.cases,
            median(self._commits),
            median(self._cpu),
            median(self._inserts),
            median(look_ups),
            idle(self._store),
            self._opening,
            self._kilobytes,
        )

    def _used(self) -> float:
        """Milliseconds of CPU so far, of this process and of the server's that works for it."""
        theirs = Path(f"/proc/{self._process}/schedstat").read_text("ascii").split()[0]
        return time.process_time() * 1000 + int(theirs) / 1e6


def run(sizes: Sequence[int]) -> list[Size]:
    """All sizes, on one server, commits in turns: what else the disk does is the same for all."""
    server = Postgres(_BUFFERS)
    try:
        server.start()
        databases = [Filled(server, cases) for cases in sizes]
        with ExitStack() as stack:
            for database in databases:
                database.open(stack)
            for number in range(-_WARM, ROUNDS):
                for database in databases:
                    database.change(number)
            return [database.found() for database in databases]
    finally:
        server.remove()


def _table(found: Sequence[Size]) -> str:
    head = "  cases  commit ms  its CPU ms  bare ms  ratio  look-up ms  idle CPU ms  opening ms  KB a case\n"
    lines = (
        f"{s.cases:7,}  {s.commit:9.2f}  {s.commit_cpu:10.2f}  {s.insert:7.2f}  {s.commit / s.insert:5.2f}  "
        f"{s.look_up:10.2f}  {s.idle:11.2f}  {s.opening:10.0f}  {s.kilobytes:9.1f}\n"
        for s in found
    )
    few, many = found[0], found[-1]
    growth = f"at {many.cases:,} cases ÷ at {few.cases:,}: a commit"
    return (
        head
        + "".join(lines)
        + f"{growth} {many.commit / few.commit:.2f} (its CPU {many.commit_cpu / few.commit_cpu:.2f}), "
        f"a bare insert {many.insert / few.insert:.2f}\n"
    )


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    sizes = [int(word) for word in parser.parse_args().sizes.split(",")]
    found = run(sizes)
    sys.stdout.write(_table(found))
    WORK.mkdir(exist_ok=True)
    taken = {"at": time.strftime("%F %T"), "sizes": [asdict(size) for size in found]}
    Path(WORK / "database.json").write_text(json.dumps(taken, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
