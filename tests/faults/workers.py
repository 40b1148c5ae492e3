"""Several workers of one desk: one memory, mailbox and relay, and chance decides, at every errand, who goes on."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from mailbot.core.limits import Limits
from mailbot.core.model import Contact
from mailbot.core.seeking import Found, Question
from mailbot.demo.people import Person
from mailbot.ports import Arrival
from mailbot.round import Round
from mailbot.service import run_round
from tests.fakes_keyring import FakeKeyring
from tests.fakes_mail import MemoryMailbox
from tests.fakes_store import Shared, WorkerStore
from tests.faults.quick_desk import QuickDesk

SITES = ("one", "two", "three", "four")
_OFTEN = 0.4  # that another worker goes on at a pause
_PATIENCE = 60.0  # seconds, after which a test is stuck


class Baton:
    """Lets one worker act at a time; at a pause another one may go on."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._gates: dict[int, threading.Semaphore] = {}
        self._alive: list[int] = []
        self._failures: list[BaseException] = []
        self._all_done = threading.Event()

    def run(self, works: Sequence[Callable[[], None]]) -> None:
        """Do all of it side by side. Raises what the first of them raised."""
        self._failures.clear()
        self._all_done.clear()
        self._gates = {n: threading.Semaphore(0) for n in range(len(works))}
        self._alive = list(self._gates)
        threads = [threading.Thread(target=self._work, args=(n, work), name=str(n)) for n, work in enumerate(works)]
        for thread in threads:
            thread.daemon = True
            thread.start()
        self._hand_on()
        assert self._all_done.wait(_PATIENCE), "a worker waits for ever"
        if self._failures:
            raise self._failures[0]

    def pause(self) -> None:
        """Perhaps somebody else goes on first."""
        name = threading.current_thread().name
        if name.isdecimal() and len(self._alive) > 1 and self._random.random() < _OFTEN:
            self._hand_on()
            self._gates[int(name)].acquire()

    def _work(self, number: int, work: Callable[[], None]) -> None:
        self._gates[number].acquire()
        try:
            work()
        except BaseException as exc:
            self._failures.append(exc)
        self._alive.remove(number)
        self._hand_on()

    def _hand_on(self) -> None:
        if self._alive:
            self._gates[self._random.choice(self._alive)].release()
        else:
            self._all_done.set()


class Slow:
    """A port of one worker whose calls take their time, so that others go on meanwhile; never within a turn."""

    def __init__(self, port: Any, store: WorkerStore, *calls: str) -> None:
        self._port, self._store, self._calls = port, store, calls

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)
        return partial(self._slowly, call) if name in self._calls else call

    def _slowly(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        assert not self._store.in_turn, "an errand within a turn"
        self._store.pause()
        try:
            return call(*args, **kwargs)
        finally:
            self._store.pause()


class SharedMailbox:
    """The mailbox as one worker sees it: mails may vanish between a look and the next."""

    def __init__(self, mailbox: MemoryMailbox, pause: Callable[[], None]) -> None:
        self._mailbox, self._pause = mailbox, pause

    def arrivals(self) -> Iterator[Arrival]:
        """What waits, one by one."""
        for arrival in self._mailbox.arrivals():
            self._pause()
            yield arrival

    def file_away(self, arrival: Arrival, folder: str) -> None:
        """Another worker may have done so."""
        self._pause()
        self._mailbox.file_away(arrival, folder)

    def wait(self, seconds: float) -> None:
        """Nobody waits here."""

    def close(self) -> None:
        """Nothing is held open."""


class SiteFinder:
    """A `ContactFinder` that knows one contact point for every site."""

    def find(self, question: Question, now: datetime) -> Found:
        """By the host's first label."""
        names = [name for name in SITES if any(f"//{name}." in url for url in question.urls)]
        return Found(
            tuple(Contact(1, f"security@{n}.example.jp", "security.txt", score=0.9, why="found") for n in names)
        )


class Workers:
    """A desk with so many workers; `seed` decides what happens when."""

    def __init__(self, seed: int, count: int, limits: Limits | None = None, **policy: Any) -> None:
        self.desk = QuickDesk(limits or Limits(acknowledgements_per_address_and_day=100), **policy)
        self.baton = Baton(Random(seed))
        self.shared = Shared(self.desk.store)
        self.stores = [WorkerStore(self.shared, self.baton.pause) for _ in range(count)]
        self.desk.bot = replace(self.desk.bot, finder=SiteFinder())
        for name in SITES:
            address = f"security@{name}.example.jp"
            person = self.desk.people[name] = Person(name, address, FakeKeyring(name, address))
            person.meet(self.desk.keyring.export(self.desk.keyring.own))
        written = iter(range(10_000))
        for person in self.desk.people.values():  # the same mails in every run
            stamp = ("Fri, 20 Nov 2026 18:00:00 +0900", "<{}@" + person.address.partition("@")[2] + ">")
            person.stamp = lambda _, stamp=stamp: (stamp[0], stamp[1].format(next(written)))  # type: ignore[method-assign, misc]

    def round(self, *mails: bytes, **later: float) -> list[Round]:
        """Time passes, these mails come, every worker does two rounds, and one of them looks once more after that."""
        self.desk.now += timedelta(**later)
        self.desk.mailbox.deliver(*mails)
        done: list[Round] = []
        self.baton.run([partial(self._work, store, 2, done) for store in self.stores])
        self._work(self.stores[0], 1, done)
        assert not self.shared.claims
        return done

    def _work(self, store: WorkerStore, rounds: int, done: list[Round]) -> None:
        bot = self.desk.bot
        bot = replace(
            bot,
            store=store,
            reader=Slow(bot.reader, store, "read"),
            sender=Slow(self.desk.relay, store, "send"),
            finder=Slow(bot.finder, store, "find"),
            cleaner=Slow(bot.cleaner, store, "clean"),
            keyring=Slow(bot.keyring, store, "sign", "sign_and_encrypt", "inspect", "import_key", "export"),
        )
        for _ in range(rounds):
            done.append(Round())
            for _ in run_round(bot, SharedMailbox(self.desk.mailbox, store.pause), self.desk.now, done[-1]):
                store.pause()

    def sent(self) -> Counter[tuple[str, str]]:
        """What the relay took: recipient and Message-ID."""
        return Counter((mail.to, _named(mail.content)) for mail in self.desk.relay.taken)

    def ending(self) -> dict[str, Any]:
        """How it ended, as far as the order of things that came together does not matter."""
        store = self.desk.store
        items = list(store.items())
        return {
            "mails": {(d.message_id, d.kind, d.case, d.folder) for d in store.dispositions()},
            "cases": {(c.id, c.state, *sorted((e.what, e.who) for e in c.timeline)) for c in store.cases()},
            "outbox": Counter((i.case, i.template, i.draft.to.address if i.draft else "", i.status) for i in items),
            "sent": Counter(mail.to for mail in self.desk.relay.taken),
            "folders": {
                name: sorted(map(_named, mails.values())) for name, mails in self.desk.mailbox.folders.items() if mails
            },
        }


def _named(mail: bytes) -> str:
    return next(line for line in mail.decode("ascii", "replace").splitlines() if line.startswith("Message-ID"))
