"""A case that another body coordinates: it is told what was reported, and what it answers goes on to the finder.

Theory. A desk that only receives hands a product report to the coordinating body (guideline IV-3(1)4) and writes to no
vendor. The body is named in the configuration, so it is a confirmed contact point from the start; mail to it is
encrypted to the key that stands there. Of the finder it learns nothing without consent (IV-2-5 ク, IV-3(1)6): the gates
are those of every mail with details. From then on the case waits for the body: its answers are shown to coordinators,
who pass on the day of publication (`!publish`) and the end (`!close`).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from mailbot.core.events import DeadlinePassed, ReplyReceived
from mailbot.core.lifecycle import Refusal, Step, Trigger
from mailbot.core.model import Case, Contact, DeadlineKind, Handling, Standing, State
from mailbot.core.reading import fold
from mailbot.core.stated_days import stated_day

HANDOVER, REMINDER = "handover", "handover-reminder"
VENDORS_ARE_THEIRS = "the coordinating body writes to the vendor: product reports go to it alone"

_START = re.compile(r"起算日|start date")
_PUBLICATION = re.compile(r"公表|公開|publi|release")
_LINES = 400
_LINE = 300


def passed_on(case: Case) -> bool:
    """Whether another body coordinates this case."""
    return case.handling is Handling.PASSED_ON


def begin(step: Step) -> None:
    """The case is accepted: write what the body is told, for a person to release where the policy says so."""
    body = step.policy.part.body
    if body is None:
        step.tell_coordinators("notice-problem", why="no_coordinating_body", commands="!close CODE\n!status")
        return
    known = step.case.contact_at(body.address)
    number = known.n if known else max((c.n for c in step.case.contacts), default=0) + 1
    contact = known or Contact(number, body.address, "configuration", score=1.0, why="[desk].coordinating_body")
    contact = replace(contact, standing=Standing.CONFIRMED, fingerprint=body.fingerprint, wrote_encrypted=True)
    step.set_contact(contact)
    # Of a mail about several products, what it says of another may have stayed in: a person looks at that.
    alone = not any(link.kind == "same_mail" for link in step.case.links)
    held = None if step.policy.details == "auto" and alone and not step.case.on_hold else "approval"
    step.tell_contact(HANDOVER, contact, held)
    if held:
        step.tell_coordinators("notice-decision", why=HANDOVER)
        step.due_decision()


def again(step: Step, contact: Contact) -> Refusal | None:
    """A coordinator wants the body to be told anew, as after its mail came back."""
    body = step.policy.part.body
    if body is None or contact.address.lower() != body.address.lower():
        return Refusal(VENDORS_ARE_THEIRS)
    begin(step)
    return None


def came_back(step: Step, address: str) -> dict[str, str]:
    """Mail to the body did not arrive: it may not have the report, so a person tells it anew; the command for that."""
    contact = step.case.contact_at(address)
    if not passed_on(step.case) or contact is None or step.case.state.ended:
        return {}
    step.clear(DeadlineKind.DETAILS_RECEIPT)
    step.due_decision()
    return {"commands": f"!contact confirm {contact.n}"}


def handed_over(step: Step) -> None:
    """The body has it: it is asked whether the mail arrived, and coordinators hear when nothing comes for long."""
    step.move(Trigger.FORWARD)
    step.mark(forwarded=step.now)
    step.clear(DeadlineKind.TRIAGE, DeadlineKind.DETAILS_RECEIPT)
    for number, days in enumerate(step.policy.waits.details_receipt_business):
        step.due_business(DeadlineKind.DETAILS_RECEIPT, days, number)
    _listen(step)


def late(step: Step, event: DeadlinePassed) -> bool:
    """Act on a wait for the body; False if the deadline is another one."""
    contact = step.case.confirmed_contact
    if event.kind is DeadlineKind.DETAILS_RECEIPT and contact:
        answer_by = step.policy.last_day(step.now, step.policy.waits.contact_answer_business).isoformat()
        step.tell_contact(REMINDER, contact, n=str(event.step + 1), answer_by=answer_by)
        return True
    if event.kind is not DeadlineKind.STATUS_REQUEST:
        return False
    _listen(step, event.step + 1)
    lost = [f"!contact confirm {c.n}" for c in step.case.contacts if c.standing is Standing.DEAD and contact is None]
    commands = "\n".join((*lost, "!note TEXT", "!publish DATE", "!close CODE"))
    step.tell_coordinators("notice-deadline", why="body_silent", n=str(event.step + 1), commands=commands)
    return True


def answered(step: Step, event: ReplyReceived) -> None:
    """The body wrote: it has the report, and a start date that it names is the case's (起算日)."""
    step.clear(DeadlineKind.DETAILS_RECEIPT)
    if step.case.state is State.FORWARDED:
        _listen(step)
        step.due_decision()
    start = _day(step, event.text, _START, past=True)
    if start and step.case.milestones.start_date is None and start >= step.policy.today(step.case.received):
        step.mark(start_date=max(step.policy.morning(start), step.case.received))
        step.log("start date", event.sender.address, start.isoformat())
        step.tell_finder("handling-started", "approval")
        step.tell_coordinators("notice-decision", why="handling-started")


def suggested(step: Step, event: ReplyReceived) -> str:
    """The commands that pass on what the body wrote."""
    day = _day(step, event.text, _PUBLICATION, past=False) or _day(step, event.text, _PUBLICATION, past=True)
    return f"!publish {day.isoformat() if day else 'DATE'}\n!close CODE\n!note TEXT"


def _listen(step: Step, number: int = 0) -> None:
    """Wait for the next word of the body; there is one such wait."""
    step.clear(DeadlineKind.STATUS_REQUEST)
    at = step.now + timedelta(days=step.policy.waits.overdue_days)
    step.due(DeadlineKind.STATUS_REQUEST, step.policy.opening(at), number)


def _day(step: Step, text: str, about: re.Pattern[str], past: bool) -> date | None:
    """The first day that stands in a line with such a word."""
    today = step.policy.today(step.now)
    days = (stated_day(line, today, past=past) for line in _lines(text) if about.search(line))
    return next((day for day in days if day), None)


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines()[:_LINES]:
        yield fold(line[:_LINE])
