"""One desk on Dovecot and a relay, worked by processes that are killed; and all that matters of how it ended."""

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from mailbot.adapters.codec import SealedCodec, the_key_in
from mailbot.adapters.gpg import stop_agent
from mailbot.adapters.store import TinyStore
from mailbot.core.outbox import Status
from tests.faults.kill_runner import POINTS, kill_tree
from tests.servers import PASSWORD, Dovecot, SmtpSink

START = datetime.fromisoformat("2026-11-20T09:00:00+09:00")
FOLDERS = ("INBOX", "Processed", "Held", "Quarantine")
TAKEN_AT_MOST = 3
"""How often the relay may get one mail: the first attempt and two in doubt (contract, section 4)."""
FAST = "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"  # what a kill leaves is the same on any file system
_LATER = 45 * 24  # hours
_CONFIG = """\
[desk]
name = "試験受付窓口"
address = "security@desk.example.jp"

[imap]
host = "127.0.0.1"
port = {imap_port}
security = "plain"
username = "{user}"
password_env = "KILLED_DESK"

[smtp]
host = "127.0.0.1"
port = {smtp_port}
security = "plain"
username = "{smtp_user}"
password_env = "KILLED_DESK"

[pgp]
home = "state/gnupg"
fingerprint = "{fingerprint}"

[[coordinator]]
name = "調整 太郎"
address = "taro@desk.example.jp"
fingerprint = "{coordinator}"

[lookup]
search = false
security_txt = false

[limits]
mail_starts = 100
"""


