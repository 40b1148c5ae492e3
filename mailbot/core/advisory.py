"""What the desk tells the public of a product's vulnerability: built for the advisory draft and for CSAF alike.

Theory. A public text is nobody's to take back. So it is made of what the desk and the vendors chose to say: product,
type, numbers, scores, versions, what vendors tell users, and our own words for what the type means. The report's own
words (summary, impact, workaround) go into drafts alone, marked as such, for a person to write anew; its steps go
nowhere. The finder is named by `credit_name`, if `consent.credit` says yes. A vendor is named once it has the details
or has said something of its product, or when its name was published as one that cannot be reached (IV-4-2).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mailbot.core.advisory_view import AdvisoryView, ProductLine, ScoreLine, VendorLine
from mailbot.core.desk import Desk
from mailbot.core.model import Case, State, Track
from mailbot.core.numbers import numbers_of
from mailbot.core.plain import clean, one_line
from mailbot.core.scores import score_of, whole
from mailbot.core.show import local_day
from mailbot.core.templates import TypeText
from mailbot.core.type_words import TypeWords
from mailbot.core.vendors import Finding, Product, Vendor, VendorState

LISTED = (VendorState.LISTED_NAME, VendorState.LISTED_PRODUCT, VendorState.LISTED_DEADLINE, VendorState.JUDGING)
_TOLD = ("summary", "impact", "workaround")
_AT_WORK = (State.NOTIFIED, State.FIXING, State.FIX_REPORTED, State.REVIEW, State.SCHEDULED)
_LONGEST_CREDIT = 200
_TELLS_MORE = re.compile(r"!number |!vendor [0-9]+ (?:says|product|unproduct|state) ")

Clean = Callable[[str], str]
"""Takes out of a text that others wrote what must not be given away."""


@dataclass(frozen=True)
class Words:
    """The words of one language for the type of the vulnerability."""

    language: str
    types: Mapping[str, TypeText]
    meaning: TypeWords
    texts: Mapping[str, str]  # [advisory] of labels.toml


def unfit(case: Case) -> str | None:
    """Why there can be no advisory of the case; None if there can."""
    if case.track is not Track.PRODUCT:
        return "nothing is published of a website (guideline V-3-11)"
    if case.milestones.accepted is None and case.milestones.published is None:
        return "the case is not accepted yet: !accept comes first"
    return None


def advisory_view(case: Case, desk: Desk, words: Words, safe: Clean, now: datetime) -> AdvisoryView:
    """What may be told of `case`, which was cleared of private passages; `safe` cleans what others wrote in it."""

    def text(name: str) -> str:
        return safe(clean(case.field_text(name)))

    published = case.milestones.published
    code = case.field_text("vulnerability.type")
    named = words.types.get(code)
    numbers = numbers_of(case)
    lines = tuple(_vendor_lines(case, desk, safe))
    product = one_line(text("product.name"))
    about = product or next((p.name for v in lines if v.status for p in v.products), words.texts["a_product"])
    type_name = named.name(words.language) if named else ""
    told = ("", "", "") if published else tuple(text(f"vulnerability.{name}").strip() for name in _TOLD)
    return AdvisoryView(
        id=next((n.text for n in numbers if n.series != "CVE"), case.id),
        draft=published is None,
        published=local_day(published, desk) if published else None,
        planned=local_day(case.publication, desk) if case.publication and not published else None,
        updated=local_day(_updated(case, now), desk),
        tlp=_tlp(case),
        title=_worded(words, "title", about, type_name),
        overview=_worded(words, "summary", about, type_name),
        product=product,
        type=type_name,
        happens=flowing(words.meaning.happens, words.language),
        cwe=tuple(one_line(cwe) for cwe in _list(case, "vulnerability.cwe")),
        cves=tuple(n.text for n in numbers if n.series == "CVE"),
        numbers=tuple((n.text, n.page) for n in numbers),
        score=_score(case),
        vendors=tuple(line for line in lines if line.status),
        left_out=tuple(line.name for line in lines if not line.status),
        credit=_credit(case),
        told_summary=told[0],
        told_impact=told[1],
        told_workaround=told[2],
        exploited=case.exploited is True and published is None,
    )


def flowing(text: str, language: str) -> str:
    """Words of ours that were cut into short lines for a mail, as one paragraph."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return ("" if language == "ja" else " ").join(lines)


def _worded(words: Words, what: str, product: str, type_name: str) -> str:
    text = words.texts[what if type_name else f"untyped_{what}"]
    return text.replace("{type}", type_name).replace("{product}", product)


