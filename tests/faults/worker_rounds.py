"""Several workers on one PostgreSQL, one mailbox and one relay, killed and paused at moments of chance.

`python -m tests.faults.worker_rounds --mails 1000 --workers 4 --pause 60` prints what happened and what came of it.
"""

import argparse
import logging
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from random import Random

from tests.faults.kill_rounds import say, servers
from tests.faults.shared_desk import Host, SharedDesk, notice, prepared, report
from tests.servers_postgres import Postgres

_PATIENCE = 1800.0
_LOTS = 5
_ENDS = (0, -signal.SIGTERM)


@dataclass
class Chaos:
    """What happens to the workers."""

    hosts: list[Host]
    chance: Random
    kills: int  # at most
    pause: float  # seconds for which the last one stands still, once; 0: it does not
    killed: int = 0
    _began: float = field(default_factory=time.monotonic)
    _stopped_at: float | None = None
    _woken: bool = False

    def happen(self) -> None:
        """One more thing."""
        now, sleeper = time.monotonic(), self.hosts[-1]
        if self.pause and self._stopped_at is None and now - self._began > 3:
            sleeper.signal(signal.SIGSTOP)
            self._stopped_at = now
        if self.stands_still and self._stopped_at and now > self._stopped_at + self.pause:
            sleeper.signal(signal.SIGCONT)
            self._woken = True
        if self.killed < self.kills:
            victim = self.chance.choice(self.hosts[:-1] if self.stands_still else self.hosts)
            victim.kill()
            victim.start()
            self.killed += 1

    @property
    def stands_still(self) -> bool:
        """Whether one does just now."""
        return self._stopped_at is not None and not self._woken

    @property
    def is_over(self) -> bool:
        """Whether the one that was to stand still has woken up again."""
        return not self.pause or self._woken

    def told(self) -> str:
        """In words."""
        pause = f"one stood still for {self.pause:.0f} s" if self._woken else "nobody stood still"
        return f"{self.killed} kills, {pause}"


def play(desk: SharedDesk, mails: int, chaos: Chaos) -> Iterator[str]:
    """Mail comes in lots while workers die and stand still; lines for what happened. Raises AssertionError."""
    reports = [report(number) for number in range(mails)]
    others = [notice(number) for number in range(mails // 20)]
    waiting = [*reports, *others]
    chaos.chance.shuffle(waiting)
    lot, began = -(-len(waiting) // _LOTS), time.monotonic()
    for host in desk.hosts:
        host.start()
    while waiting or not chaos.is_over or not desk.rests(len(reports) + len(others)):
        desk.dovecot.deliver(desk.user, *waiting[:lot])
        del waiting[:lot]
        time.sleep(chaos.chance.uniform(1.0, 6.0))
        chaos.happen()
        assert time.monotonic() - began < _PATIENCE, f"not done after {_PATIENCE:.0f} s: {desk.hosts[0].said()}"
    took = time.monotonic() - began
    statuses = [host.end() for host in desk.hosts]
    yield f"{len(desk.hosts)} workers, {mails} reports and {len(others)} other mails in {took:.0f} s: {chaos.told()}"
    faults, repeated = desk.faults(reports, others)
    yield f"{repeated} mails came again under their own Message-ID"
    # One that was started just now is ended before it listens.
    failed = [(host, status) for host, status in zip(desk.hosts, statuses, strict=True) if status not in _ENDS]
    faults += [f"{host.name} ended with {status}: {host.said()}" for host, status in failed]
    if not chaos.kills and repeated:
        faults.append(f"nobody was killed, and {repeated} mails came again")
    assert not faults, "\n".join(faults[:20])
    yield "each mail is accounted for once, each report has one case and one receipt; nothing is lost, nothing twice"


def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--pause", type=float, default=60.0, help="seconds for which one stands still; 0: none does")
    parser.add_argument("--lease", type=int, default=15, help="seconds after which others may take a mail over")
    parser.add_argument("--kills", type=int, default=10_000, help="at most so many")
    parser.add_argument("--seed", default="20261122")
    options = parser.parse_args()
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # the relay's library warns of itself with each login
    with ExitStack() as stack, servers() as (dovecot, sink), prepared() as base:
        server = Postgres()
        stack.callback(server.remove)
        server.start()
        url = server.bare_database()
        desk = SharedDesk(base, dovecot, sink, url, hosts=options.workers, lease=options.lease)
        stack.callback(desk.close)
        chaos = Chaos(desk.hosts, Random(options.seed), options.kills, options.pause)
        try:
            for line in play(desk, options.mails, chaos):
                say(line)
        except AssertionError as exc:
            say(str(exc))
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main())
