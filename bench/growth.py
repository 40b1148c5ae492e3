"""How cost grows with the cases: one change, one look-up, a round with nothing to do, opening, memory.

    python -m bench.growth [--plot] [--sizes 100,1000] [--store tinydb] [FOLDER]

Of the cases of each size 18 in 100 are open, as after twenty years; the others are archived. Each size is measured by a
Python of its own. Then commits at 20,000 and at 200 cases are taken in turns. FOLDER is where the files go (default: a
temporary folder); choose the disk that is to be measured. `--plot` draws bench/work/growth.svg and growth.png, for 100
to 100,000 cases unless sizes are given; the numbers go to bench/work/growth.json.
"""

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Protocol

from mailbot.adapters.codec import STORE_NAME, SealedCodec, derive
from mailbot.adapters.store import TinyStore
from mailbot.core.model import Case, Deadline, DeadlineKind, Entry, Field, Participant, Role, Track
from mailbot.memory import Change, Store

SIZES = (100, 1_000, 10_000)
PLOTTED = (100, 1_000, 10_000, 100_000)
FEW, MANY = 200, 20_000
"""The two whose commits are compared."""
OPEN_SHARE = 0.18
ROUNDS = 200
NOW = datetime(2026, 11, 20, tzinfo=UTC)
CODEC = SealedCodec(derive(bytes(32), "store"))
WORK = Path(__file__).parent / "work"


def example(number: int) -> Case:
    """A case of about 6 KB, as one is after its first contact."""
    return Case(
        f"CASE#{number:08}",
        Track.WEBSITE,
        NOW,
        fields=tuple(
            Field(f"vulnerability.f{n}", "値の説明文。" * 8, "rule/of-it", 0.9, "引用" * 10) for n in range(15)
        ),
        participants=(Participant(Role.FINDER, f"finder{number}@example.com", "発見者"),),
        deadlines=(Deadline(DeadlineKind.TRIAGE, NOW + timedelta(minutes=number)),),
        timeline=tuple(Entry(NOW, "sent", "mailbot", "受付確認", f"<{number}.{n}@desk>") for n in range(5)),
        message_ids=tuple(f"<{number}.{n}@desk>" for n in range(5)),
        mails=("0" * 64,),
    )


@dataclass(frozen=True)
class Size:
    """What a store with so many cases costs: milliseconds of wall (commit, write), milliseconds of CPU, megabytes."""

    cases: int
    still_open: int
    commit: float
    write: float
    look_up: float
    idle: float
    opening: float
    resident: float


class _Opens(Protocol):
    """How a store is opened on a folder."""

    def __call__(self, folder: Path) -> Store: ...


STORES: Mapping[str, _Opens] = {"tinydb": lambda folder: TinyStore(folder, CODEC)}


def still_open(cases: int) -> int:
    """How many of so many are open."""
    return max(1, round(cases * OPEN_SHARE))


