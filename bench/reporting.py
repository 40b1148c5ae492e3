"""What the verbs that read cost a desk after twenty years: 20,000 cases, 3,600 of them open.

    python -m bench.reporting [FOLDER]

Prints seconds of CPU, of wall and megabytes of each command, each in a Python of its own, and its goal. FOLDER is where
the desk is made, or was made by an earlier run. Exit status 1 where a goal is missed.
"""

import sys
from pathlib import Path
from shutil import rmtree
from typing import NamedTuple

from bench.measure import Cost, measure
from bench.twenty_years import CASES, NOW, OPEN, desk_in

RUNS = 3
_ASIDE = "aside"


class Verb(NamedTuple):
    """A command line that is measured, and the seconds that it may take."""

    name: str
    arguments: tuple[str, ...]
    most: float


_OUT = ("--now", NOW.isoformat(), "--out")
VERBS = (
    Verb("--version", ("--version",), 0.3),
    Verb("--help", ("--help",), 0.3),
    Verb("report, the first", ("report", *_OUT), 5.0),
    Verb("report, the next", ("report", *_OUT), 5.0),
    Verb("report --json", ("report", "--json", "--now", NOW.isoformat()), 5.0),
    Verb("case list", ("case", "list"), 5.0),
    Verb("case list --state fixing", ("case", "list", "--state", "fixing"), 5.0),
    Verb("case show", ("case", "show", "19999"), 1.0),
    Verb("outbox list", ("outbox", "list"), 5.0),
)


def main() -> int:
    """Make the desk, or find it, and measure each verb."""
    with desk_in(sys.argv[1:]) as config:
        sys.stdout.write(f"{f'{CASES:,} cases, {OPEN:,} open':26}  CPU s  wall s  RSS MB  goal\n")
        missed = [_row(verb, config) for verb in VERBS]
        return int(any(missed))


def _row(verb: Verb, config: Path) -> bool:
    """Print the row of the quickest of some runs; whether it missed its goal."""
    first = verb.name.endswith("the first")
    costs = [_run(verb, config, afresh=first) for _ in range(RUNS)]
    rmtree(config.parent / _ASIDE, ignore_errors=True)
    cost = min(costs, key=lambda each: each.cpu)
    bad = cost.cpu > verb.most or any(each.status for each in costs)
    figures = f"{cost.cpu:5.2f}  {cost.wall:6.2f}  {cost.rss:6.0f}  {verb.most:4.1f}"
    sys.stdout.write(f"{verb.name:26}  {figures}{'  BAD' if bad else ''}\n")
    return bad


def _run(verb: Verb, config: Path, *, afresh: bool) -> Cost:
    arguments = list(verb.arguments)
    if arguments[-1] == "--out":
        public = config.parent / "public"
        if afresh:
            _put_aside(public, config.parent / "desk")
        arguments.append(str(public))
    command = [sys.executable, "-m", "mailbot", "--config", str(config), *arguments]
    return measure(command, {}, config.parent / "stderr.log")


def _put_aside(*made: Path) -> None:
    """Out of the way, and not removed yet: ext4 is slow to make files just after as many were removed."""
    for folder in filter(Path.exists, made):
        aside = folder.parent / _ASIDE
        aside.mkdir(exist_ok=True)
        folder.rename(aside / f"{folder.name}.{len(list(aside.iterdir()))}")


if __name__ == "__main__":
    raise SystemExit(main())
