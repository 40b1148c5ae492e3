"""What reading real mail costs: `rehearse` over the whole collection, cold, and its slowest mail.

    python -m bench.collection

The collection is the one that the tests use (MAILBOT_CORPUS, or beside the checkout).
"""

import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree

from bench.measure import measure
from bench.report import Row, table
from mailbot import setup
from mailbot.bootstrap import build
from mailbot.config import load
from mailbot.core.messages import RawMail
from mailbot.rehearsal import RehearsalKeyring, rehearse
from tests.corpus import corpus_dir

COLD = "bot: rehearse the collection, cold"
LIMIT = 2.0
"""Seconds that no mail may take."""
_NOT_MAIL = {"SOURCE.md", "expected.json", "keys.tar.xz"}


def run_collection(work: Path) -> tuple[list[Row], str]:
    """The row of a cold `rehearse`, and a line about the slowest mails; nothing where there is no collection."""
    corpus = corpus_dir()
    if corpus is None:
        return [], "the collection of real mails is not there (set MAILBOT_CORPUS)\n"
    files = [path for path in sorted(corpus.rglob("*")) if path.is_file() and path.name not in _NOT_MAIL]
    folder = Path(tempfile.mkdtemp(prefix="mb", dir="/tmp")) / "d"
    try:
        list(setup.init(folder, "Bench Desk", "security@desk.example.jp", None))
        row = _cold(folder / "mailbot.toml", files, work)
        return [row], _slowest(folder / "mailbot.toml", files)
    finally:
        home = str(folder / "state" / "gnupg")
        subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], capture_output=True, check=False)
        rmtree(folder.parent, ignore_errors=True)


def _cold(config: Path, files: list[Path], work: Path) -> Row:
    """One `rehearse --json` of all of them by a new process."""
    command = [sys.executable, "-m", "mailbot", "--config", str(config), "rehearse", "--json", *map(str, files)]
    cost = measure(command, {}, work / "stderr.log")
    shown = cost.output.count("\n")
    row = Row(COLD, shown or 1, [cost])
    if cost.status or shown < len(files):
        row.bad.append(f"status {cost.status}, {shown} mails of {len(files)} files")
    return row


def _slowest(config: Path, files: list[Path]) -> str:
    """Seconds a mail in this process, one after the other: the most, and what one in a hundred takes."""
    taken: list[tuple[float, str]] = []
    now = datetime.now(UTC)
    with build(load(config), read_only=True, wrap_keyring=RehearsalKeyring, in_process=True) as bot:
        for path in files:
            raw = RawMail(path.read_bytes(), f"{path.parent.name}/{path.name}")
            start = time.perf_counter()
            rehearse(bot, raw, now)
            taken.append((time.perf_counter() - start, raw.source))
    taken.sort(reverse=True)
    worst = ", ".join(f"{seconds:.2f} s ({source})" for seconds, source in taken[:3])
    p99, middle = taken[len(taken) // 100][0], taken[len(taken) // 2][0]
    slow = sum(seconds > LIMIT for seconds, _ in taken)
    over = f"; {slow} take more than {LIMIT:.0f} s" if slow else ""
    return f"slowest mails of the collection: {worst}; p99 {p99:.3f} s, median {middle * 1000:.1f} ms{over}\n"


def main() -> None:
    """The row and the line, by themselves."""
    work = Path(__file__).parent / "work"
    work.mkdir(exist_ok=True)
    rows, line = run_collection(work)
    sys.stdout.write((table(rows, rows[0]) if rows else "") + line)


if __name__ == "__main__":
    main()
