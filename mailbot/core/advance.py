"""The only place where a case changes: one event in, the case and what it asks for out."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from mailbot.core import (
    clocks,
    confirmation,
    copies,
    deadlines,
    finder_news,
    groups,
    handover,
    linking,
    replies_in,
    sent,
    silence,
    vendor_work,
)
from mailbot.core.channels import next_by_hand, propose_by_hand
from mailbot.core.events import (
    AddressBounced,
    CaseEvent,
    CommandGiven,
    ContactsFound,
    ContactShared,
    CopyLogged,
    DeadlinePassed,
    MailEdited,
    MailFailed,
    MailHeld,
    MailReleased,
    MailSent,
    MailSetAside,
    MailWithheld,
    ProofLooked,
    ReplyReceived,
    ReportReceived,
)
from mailbot.core.lifecycle import Decision, Refusal, Step, Trigger
from mailbot.core.link_events import CaseAbsorbed, CaseLinked, CaseSplit, FollowedCaseEnded, HeardElsewhere
from mailbot.core.model import Case, Contact, DeadlineKind, Role, Standing, State
from mailbot.core.policy import Policy
from mailbot.core.priority import DECIDED, judge
from mailbot.core.proposals import (
    awaited_contact,
    next_candidate,
    propose_first_contact,
    try_next_contact,
)
from mailbot.core.reading import short, tidy
from mailbot.core.seeking import NOT_USABLE, learned
from mailbot.core.stated_days import stated_day
from mailbot.core.steering import steer
from mailbot.core.tickets import note_tickets

_NOTED = 1_000  # characters of a machine's mail that its line in the history is made of


def open_case(case_id: str, event: ReportReceived, now: datetime) -> Case:
    """The case that a report opens, before anything has happened to it."""
    return Case(id=case_id, track=event.track, received=now, language=event.language, since=now)


def advance(case: Case, event: CaseEvent, now: datetime, policy: Policy) -> Decision | Refusal:
    """Take one event in. Only commands are ever refused; then nothing has changed."""
    step = Step(replace(case, sequence=case.sequence + 1), now, policy)
    match event:
        case ReportReceived():
            _report(step, event)
        case ReplyReceived():
            replies_in.take(step, event)
        case CommandGiven():
            if refusal := steer(step, event):
                return refusal
        case CopyLogged():
            copies.take(step, event)
        case ContactsFound():
            _contacts_found(step, event)
        case ProofLooked():
            confirmation.looked(step, event)
        case ContactShared():
            groups.join(step, event)
        case MailReleased():
            despite = f", despite {event.despite}" if event.despite else ""
            step.log("approved", event.coordinator, f"{event.template} to {event.to} ({event.content_hash}{despite})")
        case MailWithheld():
            step.log("withheld", event.coordinator, f"{event.template} to {event.to}: {event.why}")
        case MailEdited():
            step.log(
                "edited", event.coordinator, f"{event.template} to {event.to} ({event.before} → {event.content_hash})"
            )
            step.tell_coordinators("notice-decision", why=event.template)
        case CaseAbsorbed():
            linking.absorb(step, event)
        case CaseSplit():
            linking.open_split(step, event)
        case CaseLinked():
            linking.link(step, event)
        case HeardElsewhere():
            step.log("heard", event.sender, f"on {event.case}: {event.said}")
            groups.heard(step, event)
        case FollowedCaseEnded():
            linking.follow(step, event)
        case MailSent():
            sent.take(step, event)
        case MailFailed():
            _failed(step, event)
        case MailHeld():
            step.log("held", "mailbot", f"{event.template} to {event.to}: {event.why}")
            step.tell_coordinators("notice-decision", why=event.why)
        case AddressBounced():
            _bounced(step, event)
        case MailSetAside():
            _set_aside(step, event)
        case DeadlinePassed():
            deadlines.act(step, event)
            finder_news.promise(step)
        case _:
            assert_never(event)
    vendor_work.summarise(step)
    clocks.begin(step, case)
    if not step.case.state.ended and all(d.kind is DeadlineKind.FINDER_STATUS for d in step.case.deadlines):
        # An open case is never forgotten: at the latest then, a coordinator hears of it.
        step.due_decision()
    _weigh(step)
    return step.decision()


def _weigh(step: Step) -> None:
    """Judge the priority anew by what is known now, unless a coordinator set it."""
    if step.policy.matrix and step.case.priority_why != (DECIDED,):
        found = judge(step.case, step.policy.matrix)
        if (found.level, found.why) != (step.case.priority, step.case.priority_why):
            step.change(priority=found.level, priority_why=found.why)


def advance_all(case: Case, events: Iterable[CaseEvent], now: datetime, policy: Policy) -> Decision | Refusal:
    """Take several events in, one after another; the first refusal undoes all."""
    decision = Decision(case)
    for event in events:
        following = advance(decision.case, event, now, policy)
        if isinstance(following, Refusal):
            return following
        decision = Decision(following.case, decision.effects + following.effects)
    return decision


def _report(step: Step, event: ReportReceived) -> None:
    case = step.case
    step.change(
        handling=step.policy.part.handling(case.track),
        fields=event.fields,
        aliases=event.aliases,
        missing=event.missing,
        participants=(*case.participants, event.finder),
        links=(*case.links, *event.links),
        mails=(*case.mails, event.digest),
        contacts=event.contacts,
    )
    lacks = f"missing: {', '.join(event.missing)}" if event.missing else "complete"
    taken = f"; taken for a report by {event.taken_by}" if event.taken_by else ""
    step.log("report", event.finder.address, f"{event.track}, {lacks}{taken}", event.message_id)
    held = "approval" if step.policy.acknowledge == "approve" else None
    if event.acknowledge:
        siblings = "\n".join(link.case for link in event.links if link.kind == "same_mail")
        step.tell_finder("receipt", held, **({"cases": siblings} if siblings else {}))
    if event.missing and event.acknowledge:
        step.move(Trigger.ASK)
        note, days = ", ".join(event.missing), step.policy.waits.finder_answer_business
        answer_by = step.due_business(DeadlineKind.FINDER_ANSWER, days, note=note)
        step.tell_finder("question", held, missing="\n".join(event.missing), answer_by=answer_by)
    step.due_decision()
    plan = stated_day(step.case.field_text("disclosure_plan")[:_NOTED], step.policy.today(step.now), past=False)
    silence.offer(step, step.policy.morning(plan) if plan else None)
    step.tell_coordinators("notice-new-case", **({"hint": event.hint} if event.hint else {}))


def _contacts_found(step: Step, event: ContactsFound) -> None:
    for found in event.contacts:
        known = step.case.contact_at(found.address)
        if known is None:
            number = max((c.n for c in step.case.contacts), default=0) + 1
            standing = Standing.CANDIDATE if found.score > NOT_USABLE else Standing.DROPPED
            step.set_contact(replace(found, n=number, standing=standing))
        else:
            step.set_contact(learned(known, found))
    result = event.problem or f"{len(event.contacts)} found, {len(step.case.contacts)} known"
    step.log("contacts", "mailbot", "; ".join((result, *event.notes)))
    if step.case.state is not State.ACCEPTED or step.case.vendors:
        return
    if candidate := next_candidate(step):
        propose_first_contact(step, candidate)
    elif (hand := next_by_hand(step)) and step.case.contact(hand.n):
        propose_by_hand(step, hand, "no_contact")
    else:
        step.tell_coordinators(
            "notice-problem",
            why="no_contact",
            commands="!contact add ADDRESS why\n!contact use 1",
        )


def _failed(step: Step, event: MailFailed) -> None:
    what = "uncertain" if event.uncertain else "failed"
    step.log(what, "mailbot", f"{event.template} to {event.to}: {event.reason}")
    anew = {} if event.uncertain else handover.came_back(step, event.to)
    text = f"{event.template}: {event.reason}"
    step.tell_coordinators("notice-problem", why=what, sender=event.to, text=text, **anew)
    if event.contact and not event.uncertain and (contact := step.case.contact(event.contact)):
        _bury(step, contact, event.reason, event.template == "first-contact")


def _bounced(step: Step, event: AddressBounced) -> None:
    what = "bounced" if event.permanent else "delayed"
    step.log(what, "mailbot", f"{event.address} {event.status} {event.reason}".rstrip())
    if not event.permanent:
        return
    text = f"{event.status} {event.reason}".strip()
    anew = handover.came_back(step, event.address) or confirmation.instead_of(step.case, event.address)
    step.tell_coordinators("notice-problem", why="bounced", sender=event.address, text=text, **anew)
    if contact := step.case.contact_at(event.address):
        _bury(step, contact, f"mail came back ({event.status or event.reason.partition(':')[0]})")


def _bury(step: Step, contact: Contact, why: str, at_first: bool = False) -> None:
    """Write to this contact point no more; if it was the one whose turn it was, it is the next one's."""
    awaited = awaited_contact(step.case)
    step.set_contact(replace(contact, standing=Standing.DEAD, why=why))
    if vendor := vendor_work.vendor_with(step.case, contact):
        if not step.case.state.ended:
            vendor_work.lost(step, contact, vendor, why)
        return
    if step.case.state not in (State.ACCEPTED, State.CONTACTING):
        return
    if at_first if awaited is None else awaited.n == contact.n:
        step.clear(DeadlineKind.CONTACT_ANSWER)
        try_next_contact(step, "contact_unreachable", f"{contact.address}: {why}")


