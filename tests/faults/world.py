"""A desk whose process can be killed at any call to the outside, and what is left of it afterwards.

The memory, the spool, the Maildir and the relay are files, so that only what a real crash would leave is left.
"""

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mailbot import resources
from mailbot.adapters.folders import MaildirMailbox
from mailbot.adapters.spool import FileSpool
from mailbot.adapters.store import TinyStore
from mailbot.bot import Bot
from mailbot.core.desk import Coordinator, Desk
from mailbot.core.limits import Limits
from mailbot.core.messages import SealedMail
from mailbot.core.model import Contact
from mailbot.core.outbox import Status
from mailbot.core.policy_file import load_policy
from mailbot.core.ruleset import load_rules
from mailbot.core.seeking import Found, Question
from mailbot.core.templates import TypeText, load_templates
from mailbot.demo.people import Person
from mailbot.reader import InProcessReader
from mailbot.round import Round
from mailbot.service import run_round
from tests.fakes_keyring import NOW, FakeKeyring
from tests.plain_codec import PlainCodec

ROOT = Path(__file__).resolve().parents[2]
DESK = "security@desk.example.jp"
KILLED = 9

RULE_TEXTS = resources.texts("rules", ROOT / "tests")
RULES = load_rules({path: text for path, text in RULE_TEXTS.items() if not path.startswith("policy/")})
TEMPLATES = load_templates(resources.texts("templates", ROOT / "tests"))
POLICY = load_policy(
    RULE_TEXTS["policy/p-guideline-2022.toml"],
    acknowledge="auto",
    first_contact="approve",
    details="approve",
    plaintext_details="with_consent",
    zone=ZoneInfo("Asia/Tokyo"),
    country="JP",
)


REPORT = """Hello,

I found a cross-site scripting vulnerability on https://shop.example.jp/search

Steps to reproduce:
1. Open the page
2. Search for a script

Impact: an attacker can show false content to visitors.

Regards,
Hanako
"""


class Bomb:
    """Ends the process, without any clean-up, after the n-th call to the outside."""

    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0

    def tick(self) -> None:
        """One more call was made."""
        self.count += 1
        if self.count == self.at:
            os._exit(KILLED)


class Watched:
    """Any port, with the bomb ticking after each call of the named methods."""

    def __init__(self, port: Any, bomb: Bomb, *methods: str) -> None:
        self._port, self._bomb, self._methods = port, bomb, methods

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._port, name)
        if name not in self._methods:
            return value

        def call(*args: Any, **kwargs: Any) -> Any:
            result = value(*args, **kwargs)
            self._bomb.tick()
            return result

        return call


class WatchedMailbox(MaildirMailbox):
    """A Maildir, with the bomb ticking after each mail read and each mail moved."""

    bomb: Bomb

    def arrivals(self) -> Iterator[Any]:
        for arrival in super().arrivals():
            self.bomb.tick()
            yield arrival

    def file_away(self, arrival: Any, folder: str) -> None:
        super().file_away(arrival, folder)
        self.bomb.tick()


