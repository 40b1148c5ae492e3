"""What a mail that went out starts: the clocks of the case, whether the bot sent it or a coordinator by hand."""

from dataclasses import replace
from datetime import timedelta

from mailbot.core import handover, vendor_work
from mailbot.core.events import MailSent
from mailbot.core.fixes import work_again
from mailbot.core.lifecycle import Step, Trigger
from mailbot.core.model import Contact, DeadlineKind, Standing, State, Track
from mailbot.core.proposals import fix_due


def take(step: Step, event: MailSent) -> None:
    """Log a mail of ours that the outside took, and start what it starts."""
    how = "encrypted" if event.encrypted else "signed"
    step.log("sent", "mailbot", f"{event.template} to {event.to} ({how})", event.message_id)
    contact = step.case.contact(event.contact) if event.contact else None
    if contact is not None and not step.case.state.ended:
        start_clocks(step, event, contact)


def start_clocks(step: Step, event: MailSent, contact: Contact) -> None:
    """The waits that a mail to this contact point begins."""
    if vendor := vendor_work.vendor_with(step.case, contact):
        vendor_work.written_to(step, event, contact, vendor)
        return
    if event.template == "first-contact" and contact.standing is Standing.CANDIDATE:
        step.set_contact(replace(contact, standing=Standing.TRIED))
    if event.template == "first-contact" and step.move(Trigger.FIRST_CONTACT):
        step.mark(first_contact=step.now)
        if step.case.track is Track.PRODUCT:
            step.mark(start_date=step.now)
        step.clear(DeadlineKind.CONTACT_ANSWER, DeadlineKind.TRIAGE)
        step.due_business(DeadlineKind.CONTACT_ANSWER, step.policy.waits.contact_answer_business, note=contact.address)
    if event.template == handover.HANDOVER:
        handover.handed_over(step)
    if event.template == "details":
        _details(step)
    if event.template == "fix-incomplete":
        work_again(step)


def _details(step: Step) -> None:
    waits, first = step.policy.waits, step.case.state is State.CONTACT_CONFIRMED
    step.move(Trigger.DETAILS_SENT)
    step.mark(details_sent=step.now)
    if step.case.track is Track.PRODUCT:  # 起算日, where nobody had to be looked for by mail
        step.mark(start_date=step.now)
    step.clear(DeadlineKind.DETAILS_RECEIPT, DeadlineKind.TRIAGE)
    for number, days in enumerate(waits.details_receipt_business):
        step.due_business(DeadlineKind.DETAILS_RECEIPT, days, number)
    if not first:  # to another contact point of the same work: the time for it goes on
        return
    step.clear(DeadlineKind.VERIFICATION, DeadlineKind.STATUS_REQUEST, DeadlineKind.FIX)
    product, start = step.case.track is Track.PRODUCT, step.case.milestones.start_date or step.now
    for number, days in enumerate(waits.verification_days if product else ()):
        step.due(DeadlineKind.VERIFICATION, step.policy.opening(step.now + timedelta(days=days)), number)
    asked = [start + timedelta(days=days) for days in (waits.status_days_product if product else waits.status_days)]
    for number, at in enumerate(at for at in asked if at > step.now + timedelta(days=1)):
        step.due(DeadlineKind.STATUS_REQUEST, step.policy.opening(at), number)
    step.due(DeadlineKind.FIX, step.policy.opening(fix_due(step)))
