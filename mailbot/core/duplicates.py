"""Whether two reports may be about the same vulnerability: a score from 0 to 1 and the reasons for it.

What is compared is where (host, path and parameter, or product and versions) and what (the type); how alike the words
are can only add to that. A score proposes, it decides nothing: people merge cases, and no finder hears of another.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from rapidfuzz import fuzz

from mailbot.core.extract_urls import urls_in
from mailbot.core.hosts import site_of
from mailbot.core.model import Case, Field, Track
from mailbot.core.versions import Span, overlap, spans

PROPOSED_FROM = 0.5
"""Below this two reports are not called possible duplicates."""

ENDED = "that case has ended"
REASONS = (
    *("same CVE number", "same page", "same site", "same product", "product of nearly the same name"),
    *("same parameter", "overlapping versions", "same type of vulnerability"),
    *("nearly the same text", "similar text", "from the same finder", ENDED),
)
"""Every reason there is; labels.toml puts them into other languages."""

_MOST = 20  # URLs, keys
_TEXTS = ("vulnerability.summary", "vulnerability.steps", "vulnerability.reason", "vulnerability.impact")
_COMPARED = 2_000  # characters
_TOO_SHORT = 40  # to say anything by their likeness
_NEARLY_SAME, _SIMILAR = 0.9, 0.65
_SAME_NAME = 0.9
_BY_TEXT = 0.6  # of what lacks to certainty, that the same words add
_ROUNDED = 0.01
_SUBJECTS = 500  # cases are compared again and again: the newest ones of a product with each report about it
_DEFAULT_PAGE = re.compile(r"/(?:index|default)\.[a-z]{2,5}$")
_LEGAL = re.compile(r"株式会社|有限会社|合同会社|\(株\)|\(有\)|\b(?:inc|ltd|llc|gmbh|corp(?:oration)?|co)\b\.?")
_DOTTED = re.compile(r"\bv?\d+(?:\.\d+)+\b")

Values = Mapping[str, object]  # field name to value, lists as any sequence


@dataclass(frozen=True)
class Subject:
    """What one report is about, made comparable."""

    track: Track
    pages: frozenset[tuple[str, str]]  # host, path
    parameters: frozenset[str]
    product: str  # without legal forms, version numbers and what is between the words
    makers: frozenset[str]  # by which names its maker may stand in front of the product's
    versions: tuple[Span, ...]
    cves: frozenset[str]
    type: str  # "" if not known
    text: str


@dataclass(frozen=True)
class Duplicate:
    """A case that may be about the same."""

    case: str
    score: float
    reasons: tuple[str, ...]

    @property
    def why(self) -> str:
        """The reasons as one line."""
        return ", ".join(self.reasons)


def keys(values: Values) -> tuple[str, ...]:
    """Under what a case is found again, the most telling first: CVE numbers, pages, product, words of it, sites."""
    pages = [page for url in _texts(values, "target.urls")[:_MOST] if (page := _page(url))]
    name = " ".join(_texts(values, "product.name"))
    words = [word for word in _words(name) if len(word) > 2 and not word.isdigit()]
    found = (
        *(f"cve {number.upper()}" for number in _texts(values, "vulnerability.cve")[:_MOST]),
        *(f"page {host}{path}" for host, path in pages if path),
        *(f"product {each}" for each in (_squeezed(name),) if each),
        *(f"word {word}" for word in words[:_MOST]),
        *(f"site {host}" for host, _ in pages),
    )
    return tuple(dict.fromkeys(key[:200] for key in found))


@lru_cache(_SUBJECTS)
def subject(track: Track, fields: tuple[Field, ...]) -> Subject:
    """What a report with these fields is about."""
    values: Values = {field.name: field.value for field in fields}
    urls = _texts(values, "target.urls")[:_MOST]
    hosts = {page[0] for url in urls if (page := _page(url))}
    prose = "\n".join(text for name in _TEXTS for text in _texts(values, name))
    tried = [url for url, _ in urls_in(prose[: 2 * _COMPARED]) if (page := _page(url)) and page[0] in hosts]
    kind = " ".join(_texts(values, "vulnerability.type"))
    return Subject(
        track=track,
        pages=frozenset(page for url in (*urls, *tried) if (page := _page(url))),
        parameters=frozenset(name for url in (*urls, *tried) for name in _parameters(url)),
        product=_squeezed(" ".join(_texts(values, "product.name"))[:200]),
        makers=_makers(" ".join(_texts(values, "product.vendor"))[:200]),
        versions=spans(" , ".join(_texts(values, "product.version"))),
        cves=frozenset(number.upper() for number in _texts(values, "vulnerability.cve")),
        type="" if kind == "other" else kind,
        text=_bare(prose[: 2 * _COMPARED])[:_COMPARED],
    )


def compare(new: Subject, finder: str, case: Case, at_least: float = 0.0) -> Duplicate | None:
    """How far `case` may be about the same as a new report by `finder`; None where nothing speaks for it.

    None also where the score cannot be `at_least`: then the words, which take the longest, are not compared.
    """
    old = subject(case.track, case.fields)
    if new.track is not old.track:
        return None
    score, reasons = _places(new, old) if new.track is Track.WEBSITE else _products(new, old)
    if new.cves & old.cves:
        score, reasons = max(score, 0.95), ("same CVE number", *reasons)
    if not reasons:
        return None
    same_type, known = new.type == old.type != "", bool(new.type and old.type)
    by_text = _BY_TEXT if same_type or not known else 0.0
    if score + (1 - score) * by_text < at_least - _ROUNDED:
        return None
    if same_type:
        reasons = (*reasons, "same type of vulnerability")
    likeness = _likeness(new.text, old.text)
    if likeness >= _SIMILAR:
        reasons = (*reasons, "nearly the same text" if likeness >= _NEARLY_SAME else "similar text")
        score += (1 - score) * likeness * by_text
    if case.finder and case.finder.address.lower() == finder.lower():
        reasons = (*reasons, "from the same finder")
    if case.state.ended:
        reasons = (*reasons, ENDED)
    return Duplicate(case.id, round(min(score, 1.0), 2), reasons)


def _places(new: Subject, old: Subject) -> tuple[float, tuple[str, ...]]:
    """Websites: host, then path, parameter and type."""
    hosts = {host for host, _ in new.pages} & {host for host, _ in old.pages}
    if not hosts:
        return 0.0, ()
    shared = {page for page in new.pages & old.pages if page[1]}
    unnamed = any(not {path for host, path in s.pages if host in hosts and path} for s in (new, old))
    asked = new.parameters & old.parameters
    apart = not asked and new.parameters and old.parameters
    which = "page" if shared else "unnamed" if unnamed else "other"
    score = _PLACES[which][_same(new, old)]
    if which != "unnamed" and asked:
        score += 0.05 if shared else 0.1
    elif apart:
        score -= 0.15
    return score, ("same page" if shared else "same site", *(("same parameter",) if asked else ()))


def _products(new: Subject, old: Subject) -> tuple[float, tuple[str, ...]]:
    """Products: name, then versions and type."""
    same = _name_likeness(new, old)
    if same < _SAME_NAME:
        return 0.0, ()
    met = overlap(new.versions, old.versions)
    score = _PRODUCTS[met][_same(new, old)] * same
    name = "same product" if same > 0.95 else "product of nearly the same name"
    return score, (name, *(("overlapping versions",) if met else ()))


# The columns: the same type, unknown in one of the reports, different.
_PLACES = {
    "page": (0.9, 0.65, 0.35),
    "unnamed": (0.6, 0.4, 0.2),  # one of them names no page of the site
    "other": (0.4, 0.3, 0.1),
}
_PRODUCTS: Mapping[bool | None, tuple[float, float, float]] = {  # by whether versions overlap
    True: (0.85, 0.55, 0.25),
    None: (0.75, 0.5, 0.2),
    False: (0.5, 0.3, 0.1),
}


def _same(new: Subject, old: Subject) -> int:
    """The column of the tables above."""
    if not new.type or not old.type:
        return 1
    return 0 if new.type == old.type else 2


def _name_likeness(new: Subject, old: Subject) -> float:
    """1 for the same name, also with the maker's in front; else how alike they are, 0 for other numbers in them."""
    one, other = new.product, old.product
    if not one or not other:
        return 0.0
    for maker in () if one == other else new.makers | old.makers:
        if one != other:
            one, other = (name.removeprefix(maker) or name for name in (one, other))
    if one == other:
        return 1.0
    if re.findall(r"\d+", one) != re.findall(r"\d+", other):
        return 0.0
    return float(fuzz.ratio(one, other)) / 100