class FileRelay:
    """A relay that writes each mail it takes to a file of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def send(self, mail: SealedMail) -> None:
        """Take the mail."""
        (self._folder / f"{len(list(self._folder.iterdir())):04d}").write_bytes(pickle.dumps(mail))

    def taken(self) -> list[SealedMail]:
        """All mails, in order."""
        return [pickle.loads(path.read_bytes()) for path in sorted(self._folder.iterdir())]

    def close(self) -> None:
        """Nothing to end."""


class OneContact:
    """Finds one contact point everywhere."""

    def find(self, question: Question, now: datetime) -> Found:
        """The same for every site."""
        contact = Contact(1, "security@shop.example.jp", "security.txt", score=0.9, why="named in security.txt")
        return Found((contact,) if question.urls else ())


class SteadyPerson(Person):
    """Writes the same mail in every world."""

    def stamp(self, text: str) -> tuple[str, str]:
        """A date, and an id that depends on the text alone."""
        return format_datetime(NOW), f"<{sha256(text.encode()).hexdigest()[:20]}@{self.address.partition('@')[2]}>"


class World:
    """One desk in `folder`, its people, and the steps of a story that can be taken up again after a crash."""

    def __init__(self, folder: Path, bomb: Bomb, wrap_store: Callable[[Any], Any] = lambda store: store) -> None:
        self.folder, self.bomb = folder, bomb
        keyring = FakeKeyring("Desk", DESK)
        self.people = {
            name: SteadyPerson(name, address, FakeKeyring(name, address))
            for name, address in (
                ("Hanako", "hanako@finder.example.com"),
                ("Shop", "security@shop.example.jp"),
                ("Taro", "taro@desk.example.jp"),
            )
        }
        for person in self.people.values():
            person.meet(keyring.export(keyring.own))
        taro = self.people["Taro"]
        keyring.import_key(taro.public_key)
        keyring.import_key(self.people["Hanako"].public_key)
        for name in ("cur", "new", "tmp"):
            (folder / "Maildir" / name).mkdir(parents=True, exist_ok=True)
        self.mailbox = WatchedMailbox(folder / "Maildir", Limits())
        self.mailbox.bomb = bomb
        self.relay = FileRelay(folder / "relay")
        self.store = TinyStore(folder / "state", PlainCodec())
        self.bot = self._bot(keyring, Coordinator("Taro", taro.address, taro.fingerprint), wrap_store)

    def _bot(self, keyring: FakeKeyring, coordinator: Coordinator, wrap_store: Callable[[Any], Any]) -> Bot:
        desk = Desk("Desk", DESK, fingerprint=keyring.own, coordinators=(coordinator,))
        return Bot(
            desk=desk,
            policy=POLICY,
            limits=Limits(),
            rules=RULES,
            templates=TEMPLATES,
            types={code: TypeText(code, code) for code in RULES.types},
            secret=b"secret of the tests",
            store=Watched(wrap_store(self.store), self.bomb, "apply", "begin", "end"),
            spool=Watched(FileSpool(self.folder / "state" / "mail", PlainCodec()), self.bomb, "keep"),
            keyring=keyring,
            reader=InProcessReader(keyring, RULES, Limits()),
            sender=Watched(self.relay, self.bomb, "send"),
            finder=Watched(OneContact(), self.bomb, "find"),
        )

    def play(self, steps: Sequence[Callable[["World"], list[bytes]]]) -> None:
        """Take the steps that were not taken yet: each puts mail into the mailbox and lets the desk do one round."""
        for number, step in enumerate(steps):
            taken = self.folder / f"taken-{number}"
            if taken.exists():
                continue
            self._put_once(number, step)
            for _ in run_round(self.bot, self.mailbox, NOW + timedelta(hours=number), Round()):
                pass
            taken.touch()
        self.store.close()

    def _put_once(self, number: int, step: Callable[["World"], list[bytes]]) -> None:
        put = self.folder / f"put-{number}"
        if put.exists():
            return
        for index, mail in enumerate(step(self)):
            (self.folder / "Maildir" / "new" / f"{number}.{index}.x").write_bytes(mail)
        put.touch()


def played(
    folder: Path,
    at: int,
    steps: Sequence[Callable[[World], list[bytes]]],
    wrap_store: Callable[[Any], Any] = lambda store: store,
) -> tuple[int, int]:
    """The steps in a process that dies after that many calls (0: never); its exit status and the calls it made."""
    folder.mkdir(exist_ok=True)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            bomb = Bomb(at)
            World(folder, bomb, wrap_store).play(steps)
            os.write(writer, str(bomb.count).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        count = int(pipe.read() or 0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), count


def ending(folder: Path) -> Any:
    """All that matters of how it ended; attempts and the order of moves do not."""
    store = TinyStore(folder / "state", PlainCodec(), read_only=True)
    relay = FileRelay(folder / "relay")
    cases = [replace(case, sequence=0) for case in store.cases()]
    items = sorted((i.item, i.status, i.template, i.held_for, i.message_id) for i in store.items())
    dispositions = sorted((d.digest, d.kind, d.folder, d.case) for d in store.dispositions())
    filed = sorted(str(p.relative_to(folder).parent) for p in (folder / "Maildir").rglob("*.x*") if p.is_file())
    assert not [i for i in store.items() if i.status is Status.SENDING]
    return cases, items, dispositions, filed, sorted({(m.message_id, m.to) for m in relay.taken()})
