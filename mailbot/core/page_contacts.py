"""The contact points that one page of a site names, each with how far to believe it and why."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.core.contacts import checked_at
from mailbot.core.hosts import normalised_host, registrable_domain, same_domain, site_of
from mailbot.core.model import Contact
from mailbot.core.page_addresses import Disguise, Found, addresses_in, disguise_of, plainly
from mailbot.core.page_forms import forms_on
from mailbot.core.page_parts import Line, Page
from mailbot.core.page_phones import Phone, phones_in, with_dashes
from mailbot.core.page_shapes import PageRules
from mailbot.core.reading import short

SITE = "site"
MOST = 40
"""Contact points of one page that are weighed."""

_BASE = {
    "security": 0.80, "contact": 0.70, "office": 0.66, "law": 0.65, "company": 0.62, "front": 0.62, "policy": 0.55,
    "privacy": 0.55,
}  # fmt: skip
_OTHER_PAGE = 0.5
_SECURITY = 0.85
_PURPOSE = {
    "owner": 1.06, "contact": 1.0, "label": 0.98, "support": 0.96, "": 0.92, "privacy": 0.8, "order": 0.7,
    "person": 0.6, "press": 0.4, "sales": 0.4, "investor": 0.35, "recruiting": 0.35,
}  # fmt: skip
_NAMED = ("security", "owner", "contact", "support", "label", "privacy")
_NOT_THEIRS = ("automatic", "sample", "maker", "elsewhere", "parked")
_OTHERS = {"maker": "sales", "elsewhere": ""}
"""What words about others mean beside an address in the site's own domain: makers of sites have sites, too."""
_WAY = {"mail": 1.0, "form": 0.7, "tel": 0.6, "fax": 0.45}
_MOST_OF_A_WAY = {"mail": MOST, "tel": 4, "fax": 2}
_PAGE_NAMES = {
    "security": "security page", "contact": "contact page", "office": "page of offices", "law": "law-required page",
    "company": "company page", "front": "front page", "policy": "security policy", "privacy": "privacy page",
}  # fmt: skip
_MISSING = re.compile(
    r"\b404\b|not found|(?:ページ|ファイル|頁)(?:が|は)?(?:見つかり|みつかり|存在し|ござい|あり)ませ"
    r"|page (?:does not|doesn't) exist",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"\A\s?[(\[【<]([^)\]】>]{1,40})[)\]】>]?")
_BEFORE, _BEHIND, _ABOVE = 80, 40, 3
_LABEL_LINE = 60  # characters of a line above that may still be a label
_LIST_OF_STRANGERS = 0.25


@dataclass(frozen=True)
class Place:
    """Where a page was found: what it should be, by which link, for which affected host, and when it was read."""

    kind: str
    host: str
    checked: datetime
    words: str = ""
    weight: float = 1.0  # of everything on the page
    doubt: str = ""  # why it is less than 1
    guessed: bool = False  # no link leads there


@dataclass(frozen=True)
class _Mention:
    """An address in a page with the words around it, the nearest first."""

    way: str
    address: str
    around: tuple[str, ...]
    strangers: bool = False
    disguised: bool = False


def contacts_on(page: Page, place: Place, rules: PageRules) -> tuple[Contact, ...]:
    """The contact points that the page names for the site, best first, not yet compared with those of other pages."""
    best: dict[str, Contact] = {}
    refused: set[str] = set()
    for position, mention in enumerate(_mentions(page, registrable_domain(place.host))):
        contact = _weighed(mention, min(position, 20), page, place, rules)
        key = mention.address.lower()
        if contact is None:
            refused.add(key)
        elif key not in best or best[key].score < contact.score:
            best[key] = contact
    # What a page names as its maker's or as an example is not the operator's on another line of it either.
    found = [contact for key, contact in best.items() if key not in refused or "for security" in contact.why]
    found += _forms(page, place, rules, alone=not found)
    return tuple(sorted(found, key=lambda contact: -contact.score))


def is_parked(page: Page, rules: PageRules) -> bool:
    """Whether the page only tells that the domain is nobody's site."""
    text = " ".join((page.title, *(line.text for line in page.lines[:15])))[:2_000]
    return "parked" in (rules.purpose(page.title), rules.purpose(text) if len(page.lines) <= 40 else "")