def _makers(vendor: str) -> frozenset[str]:
    words = _words(vendor)
    return frozenset(word for word in (*words, "".join(words)) if word)


def _likeness(one: str, other: str) -> float:
    if min(len(one), len(other)) < _TOO_SHORT:
        return 0.0
    return float(fuzz.ratio(one, other, score_cutoff=100 * _SIMILAR)) / 100


def _page(url: str) -> tuple[str, str] | None:
    """Host without www, and path in lower case; the path is "" for the site as a whole."""
    site = site_of(url)
    if site is None:
        return None
    try:
        path = urlsplit(url if "//" in url else f"//{url}").path
    except ValueError:
        path = ""
    plain = _DEFAULT_PAGE.sub("/", unquote(path[:300]).partition(";")[0].lower()).rstrip("/")
    return site.host.removeprefix("www."), plain


def _parameters(url: str) -> tuple[str, ...]:
    """The names in its query."""
    _, mark, query = url.partition("?")
    pairs = parse_qsl(query.partition("#")[0][:2_000], keep_blank_values=True, max_num_fields=None) if mark else ()
    return tuple(name.lower() for name, _ in pairs[:_MOST])


def _texts(values: Values, name: str) -> tuple[str, ...]:
    """The value of a field as texts; () if it is absent."""
    value = values.get(name)
    if value is None:
        return ()
    return tuple(map(str, value)) if isinstance(value, list | tuple) else (str(value),)


def _words(name: str) -> tuple[str, ...]:
    """The words of a name, without legal forms and version numbers."""
    folded = unicodedata.normalize("NFKC", name[:300]).casefold()
    return tuple(re.findall(r"[^\W_]+", _DOTTED.sub(" ", _LEGAL.sub(" ", folded))))


def _squeezed(name: str) -> str:
    return "".join(_words(name))


def _bare(text: str) -> str:
    """Letters and digits only, folded."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())
