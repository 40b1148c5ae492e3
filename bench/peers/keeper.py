"""Runs a server and adopts what leaves it: `python -m bench.peers.keeper COMMAND…`; SIGTERM ends all of them.

A gpg-agent that a server's gpg starts leaves the server's process tree. Here it becomes a child of the keeper, so that
whoever sums the keeper's tree counts its work as the server's.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from types import FrameType

from bench.measure import adopt_orphans, child_processes


def main() -> int:
    """Wait until everything has ended."""
    adopt_orphans()

    def end(_number: int, _frame: FrameType | None) -> None:
        for pid in child_processes(os.getpid()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    subprocess.Popen(sys.argv[1:])
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return 0


if __name__ == "__main__":
    raise SystemExit(main())
