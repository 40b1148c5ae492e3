"""What a coordinator's own mail that copied the desk does to the case: the clocks that a mail of the bot's would move.

Theory. A coordinator who writes by hand says in no form what the mail is. It is taken for what the case waited for:
to a contact point that nobody wrote to yet it is the first contact, to the confirmed one that waits for the details
and with what they are made of it is the details, and the word that it is mended is word of the fix. Everything else
is a mail of their own, which only stops ours. So is one that they did not sign: the token of our mail to them stands
in the headers that everybody gets whom they copied. The answer may go to the coordinator alone, so the bot reminds
nobody of a mail that it did not send: it asks the coordinator. Nothing becomes confirmed by a copy, that is an
order's to do.
"""

from dataclasses import replace

from mailbot.core import handover, vendor_work
from mailbot.core.clocks import SEEKING
from mailbot.core.events import CopyLogged, MailSent, Meaning
from mailbot.core.fixes import work_again
from mailbot.core.lifecycle import Step, Trigger
from mailbot.core.model import Case, Contact, Deadline, DeadlineKind, Role, Standing, State
from mailbot.core.sent import start_clocks
from mailbot.core.vendors import SEEKING as VENDOR_SEEKING

_MENDED_FROM = (State.NOTIFIED, State.FIXING, State.REVIEW)
_ASKS_THEM = (DeadlineKind.STATUS_REQUEST, DeadlineKind.VERIFICATION)

FIRST_CONTACT, DETAILS = "first-contact", "details"


def take(step: Step, event: CopyLogged) -> None:
    """Log the mail with its parties and files, and let it count for what it is."""
    proven = event.verified and not step.case.state.ended
    ours = _written_to(step.case, event) if proven and step.case.counterpart in event.to_roles else ()
    whole = ours if event.signed else ()
    stands_for = {contact.n: template for contact in whole if (template := _stands_for(step.case, event, contact))}
    names = f"; attachments: {', '.join(event.attachments)}" if event.attachments else ""
    unproven = "" if event.verified else " (not proven)"
    counts = "".join(f"; it is the {t.replace('-', ' ')}" for t in dict.fromkeys(stands_for.values()))
    step.log("copy", event.coordinator, f"to {', '.join(event.recipients)}{names}{counts}{unproven}", event.message_id)
    step.change(mails=(*step.case.mails, event.digest))
    if not proven:
        return
    if step.case.counterpart in event.to_roles:
        _to_counterpart(step, event, ours, stands_for)
    if Role.FINDER in event.to_roles:
        _asked_anew(step)
    if event.signed:
        _of_the_fix(step, event)


def _written_to(case: Case, event: CopyLogged) -> tuple[Contact, ...]:
    found = (case.contact_at(address) for address in event.recipients)
    return tuple(contact for contact in found if contact and contact.standing is not Standing.DROPPED)


def _stands_for(case: Case, event: CopyLogged, contact: Contact) -> str:
    """Which mail of the desk's it is to that contact point; "" for none."""
    vendor = vendor_work.vendor_with(case, contact)
    if handover.passed_on(case):
        body = contact.standing is Standing.CONFIRMED and case.milestones.forwarded is None
        return handover.HANDOVER if body and event.details and case.state is State.ACCEPTED else ""
    if case.vendors and vendor is None:
        return ""
    seeking = vendor.state in VENDOR_SEEKING if vendor else case.state in SEEKING
    if seeking and contact.standing in (Standing.CANDIDATE, Standing.DEAD):
        return FIRST_CONTACT
    told = vendor.details_sent if vendor else case.milestones.details_sent
    awaits = told is None and (vendor is not None or case.state is State.CONTACT_CONFIRMED)
    return DETAILS if awaits and event.details and contact.standing is Standing.CONFIRMED else ""