class Runner:
    """The process that forks those which are killed."""

    def __init__(self, config: Path) -> None:
        command = [sys.executable, "-m", "tests.faults.kill_runner", str(config)]
        environment = {"KILLED_DESK": PASSWORD, "PATH": os.environ["PATH"], "PYTHONWARNINGS": "ignore"}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment
        )
        assert self._line() == "ready"

    def run(self, order: dict[str, Any], seconds: float | None = None) -> int:
        """The exit status of a command line that is killed after so many seconds, if it has not ended by itself."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        pid = int(self._line())
        answers = self._process.stdout
        assert answers is not None
        if seconds is not None and not select.select([answers], [], [], seconds)[0]:
            kill_tree(pid)
        return int(self._line())

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@dataclass(frozen=True)
class Ending:
    """What is left when everything has come to rest."""

    cases: list[Any]
    items: list[Any]
    dispositions: list[Any]
    filed: list[tuple[str, str]]
    relay: list[tuple[str, str]]
    purposes: list[Any]
    archived: int

    @property
    def left(self) -> frozenset[str]:
        """Mails that chance killed three times in the middle of being sent: a person decides on them (T57)."""
        return frozenset(item for item, _, status, *_ in self.items if status == Status.UNCERTAIN)

    def differences(self, other: "Ending") -> list[str]:
        """In what the two differ; what is left to a person has its one Message-ID and makes no other difference."""
        here, there = (self, other) if self.left <= other.left else (each.without(self.left) for each in (self, other))
        names = [name for name in self.__dataclass_fields__ if getattr(here, name) != getattr(there, name)]
        twice = any(count > dict(other.purposes).get(purpose, 0) for purpose, count in self.purposes)
        return names + ["purposes"] * (twice and "purposes" not in names)

    def without(self, left: frozenset[str]) -> "Ending":
        """The same but for these mails, for what their cases say of them, and for digests, which list them daily."""
        aside = {(item, m) for item, template, *_, m in self.items if item in left or "digest" in template}
        items, ids = {item for item, _ in aside}, {message_id for _, message_id in aside}
        return replace(
            self,
            cases=[(case.id, case.state) for case in self.cases],
            items=[each for each in self.items if each[0] not in items],
            relay=[each for each in self.relay if each[0] not in ids],
            purposes=[],  # a mail that did not leave is one fewer, which is no fault
        )


@dataclass(frozen=True)
class Ordeal:
    """What a desk has to go through."""

    chance: Random | None = None  # when its processes die; None: they do not
    points: tuple[str, ...] = ()  # where; else anywhere, also killed from outside
    off: str = ""  # the safeguard that it has to do without


class KilledDesk:
    """A copy of a desk that was set up, with a mailbox of its own."""

    def __init__(self, base: Path, runner: Runner, dovecot: Dovecot, sink: SmtpSink) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mb", dir=FAST))
        shutil.copytree(base, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("S.*", "p"))
        self._runner, self._dovecot, self._sink = runner, dovecot, sink
        self.user = dovecot.new_user()
        sink.reset()
        write_config(self.folder, dovecot, sink, self.user)
        self.kills: Counter[str] = Counter()

    def run(self, *words: str, at: timedelta | None = None, here: bool = False, **kill: Any) -> int:
        """One command line; its exit status, below 0 when it was killed."""
        seconds = kill.pop("seconds", None)
        moment = () if at is None else ("--now", (START + at).isoformat())
        order = {"args": ["--config", str(self.folder / "mailbot.toml"), *words, *moment], "off": "", **kill}
        order |= {"here": here, "out": str(self.folder / "out"), "err": str(self.folder / "err")}
        return self._runner.run(order, seconds)

    def play(self, deliveries: Sequence[Sequence[bytes]], ordeal: Ordeal) -> None:
        """Each delivery is worked off by processes that are killed, until one comes to its end."""
        for number, mails in enumerate(deliveries):
            self.deliver_and_run(number, mails, ordeal)
        self.let_time_pass(len(deliveries), ordeal)

    def let_time_pass(self, hours: int, ordeal: Ordeal) -> None:
        """The same without mail: the deadlines of weeks pass, and what has ended is archived."""
        for number in range(1, 3):
            self.deliver_and_run(hours + number * _LATER, (), ordeal)

    def deliver_and_run(self, hours: int, mails: Sequence[bytes], ordeal: Ordeal) -> None:
        """So many hours after the start these mails come. Raises AssertionError when they cannot be worked off."""
        self._dovecot.deliver(self.user, *mails)
        at, kills = timedelta(hours=hours), 0
        while (status := self.run("run", "--once", at=at, **self._end(ordeal, len(mails), kills))) < 0:
            kills += 1
        self.kills["all"] += kills
        if status not in (0, 1):
            raise AssertionError(f"exit status {status}: {self.said()}")

    def _end(self, ordeal: Ordeal, mails: int, kills: int) -> dict[str, Any]:
        """How the next process is to end, if it lives so long; on a slow machine each lives a little longer."""
        chance = ordeal.chance
        if chance is None:
            return {"here": True}
        if not ordeal.points and chance.random() < 0.5:
            self.kills["after some time"] += 1
            return {"off": ordeal.off, "seconds": chance.uniform(0.05, (0.3 + 0.05 * mails) * (1 + kills / 4))}
        point = chance.choice(ordeal.points or tuple(POINTS))
        self.kills[point] += 1
        return {"off": ordeal.off, "point": point, "passes": chance.randint(1, 1 + POINTS[point][1] * mails)}

    def said(self) -> str:
        """The end of what it said."""
        return (self.folder / "err").read_text("utf-8")[-2000:]

    def verified(self) -> str:
        """What `verify` names; "" when everything agrees."""
        (self.folder / "out").unlink(missing_ok=True)
        status = self.run("verify")
        return "" if status == 0 else f"{status}: {(self.folder / 'out').read_text('utf-8')}{self.said()}"

    def store(self) -> TinyStore:
        """Its memory, for reading."""
        return TinyStore(self.folder / "state", SealedCodec(the_key_in(self.folder / "state.key")), read_only=True)

    def ending(self) -> Ending:
        """All that matters; how often something was tried, and in which order mails were moved, does not."""
        store = self.store()
        items = sorted((i.item, i.template, i.status, i.held_for or "", i.message_id) for i in store.items())
        filed = [(name, sha256(m).hexdigest()) for name in FOLDERS for m in self._dovecot.mails(self.user, name)]
        taken = [(message_from_bytes(m.content), m.recipients[0]) for m in self._sink.messages]
        ids = sorted({(str(mail["Message-ID"]), to) for mail, to in taken})
        purposes = Counter(
            (to, str(mail["Subject"])) for mail, to in {(str(m["Message-ID"]), t): (m, t) for m, t in taken}.values()
        )
        return Ending(
            cases=[replace(case, sequence=0) for case in store.cases()],
            items=items,
            dispositions=sorted((d.digest, d.kind, d.folder, d.case or "") for d in store.dispositions()),
            filed=sorted(filed),
            relay=ids,
            purposes=sorted(purposes.items()),
            archived=sum("archived" in row for row in store._journal.rows("cases").values()),
        )

    def too_often(self) -> list[str]:
        """The Message-IDs that the relay got more often than may be."""
        came = Counter(str(message_from_bytes(m.content)["Message-ID"]) for m in self._sink.messages)
        return [message_id for message_id, times in came.items() if times > TAKEN_AT_MOST]

    def repeated(self) -> int:
        """How many mails the relay got once more."""
        return len(self._sink.messages) - len(
            {str(message_from_bytes(m.content)["Message-ID"]) for m in self._sink.messages}
        )

    def close(self) -> None:
        """Nothing of it stays."""
        stop_agent(self.folder / "state" / "gnupg")
        shutil.rmtree(self.folder, ignore_errors=True)


def write_config(folder: Path, dovecot: Dovecot, sink: SmtpSink, user: str) -> None:
    """Its configuration, with the mailbox of that user."""
    fingerprint, coordinator = (folder / "keys").read_text("utf-8").split()
    text = _CONFIG.format(
        imap_port=dovecot.port,
        smtp_port=sink.plain_port,
        smtp_user=SmtpSink.USER,
        user=user,
        fingerprint=fingerprint,
        coordinator=coordinator,
    )
    (folder / "mailbot.toml").write_text(text, "utf-8")
