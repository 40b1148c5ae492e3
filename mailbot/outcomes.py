"""What becomes of an outbox item, stored together with what its case makes of that; all of it within a turn."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from mailbot import gathering
from mailbot.bot import Bot
from mailbot.core.events import CaseEvent, ContactsFound, MailFailed, MailHeld, MailSent, ProofLooked
from mailbot.core.model import Case
from mailbot.core.outbox import LADDER, MAX_DOUBTS, PAUSE_AFTER_DOUBT, OutboxItem, Status
from mailbot.core.wanted import given_up
from mailbot.errors import AccessError, MailbotError, TransientError, UncertainError, place_of
from mailbot.pending import Pending
from mailbot.recipient_keys import recipient_key

log = logging.getLogger(__name__)

_SIGN_IN_PAUSE = timedelta(minutes=10)


def in_doubt(item: OutboxItem) -> bool:
    """Whether this mail may have gone out, and nobody knows."""
    doubted = item.doubts > 0 and item.status in (Status.QUEUED, Status.HELD)
    return item.draft is not None and (doubted or item.status in (Status.SENDING, Status.UNCERTAIN))


def case_of(bot: Bot, item: OutboxItem) -> Case | None:
    """The case that the item is for, as it is now."""
    return bot.store.case(item.case) if item.case else None


def taken(
    bot: Bot, case: Case | None, item: OutboxItem, now: datetime, why: str = "", *, encrypted: bool | None = None
) -> OutboxItem:
    """The mail went out: its case is told, and it goes no more. `why` says how that is known, if not by the relay."""
    if why:
        log.info("outbox item %s (%s) was taken after all: %s", item.item, item.template, why)
    settled = replace(item, status=Status.SENT, settled=now, error="", held_for=None)
    if case is None or item.draft is None or item.draft.audience == "coordinator":
        return store(bot, settled, now)
    to = item.draft.to.address
    role = (
        case.counterpart
        if item.contact
        else next((p.role for p in case.participants if p.address == to), case.counterpart)
    )
    if encrypted is None:
        encrypted = bool(recipient_key(bot, case, to, now).fingerprint)
    event = MailSent(item.template, to, role, item.message_id, item.contact, encrypted)
    try:
        return store(bot, settled, now, case, event)
    except TransientError:
        raise
    except Exception as exc:  # it is out, whatever the case makes of that: it must not go again
        log.error("outbox item %s was sent, its case could not note it: %s", item.item, place_of(exc))
        return store(bot, replace(settled, error=f"fault: {type(exc).__name__} at {place_of(exc)}"), now)


def not_taken(bot: Bot, case: Case | None, item: OutboxItem, failure: MailbotError, now: datetime) -> OutboxItem:
    """What the relay's failure means for a mail that was begun."""
    match failure:
        case UncertainError():
            return doubt(bot, case, item, str(failure), now)
        case AccessError():  # not an attempt: however long nobody signs in, no mail dies of it
            waits = replace(item, status=Status.QUEUED, attempts=item.attempts - 1, next=now + _SIGN_IN_PAUSE)
            return store(bot, replace(waits, error=str(failure)), now)
        case TransientError():
            return retry(bot, case, item, str(failure), now)
    return settle(bot, case, item, given_up(item), str(failure), now)


def doubt(bot: Bot, case: Case | None, item: OutboxItem, why: str, now: datetime) -> OutboxItem:
    """It may have been taken: the same mail once more after a pause, or a person decides."""
    item = replace(item, doubts=item.doubts + 1, error=why)
    if item.doubts > MAX_DOUBTS:
        return settle(bot, case, item, Status.UNCERTAIN, why, now)
    return store(bot, replace(item, status=Status.QUEUED, next=now + PAUSE_AFTER_DOUBT), now)


def retry(bot: Bot, case: Case | None, item: OutboxItem, why: str, now: datetime) -> OutboxItem:
    """It did not work this time: once more after a pause, until it was tried often enough."""
    if item.attempts > len(LADDER):
        why = f"gave up after {item.attempts} attempts: {why}"
        if item.draft is None and case is not None:
            dead = replace(item, status=Status.DEAD, error=why, settled=now)
            asked = dict(item.values).get("challenge", "")
            event = ProofLooked(item.contact or 0, asked, why) if asked else ContactsFound((), why)
            return store(bot, dead, now, case, event)
        return settle(bot, case, item, given_up(item), why, now)
    later = now + LADDER[item.attempts - 1]
    return store(bot, replace(item, status=Status.QUEUED, next=later, error=why), now)


def settle(bot: Bot, case: Case | None, item: OutboxItem, status: Status, why: str, now: datetime) -> OutboxItem:
    """It goes no more, and did not go out as far as is known."""
    settled = replace(item, status=status, error=why, settled=now)
    told = item.draft is not None and item.draft.audience != "coordinator"
    if case is None or not told or item.draft is None:
        log.error("outbox item %s (%s) is %s: %s", item.item, item.template, status, why)
        return store(bot, settled, now)
    event = MailFailed(item.template, item.draft.to.address, why, item.contact, status is Status.UNCERTAIN)
    return store(bot, settled, now, case, event)


def hold(bot: Bot, case: Case | None, item: OutboxItem, why: str, now: datetime) -> OutboxItem:
    """A person has to decide on it."""
    held = replace(item, status=Status.HELD, held_for=why, approved_by=None)
    log.warning("outbox item %s (%s) is held: %s", item.item, item.template, why)
    if case is None or item.draft is None or item.draft.audience == "coordinator":
        return store(bot, held, now)
    return store(bot, held, now, case, MailHeld(item.template, item.draft.to.address, why))


def after_fault(bot: Bot, item_id: str, why: str, now: datetime) -> OutboxItem | None:
    """What becomes of an item that met a bug, as it is now; None if nothing is to be done about it any more."""
    item = bot.store.item(item_id)
    if item is None or item.status not in (Status.QUEUED, Status.SENDING):
        return None
    try:
        case = case_of(bot, item)
        if item.status is Status.SENDING:
            return doubt(bot, case, item, why, now)
        if item.draft is None:
            return retry(bot, case, replace(item, attempts=item.attempts + 1), why, now)
        return hold(bot, case, item, why, now)
    except TransientError:
        raise
    except Exception:  # not even its case can be told: it is put away all the same, and the round says so
        begun = item.status is Status.SENDING
        status = Status.UNCERTAIN if begun else Status.DEAD if item.draft is None else Status.HELD
        held_for = why if status is Status.HELD else None
        return store(bot, replace(item, status=status, held_for=held_for, error=why, approved_by=None), now)


def store(bot: Bot, item: OutboxItem, now: datetime, case: Case | None = None, *events: CaseEvent) -> OutboxItem:
    """Put the item there as it is now, with what these events make of its case."""
    pending = Pending(bot, now)
    pending.put(item)
    if case is not None and events:
        pending.happen(case, *events)
        gathering.tell_the_others(pending, item, *events)
    pending.note(f"outbox {item.item} {item.template} {item.status} {item.case or '-'}")
    pending.commit()
    return item
