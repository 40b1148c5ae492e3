"""What a mail on a case says: its meanings, the answers to what was asked, and the numbers its sender gave the case."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from mailbot.bot import Bot
from mailbot.core.aliases import aliases_in, identifying, with_aliases
from mailbot.core.answers import asked_of, read_answer, unknown_to_finder
from mailbot.core.auth_results import authentication
from mailbot.core.events import Meaning
from mailbot.core.evidence import Answer, judge
from mailbot.core.extract import extract
from mailbot.core.layers import unmarked
from mailbot.core.messages import OpenedMail
from mailbot.core.model import Case, Field, Role, Standing, Ticket
from mailbot.core.quoting import signed_text
from mailbot.core.replies import Reading, asked_until, read_reply, spoken
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
    aliases: tuple[Field, ...] = ()  # what a finder calls themselves


def hear(bot: Bot, opened: OpenedMail, case: Case, role: Role, written: date) -> Heard:
    """Read a reply as seen from the day it was `written`; only a finder's may complete the report."""
    opened = replace(opened, text=unmarked(opened.text), new_text=unmarked(opened.new_text))
    said = _read(bot, opened, case, role, written)
    question = case.embargo.question
    if question and question.until:
        until_day = bot.policy.today(question.until)
        answer = term_answer(opened, spoken(opened), case, role, bot.rules, until_day, written)
        if answer is not None:  # the whole mail is this answer, whatever its words mean elsewhere
            called = _called(bot, opened, bot.limits.text_characters) if role is Role.FINDER else ()
            return Heard((answer,), (), (), called)
    if role is not Role.FINDER:
        until = asked_until(spoken(opened), said, written)
        wait = (("until", until.isoformat()),) if until else ()
        return Heard(said.meanings, (*said.told, *wait), ())
    asked, limit = asked_of(case), min(_ANSWER, bot.limits.text_characters)
    unknown = ", ".join(unknown_to_finder(opened, asked, bot.rules, limit))
    told = (*said.told, ("unknown", unknown)) if unknown else said.told
    fields = read_answer(opened, asked, said.meanings, bot.rules, limit)
    return Heard(said.meanings, told, fields, _called(bot, opened, limit))


def _called(bot: Bot, opened: OpenedMail, limit: int) -> tuple[Field, ...]:
    """What the finder calls themselves in a mail, whether or not the report says so too."""
    words, sender = signed_text(opened.text, opened.subject), opened.mail.sender
    found = extract(words, "", bot.rules, (), sender, limit).fields
    return with_aliases(aliases_in(words[:limit], bot.rules, sender), identifying(found))


def _read(bot: Bot, opened: OpenedMail, case: Case, role: Role, written: date) -> Reading:
    """What the words mean; a key, or mail that is encrypted to us, is an answer to a first contact without any."""
    finder = role is Role.FINDER
    sender = opened.mail.sender
    contact = case.contact_at(sender.address) if sender and not finder else None
    first = contact is not None and contact.standing is not Standing.CONFIRMED
    said = read_reply(spoken(opened), bot.rules, written, from_finder=finder, to_first_contact=first)
    if opened.keys or opened.crypto.encrypted:
        rest = tuple(meaning for meaning in said.meanings if meaning is not Meaning.NOTHING)
        return replace(said, meanings=rest or (Meaning.OTHER,))
    return said


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