def names_in(view: AdvisoryView) -> tuple[str, ...]:
    """The names that the advisory gives on purpose: of products and vendors, and of a finder who wants to be named."""
    vendors = (name for v in view.vendors for name in (v.name, *(p.name for p in v.products)))
    return tuple(filter(None, (view.product, view.credit, *view.left_out, *vendors)))


def _list(case: Case, name: str) -> tuple[str, ...]:
    value = case.field(name)
    return value if isinstance(value, tuple) else (str(value),) if value else ()


def _credit(case: Case) -> str:
    name = one_line(case.field_text("credit_name")) if case.agreed("credit") else ""
    return name if len(name) <= _LONGEST_CREDIT else ""


def _score(case: Case) -> ScoreLine | None:
    stated = one_line(case.field_text("vulnerability.cvss_vector"))
    score = score_of(stated) if stated else None
    if score is None:
        return None
    vector = whole(stated)
    version = found.group(1) if (found := re.match(r"CVSS:([0-9.]+)/", vector)) else "2.0"
    return ScoreLine(version, vector, score)


def _tlp(case: Case) -> str:
    """Who may read it (TLP 1.0, as CSAF 2.0 has it): all, the vendor that has the details, or our own people alone.

    A draft that names several vendors tells each of the others, so it is for none of them.
    """
    if case.milestones.published:
        return "WHITE"
    return "AMBER" if case.state in _AT_WORK and len(case.vendors) < 2 else "RED"


def _updated(case: Case, now: datetime) -> datetime:
    return revisions(case)[-1] if case.milestones.published else now


def revisions(case: Case) -> tuple[datetime, ...]:
    """When a published advisory said something new: its publication, and later orders about numbers and vendors."""
    published = case.milestones.published
    if published is None:
        return ()
    orders = [e for e in case.timeline if e.what == "command"]
    told = max((n for n, e in enumerate(orders) if e.text.startswith("!publish ")), default=len(orders))
    later = (e.at for e in orders[told + 1 :] if _TELLS_MORE.match(e.text))
    return (published, *sorted({at for at in later if at > published}))


def _vendor_lines(case: Case, desk: Desk, safe: Clean) -> list[VendorLine]:
    if case.vendors:
        return [_named(case, vendor, desk, safe) for vendor in case.vendors]
    product = one_line(safe(clean(case.field_text("product.name"))))
    if not product:
        return []
    own = ProductLine(product, one_line(safe(case.field_text("product.version"))), "")
    since = case.milestones.published or case.milestones.details_sent
    name = one_line(safe(case.field_text("product.vendor")))
    fixed = case.milestones.fix_reported is not None
    return [VendorLine(name, _of_the_only(case), fixed, local_day(since, desk) if since else None, "", (own,))]


def _of_the_only(case: Case) -> str:
    """Of a case with one vendor, who is not named apart: accepted means that we believe the report."""
    if case.milestones.published or case.milestones.fix_reported:
        return "affected"
    return "informed" if case.milestones.details_sent else "investigating"


def _named(case: Case, vendor: Vendor, desk: Desk, safe: Clean) -> VendorLine:
    since = local_day(vendor.since, desk) if vendor.since else None
    products = tuple(
        ProductLine(one_line(p.name), one_line(p.affected), one_line(p.fixed))
        for p in vendor.products or _usual(case, vendor, safe)
        if one_line(p.name)
    )
    fixed = vendor.finding is Finding.FIXED or any(p.fixed for p in products)
    return VendorLine(
        one_line(vendor.name), _status(vendor), fixed, since, safe(clean(vendor.statement)).strip(), products
    )


def _usual(case: Case, vendor: Vendor, safe: Clean) -> tuple[Product, ...]:
    """What the report names, for a vendor of whom no product was named; the version only if it is that vendor's."""
    name = safe(case.field_text("product.name")).strip()
    stated = case.field_text("product.vendor").strip().casefold() == vendor.name.casefold()
    version = case.field_text("product.version") if stated or len(case.vendors) == 1 else ""
    return (Product(name, safe(clean(version))),) if name else ()


def _status(vendor: Vendor) -> str:
    """ "" for a vendor that is not named: not reached yet, or no party to it after all."""
    match vendor.finding:
        case Finding.AFFECTED | Finding.FIXED:
            return "affected"
        case Finding.NOT_AFFECTED:
            return "not_affected"
        case Finding.INVESTIGATING:
            return "investigating"
    if vendor.state in LISTED:
        return "unreachable"
    return "informed" if vendor.details_sent and vendor.state is not VendorState.CLOSED else ""
