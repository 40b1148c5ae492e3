"""The whole bench: floors, the bot, reading, and how a change's cost grows with the cases. `python -m bench --help`."""

import argparse
import subprocess
import sys
from pathlib import Path

from bench import report
from bench.collection import run_collection
from bench.corpus import corpus
from bench.report import Row
from bench.servers import servers
from bench.throughput import DELIVER, INGEST, WHOLE, run_bot, run_floors
from tests.servers import missing_dovecot

WORK = Path(__file__).parent / "work"
_PARTS = ("bot", "collection", "reading", "growth", "memory", "plain")


def main() -> int:
    """Measure what was asked for; 1 if any of it went wrong."""
    asked = _arguments()
    if why := missing_dovecot():
        sys.stderr.write(f"bench: {why}\n")
        return 2
    WORK.mkdir(exist_ok=True)
    say(f"{asked.n} encrypted reports: made, or found under {WORK}")
    mails = corpus(WORK / f"corpus-{asked.n}", asked.n, asked.seed)
    facts = report.machine()
    with servers() as running:
        say(f"floors, {asked.runs} runs each")
        rows = list(run_floors(mails, running, WORK, asked.runs))
        if "bot" not in asked.skip:
            say(f"the bot, {asked.bot_runs} runs")
            rows += run_bot(mails, running, WORK, asked.bot_runs)
    slowest = ""
    if "collection" not in asked.skip:
        say("the collection of real mails")
        more, slowest = run_collection(WORK)
        rows += more
    lines = [f"{name}: {value}" for name, value in facts.items()]
    sys.stdout.write("\n".join(lines) + f"\n\n{report.table(rows, rows[0])}{_summary(rows)}{slowest}\n")
    parts = {name: _part(name) for name in ("reading", "growth", "memory", "plain") if name not in asked.skip}
    told = {name: ran.stdout.splitlines() for name, ran in parts.items()}
    report.save(WORK / "results.json", rows, facts, slowest=slowest, **told)
    return 1 if any(row.bad for row in rows) or any(ran.returncode for ran in parts.values()) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("-n", type=int, default=500, help="mails (500)")
    parser.add_argument("--seed", type=int, default=1, help="of their text (1)")
    parser.add_argument("--runs", type=int, default=3, help="of each floor (3)")
    parser.add_argument("--bot-runs", type=int, default=1, help="of the bot (1)")
    parser.add_argument("--skip", action="append", default=[], choices=_PARTS, help="leave out")
    return parser.parse_args()


def _summary(rows: list[Row]) -> str:
    """What the bot takes beside the sum of what any program would have to do."""
    found = {row.name: row for row in rows}
    if WHOLE not in found:
        return ""
    parts = [row for row in rows if row.name[:3] in ("(a)", "(d)", "(e)", "(f)")]
    wall, cpu = (sum(row.each(of) for row in parts) for of in (lambda c: c.wall, lambda c: c.cpu))
    bot, sent = found[WHOLE], 2 * found[DELIVER].per
    return (
        f"\n(a) + (d) + (e) + (f), the floor of the whole job: {wall:.1f} ms wall, {cpu:.1f} ms CPU a mail; "
        f"the bot takes {bot.each(lambda c: c.wall) / wall:.2f} times the wall, "
        f"{bot.each(lambda c: c.cpu) / cpu:.2f} times the CPU.\n"
        f"Taking a mail in: {found[INGEST].each(lambda c: c.wall):.1f} ms; "
        f"a mail sent: {found[DELIVER].middle(lambda c: c.wall) * 1000 / sent:.1f} ms.\n"
    )


def _part(name: str) -> subprocess.CompletedProcess[str]:
    """A part that prints its own table, in a Python of its own."""
    say(name)
    ran = subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False, stdout=subprocess.PIPE, text=True)
    sys.stdout.write(ran.stdout)
    return ran


def say(text: str) -> None:
    """Progress; the figures alone go to stdout."""
    sys.stderr.write(f"bench: {text}\n")


if __name__ == "__main__":
    raise SystemExit(main())
