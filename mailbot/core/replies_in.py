"""What a reply from a participant does to the case."""

from dataclasses import replace

from mailbot.core import confirmation, first_answers, groups, handover, silence_replies
from mailbot.core.aliases import with_aliases
from mailbot.core.clocks import may_ask_disclosure
from mailbot.core.events import Meaning, ReplyReceived
from mailbot.core.fields import completed
from mailbot.core.fields import missing as lacking
from mailbot.core.first_answers import Worth
from mailbot.core.fixes import again, propose_incomplete
from mailbot.core.lifecycle import Step, Trigger
from mailbot.core.model import Case, Contact, DeadlineKind, Field, Participant, Role, Standing, State
from mailbot.core.proposals import confirm_contact, propose_details, reassure
from mailbot.core.tickets import note_tickets
from mailbot.core.vendor_work import answered, label, left_alone, note_reference, vendor_with

# No fix is taken for done while the same mail plans one, and a page that is gone may have been all there was.
_FOR_A_PERSON = {Meaning.NOT_AFFECTED, Meaning.WILL_NOT_FIX, Meaning.PAGE_REMOVED}
_ANSWER_FOLLOWS = {Meaning.THANKS, Meaning.ACKNOWLEDGED, Meaning.ASKS_TIME, Meaning.ASKS_STATUS}
TOLD = "told how it stands"
"""What stands in the history where somebody was."""

_SHORT = 300  # characters of a mail that asks how it stands, and nothing else
_REMINDERS = (DeadlineKind.CONTACT_ANSWER, DeadlineKind.DETAILS_RECEIPT)


def take(step: Step, event: ReplyReceived) -> None:
    """Log the reply, let it move the case as far as it may, and show it to the coordinators."""
    said = ", ".join(_as_said(m, event.role) for m in event.meanings if m is not Meaning.OTHER)
    named = (f"{name} {value}" for name, value in event.told)
    step.log("reply", event.sender.address, "; ".join(part for part in (said, *named) if part), event.message_id)
    step.change(mails=(*step.case.mails, event.digest))
    note_tickets(step, event.sender.address, event.tickets)
    if event.sender.wrote_encrypted:
        note_encryption(step, event.sender.address)
    confirmation.note_answer(step, event)
    if _asks_status_only(event) and tell_status(step, event):
        return
    step.tell_coordinators(
        "notice-reply",
        why=said,
        sender=event.sender.address,
        role=event.role.value,
        text=event.text,
        attachments=", ".join(event.attachments),
        several="\n".join(event.several),
        **_whose(step.case, event),
        **dict(event.told),
        **confirmation.shown(event.answer),
        **_suggested(step, event),
    )
    if step.case.state.ended or silence_replies.take(step, event) or groups.of_several(step, event):
        return
    if event.role is Role.FINDER:
        _from_finder(step, event)
    elif contact := _heard(step.case, event):
        _from_contact(step, event, contact)


def _as_said(meaning: Meaning, role: Role) -> str:
    """What the sender says; a finder mends nothing, and sees that it was."""
    return "fix_seen" if meaning is Meaning.FIX_REPORTED and role is Role.FINDER else meaning.value


def _whose(case: Case, event: ReplyReceived) -> dict[str, str]:
    """Which of several vendors wrote."""
    vendor = vendor_with(case, case.contact(event.contact) if event.contact is not None else None)
    return {"vendor": label(vendor)} if vendor else {}


def _suggested(step: Step, event: ReplyReceived) -> dict[str, str]:
    """The commands that this answer makes likely."""
    case, said = step.case, set(event.meanings)
    lines = ""
    if event.role is Role.FINDER:
        checks = {Meaning.FIX_REPORTED, Meaning.STILL_THERE, Meaning.WILL_NOT_FIX}
        if case.state is State.FIX_REPORTED and said & checks and not case.vendors:
            lines = "!fix confirmed corrected\n!fix incomplete"
        elif Meaning.WITHDRAWN in said:
            lines = "!close withdrawn"
        elif Meaning.ASKS_DISCLOSURE in said and may_ask_disclosure(step):
            lines = "!embargo lift"
    elif handover.passed_on(case):
        lines = handover.suggested(step, event)
    elif choice := confirmation.suggested(case, event) or first_answers.suggested(case, event, _heard(case, event)):
        lines = choice
    elif Meaning.ASKS_TIME in said and case.milestones.details_sent:
        lines = f"!extend {dict(event.told).get('until') or dict(event.told).get('fix_by') or 'DATE'} why"
    lines = "\n".join(filter(None, (lines, silence_replies.suggested(step, event))))
    return {"commands": lines} if lines and not case.state.ended else {}


