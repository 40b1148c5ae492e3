"""What a stored case or outbox item is looked up by, read out of its row: the same for every store."""

from collections.abc import Sequence
from datetime import datetime

from mailbot.adapters.records import Document
from mailbot.core.budgets import accounts, left_at
from mailbot.core.fields import SUBJECT
from mailbot.core.mailboxes import mailbox
from mailbot.core.model import State
from mailbot.core.outbox import Status
from mailbot.core.traces import FIELDS, pieces

TO_SEND = (Status.QUEUED.value, Status.SENDING.value)
"""The statuses of an item that is sent when its time has come."""
ENDED = frozenset(state.value for state in State if state.ended)
"""The states of a case that is over."""


def sign(fields: Sequence[Document]) -> int:
    """The same for fields that say the same, and not 0: 64 bits with a secret of this process in them."""
    return hash(tuple((field["name"], _hashable(field["value"])) for field in fields)) or 1


def _hashable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def has_ended(row: Document) -> bool:
    """Whether the case is over."""
    return row["state"] in ENDED


def deadline_of(row: Document) -> datetime | None:
    """The earliest deadline of a case that is open."""
    times = () if has_ended(row) else tuple(moment(deadline["at"]) for deadline in row["deadlines"])
    return min(times, default=None)


def addresses_of(row: Document) -> frozenset[str]:
    """The addresses of an open case's contact points, in small letters."""
    return frozenset(() if has_ended(row) else (contact["address"].lower() for contact in row["contacts"]))


def subjects_of(row: Document) -> tuple[str, ...]:
    """What the case is about, as `duplicates.keys` has it."""
    from mailbot.core.duplicates import keys  # with all that reads mail: who looks at cases only needs none of it

    return keys({field["name"]: field["value"] for field in row["fields"] if field["name"] in SUBJECT})


def pieces_of(row: Document) -> tuple[int, ...]:
    """What an open case tells, as `core/traces.py` has it: within this process only."""
    fields = () if has_ended(row) else row["fields"]
    return pieces({field["name"]: field["value"] for field in fields if field["name"] in FIELDS})


def receipt_to(row: Document) -> str | None:
    """The mailbox that an item is a receipt to, unless it will never arrive."""
    if row["draft"] and row["template"].endswith("receipt") and row["status"] != Status.DEAD.value:
        return mailbox(row["draft"]["to"]["address"])
    return None


def spent_by(row: Document) -> tuple[datetime, tuple[str, ...]] | None:
    """When an item left, and the accounts of `core/budgets.py` that it counts for; None if it did not."""
    draft = row["draft"]
    if draft is None:
        return None
    at = left_at(row["status"], row.get("settled"), row["next"], row.get("doubts", 0))
    if at is None:
        return None
    return at, accounts(row["key"], row["template"], draft["audience"], draft["to"]["address"], row["case"])


def moment(text: str) -> datetime:
    """A moment as it is stored."""
    return datetime.fromisoformat(text)
