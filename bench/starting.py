"""What starting takes on a desk after twenty years: 20,000 cases, 3,600 of them open.

    python -m bench.starting [FOLDER]

A Python of its own builds the bot as `mailbot run` does: configuration, rules, templates, keyring, memory. Prints
seconds from the start of the process until the bot is there, megabytes resident then, and seconds of CPU; the quickest
of some. FOLDER is where the desk is made, or was made by an earlier run.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from shutil import rmtree

from bench.twenty_years import make_desk

RUNS = 3


def main() -> int:
    """Make the desk, or find it, and start it some times."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else Path(tempfile.mkdtemp(prefix="mb", dir="/tmp")) / "desk"
    config = folder / "mailbot.toml"
    try:
        if not config.exists():
            make_desk(folder)
        wall, cpu, resident = min(_start(config) for _ in range(RUNS))
        sys.stdout.write(f"a start: {wall:.2f} s, {resident:.0f} MB; {cpu:.2f} s of CPU\n")
        return 0
    finally:
        home = str(folder / "state" / "gnupg")
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], capture_output=True, check=False)
        if not sys.argv[1:]:
            rmtree(folder.parent, ignore_errors=True)


def _start(config: Path) -> tuple[float, float, float]:
    """Seconds of wall and of CPU, and megabytes."""
    command = [sys.executable, "-m", "bench.started", str(config), str(time.monotonic())]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    wall, cpu, resident = map(float, printed.split())
    return wall, cpu, resident


if __name__ == "__main__":
    raise SystemExit(main())
