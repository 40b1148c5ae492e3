"""What a reply from a participant does to the case."""

from dataclasses import replace

from mailbot.core.events import Meaning, ReplyReceived
from mailbot.core.lifecycle import Step, Trigger
from mailbot.core.model import Contact, DeadlineKind, Field, Participant, Role, Standing, State
from mailbot.core.proposals import confirm_contact, propose_details

_REMINDERS = (DeadlineKind.CONTACT_ANSWER, DeadlineKind.DETAILS_RECEIPT)


def take(step: Step, event: ReplyReceived) -> None:
    """Log the reply, let it move the case as far as it may, and show it to the coordinators."""
    said = ", ".join(m.value for m in event.meanings if m is not Meaning.OTHER)
    step.log("reply", event.sender.address, said, event.message_id)
    step.change(mails=(*step.case.mails, event.digest))
    step.tell_coordinators(
        "notice-reply",
        why=said,
        sender=event.sender.address,
        role=event.role.value,
        text=event.text,
        attachments=", ".join(event.attachments),
    )
    if step.case.state.ended:
        return
    if event.role is Role.FINDER:
        _from_finder(step, event)
    elif event.from_that_contact and event.contact is not None and (contact := step.case.contact(event.contact)):
        _from_contact(step, event, contact)


def _from_finder(step: Step, event: ReplyReceived) -> None:
    step.change(participants=tuple(_met(p, event) for p in step.case.participants))
    if step.case.state is not State.ASKING:
        return
    step.change(fields=_completed(step.case.fields, event.fields))
    step.change(missing=tuple(name for name in step.case.missing if step.case.field(name) is None))
    step.move(Trigger.ANSWERED)
    step.clear(DeadlineKind.FINDER_ANSWER, DeadlineKind.TRIAGE)
    step.due_business(DeadlineKind.TRIAGE, step.policy.waits.triage_business)


def _met(participant: Participant, event: ReplyReceived) -> Participant:
    if participant.role is not Role.FINDER or participant.address.lower() != event.sender.address.lower():
        return participant
    return replace(
        participant,
        fingerprint=participant.fingerprint or event.sender.fingerprint,
        wrote_encrypted=participant.wrote_encrypted or event.sender.wrote_encrypted,
    )


def _completed(old: tuple[Field, ...], new: tuple[Field, ...]) -> tuple[Field, ...]:
    """What the report stated stays; the answer only adds what was absent or derived."""
    stated = {f.name for f in old if not f.derived}
    return (*(f for f in old if f.name in stated), *(f for f in new if f.name not in stated))


def _from_contact(step: Step, event: ReplyReceived, contact: Contact) -> None:
    wants_encryption = Meaning.WANTS_ENCRYPTION in event.meanings
    contact = replace(
        contact,
        fingerprint=event.sender.fingerprint or contact.fingerprint,
        wrote_encrypted=contact.wrote_encrypted or event.sender.wrote_encrypted,
        plaintext_agreed=not wants_encryption and not event.sender.wrote_encrypted,
    )
    step.set_contact(contact)
    doubts = Meaning.SUSPICIOUS in event.meanings
    if contact.standing is not Standing.CONFIRMED and step.case.state not in (State.TRIAGE, State.ASKING):
        confirm_contact(step, contact)
        step.log("contact confirmed", "mailbot", f"{contact.address} answered the mail that was sent there")
        if step.case.milestones.details_sent is None and not doubts:
            propose_details(step, contact)
    if doubts:
        return
    step.clear(*_REMINDERS)
    _work(step, event.meanings)
    if not step.case.deadlines:
        step.due_business(DeadlineKind.TRIAGE, step.policy.waits.triage_business)


def _work(step: Step, meanings: tuple[Meaning, ...]) -> None:
    waits = step.policy.waits
    if step.case.milestones.details_sent is None:
        return
    step.move(Trigger.WORK_BEGAN)
    if Meaning.FIX_REPORTED in meanings and step.move(Trigger.FIX_REPORTED):
        step.mark(fix_reported=step.now)
        step.clear(DeadlineKind.STATUS_REQUEST, DeadlineKind.FIX, DeadlineKind.FIX_CHECK)
        step.due_business(DeadlineKind.FIX_CHECK, waits.fix_check_business)
        if step.policy.finder_checks_fix:
            step.tell_finder("fix-check")
    elif {Meaning.NOT_AFFECTED, Meaning.WILL_NOT_FIX} & set(meanings) and step.move(Trigger.DECLINED):
        step.clear(DeadlineKind.STATUS_REQUEST, DeadlineKind.FIX)
        step.due_business(DeadlineKind.TRIAGE, waits.triage_business)
