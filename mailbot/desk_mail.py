"""The digest that coordinators get at the start of a business day; at most one a day, whatever happens in between."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from mailbot.bot import Bot
from mailbot.core.compose import compose_digest
from mailbot.core.digest import Counted, asks_something, digest
from mailbot.core.digest_view import DigestView
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem, Status
from mailbot.errors import TransientError, place_of
from mailbot.pending import Pending
from mailbot.rendering import item_id, mail_item
from mailbot.round import Round
from mailbot.spending import backlog
from mailbot.turns import in_turn

log = logging.getLogger(__name__)

TEMPLATE = "notice-digest"
_WITHIN = 60  # days in which another digest is looked for; without one before, everything counts as new
_ANY_TIME = datetime.max.replace(tzinfo=UTC)


def send_digest(bot: Bot, now: datetime, done: Round) -> Iterator[str]:
    """Write to the coordinators once the desk has opened, if there is something to do; a line when it was written.

    Costs one look-up a round: that a day was spoken of, or had nothing to speak of, stands in the outbox. A bug here
    keeps nothing else waiting. Raises TransientError when the memory fails.
    """
    try:
        yield from _send(bot, now)
    except TransientError:
        raise
    except Exception as exc:
        log.error("the digest could not be written: %s at %s", type(exc).__name__, place_of(exc))
        done.problems.append(f"the digest could not be written ({type(exc).__name__})")


def _send(bot: Bot, now: datetime) -> Iterator[str]:
    day = bot.policy.today(now)
    if not bot.desk.coordinators or now < bot.policy.opening(now) or _spoken_of(bot, day):
        return
    if in_turn(bot, _written, day, now):
        yield f"digest {day}"


def _written(bot: Bot, day: date, now: datetime) -> bool:
    """Whether the day's digest is on its way now; another process may have written it."""
    if _spoken_of(bot, day):
        return False
    view = _digest(bot, day, now)
    pending = Pending(bot, now)
    pending.put(_mark(_key(day), now))
    told = asks_something(view)
    if told:
        pending.add(*_mails(bot, view, day, now))
    pending.note(f"digest {day} {'sent' if told else 'silent'}: {view.came_in} in, {view.unfinished} unfinished")
    pending.commit()
    return told


def _spoken_of(bot: Bot, day: date) -> bool:
    """Whether that day, or a later one after which the clock went back, had its digest."""
    return any(_mark_of(bot, day + timedelta(days=n)) for n in range(_WITHIN))


def _digest(bot: Bot, day: date, now: datetime) -> DigestView:
    before = (_mark_of(bot, day - timedelta(days=n)) for n in range(1, _WITHIN))
    last = next((mark.created for mark in before if mark), None)
    mails = (Counted(d.digest, d.kind, d.at, d.sender, d.why) for d in bot.store.dispositions())
    held = (*bot.store.items_held(), *bot.store.items_uncertain())
    view = digest(_open_cases(bot), held, mails, bot.store.unfinished(), last, now, bot.policy)
    return replace(view, journal=bot.store.journal_head(), over_budget=backlog(bot.store, now).mails)


def _open_cases(bot: Bot) -> Iterator[Case]:
    """Every open case has a deadline, and an index knows them: the many that have ended are not read."""
    for case_id in bot.store.cases_due(_ANY_TIME):
        if case := bot.store.case(case_id):
            yield case


def _mails(bot: Bot, view: DigestView, day: date, now: datetime) -> Iterator[OutboxItem]:
    for coordinator in bot.desk.coordinators:
        key = f"{_key(day)}/{coordinator.address}"
        draft = compose_digest(view, coordinator, bot.desk, bot.templates, now)
        yield mail_item(bot, None, key, TEMPLATE, draft, now)


def _key(day: date) -> str:
    return f"digest/{day.isoformat()}"


def _mark_of(bot: Bot, day: date) -> OutboxItem | None:
    return bot.store.item(item_id(_key(day)))


def _mark(key: str, now: datetime) -> OutboxItem:
    """Nothing to send: it stands for a day that is done, in the same step as that day's mails."""
    return OutboxItem(item_id(key), None, key, TEMPLATE, Status.SENT, now, now, settled=now)
