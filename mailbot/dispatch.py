"""One outbox item on its way out: marked before the attempt, settled after it, its outcome told to the case.

Whoever claimed the item judges it in a turn, seals it outside one, and marks it as being sent in a second turn if it
still is what was sealed. After the relay was asked, a third turn records what became of it, on the item as it is then.
"""

import logging
from dataclasses import replace
from datetime import datetime

from mailbot import gathering, outcomes
from mailbot.bot import Bot
from mailbot.core.messages import SealedMail
from mailbot.core.outbox import OutboxItem, Status
from mailbot.errors import LostClaimError, MailbotError, PermanentError, TransientError, place_of
from mailbot.gate import prepare
from mailbot.judging import Attempt, judge
from mailbot.looking_up import look_up
from mailbot.outcomes import case_of, in_doubt
from mailbot.turns import claimed, in_turn

log = logging.getLogger(__name__)

_SEALINGS = 3
"""In one round, of one item: what changes faster than it can be sealed waits for the next one."""
_RECORDINGS = 3
"""How often it is tried to store what became of an attempt, before it counts as in doubt."""


def attempt_safely(bot: Bot, item: OutboxItem, now: datetime) -> OutboxItem | None:
    """Try one item once; the item as it is afterwards, None if there is nothing to do or another process is at it.

    A bug that it meets is its own and keeps no other item back.
    """
    with claimed(bot.store, item.item) as ours:
        if not ours:
            return None
        try:
            return attempt(bot, item.item, now)
        except LostClaimError as exc:  # whoever has it now goes on with it
            log.warning("outbox item %s: %s", item.item, exc)
            return None
        except TransientError:  # the memory fails: nothing can go on
            raise
        except Exception as exc:
            why = f"fault: {type(exc).__name__} at {place_of(exc)}"  # its message may quote the mail
        log.error("outbox item %s (%s): %s", item.item, item.template, why)
        return in_turn(bot, outcomes.after_fault, item.item, why, now)


def attempt(bot: Bot, item_id: str, now: datetime) -> OutboxItem | None:
    """Try one claimed item once. Never raises for what lies outside."""
    found = bot.store.item(item_id)
    copied = found is not None and in_doubt(found) and _has_own_copy(bot, found)
    going = in_turn(bot, judge, item_id, now, copied=copied)
    for _ in range(_SEALINGS):
        if not isinstance(going, Attempt):
            return going
        if going.item.draft is None:
            return look_up(bot, going, now)
        sealed = prepare(bot, going.case, going.item, now)
        going = in_turn(bot, _begin, going, sealed, now)
        if isinstance(sealed, SealedMail) and isinstance(going, OutboxItem) and going.status is Status.SENDING:
            failure = _send(bot, sealed)
            return _recorded(bot, going, failure, bool(sealed.encrypted_to), now)
    return None


def _begin(bot: Bot, sealed_as: Attempt, sealed: SealedMail | OutboxItem, now: datetime) -> Attempt | OutboxItem | None:
    """The item marked as being sent, or what else becomes of it now; an Attempt if it is not what was sealed."""
    going = judge(bot, sealed_as.item.item, now)
    if not isinstance(going, Attempt) or going != sealed_as:
        return going
    item = going.item
    if isinstance(sealed, OutboxItem):
        if item.joined and going.certain:
            return gathering.take_apart(bot, item, now)
        return outcomes.hold(bot, going.case, sealed, sealed.held_for or "", now)
    return outcomes.store(bot, replace(item, status=Status.SENDING, attempts=item.attempts + 1), now)


def _send(bot: Bot, sealed: SealedMail) -> MailbotError | None:
    try:
        bot.sender.send(sealed)
    except (TransientError, PermanentError) as exc:
        return exc
    return None


def _recorded(
    bot: Bot, sent: OutboxItem, failure: MailbotError | None, encrypted: bool, now: datetime
) -> OutboxItem | None:
    """Nobody else knows what became of the attempt, so it is not given up with the first connection that is lost."""
    for _ in range(_RECORDINGS - 1):
        try:
            return in_turn(bot, _record, sent, failure, encrypted, now)
        except LostClaimError:
            raise
        except TransientError as exc:  # it may be stored all the same: then there is nothing left to do
            log.warning("outbox item %s: what became of it could not be stored: %s", sent.item, exc)
    return in_turn(bot, _record, sent, failure, encrypted, now)


def _record(
    bot: Bot, sent: OutboxItem, failure: MailbotError | None, encrypted: bool, now: datetime
) -> OutboxItem | None:
    """Say what became of the attempt; where an answer that came meanwhile settled it, that stands."""
    item = bot.store.item(sent.item)
    if item is None or item.status is not Status.SENDING:
        return item if item and item.status is Status.SENT else None
    if failure is None:
        return outcomes.taken(bot, case_of(bot, item), item, now, encrypted=encrypted)
    return outcomes.not_taken(bot, case_of(bot, item), item, failure, now)


def _has_own_copy(bot: Bot, item: OutboxItem) -> bool:
    try:
        return bot.copies is not None and bot.copies.holds(item.message_id)
    except (TransientError, PermanentError) as exc:  # then it is repeated, under its Message-ID, as without the folder
        log.warning("the sent folder could not be asked for outbox item %s: %s", item.item, exc)
        return False
