"""The other side's own number for a case: kept, quoted back to them, and known again when they write with it alone.

Such numbers are short, in a row, and in the Subject of every mail of theirs. Anyone can guess one: a mail that is tied
to a case by nothing else is shown to a coordinator and never counts as an answer.
"""

from collections.abc import Iterable
from dataclasses import replace

from mailbot.core.correlate import without_tags
from mailbot.core.desk import Desk
from mailbot.core.extract_rules import apply
from mailbot.core.lifecycle import Step
from mailbot.core.model import Case, Field, Ticket
from mailbot.core.reading import fold, short, tidy
from mailbot.core.ruleset import Ruleset

NOTED = "ticket"
"""What stands in the history of a case before a number of theirs."""

_MOST = 3  # numbers of one mail
_MOST_OF_A_CASE = 20
_BEGINNING = 1_500  # characters of a mail where a number for the matter is told
_LONGEST = 60
_OPENING = ("[", "(", "【")
_BEHIND = " .,;:。、」』】)]"


def tickets_in(subject: str, text: str, desk: Desk, rules: Ruleset) -> tuple[Ticket, ...]:
    """The ticket numbers that a mail names in its Subject or first lines; never a case id of ours."""
    head, body = (without_tags(fold(words), desk) for words in (tidy(subject, 1_000), tidy(text, _BEGINNING)))
    found: dict[str, Ticket] = {}
    for name, file in rules.tickets.items():
        for rule in file:
            for field in apply(f"{name}/{rule.id}", rule, body, head, rules):
                numbers = field.value if isinstance(field.value, tuple) else ()
                for number in numbers:
                    written = _written(field.quote) if len(numbers) == 1 else number
                    found.setdefault(number, Ticket(number, written, field.rule))
    return tuple(found.values())[:_MOST]


def _written(quote: str) -> str:
    """What the rule found, without the character behind it by which it saw the end of the number."""
    words = short(quote, _LONGEST)
    return words if words[:1] in _OPENING else words.rstrip(_BEHIND)


def reference(address: str, number: str) -> str:
    """What the desk's memory knows a case by that somebody's ticket number stands for; no Message-ID looks like it."""
    return f"ticket {number.lower()} of {address.lower()}"


def note_tickets(step: Step, address: str, tickets: Iterable[Ticket]) -> None:
    """Keep what `address` calls the case: in its history, among its tracking ids, and to be known again by."""
    for ticket in tickets:
        known = reference(address, ticket.number)
        if known in step.case.message_ids or len(_noted(step.case)) >= _MOST_OF_A_CASE:
            continue
        step.log(NOTED, address, ticket.written)
        step.change(message_ids=(*step.case.message_ids, known), fields=_with_number(step.case.fields, ticket))


def quoted_back(case: Case, address: str) -> str:
    """The number that `address` last gave the case, as they wrote it; "" if they gave none."""
    own = [text for who, text in _noted(case) if who == address.lower()]
    return own[-1] if own else ""


def _noted(case: Case) -> list[tuple[str, str]]:
    return [(entry.who.lower(), entry.text) for entry in case.timeline if entry.what == NOTED]


def _with_number(fields: tuple[Field, ...], ticket: Ticket) -> tuple[Field, ...]:
    """The fields with the number among the tracking ids; what the report states of them stays."""
    stated = next((f for f in fields if f.name == "tracking_ids" and isinstance(f.value, tuple)), None)
    if stated is None:
        return (*fields, Field("tracking_ids", (ticket.number,), f"ticket/{ticket.rule}", 0.8, ticket.written))
    assert isinstance(stated.value, tuple)
    more = replace(stated, value=tuple(dict.fromkeys((*stated.value, ticket.number))))
    return tuple(more if f is stated else f for f in fields)
