"""What a mail costs outside gpg: reports in plain text, from the mailbox to receipts and notices handed over.

    python -m bench.plain [--profile] [MAILS]

The desk is the real one in one process: parser, rules, sealed store and spool on the disk. Mailbox and relay are in
memory, and the keyring does no cryptography, so what is left is the program's own work. Prints milliseconds of CPU of a
mail in a round that takes them in and sends what is due, and of a round that finds nothing among 20,000 cases;
`--profile` prints what each call takes. The first mails are left out, as what is built once for all mails is no part of
what one of them costs; and the first round of a day, which writes the digest.
"""

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bench.corpus import plain
from bench.growth import CODEC, NOW
from bench.letters import letters
from bench.memory import LARGE, made
from mailbot.adapters.codec import SealedCodec, derive
from mailbot.adapters.spool import FileSpool
from mailbot.adapters.store import TinyStore
from mailbot.core.limits import Limits
from tests.faults.quick_desk import QuickDesk

_FIRST = 20
_IDLE = 20
GOAL, IDLE_GOAL = 8.0, 50.0


def main() -> int:
    """Print the two figures; 1 if not every mail became a case or a mail costs more than the goal."""
    parser = argparse.ArgumentParser(prog="python -m bench.plain", description="CPU of a mail outside gpg")
    parser.add_argument("mails", type=int, nargs="?", default=100)
    parser.add_argument("--profile", action="store_true", help="which calls it goes to")
    asked = parser.parse_args()
    mails = [plain(letter) for letter in letters(_FIRST + asked.mails, 1)]
    with tempfile.TemporaryDirectory(prefix="mb") as folder:
        desk = _desk(Path(folder), len(mails))
        desk.round(*mails[:_FIRST])
        with cProfile.Profile() if asked.profile else _Nothing() as profile:
            busy = _cpu(desk, mails[_FIRST:]) / asked.mails
        cases = len(list(desk.store.cases()))
        desk.store.close()
        idle = _idle(Path(folder) / "large")
    bad = "" if cases == len(mails) and busy <= GOAL and idle <= IDLE_GOAL else "  BAD"
    sys.stdout.write(f"a plain report, all of it: {busy:.2f} ms CPU (goal {GOAL:.0f}), {cases} cases{bad}\n")
    sys.stdout.write(f"a round with nothing to do: {idle:.2f} ms CPU (goal {IDLE_GOAL:.0f})\n")
    if isinstance(profile, cProfile.Profile):
        stats = pstats.Stats(profile, stream=sys.stdout)
        stats.sort_stats("cumulative").print_stats("mailbot", 70)
        stats.sort_stats("tottime").print_stats(40)
    return 1 if bad else 0


class _Nothing:
    """Where nothing is profiled."""

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        """End."""


def _idle(folder: Path) -> float:
    """The dearest round of a desk where nothing is due, also of those right after it was opened."""
    made(folder, *LARGE)
    _rounds(folder, 1)  # the day's first round writes the digest
    return _rounds(folder, _IDLE)


def _rounds(folder: Path, count: int) -> float:
    desk = QuickDesk()
    desk.store = TinyStore(folder, CODEC)
    desk.bot, desk.now = replace(desk.bot, store=desk.store), NOW - timedelta(days=30)
    found = max(_cpu(desk, ()) for _ in range(count))
    desk.store.close()
    return found


def _desk(folder: Path, mails: int) -> QuickDesk:
    limits = replace(
        Limits(), mails_per_round=mails, outbox_per_round=10 * mails, acknowledgements_per_address_and_day=mails
    )
    desk = QuickDesk(limits)
    codec = SealedCodec(derive(bytes(32), "store"))
    desk.store, desk.spool = TinyStore(folder / "state", codec), FileSpool(folder / "spool", codec)
    desk.bot = replace(desk.bot, store=desk.store, spool=desk.spool)
    return desk


def _cpu(desk: QuickDesk, mails: Sequence[bytes]) -> float:
    """Milliseconds of one round."""
    start = time.process_time()
    desk.round(*mails, minutes=1)
    return (time.process_time() - start) * 1000


if __name__ == "__main__":
    raise SystemExit(main())
