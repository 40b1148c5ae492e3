"""One start of the bot, as `mailbot run` does it: `python -m bench.started CONFIG SINCE`, timed by `bench.starting`.

Prints seconds of wall since SINCE (of the monotonic clock) and of CPU, and megabytes resident.
"""

import resource
import sys
import time
from pathlib import Path

from mailbot.bootstrap import build
from mailbot.config import load

with build(load(Path(sys.argv[1]))) as bot:
    wall, cpu = time.monotonic() - float(sys.argv[2]), time.process_time()
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    if not bot.store.census():
        raise SystemExit("the desk is empty")
    sys.stdout.write(f"{wall:.3f} {cpu:.3f} {resident / 1e6:.1f}\n")
