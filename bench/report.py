"""The figures of one run of the bench: as a table, and as bench/work/results.json."""

import json
import os
import platform
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.gpg import version
from bench.measure import Cost
from mailbot import __version__


@dataclass
class Row:
    """One thing that was measured, `per` mails at a time, some runs of it; `bad` says what went wrong in any."""

    name: str
    per: int
    costs: list[Cost] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)

    def middle(self, of: Callable[[Cost], float]) -> float:
        """The median over the runs."""
        return median(of(cost) for cost in self.costs)

    def each(self, of: Callable[[Cost], float]) -> float:
        """The same in milliseconds a mail."""
        return self.middle(of) * 1000 / self.per


_HEAD = f"{'':34}  mails/s wall ms   CPU ms = own +  rest  dovecot  RSS MB  wall ÷   CPU ÷  others"


def table(rows: Sequence[Row], first: Row) -> str:
    """Medians, milliseconds a mail; the ratios are to `first`, `others` are cores that other work kept busy."""
    return "".join(f"{line}\n" for line in (_HEAD, *(_line(row, first) for row in rows)))


def _line(row: Row, first: Row) -> str:
    wall, cpu = row.each(lambda c: c.wall), row.each(lambda c: c.cpu)
    own, rest = row.each(lambda c: c.own), row.each(lambda c: c.children + c.daemons)
    dovecot = row.each(lambda c: c.servers.get("dovecot", 0.0))
    rss = row.middle(lambda c: c.rss)
    return (
        f"{row.name:34} {1000 / wall:8.1f} {wall:7.2f} {cpu:8.2f} {own:7.2f} {rest:7.2f} {dovecot:8.2f} "
        f"{f'{rss:.0f}' if rss else '-':>7} {wall / first.each(lambda c: c.wall):7.2f} "
        f"{cpu / first.each(lambda c: c.cpu):7.2f} {row.middle(lambda c: c.others):7.2f}"
        f"{'  BAD: ' if row.bad else ''}{'; '.join(row.bad)}"
    )


def machine() -> dict[str, str]:
    """What it ran on."""
    cpu = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    memory = Path("/proc/meminfo").read_text().split(None, 2)[1]
    disk = shutil.disk_usage("/tmp")
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "mailbot": __version__,
        "python": platform.python_version(),
        "gpg": version(),
        "system": platform.platform(),
        "processor": cpu.partition(":")[2].strip() or platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": f"{int(memory) / 1e6:.0f} GB",
        "disk": f"{disk.free / 1e9:.0f} GB free under /tmp",
    }


def save(path: Path, rows: Sequence[Row], facts: dict[str, str], **more: object) -> None:
    """Everything, each run by itself."""
    shown = {"machine": facts, "arguments": sys.argv[1:], "rows": [asdict(row) for row in rows], **more}
    path.write_text(json.dumps(shown, indent=1, ensure_ascii=False) + "\n", "utf-8")
