"""What an advisory may say: the view that its template and the CSAF document are made of."""

from dataclasses import dataclass
from datetime import date

ADVISORY_STATUSES = ("affected", "not_affected", "investigating", "informed", "unreachable")
"""What an advisory says of a vendor; labels.toml has the words."""

ADVISORY_TEXTS = (
    *("title", "untyped_title", "summary", "untyped_summary", "a_product", "impact", "summary_title", "from_vendor"),
    *("reported", "update", "ask", "none", "exploited", "first", "changed", "drafted"),
)
"""Words of labels.toml that advisories are put together from."""


@dataclass(frozen=True)
class ScoreLine:
    """A CVSS base score with the vector that it comes from."""

    version: str
    vector: str
    score: float


@dataclass(frozen=True)
class ProductLine:
    """A product with the versions that are affected and the one that mends it; "" if not known."""

    name: str
    affected: str
    fixed: str


@dataclass(frozen=True)
class VendorLine:
    """A vendor as an advisory names it."""

    name: str
    status: str  # of ADVISORY_STATUSES; "" for one that is left out
    fixed: bool
    since: date | None
    statement: str
    products: tuple[ProductLine, ...]


@dataclass(frozen=True)
class AdvisoryView:
    """What may be published of a case, and in drafts what the report says of it."""

    id: str
    draft: bool
    published: date | None
    planned: date | None
    updated: date
    tlp: str
    title: str
    overview: str
    product: str
    type: str
    happens: str
    cwe: tuple[str, ...]
    cves: tuple[str, ...]
    numbers: tuple[tuple[str, str], ...]  # each with its page
    score: ScoreLine | None
    vendors: tuple[VendorLine, ...]
    left_out: tuple[str, ...]  # vendors that are not named in it
    credit: str
    told_summary: str  # this and the next two: the report's own words; "" once it is published
    told_impact: str
    told_workaround: str
    exploited: bool
