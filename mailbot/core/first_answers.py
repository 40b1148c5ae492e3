"""What an answer to a first contact is worth: whether it comes from those who may have the details.

The first contact asks one question: who is in charge? Who takes it up, or says what happens to the weakness, is who we
looked for. Who denies it is not, and what a help desk writes by itself, or a word without meaning, answers nothing:
then a coordinator decides, who sees the mail and the commands for it.
"""

from dataclasses import replace
from datetime import date, timedelta
from enum import Enum

from mailbot.core.clocks import SEEKING
from mailbot.core.events import Meaning, ReplyReceived
from mailbot.core.lifecycle import Step, Trigger
from mailbot.core.model import Case, Contact, DeadlineKind, Standing, State
from mailbot.core.proposals import awaited_contact, untried
from mailbot.core.vendor_work import label, vendor_with
from mailbot.core.vendors import SEEKING as VENDOR_SEEKING

_DENIES = {Meaning.NOT_THEIRS, Meaning.WANTS_NO_MAIL}
_SILENT = {Meaning.SOUNDS_AUTOMATIC, Meaning.NOTHING}
_UNCERTAIN = {*_SILENT, Meaning.OTHER, Meaning.ACKNOWLEDGED, Meaning.THANKS, Meaning.ASKS_TIME, Meaning.ASKS_STATUS}
_INSTEAD = 2  # contact points that are named to be asked instead


class Worth(Enum):
    """What follows for the contact point."""

    ACCEPTS = "is the one"
    ANSWERS = "is the one, as far as can be seen: a person looks before details go"
    NOTHING = "has not answered"
    DENIES = "is not the one"


def worth(event: ReplyReceived) -> Worth:
    """How far the answer says that its sender is in charge."""
    said = set(event.meanings)
    if said & _DENIES:
        return Worth.DENIES
    if Meaning.IN_CHARGE in said:
        return Worth.ACCEPTS
    if said & _SILENT:
        # Doubts have a way of their own; where a help desk's words stand beside others, a person may have added them.
        return Worth.ANSWERS if said - _UNCERTAIN else Worth.NOTHING
    return Worth.ANSWERS if said == {Meaning.OTHER} else Worth.ACCEPTS


def suggested(case: Case, event: ReplyReceived, contact: Contact | None) -> str:
    """The commands for an answer that does not confirm its contact point; "" if it does."""
    if contact is None or contact.standing is Standing.CONFIRMED or case.state in (State.TRIAGE, State.ASKING):
        return ""
    keep, drop = f"!contact confirm {contact.n}", f"!contact drop {contact.n} why"
    value = worth(event)
    if value is Worth.NOTHING:
        return f"{keep}\n{drop}"
    if value is Worth.DENIES:
        instead = [f"!contact use {c.n}" for c in untried(case, contact.vendor)[:_INSTEAD]]
        return "\n".join((*instead, "!contact add ADDRESS why", drop, keep))
    return f"{keep}\n!contact add ADDRESS why" if only_needs_time(case, event, contact) else ""


def only_needs_time(case: Case, event: ReplyReceived, contact: Contact) -> bool:
    """Whether they answer the question where to send details with nothing but "later": nobody is named as yet."""
    vendor = vendor_with(case, contact)
    asked = vendor.state in VENDOR_SEEKING if vendor else case.state in SEEKING
    rest = set(event.meanings) - {Meaning.WANTS_ENCRYPTION}
    return asked and contact.standing is not Standing.CONFIRMED and rest == {Meaning.ASKS_TIME}


def wait_for_them(step: Step, event: ReplyReceived, contact: Contact) -> None:
    """Give them the time that they ask for, up to a month, or our own term; after it the ladder goes on as it was."""
    waits, vendor = step.policy.waits, vendor_with(step.case, contact)
    step.set_contact(replace(contact, standing=Standing.TRIED))
    at = step.policy.after(step.now, waits.by_hand_answer_business)
    if day := dict(event.told).get("until"):
        named = step.policy.after(step.policy.morning(date.fromisoformat(day)), 0)
        at = min(max(named, step.policy.after(step.now, 0)), step.now + timedelta(days=waits.overdue_days))
    kind = DeadlineKind.VENDOR_ANSWER if vendor else DeadlineKind.CONTACT_ANSWER
    note = label(vendor) if vendor else contact.address
    sent = max((d.step for d in step.case.deadlines if (d.kind, d.note) == (kind, note)), default=0)
    if vendor is None:
        if awaited_contact(step.case) not in (None, step.case.contact(contact.n)):
            return  # another one is being asked now
        step.move(Trigger.FIRST_CONTACT)
        step.clear(DeadlineKind.CONTACT_ANSWER, DeadlineKind.UNREACHABLE)
    step.settle(kind, note)
    step.due(kind, at, sent, note)
    step.log("waits", "mailbot", f"{contact.address} asks for time: until {step.policy.today(at)}")


def points_elsewhere(event: ReplyReceived, contact: Contact) -> bool:
    """Whether we wrote to the wrong window: it is not confirmed, and a person decides about the one that is named."""
    named = dict(event.told).get("window", "").lower()
    return Meaning.WRONG_WINDOW in event.meanings and named not in (
        contact.address.lower(),
        event.sender.address.lower(),
    )
