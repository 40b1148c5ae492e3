"""What the digest of a business day may say: every case in a line, and counts."""

from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

_T = TypeVar("_T")


@dataclass(frozen=True)
class Listed(Generic[_T]):
    """The first lines of a list, and how many more there are."""

    lines: tuple[_T, ...]
    more: int


@dataclass(frozen=True)
class WaitingLine:
    """A case that waits for somebody."""

    case: str
    place: str
    state: str
    who: str  # finder, contact, coordinator
    since: date
    until: date | None
    held: int  # mails that wait for approval
    urgent: bool
    on_hold: bool
    assigned: str


@dataclass(frozen=True)
class DueLine:
    """What ends today at the latest."""

    case: str
    kind: str
    day: date
    note: str


@dataclass(frozen=True)
class FailedLine:
    """An address that a mail did not reach; without a case it is one of our own people's."""

    case: str
    address: str
    what: str  # bounced, failed, uncertain, held
    day: date


@dataclass(frozen=True)
class SetAsideLine:
    """A mail that a person must look at."""

    id: str
    kind: str  # held, quarantined
    sender: str
    why: str
    day: date


@dataclass(frozen=True)
class DigestView:
    """Where the whole desk stands at the start of a business day."""

    waiting: Listed[WaitingLine]  # for coordinators
    others: Listed[WaitingLine]  # for finders and contact points
    due: Listed[DueLine]
    failed: Listed[FailedLine]
    set_aside: Listed[SetAsideLine]
    came_in: int  # mails since the digest before
    accounted: tuple[tuple[str, int], ...]  # what became of them: kind, number
    unfinished: int  # begun, and neither done nor set aside
    over_budget: int = 0  # mails of ours that wait because too many went out
    journal: str = ""  # number and hash of the journal's last line, so that people hold a copy of it
