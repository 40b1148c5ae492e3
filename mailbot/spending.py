"""What is over a budget of `core/budgets.py`: mail waits, many notices become one, the breaker's alarm goes once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache

from mailbot import memory
from mailbot.bot import Bot
from mailbot.core import budgets
from mailbot.core.effects import TellCoordinators
from mailbot.core.outbox import CalledOff, OutboxItem, Status
from mailbot.core.plain import one_line
from mailbot.pending import Pending
from mailbot.rendering import item_id, tell
from mailbot.round import Round
from mailbot.turns import in_turn

_NOTICE = "notice-problem"
_LINES = 200
_ANY_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Backlog:
    """What waits for a budget, and whether the breaker stopped any of it within the hour."""

    mails: int
    tripped: bool


def backlog(store: memory.Store, now: datetime) -> Backlog:
    """How much waits; looks at what is queued only."""
    waiting = sum(1 for item in store.items_due(_ANY_TIME) if budgets.is_waiting(item))
    return Backlog(waiting, budgets.tripped(_last_stop(store), now))


def put_off(bot: Bot, item: OutboxItem, now: datetime, others: Iterable[OutboxItem] = ()) -> OutboxItem | None:
    """The item as it waits, stored, where a budget keeps it from leaving now; None if it may leave. Within a turn.

    Those of the `others` that a budget keeps as well are put off in the same step: of a flood, each would be one more
    write. The first mail that the breaker stops tells coordinators in it, too: the alarm is neither lost nor repeated.
    """
    wait = budgets.wait(item, bot.store.spent, bot.limits, now)
    if wait is None:
        return None
    spent = cache(bot.store.spent)  # nothing leaves meanwhile, and they share most of their accounts
    also = ((other, budgets.wait(other, spent, bot.limits, now)) for other in others)
    stopped = [(item, wait), *((other, longer) for other, longer in also if longer)]
    pending = Pending(bot, now)
    for each, until in stopped:
        waits = replace(each, status=Status.QUEUED, next=max(until.until, now), error=f"{budgets.WAITS}{until.why}")
        pending.put(waits)
        pending.note(f"outbox {each.item} {each.template} waits until {waits.next.isoformat(timespec='minutes')}")
    if any(until.breaker for _, until in stopped):
        _trip(pending)
    pending.commit()
    return bot.store.item(item.item)


def told_of(item: OutboxItem, done: Round) -> None:
    """Say once in a round that the breaker stops mail."""
    problem = f"mail waits: {budgets.BREAKER} ([limits].mails_per_hour)"
    if item.error == f"{budgets.WAITS}{budgets.BREAKER}" and problem not in done.problems:
        done.problems.append(problem)


def summarise(bot: Bot, now: datetime) -> Iterator[str]:
    """Put one mail in the place of the notices to one coordinator that are over the hour's number.

    One that could not leave yet is waited for: while the relay is away, each round would write another.
    """
    for address in _over(bot, now):
        if count := in_turn(bot, _summed_up, address, now):
            yield f"summary of {count} notices"


def _over(bot: Bot, now: datetime) -> dict[str, tuple[OutboxItem, ...]]:
    """Per coordinator the notices that one mail is to stand for."""
    unsent = {
        i.draft.to.address for i in bot.store.items_due(_ANY_TIME) if i.draft and i.key.startswith(budgets.SUMMARY)
    }
    due: dict[str, list[OutboxItem]] = defaultdict(list)
    for item in bot.store.items_due(now):
        if item.draft and item.draft.audience == "coordinator" and item.status is Status.QUEUED and not item.doubts:
            due[item.draft.to.address].append(item)
    shared = {
        address: budgets.shared_out(notices, bot.store.spent, bot.limits, now)
        for address, notices in due.items()
        if address not in unsent
    }
    return {address: told.together for address, told in shared.items() if told.together}


def _summed_up(bot: Bot, address: str, now: datetime) -> int:
    """How many notices to the address one mail stands for from now on."""
    over = _over(bot, now).get(address, ())
    return len(over) if over and _store_summary(bot, address, over, now) else 0


def _store_summary(bot: Bot, address: str, over: Sequence[OutboxItem], now: datetime) -> bool:
    lines = [f"{one_line(item.draft.subject)}\n  mailbot outbox show {item.item}" for item in over if item.draft]
    more = [f"(+ {len(over) - _LINES}: mailbot outbox list --status dead)"] if len(over) > _LINES else []
    details = (("why", "many_notices"), ("n", str(len(over))), ("text", "\n".join(lines[:_LINES] + more)))
    effect = TellCoordinators(f"{budgets.SUMMARY}/{over[0].item}", _NOTICE, details)
    mails = [mail for mail in tell(bot, None, effect, (), now) if mail.draft and mail.draft.to.address == address]
    if not mails:
        return False
    pending = Pending(bot, now)
    pending.add(*mails)
    for item in over:
        pending.put(replace(item, status=Status.DEAD, error=f"{CalledOff.TOLD}: {mails[0].item}", settled=now))
    pending.note(f"outbox {mails[0].item} in the place of {len(over)} notices")
    pending.commit()
    return True


def _trip(pending: Pending) -> None:
    """Note that the breaker stopped mail; tell coordinators unless it did so within a day before."""
    bot, now = pending.bot, pending.now
    mark = bot.store.item(item_id(budgets.ALARM))
    if budgets.is_news(mark.settled if mark else None, now):
        commands = (
            f"[limits].mails_per_hour = {bot.limits.mails_per_hour}\nmailbot outbox list\nmailbot outbox retry ITEM"
        )
        details = (("why", "breaker"), ("text", commands))
        pending.add(*tell(bot, None, TellCoordinators(f"{budgets.ALARM}/{now.isoformat()}", _NOTICE, details), (), now))
        pending.note("the breaker stops mail")
    created = mark.created if mark else now
    key = budgets.ALARM
    pending.put(OutboxItem(item_id(key), None, key, _NOTICE, Status.SENT, created, now, settled=now))


def _last_stop(store: memory.Store) -> datetime | None:
    mark = store.item(item_id(budgets.ALARM))
    return mark.settled if mark else None
