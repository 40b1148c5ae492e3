"""Rounds of kills: a desk on real servers is killed at moments of chance until its mail is drained, and compared.

`python -m tests.faults.kill_rounds --rounds 100` prints what came of each round and of all.
"""

import argparse
import logging
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from mailbot import setup
from mailbot.core.limits import Limits
from mailbot.core.messages import OpenedMail, RawMail
from mailbot.core.opening import open_mail
from mailbot.core.parse import parse
from mailbot.demo.people import Person
from tests.faults.kill_desk import FAST, Ending, KilledDesk, Ordeal, Runner, write_config
from tests.faults.kill_mails import DELIVERIES, DESK, Cast
from tests.faults.kill_safeguards import SWITCHES
from tests.servers import PASSWORD, Authority, Dovecot, SmtpSink


@dataclass(frozen=True)
class Outcome:
    """What came of one round; `faults` is empty when it ended as if nobody had killed anything."""

    faults: tuple[str, ...]
    kills: Counter[str]
    repeated: int  # mails that the relay got once more, under the same Message-ID
    left: int = 0  # mails that were killed three times in mid-sending, on which a person decides


@dataclass
class Proof:
    """A desk that was set up once, what was mailed to it, and how that ends when nobody kills anything."""

    base: Path
    runner: Runner
    dovecot: Dovecot
    sink: SmtpSink
    deliveries: list[list[bytes]] = field(default_factory=list)
    calm: Ending | None = None

    def rehearse(self, cast: Cast) -> None:
        """Let the story happen undisturbed; everybody's mails are kept, to be mailed again in each round."""
        desk = KilledDesk(self.base, self.runner, self.dovecot, self.sink)
        try:
            for write in DELIVERIES:
                store = desk.store() if self.deliveries else None
                cast.cases, cast.items = (tuple(store.cases()), tuple(store.items())) if store else ((), ())
                cast.sent = [_opened(received.content, cast.hanako) for received in self.sink.messages]
                self.deliveries.append(write(cast))
                desk.deliver_and_run(len(self.deliveries) - 1, self.deliveries[-1], Ordeal())
            desk.let_time_pass(len(self.deliveries), Ordeal())
            self.calm = desk.ending()
            assert not desk.verified(), desk.verified()
        finally:
            desk.close()

    def told(self) -> str:
        """A line about the undisturbed end."""
        assert self.calm is not None
        mails, calm = sum(map(len, self.deliveries)), self.calm
        out = f"{len(calm.relay)} mails out, {calm.archived} cases archived"
        return f"undisturbed: {mails} mails, {len(calm.cases)} cases, {out}"

    def round(self, ordeal: Ordeal) -> Outcome:
        """The same mails, killed."""
        assert self.calm is not None
        desk = KilledDesk(self.base, self.runner, self.dovecot, self.sink)
        try:
            try:
                desk.play(self.deliveries, ordeal)
            except AssertionError as exc:
                return Outcome((str(exc),), desk.kills, 0)
            ending = desk.ending()
            faults = [*ending.differences(self.calm)]
            faults += [f"more than thrice at the relay: {message_id}" for message_id in desk.too_often()]
            faults += [f"verify: {said}" for said in [desk.verified()] if said]
            return Outcome(tuple(faults), desk.kills, desk.repeated(), len(ending.left - self.calm.left))
        finally:
            desk.close()


def _opened(content: bytes, reader: Person) -> OpenedMail:
    return open_mail(parse(RawMail(content, "relay"), Limits()), reader.keyring, Limits())


