"""What one change of one case costs as cases grow, beside one write and fdatasync of as many bytes.

    python bench/growth.py [FOLDER]

Prints a table: cases held, milliseconds (median) of one `apply`, of the bare write, their ratio, of opening the store.
FOLDER is where the files go (default: a temporary folder); choose the disk that is to be measured.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

from mailbot.adapters.codec import STORE_NAME, SealedCodec, derive
from mailbot.adapters.store import TinyStore
from mailbot.core.model import Case, Deadline, DeadlineKind, Entry, Field, Participant, Role, Track
from mailbot.memory import Change

SIZES = (100, 1_000, 10_000)
ROUNDS = 200
NOW = datetime(2026, 11, 20, tzinfo=UTC)
CODEC = SealedCodec(derive(bytes(32), "store"))


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


def timed(action: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def floor(folder: Path, size: int) -> Callable[[], None]:
    """One write of that many bytes at the end of a file, and fdatasync."""
    fd, data = os.open(folder / "floor", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), os.urandom(size)

    def write() -> None:
        os.write(fd, data)
        os.fdatasync(fd)

    return write


def measure(folder: Path, cases: int) -> tuple[float, float, float]:
    """Median milliseconds of an apply and of the bare write, taken in turns; milliseconds of opening."""
    store = TinyStore(folder, CODEC)
    for start in range(0, cases, 500):
        store.apply(Change(tuple(example(number) for number in range(start, min(cases, start + 500)))))
    before = (folder / STORE_NAME).stat().st_size
    store.apply(Change((example(0),)))
    bare = floor(folder, (folder / STORE_NAME).stat().st_size - before)
    applies, writes = [], []
    for number in range(ROUNDS):
        changed = replace(example(number * 7 % cases), sequence=number)
        applies.append(timed(partial(store.apply, Change((changed,), journal=("changed a case",)))))
        writes.append(timed(bare))
    store.close()
    opening = timed(lambda: TinyStore(folder, CODEC).close())
    return median(applies), median(writes), opening


def main() -> None:
    """Measure each size in a folder of its own and print the table."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else None) as folder:
        sys.stdout.write("  cases  apply ms  write+fdatasync ms  ratio  open ms\n")
        first = 0.0
        for cases in SIZES:
            apply, write, opening = measure(Path(folder) / str(cases), cases)
            first = first or apply
            sys.stdout.write(f"{cases:7}  {apply:8.2f}  {write:18.2f}  {apply / write:5.2f}  {opening:7.0f}\n")
        sys.stdout.write(f"an apply at {SIZES[-1]} cases costs {apply / first:.2f} times one at {SIZES[0]}\n")


if __name__ == "__main__":
    main()
