"""What happens when a deadline passes: few reminders, then a person.

Repeating the same mail does not get more vulnerabilities mended (Li et al., USENIX Security 2016), so the ladders are
short and end with the next contact point or a coordinator.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from mailbot.core import finder_news, handover, papers, silence, vendor_clocks, vendor_work
from mailbot.core.channels import commands_for, next_by_hand, propose_by_hand
from mailbot.core.clocks import SEEKING, last_step, silent_for_long
from mailbot.core.contacts import channel
from mailbot.core.events import DeadlinePassed
from mailbot.core.lifecycle import Step
from mailbot.core.model import Case, Deadline, DeadlineKind, Standing, State, Track
from mailbot.core.proposals import awaited_contact, next_candidate, next_way, try_next_contact

_AT_WORK = (State.NOTIFIED, State.FIXING)


def passed(case: Case, now: datetime) -> tuple[DeadlinePassed, ...]:
    """The deadlines of `case` that have come, one a kind: after downtime, missed ones collapse into the latest.

    What a coordinator asked to be reminded of is never left out: of those, each text comes.
    """
    if case.state.ended:
        return ()
    kinds = (DeadlineKind.COORDINATOR,) if case.on_hold else tuple(DeadlineKind)
    latest: dict[tuple[DeadlineKind, str], Deadline] = {}
    for deadline in case.deadlines:
        if deadline.at <= now and deadline.kind in kinds:
            latest[_series(deadline)] = deadline
    return tuple(DeadlinePassed(d.kind, d.at, d.step, d.note) for d in sorted(latest.values(), key=lambda d: d.at))


def act(step: Step, event: DeadlinePassed) -> None:
    """Take the passed deadline (and older ones of its kind) off the case and do what is due.

    One that the case no longer has, because what happened a moment before made it pointless, does nothing.
    """
    gone = {d for d in step.case.deadlines if _series(d) == _series(event) and d.at <= event.at}
    if not gone:
        return
    step.change(deadlines=tuple(d for d in step.case.deadlines if d not in gone))
    step.log("deadline", "mailbot", event.kind.value + (f": {event.note}" if event.note else ""))
    if handover.passed_on(step.case) and handover.late(step, event):
        return
    match event.kind:
        case DeadlineKind.FINDER_ANSWER:
            _finder_answer(step, event)
        case DeadlineKind.CONTACT_ANSWER:
            _contact_answer(step, event)
        case DeadlineKind.DETAILS_RECEIPT:
            _remind_contact(step, "details-reminder", event)
        case DeadlineKind.VERIFICATION:
            if step.case.state in _AT_WORK:
                step.clear(DeadlineKind.DETAILS_RECEIPT)  # whoever says the result has the details
                _remind_contact(step, "verification-request", event)
        case DeadlineKind.STATUS_REQUEST:
            _remind_contact(step, "status-request", event)
        case DeadlineKind.FIX:
            _fix_overdue(step, event)
        case DeadlineKind.DISCLOSURE:
            _escalate(step, event, "!status")
        case DeadlineKind.UNREACHABLE:
            _unreachable(step, event)
        case DeadlineKind.FIX_CHECK:
            _again(step, event, step.policy.waits.fix_check_business)
            _escalate(step, event, "!fix confirmed corrected\n!close fixed")
        case DeadlineKind.TRIAGE:
            if _named_day_comes(step.case):
                return
            _again(step, event, step.policy.waits.triage_business)
            _escalate(step, event, _decision_awaited(step))
        case DeadlineKind.FINDER_STATUS:
            finder_news.keep(step)
        case DeadlineKind.COORDINATOR:
            _escalate(step, event, "!status")
        case DeadlineKind.VENDOR_ANSWER | DeadlineKind.VENDOR_RESULT | DeadlineKind.VENDOR_LISTING:
            vendor_clocks.late(step, event)
        case DeadlineKind.EMBARGO:
            silence.time_is_up(step, event)


_BY_NOTE = (
    *(DeadlineKind.COORDINATOR, DeadlineKind.VENDOR_ANSWER),
    *(DeadlineKind.VENDOR_RESULT, DeadlineKind.VENDOR_LISTING),
)


def _series(deadline: Deadline | DeadlinePassed) -> tuple[DeadlineKind, str]:
    """What belongs together: a ladder of reminders, or one text that a coordinator wants to see again."""
    return deadline.kind, deadline.note if deadline.kind in _BY_NOTE else ""


def _finder_answer(step: Step, event: DeadlinePassed) -> None:
    sent = event.step
    days = step.policy.waits.finder_answer_business
    if sent < step.policy.waits.finder_reminders:
        answer_by = step.due_business(DeadlineKind.FINDER_ANSWER, days, sent + 1, event.note)
        # A question that waits for approval was never asked; then its reminder waits as well.
        held = "approval" if step.policy.acknowledge == "approve" else None
        missing = event.note.replace(", ", "\n") or "\n".join(step.case.missing)
        step.tell_finder("question-reminder", held, n=str(sent + 1), missing=missing, answer_by=answer_by)
        return
    step.due_decision()
    _escalate(step, event, "!accept\n!reject INCOMPLETE")


def _contact_answer(step: Step, event: DeadlinePassed) -> None:
    waits, sent = step.policy.waits, event.step
    contact = step.case.contact_at(event.note)
    if contact and contact.standing is Standing.TRIED and sent < waits.contact_reminders:
        days = waits.contact_answer_business
        answer_by = step.due_business(DeadlineKind.CONTACT_ANSWER, days, sent + 1, contact.address)
        last = {"last": "yes", "next_channel": next_way(step)}
        more = last if sent + 1 == waits.contact_reminders else {}
        step.tell_contact("first-contact-reminder", contact, n=str(sent + 1), answer_by=answer_by, **more)
        return
    try_next_contact(step, "contacts_exhausted", "")


def _fix_overdue(step: Step, event: DeadlinePassed) -> None:
    """Nobody says that it is fixed: coordinators hear of it, and where nobody said anything at all a call follows.

    The last mail gave them some days to answer, so the call is proposed when those have passed.
    """
    waits, silent = step.policy.waits, step.case.state is State.NOTIFIED and not step.case.vendors
    first_time = silent and event.step == 0
    again = step.policy.opening(step.now + timedelta(days=waits.overdue_days))
    if first_time:
        again = step.policy.after(step.now, waits.contact_answer_business)
    step.due(DeadlineKind.FIX, again, event.step + 1)
    hand = next_by_hand(step) if silent and not first_time else None
    if hand is None or event.step > 1:
        ends = "!close unreachable" if silent_for_long(step) else "!close CODE"
        product = step.case.track is Track.PRODUCT  # its aim is the day of publication (IV-4-3)
        hows = "!publish DATE\n!extend DATE why" if product else "!fix reported"
        _escalate(step, replace(event, note=event.note or vendor_work.where_they_stand(step.case)), f"{hows}\n{ends}")
    if hand:
        propose_by_hand(step, hand, "details_unanswered")
    papers.of_the_silent(step)


def _unreachable(step: Step, event: DeadlinePassed) -> None:
    """The next step with those whom nothing reached; the last one comes again until somebody decides."""
    if step.case.state not in SEEKING:
        return
    last = event.note == last_step(step.case)
    if last:
        later = step.policy.opening(step.now + timedelta(days=step.policy.waits.overdue_days))
        step.due(DeadlineKind.UNREACHABLE, later, event.step + 1, event.note)
    commands = f"{'!close unreachable' if last else '!note TEXT'}\n!contact add ADDRESS why"
    _escalate(step, replace(event, step=0), commands, **papers.for_step(step, event.note))


def _named_day_comes(case: Case) -> bool:
    """Whether coordinators were told that no way is left: until the day of the next step there is nothing to repeat."""
    return case.state is State.UNREACHABLE and any(d.kind is DeadlineKind.UNREACHABLE for d in case.deadlines)


def _decision_awaited(step: Step) -> str:
    """The commands that answer what coordinators were asked, as far as it is one thing."""
    one = step.case.state in SEEKING and not step.case.vendors
    if one and awaited_contact(step.case) is None and next_candidate(step) is None:
        hand = next_by_hand(step)
        if hand and step.case.contact(hand.n):
            return commands_for(hand)
    return "!status"


def _remind_contact(step: Step, template: str, event: DeadlinePassed) -> None:
    if contact := step.case.confirmed_contact:
        more = _last_of(step, event)
        answer_by = step.policy.last_day(step.now, step.policy.waits.contact_answer_business).isoformat()
        fix = next((d.at for d in step.case.deadlines if d.kind is DeadlineKind.FIX and d.step == 0), None)
        aim = {"fix_by": step.policy.today(fix).isoformat()} if fix else {}
        step.tell_contact(template, contact, n=str(event.step + 1), answer_by=answer_by, **aim, **more)
        return
    _escalate(step, event, "!contact confirm N")


def _last_of(step: Step, event: DeadlinePassed) -> dict[str, str]:
    """What the last mail says to those who never answered: that it is the last, and how they hear of us next."""
    ladder = any(d.kind is event.kind and d.at > event.at for d in step.case.deadlines)
    if event.kind is not DeadlineKind.STATUS_REQUEST or ladder or step.case.state is not State.NOTIFIED:
        return {}
    hand = next_by_hand(step)
    return {"last": "yes", "next_channel": channel(hand.address) if hand else ""}


def _again(step: Step, event: DeadlinePassed, days: int) -> None:
    step.clear(event.kind)
    step.due_business(event.kind, days, event.step + 1)


def _escalate(step: Step, event: DeadlinePassed, commands: str, **paper: str) -> None:
    n = str(event.step + 1) if event.step else ""
    step.tell_coordinators("notice-deadline", why=event.kind.value, n=n, text=event.note, commands=commands, **paper)
