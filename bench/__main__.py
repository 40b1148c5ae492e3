"""The goals of speed in one table, everything taken in one run. `python -m bench --help`."""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench import figures, goals, report
from bench.collection import run_collection
from bench.corpus import Corpus, corpus
from bench.goals import Key, Taken
from bench.peers import run_peers
from bench.report import Row
from bench.servers import servers
from bench.throughput import LOOP, SEQUOIA, WHOLE, run_bot, run_floors
from tests.servers import missing_dovecot

WORK = Path(__file__).parent / "work"
MAILS, PEER_MAILS, STEADY_MAILS, PLAIN_MAILS = 1_000, 40, 10_000, 100
_PLAIN_FIRST = 20  # mails that bench.plain takes in before it begins to measure
_PARTS = ("plain", "starting", "reporting", "growth", "reading", "steady")
_STEPS = ("bot", "peers", "collection", *_PARTS)


@dataclass
class Run:
    """What was found so far."""

    rows: list[Row] = field(default_factory=list)
    peers: list[Row] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    taken: dict[Key, Taken] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """What did not do its work; a goal that is missed is none."""
        rows = [f"{row.name}: {'; '.join(row.bad)}" for row in (*self.rows, *self.peers) if row.bad]
        of_parts = [f"{key}: {taken.bad}" for key, taken in self.taken.items() if taken.bad]
        return (
            rows
            + self.broken
            + [line for line in of_parts if not any(row.endswith(line.partition(": ")[2]) for row in rows)]
        )


def main() -> int:
    """Measure what was asked for; 1 if a run did not handle every mail, 0 also where a goal is missed."""
    asked = _arguments()
    if why := missing_dovecot():
        sys.stderr.write(f"bench: {why}\n")
        return 2
    WORK.mkdir(exist_ok=True)
    facts, run = report.machine(), Run()
    with tempfile.TemporaryDirectory(prefix="mb", dir="/tmp") as folder:
        for step in _STEPS:
            if step not in asked.skip:
                _take(step, run, asked, Path(folder))
    facts["others"] = f"{_others(run):.2f} cores busy with other work meanwhile, on average"
    lines = [f"{name}: {value}" for name, value in facts.items()]
    sys.stdout.write("\n".join(lines) + f"\n\n{goals.table(run.taken)}\n{_notes(run)}")
    _save(run, facts)
    return 1 if run.problems else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("-n", type=int, default=MAILS, help=f"encrypted mails ({MAILS})")
    parser.add_argument("--peer-mails", type=int, default=PEER_MAILS, help=f"of them for each peer ({PEER_MAILS})")
    parser.add_argument("--steady-mails", type=int, default=STEADY_MAILS, help=f"for memory ({STEADY_MAILS})")
    parser.add_argument("--seed", type=int, default=1, help="of their text (1)")
    parser.add_argument("--runs", type=int, default=1, help="of each floor (1)")
    parser.add_argument("--bot-runs", type=int, default=1, help="of the bot (1)")
    parser.add_argument("--skip", action="append", default=[], choices=_STEPS, help="leave out")
    parser.add_argument("--only", action="append", default=[], choices=_STEPS, help="leave out everything else")
    asked = parser.parse_args()
    asked.skip = [step for step in _STEPS if step in asked.skip or (asked.only and step not in asked.only)]
    return asked


def _take(step: str, run: Run, asked: argparse.Namespace, folder: Path) -> None:
    """One step; what it found goes to the run."""
    say(step)
    if step == "bot":
        _encrypted(run, asked)
    elif step == "peers":
        _peers(run, asked)
    elif step == "collection":
        rows, line = run_collection(WORK)
        run.rows += rows
        run.told[step] = line
        if rows:
            run.taken |= figures.of_collection(rows[0], line)
    else:
        _part(step, run, asked, folder)


def _encrypted(run: Run, asked: argparse.Namespace) -> None:
    mails = _corpus(asked)
    with servers() as running:
        run.rows += run_floors(mails, running, WORK, asked.runs)
        run.rows += run_bot(mails, running, WORK, asked.bot_runs)
    run.taken |= figures.of_rows(run.rows, WHOLE, LOOP)
    run.taken |= figures.of_rows(run.rows, SEQUOIA, LOOP, (Key.SEQUOIA_CPU, Key.SEQUOIA_WALL))


