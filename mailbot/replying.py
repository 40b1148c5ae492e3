"""What a mail on a case says: its meanings, the answers to what was asked, and the numbers its sender gave the case."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from mailbot.bot import Bot
from mailbot.core.answers import asked_of, read_answer, unknown_to_finder
from mailbot.core.auth_results import authentication
from mailbot.core.events import Meaning
from mailbot.core.evidence import Answer, judge
from mailbot.core.layers import unmarked
from mailbot.core.messages import OpenedMail
from mailbot.core.model import Case, Field, Role, Ticket
from mailbot.core.replies import asked_until, read_reply, spoken
from mailbot.core.sight import Sight
from mailbot.core.term_answers import term_answer
from mailbot.core.tickets import reference, tickets_in

_ANSWER = 50_000  # characters of an answer that are read for fields


@dataclass(frozen=True)
class Heard:
    """What a participant said."""

    meanings: tuple[Meaning, ...]
    told: tuple[tuple[str, str], ...]
    fields: tuple[Field, ...]


def hear(bot: Bot, opened: OpenedMail, case: Case, role: Role, written: date) -> Heard:
    """Read a reply as seen from the day it was `written`; only a finder's may complete the report."""
    opened = replace(opened, text=unmarked(opened.text), new_text=unmarked(opened.new_text))
    said = read_reply(spoken(opened), bot.rules, written, from_finder=role is Role.FINDER)
    question = case.embargo.question
    if question and question.until:
        until_day = bot.policy.today(question.until)
        answer = term_answer(opened, spoken(opened), case, role, bot.rules, until_day, written)
        if answer is not None:  # the whole mail is this answer, whatever its words mean elsewhere
            return Heard((answer,), (), ())
    if role is not Role.FINDER:
        until = asked_until(spoken(opened), said, written)
        wait = (("until", until.isoformat()),) if until else ()
        return Heard(said.meanings, (*said.told, *wait), ())
    asked, limit = asked_of(case), min(_ANSWER, bot.limits.text_characters)
    unknown = ", ".join(unknown_to_finder(opened, asked, bot.rules, limit))
    told = (*said.told, ("unknown", unknown)) if unknown else said.told
    return Heard(said.meanings, told, read_answer(opened, asked, said.meanings, bot.rules, limit))


def answer_of(bot: Bot, sight: Sight, case: Case) -> Answer:
    """What speaks for and against the mail's coming from those we wrote to, before a key that it brings is learned."""
    pin = bot.store.pin(sight.sender)
    found = authentication(sight.opened.mail, bot.desk.authserv_id)
    return judge(sight.opened, case, bot.desk, bot.secret, found, _is_provider(bot), pin.fingerprint if pin else None)


def _is_provider(bot: Bot) -> Callable[[str], bool]:
    return lambda host: bot.rules.page_rules.host_kind(host) == "mail-service"


def known_as(bot: Bot, opened: OpenedMail) -> tuple[str, ...]:
    """What the desk's memory may know the mail's case by, going by the sender's own ticket numbers."""
    sender = opened.mail.sender
    return tuple(reference(sender.address, ticket.number) for ticket in _tickets(bot, opened)) if sender else ()


def own_tickets(bot: Bot, sight: Sight) -> tuple[Ticket, ...]:
    """The numbers that the mail gives its case, if it comes from whom we wrote to and carries their token."""
    return _tickets(bot, sight.opened) if sight.correlation.from_token_holder and sight.coordinator is None else ()


def _tickets(bot: Bot, opened: OpenedMail) -> tuple[Ticket, ...]:
    return tickets_in(opened.subject, spoken(opened), bot.desk, bot.rules)
