"""What starting takes on a desk after twenty years: 20,000 cases, 3,600 of them open.

    python -m bench.starting [FOLDER]

A Python of its own builds the bot as `mailbot run` does: configuration, rules, templates, keyring, memory. Prints
seconds from the start of the process until the bot is there, megabytes resident then, and seconds of CPU; the quickest
of some. FOLDER is where the desk is made, or was made by an earlier run.
"""

import subprocess
import sys
import time
from pathlib import Path

from bench.twenty_years import desk_in

RUNS = 3


def main() -> int:
    """Make the desk, or find it, and start it some times."""
    with desk_in(sys.argv[1:]) as config:
        wall, cpu, resident = min(_start(config) for _ in range(RUNS))
        sys.stdout.write(f"a start: {wall:.2f} s, {resident:.0f} MB; {cpu:.2f} s of CPU\n")
        return 0


def _start(config: Path) -> tuple[float, float, float]:
    """Seconds of wall and of CPU, and megabytes."""
    command = [sys.executable, "-m", "bench.started", str(config), str(time.monotonic())]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    wall, cpu, resident = map(float, printed.split())
    return wall, cpu, resident


if __name__ == "__main__":
    raise SystemExit(main())
