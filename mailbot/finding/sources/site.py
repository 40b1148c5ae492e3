"""The pages of the site itself: the front page, then those that tell how to reach who runs it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from mailbot.core.contacts import channel, rank
from mailbot.core.hosts import Site, is_ip, registrable_domain, site_of
from mailbot.core.model import Contact
from mailbot.core.page_contacts import SITE, Place, contacts_on, doubted, is_missing, is_parked
from mailbot.core.page_links import Lead, guesses, in_order, last_resorts, leads_of, same_page
from mailbot.core.page_parts import Page
from mailbot.core.page_shapes import PageRules
from mailbot.core.page_text import page_of
from mailbot.errors import TransientError
from mailbot.finding.tools import Tools, Unanswered

NAME = SITE
MOST_LINKS = 5
"""Pages that are read because a link leads there, besides front pages and their frames."""

_MORE_LINKS = 2  # of the domain's main site
_LAST_RESORTS = 3  # pages of the front page's menu, where no other told of a way to write
_GOOD = 0.6  # with a mail address this good, the domain's main site is not asked
_MOST_CONTACTS = 30
_MOST_FRAMES = 3
_FEW_LINES = 8  # a page this short may be nothing but frames


@dataclass
class _Search:
    """What is known while the pages of one site are read."""

    site: Site
    now: datetime
    tools: Tools
    rules: PageRules
    fronts: list[str] = field(default_factory=list)
    read: set[str] = field(default_factory=set)
    tried: set[str] = field(default_factory=set)
    leads: list[Lead] = field(default_factory=list)
    others: list[Lead] = field(default_factory=list)
    found: list[Contact] = field(default_factory=list)
    problem: str = ""


def look(site: Site, now: datetime, tools: Tools, rules: PageRules) -> Sequence[Contact]:
    """The contact points on the site's pages; on its domain's main site if its own pages do not name a good one.

    Raises Unanswered when no page of it can be read, TransientError when our own network is down from the start.
    """
    search = _Search(site, now, tools, rules)
    domain = registrable_domain(site.host)
    asks_domain = not is_ip(site.host) and site.host not in (domain, f"www.{domain}")
    _visit(search, _origins(site))
    if not search.leads and (asks_domain or not search.fronts):
        _visit(search, _main_sites(site, domain))
        asks_domain = False
    if not search.fronts:
        raise Unanswered(search.problem or "no page of the site can be read")
    _guess(search)
    _follow(search, MOST_LINKS)
    if asks_domain and not any("@" in c.address and c.score >= _GOOD for c in search.found):
        _visit(search, _main_sites(site, domain))
        _follow(search, _MORE_LINKS)
    if not any(channel(contact.address) in ("address", "form") for contact in search.found):
        search.leads += search.others
        _follow(search, _LAST_RESORTS)
    return rank(search.found)[:_MOST_CONTACTS]


def _origins(site: Site) -> tuple[str, ...]:
    """Where the site's own front page may lie; the fetcher refuses plain HTTP except where it is allowed."""
    plain = Site(site.scheme, site.host, None)
    first = f"{site.scheme}://{site.authority}/" if site.port else f"https://{plain.authority}/"
    return tuple(dict.fromkeys((first, f"https://{plain.authority}/", f"http://{plain.authority}/")))


def _main_sites(site: Site, domain: str) -> tuple[str, ...]:
    hosts = [host for host in (f"www.{domain}", domain) if host != site.host]
    return tuple(f"{scheme}://{host}/" for scheme in ("https", "http") for host in hosts)


def _visit(search: _Search, urls: Iterable[str]) -> None:
    """Read the first front page that can be had."""
    for url in urls:
        if _take(search, Lead(url, "front")):
            search.fronts.append(url)
            return


def _guess(search: _Search) -> None:
    search.leads += guesses(search.fronts[0], search.leads)


def _follow(search: _Search, most: int) -> None:
    """Read the pages that links lead to, best first; a page read adds its own links."""
    for _ in range(most):
        lead = next((lead for lead in in_order(search.leads) if _is_new(search, lead)), None)
        if lead is None or not _go(search, lead):
            return


def _is_new(search: _Search, lead: Lead) -> bool:
    return lead.url not in search.tried and same_page(lead.url) not in search.read


def _go(search: _Search, lead: Lead) -> bool:
    """Whether there is sense in going on after this page: not while our own network is down."""
    try:
        _take(search, lead)
    except TransientError:
        return False
    return True


def _take(search: _Search, lead: Lead) -> bool:
    """Read a page with its frames: keep what it names and where it leads. Whether it could be read."""
    page = _page(search, lead.url)
    if page is not None and page.forward and _is_same_domain(page.forward, page.url):
        page = _page(search, page.forward) or page
    if page is None:
        return False
    found = _keep(search, page, lead)
    if len(page.lines) < _FEW_LINES or (lead.kind == "contact" and not found):
        for frame in [frame for frame in page.frames if _is_same_domain(frame, page.url)][:_MOST_FRAMES]:
            within = _page(search, frame)
            if within is not None:
                _keep(search, within, lead)
    return True


def _page(search: _Search, url: str) -> Page | None:
    """The page at the URL, unless it was read before, is missing, or tells that nobody's site is there."""
    if same_page(url) in search.read:
        return None
    search.tried.add(url)
    fetched = search.tools.web.fetch(url)
    if fetched.problem:
        search.problem = search.problem or fetched.problem
        return None
    search.read.add(same_page(url))
    again = same_page(fetched.url) != same_page(url) and same_page(fetched.url) in search.read
    search.read.add(same_page(fetched.url))
    page = None if again else page_of(fetched.body, fetched.headers, fetched.url)
    if page is None or is_missing(page):
        return None
    if is_parked(page, search.rules):
        search.problem = "the domain is parked"
        return None
    return page


def _keep(search: _Search, page: Page, lead: Lead) -> tuple[Contact, ...]:
    site = site_of(page.url) or search.site
    domain = registrable_domain(site.host)
    search.leads += leads_of(page, domain, search.rules)
    if lead.kind == "front":
        search.others += last_resorts(page)
    found = contacts_on(page, _place(search, site, lead), search.rules)
    search.found += found
    return found


def _place(search: _Search, site: Site, lead: Lead) -> Place:
    """Where the page was found, and what weighs against it."""
    place = Place(lead.kind, search.site.host, search.now, lead.words, guessed=lead.guessed)
    theirs, own = registrable_domain(site.host), registrable_domain(search.site.host)
    if theirs != own:
        return doubted(place, 0.6, f"the site redirects to {theirs}")
    bare = (own, f"www.{own}")
    if site.host != search.site.host and not (site.host in bare and search.site.host in bare):
        return doubted(place, 0.9, f"on {site.host}")
    return place


def _is_same_domain(url: str, other: str) -> bool:
    one, two = site_of(url), site_of(other)
    return one is not None and two is not None and registrable_domain(one.host) == registrable_domain(two.host)
