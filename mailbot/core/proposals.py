"""Mails to a contact point that a person may have to approve first: first contact and details."""

from dataclasses import replace
from datetime import timedelta

from mailbot.core.contacts import channel
from mailbot.core.lifecycle import Step, Trigger
from mailbot.core.model import Contact, DeadlineKind, Standing, Track

_AUTO_SCORE = 0.5
"""Below this a found contact point is never written to without a person, whatever the policy."""


def propose_first_contact(step: Step, contact: Contact) -> None:
    """Write the mail that asks `contact` where to send details; hold it where the policy says so."""
    free = step.policy.first_contact == "auto" and contact.score >= _AUTO_SCORE
    answer_by = step.policy.business_days(step.now, step.policy.waits.contact_answer_business)
    held = None if free else "approval"
    step.tell_contact("first-contact", contact, held, answer_by=step.policy.today(answer_by).isoformat())
    if held:
        step.tell_coordinators("notice-decision", why="first-contact")
        step.clear(DeadlineKind.TRIAGE)
        step.due_business(DeadlineKind.TRIAGE, step.policy.waits.triage_business)


def propose_details(step: Step, contact: Contact) -> None:
    """Write the details for a confirmed contact point; hold them where the policy says so."""
    held = None if step.policy.details == "auto" else "approval"
    step.tell_contact("details", contact, held, fix_by=fix_by(step))
    if held:
        step.tell_coordinators("notice-decision", why="details")
        step.clear(DeadlineKind.TRIAGE)
        step.due_business(DeadlineKind.TRIAGE, step.policy.waits.triage_business)


def fix_by(step: Step) -> str:
    """The day by which the guideline asks for a fix: V-4-1 for websites, IV-4-3 for products."""
    waits, case = step.policy.waits, step.case
    if case.track is Track.WEBSITE:
        return step.policy.today(step.now + timedelta(days=waits.fix_days_website)).isoformat()
    start = case.milestones.start_date or step.now
    return step.policy.today(start + timedelta(days=waits.fix_days_product)).isoformat()


def next_candidate(step: Step) -> Contact | None:
    """The best contact point that was not tried yet."""
    fresh = [c for c in step.case.contacts if c.standing is Standing.CANDIDATE and channel(c.address) == "address"]
    return max(fresh, key=lambda c: (c.score, -c.n), default=None)


def confirm_contact(step: Step, contact: Contact) -> None:
    """Make `contact` the one that gets details; another that was confirmed steps back."""
    for other in step.case.contacts:
        if other.standing is Standing.CONFIRMED and other.n != contact.n:
            step.set_contact(replace(other, standing=Standing.TRIED))
    step.set_contact(replace(contact, standing=Standing.CONFIRMED))
    step.move(Trigger.CONTACT_CONFIRMED)
    step.clear(DeadlineKind.CONTACT_ANSWER)


def try_next_contact(step: Step, why: str, text: str) -> None:
    """Go on to the next contact point, or leave it to a person when there is none."""
    if candidate := next_candidate(step):
        propose_first_contact(step, candidate)
        return
    step.move(Trigger.CONTACTS_EXHAUSTED)
    step.clear(DeadlineKind.CONTACT_ANSWER, DeadlineKind.TRIAGE)
    step.due_business(DeadlineKind.TRIAGE, step.policy.waits.triage_business)
    step.tell_coordinators("notice-problem", why=why, text=text, commands="!contact add ADDRESS why\n!contact use N")
