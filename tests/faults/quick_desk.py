"""A desk whose memory, keys, mailbox and relay are in memory: for what would take a whole story to reach otherwise."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mailbot.adapters.cleaning import Cleaner
from mailbot.adapters.protecting import FileProtector
from mailbot.bot import Bot
from mailbot.core.desk import Coordinator, Desk
from mailbot.core.limits import Limits
from mailbot.core.messages import OpenedMail, SealedMail
from mailbot.core.model import Case, Contact
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.seeking import Found, Question
from mailbot.core.templates import TypeText
from mailbot.demo.people import Person
from mailbot.errors import TransientError
from mailbot.reader import InProcessReader
from mailbot.round import Round
from mailbot.service import run_round
from tests.fakes_keyring import NOW, FakeKeyring
from tests.fakes_mail import MemoryMailbox
from tests.fakes_store import MemorySpool, MemoryStore, Shared, WorkerStore
from tests.faults.world import DESK, POLICY, REPORT, RULES, TEMPLATES


class Relay:
    """A `Sender` that keeps what it takes; what is in `answers` it raises first, one a mail."""

    def __init__(self) -> None:
        self.taken: list[SealedMail] = []
        self.answers: list[Exception | None] = []

    def send(self, mail: SealedMail) -> None:
        """Take the mail, unless it is to fail."""
        answer = self.answers.pop(0) if self.answers else None
        if answer is None:
            self.taken.append(mail)
            return
        raise answer

    def close(self) -> None:
        """Nothing is held open."""


class Finder:
    """A `ContactFinder` that always finds `contacts`, or fails with `failure`."""

    def __init__(self, *contacts: Contact) -> None:
        self.contacts = contacts
        self.failure: Exception | None = None

    def find(self, question: Question, now: datetime) -> Found:
        """The same for every site."""
        if self.failure:
            raise self.failure
        return Found(self.contacts if question.urls else ())


class QuickDesk:
    """The desk, its people and its clock. Hanako reports, Shop answers, Taro and Jiro decide, Mallory means no good."""

    def __init__(self, limits: Limits | None = None, **policy: Any) -> None:
        self.now = NOW
        self.limits = limits or Limits()
        keyring = FakeKeyring("Desk", DESK)
        self.people: dict[str, Person] = {}
        for name, address in (
            ("Hanako", "hanako@finder.example.org"),
            ("Shop", "security@shop.example.jp"),
            ("Taro", "taro@desk.example.jp"),
            ("Jiro", "jiro@desk.example.jp"),
            ("Mallory", "mallory@evil.example.net"),
        ):
            self.people[name] = Person(name, address, FakeKeyring(name, address))
            self.people[name].meet(keyring.export(keyring.own))
        self.coordinators = tuple(
            Coordinator(p.name, p.address, p.fingerprint) for p in (self.people["Taro"], self.people["Jiro"])
        )
        for name in ("Taro", "Jiro"):
            keyring.import_key(self.people[name].public_key)
        self.keyring, self.store, self.spool, self.relay = keyring, MemoryStore(), MemorySpool(), Relay()
        self.finder = Finder(Contact(1, self.people["Shop"].address, "security.txt", score=0.9, why="security.txt"))
        self.mailbox = MemoryMailbox(self.limits)
        self.done = Round()
        self.bot = Bot(
            desk=Desk("Desk", DESK, fingerprint=keyring.own, coordinators=self.coordinators),
            policy=replace(POLICY, **policy),
            limits=self.limits,
            rules=RULES,
            templates=TEMPLATES,
            types={code: TypeText(code, code) for code in RULES.types},
            secret=b"secret of the tests",
            store=WorkerStore(Shared(self.store)),  # each change of each story is decided upon in a turn
            spool=self.spool,
            keyring=keyring,
            reader=InProcessReader(keyring, RULES, self.limits),
            sender=self.relay,
            finder=self.finder,
            cleaner=Cleaner(),
            protector=FileProtector(),
        )

    @property
    def case(self) -> Case:
        """The only case."""
        (case,) = self.store.cases()
        return case

    def round(self, *mails: bytes, **later: float) -> Round:
        """Let time pass, then let the desk do one round with these new mails."""
        self.now += timedelta(**later)
        self.mailbox.deliver(*mails)
        self.done = Round()
        for _ in run_round(self.bot, self.mailbox, self.now, self.done):
            pass
        return self.done

    def write(self, who: str, subject: str = "XSS report", text: str = REPORT, to: str = DESK, **how: Any) -> bytes:
        """A mail of one of the people."""
        return self.people[who].write(to, subject, text, **how)

    def answer(self, who: str, mail: OpenedMail, text: str, **how: Any) -> bytes:
        """Their answer to a mail of the desk, to the address that it asks for."""
        to = mail.mail.reply_to[0].address
        return self.write(who, f"Re: {mail.subject}", text, to, answers=mail, **how)

    def orders(self, *lines: str, by: str = "Taro", case: str | None = None) -> bytes:
        """A coordinator's signed commands about the case."""
        text = "\n".join((f"!case {case or self.case.id}", *lines)) + "\n"
        return self.write(by, "commands", text, sign=True, encrypt=True)

    def command(self, *lines: str, **how: Any) -> str:
        """Mail these commands, let the desk run them; the transcript."""
        self.round(self.orders(*lines, **how), minutes=5)
        return self.mail(how.get("by", "Taro"))[-1].text

    def mail(self, who: str) -> list[OpenedMail]:
        """Everything that came for one of the people, decrypted."""
        person = self.people[who]
        return [person.read(mail.content) for mail in self.relay.taken if mail.to.lower() == person.address]

    def items(self, template: str, *status: Status) -> list[OutboxItem]:
        """The outbox items of that template, in these states."""
        return [i for i in self.store.items() if i.template == template and (not status or i.status in status)]

    def held(self, template: str) -> OutboxItem:
        """The one mail of that template that waits for a decision."""
        (item,) = self.items(template, Status.HELD)
        return item

    def until_first_contact(self) -> OpenedMail:
        """A report, accepted, the first contact approved and sent; the mail as the shop got it."""
        self.round(self.write("Hanako"))
        self.command("!accept")
        self.command(f"!approve {self.held('first-contact').hash}")
        return self.mail("Shop")[-1]

    def until_details_held(self, text: str = "We are in charge. Please send it here.\n", **how: Any) -> OutboxItem:
        """As before, and the shop answered: the details wait for approval."""
        self.round(self.answer("Shop", self.until_first_contact(), text, **how), hours=1)
        return self.held("details")


class Unwell:
    """A store that fails for now at its n-th change."""

    def __init__(self, store: Any, at: int) -> None:
        self._store, self.left = store, at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def apply(self, change: Any) -> None:
        """Store it, unless this is the time to fail."""
        self.left -= 1
        if self.left == 0:
            raise TransientError("the disk is full")
        self._store.apply(change)