def _peers(run: Run, asked: argparse.Namespace) -> None:
    """The first of the same mails; the bytes are those that the bot read."""
    mails = _corpus(asked)
    with servers() as running:
        few = Corpus(mails.folder, min(mails.count, asked.peer_mails))
        run.peers, run.skipped = run_peers(few, running.relay, WORK)
    run.taken |= figures.of_peers(run.rows, WHOLE, run.peers)


def _corpus(asked: argparse.Namespace) -> Corpus:
    return corpus(WORK / f"corpus-{asked.n}", asked.n, asked.seed)


def _part(name: str, run: Run, asked: argparse.Namespace, folder: Path) -> None:
    """A part that prints its own table, in a Python of its own. Those that need the desk of twenty years share one."""
    arguments = {
        "plain": (str(PLAIN_MAILS),),
        "starting": (str(folder / "desk"),),
        "reporting": (str(folder / "desk"),),
        "steady": (str(asked.steady_mails),),
    }
    command = [sys.executable, "-m", f"bench.{name}", *arguments.get(name, ())]
    ran = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    run.told[name] = ran.stdout
    found = figures.of_parts({name: ran.stdout}, PLAIN_MAILS + _PLAIN_FIRST)
    run.taken |= found
    # A part also ends with 1 where it shows that a goal is missed; one that owes a figure has failed.
    owed = figures.OF_PARTS.get(name, frozenset()) - found.keys()
    if owed or ran.returncode not in (0, 1) or not ran.stdout:
        run.broken.append(
            f"{name} ended with {ran.returncode}{' and did not print ' if owed else ''}{', '.join(sorted(owed))}"
        )


def _others(run: Run) -> float:
    """Cores that other work kept busy, over all that was timed as a process."""
    busy = [cost.others for row in (*run.rows, *run.peers) for cost in row.costs]
    return sum(busy) / len(busy) if busy else 0.0


def _notes(run: Run) -> str:
    """How the peers did, what was left out, what did not do its work, where the rest is."""
    lines = [
        *(
            f"{row.name:34} {figures.rate(row):7.2f} mails/s, {row.each(lambda c: c.cpu):7.0f} ms CPU"
            for row in run.peers
        ),
        *run.skipped,
        *_whole_floor(run.rows),
        *(f"BAD: {problem}" for problem in run.problems),
        f"every row of every part: {WORK / 'details.txt'}; the figures: {WORK / 'results.json'}",
    ]
    return "".join(f"{line}\n" for line in lines)


def _whole_floor(rows: Sequence[Row]) -> list[str]:
    """The bot beside everything that any program would have to do that calls gpg for each mail in and out."""
    named = {row.name: row for row in rows}
    parts = [row for row in rows if row.name[:3] in ("(a)", "(d)", "(e)", "(f)")]
    if WHOLE not in named or not parts:
        return []
    bot = named[WHOLE]
    cpu = bot.each(lambda c: c.cpu) / sum(row.each(lambda c: c.cpu) for row in parts)
    wall = bot.each(lambda c: c.wall) / sum(row.each(lambda c: c.wall) for row in parts)
    return [f"beside fetching, parsing, decrypting and sealing: {cpu:.2f} of CPU, {wall:.2f} of wall"]


def _save(run: Run, facts: dict[str, str]) -> None:
    tables = [report.table(rows, rows[0]) for rows in (run.rows, run.peers) if rows]
    parts = [f"== {name}\n{text}" for name, text in run.told.items()]
    (WORK / "details.txt").write_text("\n".join((*tables, *parts)), "utf-8")
    report.save(
        WORK / "results.json",
        [*run.rows, *run.peers],
        facts,
        goals=goals.as_json(run.taken),
        skipped=run.skipped,
        problems=run.problems,
        **{name: text.splitlines() for name, text in run.told.items()},
    )


def say(text: str) -> None:
    """Progress; the figures alone go to stdout."""
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    raise SystemExit(main())