def _set_aside(step: Step, event: MailSetAside) -> None:
    if event.automatic:
        _note_machine(step, event)
        return
    step.log("set aside", event.sender, event.why, event.message_id if event.may_be_contact else None)
    number = max((c.n for c in step.case.contacts), default=0) + 1
    stranger = not _is_participant(step.case, event.sender)
    if event.may_be_contact and stranger and not step.case.contact_at(event.sender):
        evidence = (event.answer.evidence(),) if event.answer else ()
        step.set_contact(Contact(number, event.sender, "reply", score=0.3, why=event.why, evidence=evidence))
    commands = confirmation.suggested_for(step.case, event, number) if stranger else ""
    if event.encrypted:
        replies_in.note_encryption(step, event.sender)
    step.tell_coordinators(
        "notice-problem",
        why=event.why,
        sender=event.sender,
        text=event.text,
        commands=commands or "!status",
        **confirmation.shown(event.answer if stranger else None),
    )


def _note_machine(step: Step, event: MailSetAside) -> None:
    """A machine's mail ends no waiting: it is noted with its first words, and shown where a person may be behind it."""
    step.log("automatic", event.sender, f"{event.automatic}: {short(tidy(event.text, _NOTED))}")
    note_tickets(step, event.sender, event.tickets)
    if not event.quiet:
        step.tell_coordinators(
            "notice-problem", why=event.why, sender=event.sender, text=event.text, commands="!status"
        )


def _is_participant(case: Case, address: str) -> bool:
    return any(p.address.lower() == address.lower() and p.role is not Role.COORDINATOR for p in case.participants)
