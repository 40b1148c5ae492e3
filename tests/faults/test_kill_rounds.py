"""The real program on real servers, killed at moments of chance over thirty mixed mails until they are drained.

Two rounds here; `MAILBOT_KILL_ROUNDS=100` makes it a hundred, as `python -m tests.faults.kill_rounds` does.
"""

import os
import sys
from collections.abc import Iterator
from random import Random

import pytest

from mailbot.core.outbox import MAX_DOUBTS
from tests.faults.kill_desk import TAKEN_AT_MOST, Ordeal
from tests.faults.kill_rounds import Proof, play, prepared
from tests.faults.kill_runner import POINTS
from tests.servers import Dovecot, SmtpSink

ROUNDS = int(os.environ.get("MAILBOT_KILL_ROUNDS", "2"))
WITHOUT = {
    "one Message-ID for all attempts": ("the relay said 250", "purposes"),
    "what a mail caused and that it is done are one step": ("a frame is confirmed, nobody told", "cases"),
    "a mail is moved when it is done": ("moved", "verify"),
}


@pytest.fixture(scope="module")
def proof(dovecot: Dovecot, _sink: SmtpSink) -> Iterator[Proof]:
    """A desk, what is mailed to it, and how that ends undisturbed."""
    with prepared(dovecot, _sink) as made:
        yield made


def test_thirty_mails_of_all_kinds_come_to_every_end(proof: Proof) -> None:
    """What the rounds compare with is worth it: every folder, state of a mail and way into the archive is there."""
    calm = proof.calm
    assert calm is not None
    assert sum(map(len, proof.deliveries)) >= 30
    assert {kind for _, kind, _, _ in calm.dispositions} >= {"case", "command", "copy", "bounce", "ignored", "held"}
    assert {status for _, _, status, *_ in calm.items} >= {"sent"}
    assert {folder for folder, _ in calm.filed} - {"Quarantine"} == {"Processed", "Held"}
    assert {str(case.state) for case in calm.cases} >= {"closed", "rejected"}
    assert calm.archived > 0


def test_killed_at_any_moment_it_ends_as_if_nobody_had(proof: Proof) -> None:
    """Same cases, outbox, folders and Message-IDs at the relay; none came more often than may be; `verify` is clean."""
    assert TAKEN_AT_MOST == 1 + MAX_DOUBTS
    lines = list(play(proof, "20261120", range(ROUNDS)))
    sys.stdout.write("\n".join((proof.told(), *lines)) + "\n")
    assert " 0 kills, " not in lines[ROUNDS]


@pytest.mark.parametrize("off", WITHOUT)
def test_without_a_safeguard_the_same_comparison_fails(proof: Proof, off: str) -> None:
    """The control: each safeguard that is taken away is missed within a few rounds, in what it is there for."""
    point, missed = WITHOUT[off]
    assert point in POINTS
    found: set[str] = set()
    for number in range(8):
        outcome = proof.round(Ordeal(Random(f"{off}/{number}"), (point,), off))
        found |= {fault.partition(":")[0] for fault in outcome.faults}
        if missed in found:
            return
    pytest.fail(f"without {off} only these were found: {found}")
