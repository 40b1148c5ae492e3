"""Looks for the security.txt of the sites that a report is about (RFC 9116)."""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from mailbot.adapters.web import Fetched
from mailbot.core.contacts import SECURITY_TXT, from_securitytxt, rank
from mailbot.core.hosts import Site, is_ip, registrable_domain, site_of, within
from mailbot.core.model import Contact
from mailbot.core.securitytxt import SecurityTxt, parse
from mailbot.errors import TransientError

PATHS = ("/.well-known/security.txt", "/security.txt")
"""Where it lies (RFC 9116 section 3): the old place counts only if the right one has none."""


class Fetcher(Protocol):
    """Fetches a URL safely; see `web.GuardedFetcher`."""

    def fetch(self, url: str) -> Fetched: ...


@dataclass
class _Budget:
    """How much a search may still ask for; a URL is asked for once."""

    fetcher: Fetcher
    fetches: int
    ends: float
    clock: Callable[[], float]
    answers: dict[str, Fetched] = field(default_factory=dict)

    def fetch(self, url: str) -> Fetched | None:
        """The answer, or None when the search has asked enough."""
        if url not in self.answers:
            if len(self.answers) >= self.fetches or self.clock() >= self.ends:
                return None
            self.answers[url] = self.fetcher.fetch(url)
        return self.answers[url]


class ContactSearch:
    """A `ContactFinder` over the fetcher. A bad site has no contact points; it never raises for one."""

    def __init__(
        self,
        fetcher: Fetcher,
        enabled_sources: Collection[str] = (SECURITY_TXT,),
        max_hosts: int = 5,
        max_fetches: int = 20,
        seconds: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetcher = fetcher
        self._sources = frozenset(enabled_sources)
        self._max_hosts = max_hosts
        self._max_fetches = max_fetches
        self._seconds = seconds
        self._clock = clock

    def find(self, urls: Sequence[str], now: datetime) -> tuple[Contact, ...]:
        """Candidates with evidence, best first, numbered from 1. Raises TransientError if our own network fails."""
        if SECURITY_TXT not in self._sources:
            return ()
        budget = _Budget(self._fetcher, self._max_fetches, self._clock() + self._seconds, self._clock)
        found: list[Contact] = []
        for site in self._sites(urls):
            try:
                found += _search(site, now, budget)
            except TransientError:
                if not found:
                    raise
                break
        return rank(found)

    def _sites(self, urls: Sequence[str]) -> list[Site]:
        """The first sites, one for each host."""
        sites: dict[str, Site] = {}
        for url in urls:
            site = site_of(url)
            if site is not None and len(sites) < self._max_hosts:
                sites.setdefault(site.authority, site)
        return list(sites.values())


def _search(site: Site, now: datetime, budget: _Budget) -> list[Contact]:
    """Contacts of the site's own file or, while there is no valid one, of its domain's."""
    found: list[Contact] = []
    for origin in _origins(site):
        contacts, valid = _at(origin, site.host, now, budget)
        found += contacts
        if valid:
            break
    return found


def _origins(site: Site) -> Iterator[str]:
    """Where a file for the site may lie, nearest first. The fetcher refuses plain HTTP except where it is allowed."""
    domain = registrable_domain(site.host)
    authorities = [site.authority, Site("https", site.host, None).authority]
    if not is_ip(site.host):
        authorities += [domain, f"www.{domain}"]
    for authority in dict.fromkeys(authorities):
        yield f"https://{authority}"
        if site.scheme == "http" and authority == site.authority:
            yield f"http://{authority}"


def _at(origin: str, host: str, now: datetime, budget: _Budget) -> tuple[tuple[Contact, ...], bool]:
    """The contacts named at one origin, and whether its file is in force."""
    for path in PATHS:
        fetched = budget.fetch(origin + path)
        if fetched is None or not fetched.answered:
            return (), False
        if fetched.problem:
            continue
        parsed = _parsed(fetched, origin + path, now)
        if parsed.contact:
            contacts = from_securitytxt(parsed, host, now, _notes(fetched, path, host))
            return contacts, not (parsed.has("expired") or parsed.has("bad_expires"))
    return (), False


def _parsed(fetched: Fetched, asked: str, now: datetime) -> SecurityTxt:
    # a file that is not UTF-8 may still carry a usable ASCII address
    text = fetched.body.decode("utf-8", "replace")
    parsed = parse(text, now, fetched.url)
    # after a redirect inside the domain Canonical may name either end
    return parse(text, now, asked) if parsed.has("canonical_mismatch") and not fetched.notes else parsed


def _notes(fetched: Fetched, path: str, host: str) -> tuple[str, ...]:
    """Remarks on how the file was served."""
    notes = list(fetched.notes)
    site = site_of(fetched.url)
    if fetched.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/plain":
        notes.append("not served as text/plain")
    if fetched.url.startswith("http://"):
        notes.append("fetched without TLS")
    if path != PATHS[0]:
        notes.append("found at the old place /security.txt")
    if site is not None and site.host != host and within(host, site.host):
        notes.append(f"the file is that of {site.host}")
    return tuple(notes)
