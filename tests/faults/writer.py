"""A process that stores cases and says after each that it is stored, until it is killed."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from mailbot.adapters.codec import SealedCodec
from mailbot.adapters.store import TinyStore
from mailbot.core.model import Case, Entry, Track
from mailbot.core.outbox import OutboxItem, Status
from mailbot.memory import Change

NOW = datetime(2026, 11, 20, tzinfo=UTC)
CODEC = SealedCodec(b"k" * 32)


def change(number: int) -> Change:
    """Change `number`: one of 20 cases made new, an item and a journal line of that number."""
    timeline = (Entry(NOW, "note", "coordinator", "長い話" * 300),)
    case = Case(f"CASE#{number % 20:08}", Track.WEBSITE, NOW, timeline=timeline, sequence=number)
    item = OutboxItem(f"{number % 20:016x}", case.id, str(number), "receipt", Status.QUEUED, NOW, NOW)
    return Change((case,), (item,), journal=(f"change {number}",))


def main() -> None:
    """Store changes on from the number given, writing each number to stdout once it is stored."""
    number = int(sys.argv[2])
    store = TinyStore(Path(sys.argv[1]), CODEC, compact_from=int(sys.argv[3]))
    while True:
        number += 1
        store.apply(change(number))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
