"""What a case that ended costs in memory once it is archived: the resident size of a process that opened the state.

    python -m bench.memory [FOLDER]

Prints a table: cases held, of which open (the last row: a desk after twenty years, and its goals), megabytes resident
after opening, seconds of CPU of opening, and the bytes of the files; then what each archived case adds. Each state is
opened by a Python of its own, also as a reader.
"""

import gc
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench.growth import CODEC, NOW, example
from mailbot.adapters.codec import STORE_NAME
from mailbot.adapters.store import TinyStore
from mailbot.core.messages import Address, Draft
from mailbot.core.model import Case, State
from mailbot.core.outbox import OutboxItem, Status
from mailbot.memory import Change, Disposition

SIZES = (2_000, 20_000)
OPEN = 100
LARGE = (20_000, 3_600)
"""A desk after twenty years: cases, and how many of them are open."""
_MOST_SECONDS, _MOST_MEGABYTES = 2.0, 250.0
_BATCH = 500
_LATER = NOW + timedelta(days=400)


def made(folder: Path, cases: int, still_open: int = OPEN) -> None:
    """A state with so many cases, all but the last ones archived; each has a mail of theirs and a receipt of ours."""
    store = TinyStore(folder, CODEC)
    for start in range(0, cases, _BATCH):
        numbers = range(start, min(cases, start + _BATCH))
        store.apply(
            Change(
                tuple(_case(number, number < cases - still_open) for number in numbers),
                tuple(map(_receipt, numbers)),
                tuple(map(_mail, numbers)),
            )
        )
        while store.archive(_LATER):
            pass
    store.close()


def _case(number: int, ended: bool) -> Case:
    case = replace(example(number), mails=(f"{number:064x}",))
    return replace(case, state=State.CLOSED, since=NOW, deadlines=()) if ended else case


def _receipt(number: int) -> OutboxItem:
    case, to = f"CASE#{number:08}", Address("", f"finder{number}@example.com")
    draft = Draft("ja/receipt", to, "finder", "受け付けました", "届出を受け付けました。" * 40)
    name = f"<ours.{number}@desk>"
    return OutboxItem(
        f"{number:016x}", case, f"{case}/receipt", "receipt", Status.SENT, NOW, NOW, draft, message_id=name
    )


def _mail(number: int) -> Disposition:
    case, name = f"CASE#{number:08}", f"<{number}.0@desk>"
    return Disposition(f"{number:064x}", "case", "Processed", NOW, case, message_id=name, source=f"INBOX/{number}")


def opened(folder: Path) -> None:
    """Open the state as the daemon does, and print resident bytes before and after, the peak, and seconds of CPU."""
    gc.collect()
    before, start = _resident(), time.process_time()
    store = TinyStore(folder, CODEC)
    seconds = time.process_time() - start
    gc.collect()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(f"{before} {_resident()} {peak} {seconds:.2f}\n")
    store.close()


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def main() -> int:
    """Make each state, open it in another process, print the table; 1 if the largest takes more than its goals."""
    if sys.argv[1:2] == ["--open"]:
        opened(Path(sys.argv[2]))
        return 0
    if sys.argv[1:2] == ["--make"]:
        made(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
        return 0
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else None) as folder:
        sys.stdout.write("  cases  open  RSS MB  state MB  peak MB  open s  store MB  archive MB\n")
        small, large = (_row(Path(folder) / str(cases), cases, OPEN)[0] for cases in SIZES)
        _, resident, seconds = _row(Path(folder) / "large", *LARGE)
        sys.stdout.write(
            f"a case that was archived takes {(large - small) / (SIZES[1] - SIZES[0]):.0f} bytes of memory\n"
        )
    bad = resident > _MOST_MEGABYTES or seconds > _MOST_SECONDS
    sys.stdout.write(f"the last row's goals: {_MOST_SECONDS:.0f} s, {_MOST_MEGABYTES:.0f} MB{'  BAD' if bad else ''}\n")
    return int(bad)


def _row(state: Path, cases: int, still_open: int) -> tuple[float, float, float]:
    """Print one row; the bytes that the state takes, megabytes resident, seconds of opening."""
    made(state, cases, still_open)
    command = [sys.executable, "-m", "bench.memory", "--open", str(state)]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    before, after, peak, seconds = map(float, printed.split())
    store = (state / STORE_NAME).stat().st_size
    archive = sum(path.stat().st_size for path in (state / "archive").iterdir())
    sys.stdout.write(
        f"{cases:7}  {still_open:4}  {after / 1e6:6.1f}  {(after - before) / 1e6:8.1f}  {peak / 1e6:7.1f}"
        f"  {seconds:6.2f}  {store / 1e6:8.1f}  {archive / 1e6:10.1f}\n"
    )
    return after - before, after / 1e6, seconds


if __name__ == "__main__":
    raise SystemExit(main())
