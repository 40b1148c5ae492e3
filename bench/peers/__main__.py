"""The peers alone: `python -m bench.peers [-n MAILS]`."""

import argparse
import sys
from pathlib import Path

from bench.corpus import corpus
from bench.peers import run_peers
from bench.report import table
from bench.servers import servers

WORK = Path(__file__).parents[1] / "work"


def main() -> int:
    """Print a row for each way of each peer; 1 if one of them did not handle every mail."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("-n", type=int, default=20, help="mails (20)")
    asked = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    mails = corpus(WORK / f"corpus-{asked.n}", asked.n, 1)
    with servers() as running:
        rows, skipped = run_peers(mails, running.relay, WORK)
    sys.stdout.write((table(rows, rows[0]) if rows else "") + "".join(f"{line}\n" for line in skipped))
    return 1 if any(row.bad for row in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