def is_missing(page: Page) -> bool:
    """Whether the page only tells that there is none."""
    return bool(_MISSING.search(page.title)) or (
        len(page.lines) <= 20 and any(_MISSING.search(line.text) for line in page.lines[:6])
    )


def _mentions(page: Page, domain: str) -> Iterator[_Mention]:
    """Addresses and numbers in the order of the page, at most so many of each way."""
    disguise = disguise_of(line.text for line in page.lines)
    left = dict(_MOST_OF_A_WAY)
    above: list[str] = []
    heading = ""
    for line in page.lines:
        above, heading = above if line.heading == heading else [], line.heading
        text, mentions = _of_line(line, above, disguise, domain)
        for mention in mentions:
            if left[mention.way] > 0:
                left[mention.way] -= 1
                yield mention
        if any(mention.way == "mail" for mention in mentions):
            above = []
        elif not line.menu:
            above = [text, *above][:_ABOVE]
        if not left["mail"] and not left["tel"]:
            return


def _of_line(line: Line, above: list[str], disguise: Disguise, domain: str) -> tuple[str, list[_Mention]]:
    """The line as it is read, and what it names."""
    plain = with_dashes(plainly(line.text, disguise, domain))
    mails = addresses_in(line.text, plain, disguise)
    phones = phones_in(plain, above[0] if above else "")
    spots: list[Found | Phone] = sorted((*mails, *phones), key=lambda spot: spot.start)
    labels = tuple(words for words in above if len(words) <= _LABEL_LINE)
    mentions = []
    for spot in spots:
        way = "mail" if isinstance(spot, Found) else spot.address[:3]
        before = max((other.end for other in spots if other.end <= spot.start), default=0)
        behind = min((other.start for other in spots if other.start >= spot.end), default=len(plain))
        near = _near(plain, before, spot.start, spot.end, behind)
        around = (*near, *labels, line.heading)
        mentions.append(_Mention(way, spot.address, around, line.strangers, isinstance(spot, Found) and spot.disguised))
    return plain, mentions


def _near(text: str, before: int, start: int, end: int, behind: int) -> tuple[str, ...]:
    """The words of the line that belong to text[start:end]: what leads to it, and what a bracket behind it adds."""
    leading = _BRACKET.sub("", text[before:start])[-_BEFORE:] if before else text[max(0, start - _BEFORE) : start]
    bracket = _BRACKET.search(text[end : min(behind, end + _BEHIND)])
    trailing = text[end : end + _BEFORE] if behind == len(text) and len(leading.strip()) < 3 else ""
    return tuple(words for words in (bracket[1] if bracket else "", leading, trailing) if words.strip())


def _weighed(mention: _Mention, position: int, page: Page, place: Place, rules: PageRules) -> Contact | None:
    """The contact point, or None if it is none of the site's operator."""
    purpose = _purpose(mention, rules)
    foreign = _foreign(mention, place, page, rules)
    if purpose in _OTHERS and mention.way == "mail" and not foreign:
        purpose = _OTHERS[purpose]
    if purpose in _NOT_THEIRS or foreign == "bystander":
        return None
    notes = ["the page writes the address in a disguise"] if mention.disguised else []
    score, reasons = _score(purpose, place), _reasons(purpose, place)
    if foreign:
        # "support" in another company's domain is that company's.
        theirs = rules.mailbox_purpose(mention.address.partition("@")[0].lower()) in ("support", "owner")
        told = not theirs and any(rules.purpose(words) in _NAMED for words in mention.around if words)
        weight, why = _outside(mention.address, place, foreign, told)
        score *= weight
        reasons.append(why)
        notes.append(why)
    if mention.strangers:
        score *= _LIST_OF_STRANGERS
        reasons.append("among what visitors wrote")
    score *= _WAY[mention.way] * place.weight * 0.99**position
    return Contact(
        position + 1, mention.address, SITE, score=round(score, 3), why="; ".join(reasons),
        evidence=_evidence(page, place, notes),
    )  # fmt: skip


