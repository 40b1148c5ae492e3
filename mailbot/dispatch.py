"""One outbox item on its way out: marked before the attempt, settled after it, its outcome told to the case."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from mailbot import gathering, spending
from mailbot.bot import Bot
from mailbot.core.confirmation import LOOK, challenge_of
from mailbot.core.events import CaseEvent, ContactsFound, MailFailed, MailHeld, MailSent, ProofLooked
from mailbot.core.model import Case
from mailbot.core.outbox import LADDER, MAX_DOUBTS, PAUSE_AFTER_DOUBT, OutboxItem, Status
from mailbot.core.seeking import Question, question_about
from mailbot.core.wanted import given_up, still_wanted
from mailbot.earlier import about_the_same
from mailbot.errors import AccessError, PermanentError, TransientError, UncertainError, place_of
from mailbot.gate import prepare
from mailbot.pending import Pending
from mailbot.recipient_keys import recipient_key

log = logging.getLogger(__name__)

_LOOK_AGAIN = timedelta(hours=1)
_SIGN_IN_PAUSE = timedelta(minutes=10)
_NO_LOOKUPS = "look-ups are switched off ([lookup].search)"


def attempt_safely(bot: Bot, item: OutboxItem, now: datetime) -> OutboxItem:
    """Try one item once; a bug that it meets is its own and keeps no other item back."""
    try:
        return attempt(bot, item, now)
    except TransientError:  # the memory fails: nothing can go on
        raise
    except Exception as exc:
        why = f"fault: {type(exc).__name__} at {place_of(exc)}"  # its message may quote the mail
    log.error("outbox item %s (%s): %s", item.item, item.template, why)
    found = bot.store.item(item.item) or item
    try:
        return _after_fault(bot, found, why, now)
    except TransientError:
        raise
    except Exception:  # not even its case can be told: it is put away all the same, and the round says so
        begun = found.status is Status.SENDING
        status = Status.UNCERTAIN if begun else Status.DEAD if found.draft is None else Status.HELD
        held_for = why if status is Status.HELD else None
        return _store(bot, replace(found, status=status, held_for=held_for, error=why, approved_by=None), now)


def _after_fault(bot: Bot, item: OutboxItem, why: str, now: datetime) -> OutboxItem:
    case = bot.store.case(item.case) if item.case else None
    if item.status is Status.SENDING:
        return _doubt(bot, case, item, why, now)
    if item.draft is None:
        return _retry(bot, case, replace(item, attempts=item.attempts + 1), why, now)
    return _hold(bot, case, item, why, now)


def attempt(bot: Bot, item: OutboxItem, now: datetime) -> OutboxItem:
    """Try one item once; the item as it is afterwards. Never raises for what lies outside."""
    case = bot.store.case(item.case) if item.case else None
    if in_doubt(item) and _has_own_copy(bot, item):
        return taken(bot, case, item, now, "our own copy is in the sent folder")
    if item.status is Status.SENDING:
        # The process ended between the attempt and its record: whether the mail went out is not known.
        item = replace(item, doubts=item.doubts + 1)
        if item.doubts > MAX_DOUBTS:
            return _settle(bot, case, item, Status.UNCERTAIN, "sent or not unknown, tried twice", now)
    certain = not item.doubts and item.status is not Status.SENDING
    if item.joined and certain and gathering.broken(bot, item, now):
        return gathering.take_apart(bot, item, now)
    if case is not None and not still_wanted(item, case):
        told = case if item.joined else None  # in doubt, or it were taken apart: its other cases still wait for it
        return _settle(bot, told, item, given_up(item), "no longer wanted", now)
    if case is not None and case.on_hold and not _may_go_on_hold(item):
        return _store(bot, replace(item, status=Status.QUEUED, next=now + _LOOK_AGAIN), now)
    if item.draft is None:
        return _look_for_proof(bot, case, item, now) if item.template == LOOK else _search(bot, case, item, now)
    if waits := spending.put_off(bot, item, now):
        return waits
    sealed = prepare(bot, case, item, now)
    if isinstance(sealed, OutboxItem):
        apart = item.joined and certain
        return gathering.take_apart(bot, item, now) if apart else _hold(bot, case, sealed, sealed.held_for or "", now)
    sending = replace(item, status=Status.SENDING, attempts=item.attempts + 1)
    _store(bot, sending, now)
    try:
        bot.sender.send(sealed)
    except UncertainError as exc:
        return _doubt(bot, case, sending, str(exc), now)
    except AccessError as exc:  # not an attempt: however long nobody signs in, no mail dies of it
        waits = replace(sending, status=Status.QUEUED, attempts=item.attempts, next=now + _SIGN_IN_PAUSE)
        return _store(bot, replace(waits, error=str(exc)), now)
    except TransientError as exc:
        return _retry(bot, case, sending, str(exc), now)
    except PermanentError as exc:
        return _settle(bot, case, sending, given_up(sending), str(exc), now)
    return taken(bot, case, sending, now, encrypted=bool(sealed.encrypted_to))


def _may_go_on_hold(item: OutboxItem) -> bool:
    """`!hold` stops what the bot writes by itself, not what coordinators get or have approved."""
    return item.approved_by is not None or (item.draft is not None and item.draft.audience == "coordinator")


def _search(bot: Bot, case: Case | None, item: OutboxItem, now: datetime) -> OutboxItem:
    question = question_about(case, about_the_same(bot.store, case), bot.desk.address) if case else Question()
    try:
        found = bot.finder.find(question, now)
    except TransientError as exc:
        return _retry(bot, case, replace(item, attempts=item.attempts + 1), str(exc), now)
    problem = "" if question.urls else "the report names no place to look at"
    settled = replace(item, status=Status.SENT, attempts=item.attempts + 1, settled=now, error="")
    return _store(bot, settled, now, case, ContactsFound(found.contacts, problem, found.notes))


def _look_for_proof(bot: Bot, case: Case | None, item: OutboxItem, now: datetime) -> OutboxItem:
    contact = case.contact(item.contact) if case and item.contact else None
    asked = dict(item.values).get("challenge", "")
    if case is None or contact is None:
        return _settle(bot, None, item, Status.DEAD, "the contact point is gone", now)
    try:
        looker = bot.prover
        problem = looker.problem(challenge_of(bot.secret, case.id, contact.address, asked)) if looker else _NO_LOOKUPS
    except TransientError as exc:
        return _retry(bot, case, replace(item, attempts=item.attempts + 1), str(exc), now)
    settled = replace(item, status=Status.SENT, attempts=item.attempts + 1, settled=now, error="")
    return _store(bot, settled, now, case, ProofLooked(contact.n, asked, problem))


def in_doubt(item: OutboxItem) -> bool:
    """Whether this mail may have gone out, and nobody knows."""
    doubted = item.doubts > 0 and item.status in (Status.QUEUED, Status.HELD)
    return item.draft is not None and (doubted or item.status in (Status.SENDING, Status.UNCERTAIN))


def _has_own_copy(bot: Bot, item: OutboxItem) -> bool:
    try:
        return bot.copies is not None and bot.copies.holds(item.message_id)
    except (TransientError, PermanentError) as exc:  # then it is repeated, under its Message-ID, as without the folder
        log.warning("the sent folder could not be asked for outbox item %s: %s", item.item, exc)
        return False


def taken(
    bot: Bot, case: Case | None, item: OutboxItem, now: datetime, why: str = "", *, encrypted: bool | None = None
) -> OutboxItem:
    """The mail went out: its case is told, and it goes no more. `why` says how that is known, if not by the relay."""
    if why:
        log.info("outbox item %s (%s) was taken after all: %s", item.item, item.template, why)
    settled = replace(item, status=Status.SENT, settled=now, error="", held_for=None)
    if case is None or item.draft is None or item.draft.audience == "coordinator":
        return _store(bot, settled, now)
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
        return _store(bot, settled, now, case, event)
    except TransientError:
        raise
    except Exception as exc:  # it is out, whatever the case makes of that: it must not go again
        log.error("outbox item %s was sent, its case could not note it: %s", item.item, place_of(exc))
        return _store(bot, replace(settled, error=f"fault: {type(exc).__name__} at {place_of(exc)}"), now)


def _doubt(bot: Bot, case: Case | None, item: OutboxItem, why: str, now: datetime) -> OutboxItem:
    """It may have been taken: the same mail once more after a pause, or a person decides."""
    item = replace(item, doubts=item.doubts + 1, error=why)
    if item.doubts > MAX_DOUBTS:
        return _settle(bot, case, item, Status.UNCERTAIN, why, now)
    return _store(bot, replace(item, status=Status.QUEUED, next=now + PAUSE_AFTER_DOUBT), now)


def _retry(bot: Bot, case: Case | None, item: OutboxItem, why: str, now: datetime) -> OutboxItem:
    if item.attempts > len(LADDER):
        why = f"gave up after {item.attempts} attempts: {why}"
        if item.draft is None and case is not None:
            dead = replace(item, status=Status.DEAD, error=why, settled=now)
            asked = dict(item.values).get("challenge", "")
            event = ProofLooked(item.contact or 0, asked, why) if asked else ContactsFound((), why)
            return _store(bot, dead, now, case, event)
        return _settle(bot, case, item, given_up(item), why, now)
    later = now + LADDER[item.attempts - 1]
    return _store(bot, replace(item, status=Status.QUEUED, next=later, error=why), now)


def _settle(bot: Bot, case: Case | None, item: OutboxItem, status: Status, why: str, now: datetime) -> OutboxItem:
    settled = replace(item, status=status, error=why, settled=now)
    told = item.draft is not None and item.draft.audience != "coordinator"
    if case is None or not told or item.draft is None:
        log.error("outbox item %s (%s) is %s: %s", item.item, item.template, status, why)
        return _store(bot, settled, now)
    event = MailFailed(item.template, item.draft.to.address, why, item.contact, status is Status.UNCERTAIN)
    return _store(bot, settled, now, case, event)


def _hold(bot: Bot, case: Case | None, item: OutboxItem, why: str, now: datetime) -> OutboxItem:
    held = replace(item, status=Status.HELD, held_for=why, approved_by=None)
    log.warning("outbox item %s (%s) is held: %s", item.item, item.template, why)
    if case is None or item.draft is None or item.draft.audience == "coordinator":
        return _store(bot, held, now)
    return _store(bot, held, now, case, MailHeld(item.template, item.draft.to.address, why))


def _store(bot: Bot, item: OutboxItem, now: datetime, case: Case | None = None, *events: CaseEvent) -> OutboxItem:
    pending = Pending(bot, now)
    pending.put(item)
    if case is not None and events:
        pending.happen(case, *events)
        gathering.tell_the_others(pending, item, *events)
    pending.note(f"outbox {item.item} {item.template} {item.status} {item.case or '-'}")
    pending.commit()
    return item
