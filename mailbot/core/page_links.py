"""Which pages of a site to read for its contact points, in which order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlsplit

from mailbot.core.hosts import registrable_domain, site_of
from mailbot.core.page_parts import Page
from mailbot.core.page_shapes import PageKind, PageRules

GUESSES = (("contact", "/contact"), ("contact", "/inquiry"), ("company", "/company"))
"""Where such pages usually lie, if no link leads to one."""

_KINDS: tuple[str, ...] = get_args(PageKind)
_BY_PATH = 0.6  # in places of the order: a path tells less than words
_AGAIN = 3.0  # a second page of a kind comes after the first ones of the next kinds
_FOR_OTHERS = 10.0
_SHORT_WORDS = 20
_FEW = ("recruiting", "press", "investor", "sales")
_FILES = (".pdf", ".jpg", ".jpeg", ".png", ".gif", ".zip", ".doc", ".docx", ".xls", ".xlsx", ".mp4", ".ics", ".xml")


@dataclass(frozen=True)
class Lead:
    """A page that is worth reading: what it should be, and the words of the link that led there."""

    url: str
    kind: str
    words: str = ""
    rank: float = 0.0
    guessed: bool = False


def leads_of(page: Page, domain: str, rules: PageRules) -> tuple[Lead, ...]:
    """The pages of the same registrable domain that the page's links lead to, the first to be read first."""
    found: dict[str, Lead] = {}
    for link in page.links:
        lead = _lead(link.url, link.words, domain, rules)
        if lead and same_page(lead.url) != same_page(page.url):
            key = same_page(lead.url)
            if key not in found or lead.rank < found[key].rank:
                found[key] = lead
    return in_order(found.values())


def in_order(leads: Iterable[Lead]) -> tuple[Lead, ...]:
    """The leads by rank: the first of each kind before the second of any."""
    met: dict[str, int] = {}
    ranked = []
    for lead in sorted(leads, key=lambda lead: lead.rank):
        again = met.get(lead.kind, 0)
        met[lead.kind] = again + 1
        ranked.append((lead.rank + again * _AGAIN, lead))
    return tuple(lead for _, lead in sorted(ranked, key=lambda pair: pair[0]))


def guesses(url: str, leads: Iterable[Lead]) -> tuple[Lead, ...]:
    """Pages that may be there, if no link leads to a contact or company page."""
    if any(lead.kind in ("contact", "office", "company", "law") for lead in leads):
        return ()
    site = site_of(url)
    if site is None:
        return ()
    return tuple(Lead(f"{site.scheme}://{site.authority}{path}", kind, rank=50, guessed=True) for kind, path in GUESSES)


def last_resorts(page: Page) -> tuple[Lead, ...]:
    """The other pages of its host that a front page names shortly: a contact page may have a rare name."""
    here = site_of(page.url)
    return tuple(
        Lead(link.url, "other", link.words)
        for link in page.links
        if 0 < len(link.words) <= _SHORT_WORDS and _is_plain_page(link.url) and site_of(link.url) == here
    )


def _is_plain_page(url: str) -> bool:
    """Whether a URL leads to a page rather than into an application or to a file."""
    parts = urlsplit(url)
    return not parts.query and not parts.path.lower().endswith(_FILES)


def same_page(url: str) -> str:
    """What two URLs of one page have in common."""
    bare = url.partition("#")[0].partition("://")[2].removesuffix("/")
    host, slash, path = bare.partition("/")
    path = path.removesuffix("index.html").removesuffix("index.php").removesuffix("index.htm").removesuffix("/")
    return f"{host.lower()}{slash if path else ''}{path}"


def _lead(url: str, words: str, domain: str, rules: PageRules) -> Lead | None:
    site = site_of(url)
    if site is None or registrable_domain(site.host) != domain:
        return None
    parts = urlsplit(url)
    if parts.path.lower().endswith(_FILES):
        return None
    kind = rules.page_kind(words, f"{parts.path}?{parts.query}"[:500])
    if kind is None:
        return None
    name, told = kind
    rank = _KINDS.index(name) + (0 if told else _BY_PATH) + min(len(words), 60) / 200
    if rules.purpose(words) in _FEW:
        rank += _FOR_OTHERS
    return Lead(url, name, words, rank)