def _purpose(mention: _Mention, rules: PageRules) -> str:
    """What the address is for: its own name first, then the nearest words that tell; "label" if nothing else does."""
    said = [rules.purpose(words) for words in mention.around if words]
    own = rules.mailbox_purpose(mention.address.partition("@")[0].lower()) if mention.way == "mail" else ""
    for refused in _NOT_THEIRS:
        # An example or a maker is named right beside the address; a heading far above speaks of other things too.
        if own == refused or refused in said[:2]:
            return refused
    if own == "security" or "security" in said:
        return "security"
    if own and own not in ("contact", "person", "owner", "support"):
        return own
    told = next((purpose for purpose in said if purpose and purpose not in ("label", *_NOT_THEIRS)), "")
    if own and told in ("", "contact", "person"):
        return told if own == "person" and told else own
    return told or own or ("label" if "label" in said else "")


def _score(purpose: str, place: Place) -> float:
    base = _BASE.get(place.kind, _OTHER_PAGE)
    if purpose == "security":
        return _SECURITY
    return base * (1.0 if purpose == "privacy" and place.kind == "privacy" else _PURPOSE.get(purpose, 0.9))


def _reasons(purpose: str, place: Place) -> list[str]:
    page = _PAGE_NAMES.get(place.kind, "page")
    where = f"on the {page} {short(place.words, 40)}".rstrip()
    told = [f"for {purpose}"] if purpose not in ("", "label", "contact") else []
    return [where, *told, *([place.doubt] if place.doubt else [])]


def _foreign(mention: _Mention, place: Place, page: Page, rules: PageRules) -> str:
    """What kind of other domain a mail address lies in; "" if it lies in the site's own."""
    if mention.way != "mail":
        return ""
    host = normalised_host(mention.address.rpartition("@")[2]) or ""
    at = site_of(page.url)
    if same_domain(host, place.host) or (at is not None and same_domain(host, at.host)):
        return ""
    kind = rules.host_kind(host)
    return kind if kind in ("bystander", "mail-service") else "alike" if _alike(host, place.host) else "other"


def _alike(one: str, other: str) -> bool:
    """Whether two domains share their name: example.co.jp and example-group.com."""
    names = [registrable_domain(host).partition(".")[0] for host in (one, other)]
    short_name, long_name = sorted(names, key=len)
    return len(short_name) >= 4 and (long_name.startswith(short_name) or long_name.endswith(short_name))


def _outside(address: str, place: Place, kind: str, told: bool) -> tuple[float, str]:
    """The weight of an address in another domain, and why: more where the page itself calls it the contact."""
    domain = registrable_domain(address.rpartition("@")[2].lower())
    why = f"{domain} is outside the site's domain {registrable_domain(place.host)}"
    # A front page names the services that it uses in its margins.
    if told and (kind != "other" or place.kind in _BASE.keys() - {"front"}):
        return {"mail-service": 0.92, "alike": 0.9}.get(kind, 0.72), f"{why}, but the page gives it as the contact"
    return {"mail-service": 0.65, "alike": 0.7}.get(kind, 0.4), why


def _forms(page: Page, place: Place, rules: PageRules, alone: bool) -> Iterator[Contact]:
    """Forms for a person; the page itself, if it should name a contact point and none could be read."""
    for form in forms_on(page, place.kind, place.host, rules):
        score = _score(form.purpose, place) * _WAY["form"] * form.weight * place.weight
        reasons = [*_reasons(form.purpose, place), "a form, which a person fills in", *form.notes]
        yield Contact(1, form.url, SITE, score=round(score, 3), why="; ".join(reasons),
                      evidence=_evidence(page, place, form.notes))  # fmt: skip
        alone = False
    if alone and not place.guessed and (place.kind in ("contact", "security") or page.pictures):
        told = "the address is an image" if page.pictures else "nothing on the page could be read as a way to write"
        score = _BASE.get(place.kind, _OTHER_PAGE) * (0.45 if page.pictures else 0.3) * place.weight
        yield Contact(1, page.url, SITE, score=round(score, 3), why="; ".join((*_reasons("", place), told)),
                      evidence=_evidence(page, place, (told,)))  # fmt: skip


def _evidence(page: Page, place: Place, notes: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    notes = [*notes, *(["an address on the page is an image"] if page.pictures else [])]
    return (
        f"url: {page.url}",
        checked_at(place.checked),
        f"language: {page.language}",
        *(f"note: {note}" for note in dict.fromkeys(notes)),
    )


def doubted(place: Place, weight: float, doubt: str) -> Place:
    """The same place, believed less."""
    return replace(place, weight=place.weight * weight, doubt="; ".join(filter(None, (place.doubt, doubt))))