@contextmanager
def prepared(dovecot: Dovecot, sink: SmtpSink) -> Iterator[Proof]:
    """A desk with its keys and people, the process that forks its rounds, and the undisturbed end."""
    base = Path(tempfile.mkdtemp(prefix="mb", dir=FAST))
    os.environ["KILLED_DESK"] = PASSWORD
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, base, ignore_errors=True)
        lines = list(setup.init(base, "試験受付窓口", DESK, None))
        for name in ("rules", "templates"):
            shutil.rmtree(base / name)  # the shipped ones are the same
        people = [
            Person.with_new_key(name, address, base / "p" / str(number))
            for number, (name, address) in enumerate(
                (("調整 太郎", "taro@desk.example.jp"), ("発見 花子", "hanako@finder.example.com"))
            )
        ]
        for person in people:
            stack.callback(person.close)
        own = next(line.rpartition(" ")[2] for line in lines if line.startswith("the desk's key"))
        (base / "keys").write_text(f"{own}\n{people[0].fingerprint}\n", "utf-8")
        write_config(base, dovecot, sink, "nobody")
        runner = Runner(base / "mailbot.toml")
        stack.callback(runner.close)
        yield _with_keys(Proof(base, runner, dovecot, sink), *people)


def _with_keys(proof: Proof, taro: Person, hanako: Person) -> Proof:
    """The desk knows its coordinator's key, everybody knows the desk's; then all of it happens once."""
    key = proof.base / "taro.asc"
    key.write_bytes(taro.public_key)
    desk = KilledDesk(proof.base, proof.runner, proof.dovecot, proof.sink)
    assert desk.run("key", "import", str(key)) == 0, desk.said()
    (desk.folder / "out").unlink()
    assert desk.run("key", "export") == 0, desk.said()
    for person in (taro, hanako):
        person.meet((desk.folder / "out").read_bytes())
    shutil.rmtree(proof.base / "state")
    shutil.copytree(desk.folder / "state", proof.base / "state", ignore=shutil.ignore_patterns("S.*"))
    desk.close()
    proof.rehearse(Cast(taro, hanako))
    return proof


@contextmanager
def servers() -> Iterator[tuple[Dovecot, SmtpSink]]:
    """A mail server and a relay of our own."""
    with ExitStack() as stack:
        authority = Authority(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        dovecot, sink = Dovecot(authority), SmtpSink(authority)
        stack.callback(dovecot.remove)
        dovecot.start()
        sink.start()
        stack.callback(sink.stop)
        yield dovecot, sink


def play(proof: Proof, seed: str, rounds: range, off: str = "") -> Iterator[str]:
    """Rounds; a line for each and for all. Raises AssertionError if one ended otherwise."""
    began, kills, repeated, failed, left = time.monotonic(), Counter[str](), 0, 0, 0
    for number in rounds:
        outcome = proof.round(Ordeal(Random(f"{seed}/{number}"), off=off))
        kills, repeated, failed = kills + outcome.kills, repeated + outcome.repeated, failed + bool(outcome.faults)
        left += outcome.left
        took = time.monotonic() - began
        yield f"{number}: {outcome.kills['all']} kills; {'; '.join(outcome.faults) or 'as undisturbed'} ({took:.0f} s)"
    yield f"{len(rounds)} rounds, {kills.pop('all', 0)} kills, {repeated} mails came again under their own Message-ID"
    yield f"{left} mails were killed three times in mid-sending and left to a person, as uncertain"
    yield from (f"  {times:5} orders to die: {name}" for name, times in sorted(kills.items()))
    assert not failed, f"{failed} of {len(rounds)} rounds ended otherwise"


def _main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="the number of the first: each has its own chance")
    parser.add_argument("--seed", default="20261120")
    parser.add_argument("--off", choices=SWITCHES, default="", help="do without this safeguard")
    options = parser.parse_args()
    rounds = range(options.first, options.first + options.rounds)
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # the relay's library warns of itself with each login
    with servers() as (dovecot, sink), prepared(dovecot, sink) as proof:
        say(proof.told())
        try:
            for line in play(proof, options.seed, rounds, options.off):
                say(line)
        except AssertionError as exc:
            say(str(exc))
            return 1
    return 0


def say(line: str) -> None:
    """Print it at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(_main())
