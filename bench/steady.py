"""Whether a process that goes on for years grows: its resident size after 1,000 mails and after 10,000.

    python -m bench.steady [MAILS]

Plain reports, a hundred every 25 days, through the real parser, rules, sealed store and spool on the disk; mailbox,
relay and keyring are in memory and keep nothing. Once each case ends before the next hundred comes and is archived in
its time, so that only what the process itself keeps could grow; once every case stays open, which the memory of one
machine pays for (each open case is held in it). Prints megabytes at a tenth of the mails and after all of them, the
number of mails and of cases.
"""

import gc
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from bench.corpus import plain
from bench.letters import letters
from mailbot.adapters.codec import SealedCodec, derive
from mailbot.adapters.spool import FileSpool
from mailbot.adapters.store import TinyStore
from mailbot.core.limits import Limits
from mailbot.core.model import State
from mailbot.memory import Change
from tests.fakes_mail import MemoryMailbox
from tests.faults.quick_desk import QuickDesk

MAILS = 10_000
_BATCH, _DAYS = 100, 25
_LABELS = {"ending": "cases ending:", "open": "cases staying open:"}


def main() -> int:
    """Each way in a Python of its own."""
    if sys.argv[1:2] == ["--way"]:
        _take_in(sys.argv[2], int(sys.argv[3]))
        return 0
    mails = sys.argv[1] if sys.argv[1:] else str(MAILS)
    for way in _LABELS:
        subprocess.run([sys.executable, "-m", "bench.steady", "--way", way, mails], check=True)
    return 0


def _take_in(way: str, mails: int) -> None:
    with tempfile.TemporaryDirectory(prefix="mb") as folder:
        desk = _desk(Path(folder))
        early = 0.0
        for number, batch in enumerate(_batches(mails), 1):
            desk.round(*batch, days=0 if way == "open" else _DAYS)
            desk.relay.taken.clear()
            desk.mailbox = MemoryMailbox(desk.limits)
            if way == "ending":
                _end_all(desk)
            if not early and number * _BATCH >= mails // 10:
                early = _resident()
        cases = sum(desk.bot.store.census().values())
        desk.bot.store.close()
    sys.stdout.write(f"{_LABELS[way]} {early:.0f} MB, then {_resident():.0f} MB; {mails} mails, {cases} cases\n")


def _batches(mails: int) -> Iterator[list[bytes]]:
    source = iter(letters(mails, 1))
    while batch := [plain(letter) for letter in islice(source, _BATCH)]:
        yield batch


def _desk(folder: Path) -> QuickDesk:
    limits = replace(
        Limits(), mails_per_round=_BATCH, outbox_per_round=10 * _BATCH, acknowledgements_per_address_and_day=10 * MAILS
    )
    desk = QuickDesk(limits)
    codec = SealedCodec(derive(bytes(32), "store"))
    store, spool = TinyStore(folder / "state", codec), FileSpool(folder / "spool", codec)
    desk.bot = replace(desk.bot, store=store, spool=spool)
    return desk


def _end_all(desk: QuickDesk) -> None:
    """Every open case ends now, as if it had been closed by a person."""
    still_open = [case for state in State if state is not State.CLOSED for case in desk.bot.store.cases(state)]
    ended = tuple(replace(case, state=State.CLOSED, since=desk.now, deadlines=()) for case in still_open)
    desk.bot.store.apply(Change(ended))


def _resident() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


if __name__ == "__main__":
    raise SystemExit(main())