def _to_counterpart(step: Step, event: CopyLogged, ours: tuple[Contact, ...], stands_for: dict[int, str]) -> None:
    step.clear(DeadlineKind.CONTACT_ANSWER, DeadlineKind.DETAILS_RECEIPT)
    vendor_work.taken_over(step, event.recipients)
    for contact in ours:
        if template := stands_for.get(contact.n):
            _as_ours(step, event, contact, template)
    told = [c.n for c in ours if event.details and c.standing is not Standing.CONFIRMED]
    if told or FIRST_CONTACT not in stands_for.values():
        confirm = f" (contact {told[0]} was told: !contact confirm {told[0]} if it is the right one)" if told else ""
        _ask_the_coordinator(step, event, f"has an answer come?{confirm}")
    answer_by = step.policy.after(step.now, step.policy.waits.contact_answer_business)
    kept = (d for d in step.case.deadlines if d.kind not in _ASKS_THEM or d.at > answer_by)
    step.change(deadlines=tuple(kept))


def _as_ours(step: Step, event: CopyLogged, contact: Contact, template: str) -> None:
    if contact.standing is Standing.DEAD:  # another mail came back, this one is on its way
        contact = replace(contact, standing=Standing.CANDIDATE)
        step.set_contact(contact)
    role = step.case.counterpart
    start_clocks(step, MailSent(template, contact.address, role, event.message_id, contact.n, False), contact)
    waits, mine = step.policy.waits, vendor_work.vendor_with(step.case, contact)
    note = vendor_work.label(mine) if mine else contact.address
    step.change(deadlines=tuple(_without_our_reminders(d, note, waits.contact_reminders) for d in step.case.deadlines))
    if template in (DETAILS, handover.HANDOVER):
        step.clear(DeadlineKind.DETAILS_RECEIPT)
        receipts = len(waits.details_receipt_business)
        kept = (d for d in step.case.deadlines if not _is_receipt(d, note, receipts))
        step.change(deadlines=tuple(kept))


def _without_our_reminders(deadline: Deadline, note: str, most: int) -> Deadline:
    """The time for the answer runs as after a mail of ours, but at its end it is the next way's turn."""
    awaited = deadline.kind in (DeadlineKind.CONTACT_ANSWER, DeadlineKind.VENDOR_ANSWER) and deadline.note == note
    return replace(deadline, step=most) if awaited else deadline


def _is_receipt(deadline: Deadline, note: str, receipts: int) -> bool:
    return deadline.kind is DeadlineKind.VENDOR_RESULT and deadline.note == note and deadline.step < receipts


def _ask_the_coordinator(step: Step, event: CopyLogged, question: str) -> None:
    note = f"{event.coordinator} wrote to the {step.case.counterpart}: {question}"
    step.change(deadlines=tuple(d for d in step.case.deadlines if d.note != note))
    step.due_business(DeadlineKind.COORDINATOR, step.policy.waits.contact_answer_business, note=note)


def _asked_anew(step: Step) -> None:
    """The finder was written to by hand while an answer of theirs is awaited: they have the whole time again."""
    awaited = [d for d in step.case.deadlines if d.kind is DeadlineKind.FINDER_ANSWER]
    if awaited and step.case.state is State.ASKING:
        step.clear(DeadlineKind.FINDER_ANSWER)
        days = step.policy.waits.finder_answer_business
        step.due_business(DeadlineKind.FINDER_ANSWER, days, awaited[-1].step, awaited[-1].note)


def _of_the_fix(step: Step, event: CopyLogged) -> None:
    """A coordinator tells the finder, or thanks the other side, that it is mended; or says that it still happens."""
    case, said = step.case, set(event.meanings)
    if (
        case.vendors
        or case.milestones.details_sent is None
        or not {Role.FINDER, case.counterpart} & set(event.to_roles)
    ):
        return
    if Meaning.STILL_THERE in said:
        if case.counterpart in event.to_roles and work_again(step):
            step.log("copy", event.coordinator, "that mail says that it still happens")
        return
    if Meaning.FIX_REPORTED not in said or Meaning.FIX_PLANNED in said or case.state not in _MENDED_FROM:
        return
    step.move(Trigger.FIX_REPORTED)
    step.mark(fix_reported=step.now)
    step.log("copy", event.coordinator, "that mail says that it is mended")
    step.clear(*_ASKS_THEM, DeadlineKind.FIX, DeadlineKind.DETAILS_RECEIPT, DeadlineKind.TRIAGE, DeadlineKind.FIX_CHECK)
    step.due_business(DeadlineKind.FIX_CHECK, step.policy.waits.fix_check_business)
