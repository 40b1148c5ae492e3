"""Outbox items that are no mail: a search for contact points, a look whether a proof was placed."""

from dataclasses import replace
from datetime import datetime

from mailbot import outcomes
from mailbot.bot import Bot
from mailbot.core.confirmation import LOOK, challenge_of
from mailbot.core.events import CaseEvent, ContactsFound, ProofLooked
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.seeking import Question, question_about
from mailbot.earlier import about_the_same
from mailbot.errors import TransientError
from mailbot.judging import Attempt, judge
from mailbot.turns import in_turn

_NO_LOOKUPS = "look-ups are switched off ([lookup].search)"


def look_up(bot: Bot, going: Attempt, now: datetime) -> OutboxItem | None:
    """Look, and then tell the case as it is by then; None if nobody wants to know any more."""
    looked = _look_for_proof(bot, going) if going.item.template == LOOK else _search(bot, going, now)
    return in_turn(bot, _told, going.item.item, looked, now)


def _told(bot: Bot, item_id: str, looked: CaseEvent | TransientError | None, now: datetime) -> OutboxItem | None:
    going = judge(bot, item_id, now)
    if not isinstance(going, Attempt):
        return going
    item, case = replace(going.item, attempts=going.item.attempts + 1), going.case
    if isinstance(looked, TransientError):
        return outcomes.retry(bot, case, item, str(looked), now)
    if looked is None:
        return outcomes.settle(bot, None, going.item, Status.DEAD, "the contact point is gone", now)
    settled = replace(item, status=Status.SENT, settled=now, error="")
    return outcomes.store(bot, settled, now, case, looked)


def _search(bot: Bot, going: Attempt, now: datetime) -> CaseEvent | TransientError:
    case = going.case
    question = question_about(case, about_the_same(bot.store, case), bot.desk.address) if case else Question()
    try:
        found = bot.finder.find(question, now)
    except TransientError as exc:
        return exc
    problem = "" if question.urls else "the report names no place to look at"
    return ContactsFound(found.contacts, problem, found.notes)


def _look_for_proof(bot: Bot, going: Attempt) -> CaseEvent | TransientError | None:
    case, item = going.case, going.item
    contact = case.contact(item.contact) if case and item.contact else None
    asked = dict(item.values).get("challenge", "")
    if case is None or contact is None:
        return None
    try:
        looker = bot.prover
        problem = looker.problem(challenge_of(bot.secret, case.id, contact.address, asked)) if looker else _NO_LOOKUPS
    except TransientError as exc:
        return exc
    return ProofLooked(contact.n, asked, problem)