def _asks_status_only(event: ReplyReceived) -> bool:
    more = event.attachments or event.fields or event.told
    return event.meanings == (Meaning.ASKS_STATUS,) and len(event.text) <= _SHORT and not more


def tell_status(step: Step, event: ReplyReceived) -> bool:
    """Tell the finder, or a contact point that is confirmed, how it stands for them; once a day, else a person does."""
    case, address = step.case, event.sender.address.lower()
    today = step.policy.today(step.now)
    asked = (e for e in case.timeline if e.what == TOLD and e.who == address)
    if not event.from_that_contact or any(step.policy.today(e.at) == today for e in asked):
        return False
    held = "approval" if step.policy.acknowledge == "approve" else None
    if event.role is Role.FINDER:
        told = case.finder is not None and case.finder.address.lower() == address
        day = {"publish_on": step.policy.today(case.publication).isoformat()} if case.publication else {}
        if told:
            step.tell_finder("progress-finder", held, **day)
    else:
        contact = case.contact(event.contact) if event.contact is not None else None
        told = contact is not None and contact.standing is Standing.CONFIRMED
        if told and contact:
            fix = next((d.at for d in case.deadlines if d.kind is DeadlineKind.FIX and d.step == 0), None)
            aim = {"fix_by": step.policy.today(fix).isoformat()} if fix else {}
            step.tell_contact("progress-counterpart", contact, held, **aim)
    if told:
        step.log(TOLD, address)
    return told


def note_encryption(step: Step, address: str) -> None:
    """Whoever wrote encrypted gets no plain answer, whatever else their mail was worth."""
    wanted = address.lower()
    people = (replace(p, wrote_encrypted=True) if p.address.lower() == wanted else p for p in step.case.participants)
    step.change(participants=tuple(people))
    if contact := step.case.contact_at(address):
        step.set_contact(replace(contact, wrote_encrypted=True))


def _heard(case: Case, event: ReplyReceived) -> Contact | None:
    """The contact point that speaks, unless a coordinator dropped it or another one is the confirmed one."""
    contact = case.contact(event.contact) if event.contact is not None and event.from_that_contact else None
    if contact is None or contact.standing is Standing.DROPPED:
        return None
    confirmed = next((c for c in case.confirmed_contacts if c.vendor == contact.vendor), None)
    return contact if confirmed in (None, contact) else None


def _from_finder(step: Step, event: ReplyReceived) -> None:
    step.change(participants=tuple(_met(p, event) for p in step.case.participants))
    step.change(aliases=with_aliases(step.case.aliases, event.aliases))
    step.change(fields=tuple(_taken_back(field, event.fields) for field in step.case.fields))
    before = step.case
    if Meaning.STILL_THERE in event.meanings and event.from_that_contact:
        propose_incomplete(step)
    taken_back = Meaning.WITHDRAWN in event.meanings
    if taken_back or (Meaning.ASKS_DISCLOSURE in event.meanings and may_ask_disclosure(step)):
        step.due_decision()
    if before.state is State.TRIAGE and event.from_that_contact:
        # The rest of an answer, after a first part of it ended the waiting.
        _complete(step, tuple(f for f in event.fields if f.name in before.missing))
    if before.state is not State.ASKING:
        return
    # Anyone can write in the finder's name; without the token that only they were sent, they agree to nothing.
    _complete(step, tuple(f for f in event.fields if event.from_that_contact or not f.name.startswith("consent.")))
    if step.case.fields == before.fields and set(event.meanings) <= _ANSWER_FOLLOWS:
        return
    step.move(Trigger.ANSWERED)
    step.clear(DeadlineKind.FINDER_ANSWER)
    step.due_decision()


def _met(participant: Participant, event: ReplyReceived) -> Participant:
    if participant.role is not Role.FINDER or participant.address.lower() != event.sender.address.lower():
        return participant
    return replace(
        participant,
        fingerprint=participant.fingerprint or event.sender.fingerprint,
        wrote_encrypted=participant.wrote_encrypted or event.sender.wrote_encrypted,
    )


