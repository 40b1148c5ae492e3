"""What waits to go out, and what became of one attempt."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mailbot.core.messages import Draft


class Status(StrEnum):
    """Where an outbox item stands."""

    QUEUED = "queued"
    HELD = "held"  # waits for a person
    SENDING = "sending"  # an attempt was begun; after a crash its fate is unknown
    SENT = "sent"
    UNCERTAIN = "uncertain"  # sent or not unknown, tried as often as is safe
    DEAD = "dead"


class CalledOff(StrEnum):
    """Why an item is dead that nobody misses: how its `error` begins."""

    SAID = "the closing notice says it"
    NEWER = "a newer one was written"
    ENDED = "the case ended"
    TOGETHER = "asked in one mail with"
    ALONE = "each case asks for itself"
    TOLD = "told in one mail"
    BY_HAND = "a coordinator sent it by hand"
    WITHHELD = "withheld"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Difference:
    """One thing in which a mail differs from what the report says, or from what was shown before."""

    kind: str  # left_out, replaced, edited, file
    place: str  # the field of the report, or the part of the mail
    before: str
    after: str  # "" if nothing stands in its place
    why: str  # a code of `[left_out]` in labels.toml, the kind of what was replaced, or the rule


@dataclass(frozen=True)
class OutboxItem:
    """One thing to do outside: a mail (draft) or a search for contact points (no draft)."""

    item: str  # 16 hex digits, made from the effect's key
    case: str | None
    key: str
    template: str  # without language; "find_contacts" for a search
    status: Status
    created: datetime
    next: datetime
    draft: Draft | None = None
    contact: int | None = None
    held_for: str | None = None
    hash: str = ""  # over everything that leaves, and the key: what !approve takes
    attempts: int = 0
    doubts: int = 0  # attempts whose fate is unknown
    message_id: str = ""  # fixed before the first attempt
    error: str = ""
    approved_by: str | None = None
    settled: datetime | None = None
    values: tuple[tuple[str, str], ...] = ()  # of a request that may leave in one mail with others: what it was given
    joined: tuple[str, ...] = ()  # of such a mail: the items that it stands for
    with_cases: tuple[str, ...] = ()  # and all cases that it names
    encrypt_to: str = ""  # the fingerprint that it was shown with; "" if it would have gone in plain, or not at all
    differences: tuple[Difference, ...] = ()  # from the report, for coordinators' eyes only
    despite: tuple[str, ...] = ()  # rules of the egress gate that a coordinator overrode for exactly this content


def is_told(item: OutboxItem, since: datetime, case_ids: Collection[str]) -> bool:
    """Whether it is of one of these cases, or waits for a person, or was settled at or after that moment."""
    return item.case in case_ids or item.status is Status.HELD or (item.settled is not None and item.settled >= since)


def was_called_off(item: OutboxItem) -> bool:
    """Whether it did not go out because it need not, or because a person said so: no failure."""
    return item.status is Status.DEAD and item.error.startswith(tuple(CalledOff))


LADDER = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(days=1),
    timedelta(days=1),
)
"""Pauses between attempts: about three days, as RFC 5321 4.5.4.1 asks (4-5 days) less the relay's own."""

PAUSE_AFTER_DOUBT = timedelta(minutes=15)
MAX_DOUBTS = 2
