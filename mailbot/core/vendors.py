"""The product track: where each vendor of a case stands, and what leads from there to the next place.

Theory. A product is often several vendors' (a library and who ships it). Report, triage and the day of publication are
the case's; between them every vendor goes its own way, at its own pace, and no vendor hears of another. The table
below is that way: figure 3 and clauses IV-3 and IV-4 of the guideline, with who acts, the mail that goes out then (""
for none) and the clock that starts (a name of the policy's waits, or words). A case without named vendors has one
counterpart and goes by `lifecycle.TRANSITIONS` alone.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class VendorState(StrEnum):
    """Where one vendor stands (P3 to PC of the track; P0 to P2 and PX are the case's)."""

    NAMED = "named"  # P3: it is theirs, nobody has written yet
    CONTACTING = "contacting"  # P4 開発者連絡中
    DETAILS_SENT = "details_sent"  # P5 詳細連絡済
    COORDINATING = "coordinating"  # P6 公表日調整
    READY = "ready"  # P7 公表待ち: measures are there
    PUBLISHED = "published"  # P8 JVN公表
    REVIEW = "review"  # PR: not affected or not worth it, they say; a person judges
    LISTED_NAME = "listed_name"  # PU1 連絡不能開発者: its name is public
    LISTED_PRODUCT = "listed_product"  # PU2: and the product's
    LISTED_DEADLINE = "listed_deadline"  # PU3: and the last day to answer
    JUDGING = "judging"  # PJ 公表判定委員会
    CLOSED = "closed"  # PC


class VendorTrigger(StrEnum):
    """What moves a vendor."""

    FIRST_CONTACT = "first_contact"
    DETAILS_SENT = "details_sent"
    WORKING = "working"  # affected, or at least checking
    FIXED = "fixed"
    DECLINED = "declined"
    LIST = "list"
    JUDGE = "judge"
    PUBLISH = "publish"
    CLOSE = "close"
    REOPEN = "reopen"


class Finding(StrEnum):
    """What a vendor says of its product; the product states of CSAF."""

    NONE = ""
    INVESTIGATING = "investigating"
    AFFECTED = "affected"
    NOT_AFFECTED = "not_affected"
    FIXED = "fixed"


@dataclass(frozen=True)
class Product:
    """A product of one vendor: which versions are affected and which mend it, as users read it; "" if not known."""

    name: str
    affected: str = ""
    fixed: str = ""


@dataclass(frozen=True)
class Vendor:
    """One vendor of a case. Its contact points are those of the case that carry its number."""

    n: int
    name: str
    state: VendorState = VendorState.NAMED
    since: datetime | None = None
    details_sent: datetime | None = None
    reference: str = ""  # its own number for the matter
    finding: Finding = Finding.NONE
    statement: str = ""  # what it says to users
    products: tuple[Product, ...] = ()  # what of it is affected, for the advisory


@dataclass(frozen=True)
class Move:
    """One line of the table."""

    source: VendorState
    trigger: VendorTrigger
    target: VendorState
    clause: str
    actor: str  # desk, vendor, coordinator
    mail: str = ""
    timer: str = ""


_V, _T = VendorState, VendorTrigger
_LISTED = (_V.LISTED_NAME, _V.LISTED_PRODUCT, _V.LISTED_DEADLINE)
_BEFORE_DETAILS = (_V.NAMED, _V.CONTACTING, *_LISTED)
_AT_WORK = (_V.DETAILS_SENT, _V.COORDINATING, _V.READY)
_OPEN = tuple(state for state in _V if state is not _V.CLOSED)


def _from(
    sources: tuple[VendorState, ...],
    trigger: VendorTrigger,
    target: VendorState,
    clause: str,
    actor: str,
    mail: str = "",
    timer: str = "",
) -> tuple[Move, ...]:
    return tuple(Move(source, trigger, target, clause, actor, mail, timer) for source in sources)


MOVES: tuple[Move, ...] = (
    *_from(
        (_V.NAMED, _V.CONTACTING),
        *(_T.FIRST_CONTACT, _V.CONTACTING),
        *("図3; 起算日", "desk", "first-contact", "contact_answer_business"),
    ),
    *_from(_BEFORE_DETAILS, _T.DETAILS_SENT, _V.DETAILS_SENT, "図3; IV-4-2", "desk", "details", "verification_days"),
    *_from(_AT_WORK, _T.DETAILS_SENT, _V.DETAILS_SENT, "図3", "desk", "details", "verification_days"),
    *_from((_V.DETAILS_SENT, _V.REVIEW, _V.READY), _T.WORKING, _V.COORDINATING, "IV-4-3", "vendor"),
    *_from((_V.JUDGING,), _T.WORKING, _V.COORDINATING, "IV-3(2)", "coordinator"),
    *_from((_V.DETAILS_SENT, _V.COORDINATING, _V.REVIEW), _T.FIXED, _V.READY, "IV-4-3", "vendor", "fix-thanks"),
    *_from(_AT_WORK, _T.DECLINED, _V.REVIEW, "IV-3(1)7", "vendor"),
    *_from((_V.CONTACTING,), _T.LIST, _V.LISTED_NAME, "IV-4-2", "coordinator", "", "listing_days"),
    *_from((_V.LISTED_NAME,), _T.LIST, _V.LISTED_PRODUCT, "IV-4-2", "coordinator", "", "listing_days"),
    *_from((_V.LISTED_PRODUCT,), _T.LIST, _V.LISTED_DEADLINE, "付録5-2", "coordinator", "", "unreachable_days"),
    *_from((*_LISTED, _V.COORDINATING, _V.REVIEW), _T.JUDGE, _V.JUDGING, "IV-3(2)1", "coordinator"),
    *_from((*_AT_WORK, _V.REVIEW), _T.PUBLISH, _V.PUBLISHED, "IV-3(1)13", "coordinator", "publication-counterpart"),
    *_from((_V.JUDGING,), _T.PUBLISH, _V.PUBLISHED, "IV-3(2)5", "coordinator", "publication-counterpart"),
    *_from(_OPEN, _T.CLOSE, _V.CLOSED, "IV-3(1)7", "coordinator"),
    *_from((_V.CLOSED,), _T.REOPEN, _V.NAMED, "IV-3(1)7", "coordinator"),
)
"""Every way from one state of a vendor to another."""

_BY_TRIGGER = {(move.source, move.trigger): move.target for move in MOVES}


def after(state: VendorState, trigger: VendorTrigger) -> VendorState | None:
    """Where the trigger leads from `state`; None if nowhere."""
    return _BY_TRIGGER.get((state, trigger))


def reachable(state: VendorState) -> tuple[VendorState, ...]:
    """The states that one step leads to."""
    return tuple(dict.fromkeys(m.target for m in MOVES if m.source is state and m.target is not state))


def vendor_of(vendors: tuple[Vendor, ...], n: int) -> Vendor | None:
    """Vendor number `n`."""
    return next((vendor for vendor in vendors if vendor.n == n), None)


def label(vendor: Vendor) -> str:
    """How deadlines and notices name it; the number comes first."""
    return f"{vendor.n} {vendor.name}"


LISTED = _LISTED
"""連絡不能開発者: PU1 to PU3."""

SEEKING = _BEFORE_DETAILS
"""States in which a first contact makes sense."""
