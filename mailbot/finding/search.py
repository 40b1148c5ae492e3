"""The search for contact points: every source is asked at once, what they say is checked and put in order.

Theory. No source is trusted to be right, quick or free of bugs. Each runs in a thread of its own with its own patience;
what goes wrong in one is noted beside its name and stops no other. The same address from several sources is one contact
point with all the evidence, and what speaks against it is said. Only when nothing at all could be asked, which is a
fault of our own network, is the whole search to be tried again.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from mailbot.core.contacts import checked_at, evidence_of
from mailbot.core.hosts import Site, registrable_domain, site_of
from mailbot.core.model import Contact
from mailbot.core.seeking import Found, Question
from mailbot.errors import TransientError, place_of
from mailbot.finding.cache import Cache, Nowhere
from mailbot.finding.checks import Bench, Forbids, checked
from mailbot.finding.held import Silent, held
from mailbot.finding.limits import Asks, Patience, Rate, Turn
from mailbot.finding.tools import Aside, Source, Tools, Unanswered
from mailbot.ports import KeyDirectory

_MAX_SITES = 5
_MAX_CONTACTS = 20
_WAIT_FOR_THE_TOOLS = 5.0
_TICK = 0.05


@dataclass
class _Job:
    """One source at work on one site, or beside all of them."""

    name: str
    turn: Turn
    look: Callable[[], Sequence[Contact]]
    site: Site | None = None
    found: tuple[Contact, ...] = ()
    problem: str = ""
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Ask; whatever happens is noted."""
        try:
            self.found = tuple(self.look())
        except (Unanswered, TransientError) as exc:
            self.problem = str(exc)
        except Exception as exc:  # its message may quote what a stranger sent
            self.problem = f"fault: {type(exc).__name__} at {place_of(exc)}"
        self.done.set()


class ContactSearch:
    """A `ContactFinder` over the sources that it is given."""

    def __init__(
        self,
        tools: Tools,
        sources: Mapping[str, Source],
        asides: Mapping[str, Aside] | None = None,
        cache: Cache | None = None,
        keys: KeyDirectory | None = None,
        forbids: Forbids | None = None,
        check: bool = True,
        patience: Patience | None = None,
    ) -> None:
        """`sources` look at a site, `asides` know without; `keys` says whether a found address has a key (WKD).

        `forbids`: why an address is never written to. `check`: whether the DNS is asked if mail can arrive.
        """
        self._tools = tools
        self._sources = sources
        self._asides = asides or {}
        self._cache = cache or Cache(Nowhere())
        self._keys = keys
        self._forbids = forbids
        self._check = check
        self._patience = patience or Patience()
        self._rate = Rate()

    def find(self, question: Question, now: datetime, *, fresh: bool = False) -> Found:
        """Candidates with evidence, best first, numbered from 1, and what could not be asked.

        `fresh`: what was found lately does not count. Raises TransientError if our own network fails.
        """
        asks, silent = Asks(self._rate, self._patience), Silent()
        jobs = self._beside(question, now, asks, silent)
        for site in _sites(question):
            jobs += self._at(site, question, now, asks, silent, fresh)
        self._cache.save()
        if asks.asked and not asks.answered:
            asks.settle(_WAIT_FOR_THE_TOOLS)
            if asks.broken and not asks.answered:
                raise asks.broken
        found = [contact for job in jobs for contact in job.found]
        bench = Bench(
            lambda turn: held(self._tools, turn, silent, question),
            lambda: Turn(asks, self._patience.checks),
            self._keys,
            self._check,
            self._forbids,
        )
        contacts = checked(found, question, bench)
        notes = dict.fromkeys(f"source {job.name}: {job.problem}" for job in jobs if job.problem)
        return Found(contacts[:_MAX_CONTACTS], tuple(notes))

    def _beside(self, question: Question, now: datetime, asks: Asks, silent: Silent) -> list[_Job]:
        """What is known without looking at a site."""
        jobs = []
        for name, aside in self._asides.items():
            turn = Turn(asks)
            tools = held(self._tools, turn, silent, question)
            jobs.append(_Job(name, turn, lambda aside=aside, tools=tools: aside(now, tools)))  # type: ignore[misc]
        self._all(jobs, asks)
        return jobs

    def _at(self, site: Site, question: Question, now: datetime, asks: Asks, silent: Silent, fresh: bool) -> list[_Job]:
        """What every source says of one site."""
        jobs, asked = [], []
        for name, source in self._sources.items():
            turn = Turn(asks)
            tools = held(self._tools, turn, silent, question)
            job = _Job(name, turn, lambda source=source, tools=tools: source(site, now, tools), site)  # type: ignore[misc]
            jobs.append(job)
            known = None if fresh else self._cache.get(site, name, now)
            if known is None:
                asked.append(job)
            else:
                job.found = known
        self._all(asked, asks)
        for job in asked:
            job.found = tuple(_dated(contact, now) for contact in job.found)
            if not job.problem:
                self._cache.put(site, job.name, job.found, now)
        return jobs

    def _all(self, jobs: Iterable[_Job], asks: Asks) -> None:
        """Run them side by side; whoever gets no answers any more is left behind."""
        began = asks.clock()
        running = list(jobs)
        for job in running:
            threading.Thread(target=job.run, daemon=True, name=f"source {job.name}").start()
        while running:
            running[0].done.wait(_TICK)
            now = asks.clock()
            for job in running:
                late = now - job.turn.since > self._patience.idle or now - began > self._patience.source
                if late and not job.done.is_set():
                    job.problem = "no answer in time"
            running = [job for job in running if not job.done.is_set() and not job.problem]


def _sites(question: Question) -> list[Site]:
    """The first sites, one for each host; the finder's own, to which reports link, only where there is no other."""
    sites: dict[str, Site] = {}
    for url in question.urls:
        if (site := site_of(url)) is not None:
            sites.setdefault(site.authority, site)
    own = {registrable_domain(address.rpartition("@")[2].lower()) for address in question.not_theirs}
    others = [site for site in sites.values() if registrable_domain(site.host) not in own]
    return (others or list(sites.values()))[:_MAX_SITES]


def _dated(contact: Contact, now: datetime) -> Contact:
    """The contact, with the day it was looked up."""
    if evidence_of(contact, "checked"):
        return contact
    return replace(contact, evidence=(*contact.evidence, checked_at(now)))