def _taken_back(old: Field, said: tuple[Field, ...]) -> Field:
    """A consent can be taken back at any time and by any mail in the finder's name; given it is only with the token."""
    no = (f for f in said if f.name == old.name and f.name.startswith("consent.") and f.value is False)
    return next(no, old) if old.value is True else old


def _complete(step: Step, said: tuple[Field, ...]) -> None:
    """Take what the finder adds into the report, and off the list of what it lacks."""
    before = step.case
    step.change(fields=completed(before.fields, said))
    settled = {*lacking(before.track, before.fields)} - {*lacking(before.track, step.case.fields)}
    left = (name for name in before.missing if step.case.field(name) is None and name not in settled)
    step.change(missing=tuple(left))


def _from_contact(step: Step, event: ReplyReceived, contact: Contact) -> None:
    if handover.passed_on(step.case):
        handover.answered(step, event)
        return
    first_answer = contact.standing is not Standing.CONFIRMED
    value = first_answers.worth(event) if first_answer else Worth.ACCEPTS
    if first_answers.points_elsewhere(event, contact) or value is Worth.DENIES:
        if vendor := vendor_with(step.case, contact):
            left_alone(step, vendor)
        else:
            step.clear(*_REMINDERS)
        step.due_decision()
        return
    if value is Worth.NOTHING:
        return
    asks = Meaning.WANTS_ENCRYPTION in event.meanings
    in_plain = not asks and not event.sender.wrote_encrypted
    contact = replace(
        contact,
        fingerprint=event.sender.fingerprint or contact.fingerprint,
        wrote_encrypted=contact.wrote_encrypted or event.sender.wrote_encrypted,
        asked_for_encryption=contact.asked_for_encryption or asks,
        plaintext_agreed=in_plain and (first_answer or contact.plaintext_agreed),  # who once asked for it, asked
    )
    step.set_contact(contact)
    if first_answers.only_needs_time(step.case, event, contact):
        first_answers.wait_for_them(step, event, contact)
        return
    doubts = Meaning.SUSPICIOUS in event.meanings
    if doubts and step.case.state not in (State.TRIAGE, State.ASKING):
        reassure(step, contact)
    if first_answer and step.case.state not in (State.TRIAGE, State.ASKING):
        confirm_contact(step, contact)
        step.log("contact confirmed", "mailbot", f"{contact.address} answered the mail that was sent there")
        if contact.vendor or step.case.state in (State.CONTACT_CONFIRMED, State.NOTIFIED, State.FIXING):
            unsure = doubts or value is Worth.ANSWERS or Meaning.ASKS_TIME in event.meanings
            propose_details(step, contact, unsure)
    if doubts:
        return
    if vendor := vendor_with(step.case, contact):
        vendor = note_reference(step, vendor, event.tickets)
        answered(step, vendor, event.meanings, contact, event.told)
        return
    step.clear(*_REMINDERS)
    _work(step, event.meanings)


def _work(step: Step, meanings: tuple[Meaning, ...]) -> None:
    waits = step.policy.waits
    if step.case.milestones.details_sent is None:
        return
    step.move(Trigger.WORK_BEGAN)
    told_before = step.case.state is State.FIX_REPORTED
    if {Meaning.FIX_REPORTED, Meaning.FIX_PLANNED} <= set(meanings):
        step.due_decision()
    elif Meaning.FIX_REPORTED in meanings and step.move(Trigger.FIX_REPORTED):
        step.mark(fix_reported=step.now)
        step.clear(DeadlineKind.STATUS_REQUEST, DeadlineKind.FIX, DeadlineKind.FIX_CHECK)
        answer_by = step.due_business(DeadlineKind.FIX_CHECK, waits.fix_check_business)
        if not told_before and (contact := step.case.confirmed_contact):
            gone = {"method": "page_removed"} if Meaning.PAGE_REMOVED in meanings else {}
            step.tell_contact("fix-thanks", contact, **again(step), **gone)
        if step.policy.finder_checks_fix and not told_before:
            step.tell_finder("fix-check", answer_by=answer_by, **again(step))
    elif _FOR_A_PERSON & set(meanings) and step.move(Trigger.DECLINED):
        step.clear(DeadlineKind.STATUS_REQUEST, DeadlineKind.FIX)
        step.due_decision()