def timed(action: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Milliseconds of one call."""
    start = clock()
    action()
    return (clock() - start) * 1000


def floor(folder: Path, size: int) -> Callable[[], None]:
    """One write of that many bytes at the end of a file, and fdatasync."""
    fd, data = os.open(folder / "floor", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), os.urandom(size)

    def write() -> None:
        os.write(fd, data)
        os.fdatasync(fd)

    return write


def measure(folder: Path, cases: int, opens: _Opens) -> Size:
    """Open what is there, and do each thing some times; medians."""
    gc.collect()
    opened: list[Store] = []
    opening = timed(lambda: opened.append(opens(folder)), time.process_time)
    (store,) = opened
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6
    first = cases - still_open(cases)
    before = _size(folder)
    store.apply(Change((example(first),)))
    bare = floor(folder, max(_size(folder) - before, 1))
    commits, writes = [], []
    for number in range(ROUNDS):
        commits.append(timed(commit(store, cases, number)))
        writes.append(timed(bare))
    look_ups = [
        timed(partial(store.case_of_message, f"<{number * 7 % cases}.3@desk>"), time.process_time)
        for number in range(ROUNDS)
    ]
    idle_round = idle(store)
    store.close()
    return Size(
        cases, still_open(cases), median(commits), median(writes), sum(look_ups) / ROUNDS, idle_round, opening, resident
    )


def _size(folder: Path) -> int:
    path = folder / STORE_NAME
    return path.stat().st_size if path.exists() else 0


def commit(store: Store, cases: int, number: int) -> Callable[[], object]:
    """One change of one open case."""
    open_now = still_open(cases)
    changed = replace(example(cases - open_now + number * 7 % open_now), sequence=number)
    return partial(store.apply, Change((changed,), journal=("changed a case",)))


def idle(store: Store) -> float:
    """CPU of a round that finds nothing, the first one left out: it writes the digest."""
    from tests.faults.quick_desk import QuickDesk

    desk = QuickDesk()
    desk.bot, desk.now = replace(desk.bot, store=store), NOW - timedelta(days=30)
    desk.round(minutes=1)
    return median(timed(lambda: desk.round(minutes=1), time.process_time) for _ in range(ROUNDS // 10))


def compare(few: Path, many: Path, opens: _Opens) -> tuple[float, float]:
    """Medians of a commit with many cases and with few, taken in turns."""
    stores = ((opens(many), MANY), (opens(few), FEW))
    taken: tuple[list[float], list[float]] = [], []
    for number in range(2 * ROUNDS):
        for (store, cases), times in zip(stores, taken, strict=True):
            times.append(timed(commit(store, cases, number)))
    for store, _ in stores:
        store.close()
    return median(taken[0]), median(taken[1])


def main() -> int:
    """Measure each size in a folder of its own and print the table."""
    asked = _arguments()
    opens = STORES[asked.store]
    if asked.one:
        sys.stdout.write(json.dumps(asdict(measure(asked.folder, asked.one, opens))))
        return 0
    sizes = tuple(map(int, asked.sizes.split(","))) if asked.sizes else PLOTTED if asked.plot else SIZES
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        found = [_in_a_process(Path(folder) / str(cases), cases, asked.store) for cases in sizes]
        sys.stdout.write(_table(found))
        few, many = (_made(Path(folder) / f"turns-{cases}", cases) for cases in (FEW, MANY))
        at_many, at_few = compare(few, many, opens)
    sys.stdout.write(f"a commit: {at_many:.3f} ms at 20,000 cases, beside {at_few:.3f} ms at 200\n")
    WORK.mkdir(exist_ok=True)
    numbers = {"store": asked.store, "sizes": [asdict(size) for size in found], "commit": {MANY: at_many, FEW: at_few}}
    (WORK / "growth.json").write_text(json.dumps(numbers, indent=1) + "\n", "utf-8")
    if asked.plot:
        from bench.growth_plot import draw

        for ending in ("svg", "png"):
            draw(found, WORK / f"growth.{ending}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description="How cost grows with the cases")
    parser.add_argument("folder", type=Path, nargs="?", help="where the files go")
    parser.add_argument("--plot", action="store_true", help="draw it, up to 100,000 cases")
    parser.add_argument("--sizes", default="", help="numbers of cases, with commas")
    parser.add_argument("--store", choices=STORES, default="tinydb", help="which kind")
    parser.add_argument("--one", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def _made(folder: Path, cases: int) -> Path:
    """A folder with so many cases, made by a Python of its own: what making takes stays out of memory here."""
    counted = (str(cases), str(still_open(cases)))
    subprocess.run([sys.executable, "-m", "bench.memory", "--make", str(folder), *counted], check=True)
    return folder


def _in_a_process(folder: Path, cases: int, store: str) -> Size:
    command = [sys.executable, "-m", "bench.growth", "--store", store, "--one", str(cases), str(_made(folder, cases))]
    return Size(**json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))


def _table(found: Sequence[Size]) -> str:
    head = "  cases   open  commit ms  write+fdatasync ms  look-up ms  idle round ms  opening ms  RSS MB\n"
    return head + "".join(
        f"{s.cases:7} {s.still_open:6}  {s.commit:9.3f}  {s.write:18.3f}  {s.look_up:10.4f}  {s.idle:13.2f}"
        f"  {s.opening:10.0f}  {s.resident:6.0f}\n"
        for s in found
    )


if __name__ == "__main__":
    raise SystemExit(main())
