"""Whether an outbox item may go now: judged within a turn, by everything that stands in the desk's memory."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailbot import gathering, outcomes, spending
from mailbot.bot import Bot
from mailbot.core.model import Case
from mailbot.core.outbox import MAX_DOUBTS, OutboxItem, Status
from mailbot.core.wanted import given_up, still_wanted
from mailbot.outcomes import case_of, in_doubt
from mailbot.recipient_keys import RecipientKey, recipient_key

_LOOK_AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class Attempt:
    """An item that may go out, as everything stands that it was judged by."""

    stored: OutboxItem
    item: OutboxItem  # with the doubt, if a process ended in the middle of sending it
    case: Case | None
    key: RecipientKey | None

    @property
    def certain(self) -> bool:
        """Whether it surely did not go out before."""
        return not self.item.doubts and self.item.status is not Status.SENDING


def judge(bot: Bot, item_id: str, now: datetime, *, copied: bool = False) -> Attempt | OutboxItem | None:
    """Whether the item may go now, as everything stands in this turn: what it goes by, else what becomes of it.

    None if it is not due any more. `copied`: our own copy of it lies in the sent folder.
    """
    stored = bot.store.item(item_id)
    if stored is None or not is_due(stored, now):
        return None
    item, case = stored, case_of(bot, stored)
    if copied and in_doubt(item):
        return outcomes.taken(bot, case, item, now, "our own copy is in the sent folder")
    if item.status is Status.SENDING:
        # The process ended between the attempt and its record: whether the mail went out is not known.
        item = replace(item, doubts=item.doubts + 1)
        if item.doubts > MAX_DOUBTS:
            return outcomes.settle(bot, case, item, Status.UNCERTAIN, "sent or not unknown, tried twice", now)
    key = recipient_key(bot, case, item.draft.to.address, now) if item.draft else None
    going = Attempt(stored, item, case, key)
    if item.joined and going.certain and gathering.broken(bot, item, now):
        return gathering.take_apart(bot, item, now)
    if case is not None and not still_wanted(item, case):
        told = case if item.joined else None  # in doubt, or it were taken apart: its other cases still wait for it
        return outcomes.settle(bot, told, item, given_up(item), "no longer wanted", now)
    if case is not None and case.on_hold and not _may_go_on_hold(item):
        return outcomes.store(bot, replace(item, status=Status.QUEUED, next=now + _LOOK_AGAIN), now)
    return (spending.put_off(bot, item, now, _as_good(bot, item, now)) if item.draft else None) or going


def _as_good(bot: Bot, item: OutboxItem, now: datetime) -> Iterator[OutboxItem]:
    """The other mails that are due and that nothing but a budget can keep now."""
    for other in bot.store.items_due(now):
        if other.item == item.item or other.status is not Status.QUEUED or other.draft is None or other.joined:
            continue
        case = case_of(bot, other)
        if case is None or (still_wanted(other, case) and (not case.on_hold or _may_go_on_hold(other))):
            yield other


def is_due(item: OutboxItem, now: datetime) -> bool:
    """Whether it may be tried at this moment."""
    return item.status in (Status.QUEUED, Status.SENDING) and item.next <= now


def _may_go_on_hold(item: OutboxItem) -> bool:
    """`!hold` stops what the bot writes by itself, not what coordinators get or have approved."""
    return item.approved_by is not None or (item.draft is not None and item.draft.audience == "coordinator")
