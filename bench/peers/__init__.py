"""Other programs' mail gateways on the bench's mails: set up in a scratch folder, timed, checked, and ended.

    python -m bench.peers [-n MAILS]

Each decrypts, checks signatures and keeps or passes on what it read, as far as it can; bench/README.md says what each
leaves out. Nothing here listens on more than the loopback, and as root the peers run as `nobody`.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.corpus import Corpus
from bench.peers import roundup, rt, schleuder
from bench.peers.sandbox import Sandbox
from bench.report import Row
from bench.servers import Relay

PEERS = (roundup, rt, schleuder)


def run_peers(corpus: Corpus, relay: Relay, work: Path, runs: int = 1) -> tuple[list[Row], list[str]]:
    """A row for each way in which a peer takes mail, and a line for each peer that is left out, with the reason."""
    rows: list[Row] = []
    skipped: list[str] = []
    for peer in PEERS:
        with Sandbox(corpus, relay, work) as sandbox:
            if why := peer.missing(sandbox):
                skipped.append(f"{peer.NAME} is left out: {why}")
                continue
            try:
                for run in range(runs):
                    _add(rows, peer.rows(sandbox), first=run == 0)
            except (RuntimeError, OSError, subprocess.SubprocessError) as exc:
                skipped.append(f"{peer.NAME} is left out: {exc}")
    return rows, skipped


def _add(rows: list[Row], more: Iterator[Row], first: bool) -> None:
    """Put a run's costs to the row of that name."""
    for row in more:
        if first:
            rows.append(row)
            continue
        there = next(old for old in rows if old.name == row.name)
        there.costs += row.costs
        there.bad += row.bad
