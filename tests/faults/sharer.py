"""A process that lends the state until it is told to store a change, again and again, until it is killed."""

import sys
from pathlib import Path

from mailbot.adapters.store import TinyStore
from mailbot.core.model import Case, Track
from mailbot.memory import Change
from tests.faults.writer import CODEC, NOW

COUNTER = "CASE#00000000"


def main() -> None:
    """For each line on stdin count the counter up by one, from what the others left, and say the new number."""
    store = TinyStore(Path(sys.argv[1]), CODEC, compact_from=int(sys.argv[2]), patience=60)
    while True:
        with store.lent():
            sys.stdout.write("lent\n")
            sys.stdout.flush()
            if not sys.stdin.readline():
                return
        counter = store.case(COUNTER)
        number = 1 + (counter.sequence if counter else 0)
        own = Case(f"CASE#{number:08}", Track.WEBSITE, NOW)
        store.apply(Change((Case(COUNTER, Track.WEBSITE, NOW, sequence=number), own), journal=(f"count {number}",)))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
