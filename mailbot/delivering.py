"""What one round sends: everything that is due, one after another, as far as time and relay allow."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic

from mailbot import spending
from mailbot.bot import Bot
from mailbot.core.budgets import is_waiting
from mailbot.core.messages import SealedMail
from mailbot.core.outbox import OutboxItem, Status
from mailbot.dispatch import attempt_safely
from mailbot.errors import AccessError, UnreachableError
from mailbot.judging import is_due
from mailbot.pending import Pending
from mailbot.ports import Sender
from mailbot.round import Round
from mailbot.turns import in_turn

_ROUND_SECONDS = 300
_REFUSALS = 2  # in a row, after which a relay is asked no more in this round
_FARTHEST = timedelta(days=3)
"""No pause between attempts and no budget puts a mail off so long: then the clock was wrong when it was put off."""
_ANY_TIME = datetime.max.replace(tzinfo=UTC)
_FAULTS = ("fault", "leak", "egress/", "cannot be sealed")


class WayOut:
    """The sender during one round: whether the relay lets anybody in. That nobody gets in is no matter of one mail."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._refusals = 0

    def send(self, mail: SealedMail) -> None:
        """As the sender does."""
        try:
            self._sender.send(mail)
        except AccessError:  # every further attempt would be one more refused login
            self._refusals = _REFUSALS
            raise
        except UnreachableError:
            self._refusals += 1
            raise
        except Exception:
            self._refusals = 0
            raise
        self._refusals = 0

    def close(self) -> None:
        """As the sender does."""
        self._sender.close()

    def shut_for(self, item: OutboxItem) -> bool:
        """Whether the item would need the relay, and that is away: look-ups go on."""
        return item.draft is not None and self._refusals >= _REFUSALS


def deliver(bot: Bot, now: datetime, done: Round, clock: Callable[[], float] = monotonic) -> Iterator[str]:
    """Attempt everything that is due; what an attempt causes may be due at once and is attempted too.

    What a round has no time left for, and all mail once the relay lets nobody in, stays as it is for the next round.
    """
    _bring_back(bot, now)
    way = WayOut(bot.sender)
    bot, end = replace(bot, sender=way), clock() + _ROUND_SECONDS
    attempted, left = 0, set[str]()  # what another process has in hand is left to it
    for item in _due(bot, now, way, left):
        if attempted == bot.limits.outbox_per_round:
            return
        if clock() > end:
            done.problems.append(f"sending took longer than {_ROUND_SECONDS} s; the next round goes on")
            return
        result = attempt_safely(bot, item, now)
        if result is None:
            left.add(item.item)
            continue
        attempted += 1
        _count(result, done)
        yield f"{result.status} {result.template} {result.case or ''} {result.error}".strip()


def _count(result: OutboxItem, done: Round) -> None:
    """What became of an item, and what of that a person should see."""
    match result.status:
        case Status.SENT:
            done.sent += 1
        case Status.DEAD | Status.UNCERTAIN:
            done.dead += 1
            done.problems.append(f"{result.item} {result.template}: {result.error}")
        case Status.HELD if (result.held_for or "").startswith(_FAULTS):
            done.problems.append(f"{result.item} {result.template}: held: {result.held_for}")
        case _:
            pass
    spending.told_of(result, done)
    if result.error and result.status is Status.QUEUED and not is_waiting(result):
        done.problems.append(f"{result.item} {result.template}: {result.error}")


def _bring_back(bot: Bot, now: datetime) -> None:
    """Let what a wrong clock put off to a day far ahead be due now."""
    if _far_ahead(bot, now):
        in_turn(bot, _due_now, now)


def _due_now(bot: Bot, now: datetime) -> None:
    if far := _far_ahead(bot, now):
        pending = Pending(bot, now)
        for item in far:
            pending.put(replace(item, next=now))
            pending.note(f"outbox {item.item} {item.template} was put off by a wrong clock")
        pending.commit()


def _far_ahead(bot: Bot, now: datetime) -> list[OutboxItem]:
    return [item for item in bot.store.items_due(_ANY_TIME) if item.next > now + _FARTHEST]


def _due(bot: Bot, now: datetime, way: WayOut, left: Collection[str]) -> Iterator[OutboxItem]:
    """What is due, each as it is when its turn comes; looked up anew only when all of it was attempted."""
    while due := [i for i in bot.store.items_due(now) if i.item not in left and not way.shut_for(i)]:
        for item in due:
            current = bot.store.item(item.item)
            if current and is_due(current, now) and not way.shut_for(current):
                yield current
