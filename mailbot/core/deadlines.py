"""What happens when a deadline passes: few reminders, then a person.

Repeating the same mail does not get more vulnerabilities mended (Li et al., USENIX Security 2016), so the ladders are
short and end with the next contact point or a coordinator.
"""

from datetime import datetime, timedelta

from mailbot.core.events import DeadlinePassed
from mailbot.core.lifecycle import Step
from mailbot.core.model import Case, Deadline, DeadlineKind, Standing
from mailbot.core.proposals import next_candidate, try_next_contact


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


def next_due(case: Case) -> datetime | None:
    """When something happens next without anybody acting; None if nothing does."""
    if case.state.ended:
        return None
    waits = [d.at for d in case.deadlines if not case.on_hold or d.kind is DeadlineKind.COORDINATOR]
    return min(waits, default=None)


def act(step: Step, event: DeadlinePassed) -> None:
    """Take the passed deadline (and older ones of its kind) off the case and do what is due.

    One that the case no longer has, because what happened a moment before made it pointless, does nothing.
    """
    gone = {d for d in step.case.deadlines if _series(d) == _series(event) and d.at <= event.at}
    if not gone:
        return
    step.change(deadlines=tuple(d for d in step.case.deadlines if d not in gone))
    step.log("deadline", "mailbot", event.kind.value + (f": {event.note}" if event.note else ""))
    match event.kind:
        case DeadlineKind.FINDER_ANSWER:
            _finder_answer(step, event)
        case DeadlineKind.CONTACT_ANSWER:
            _contact_answer(step, event)
        case DeadlineKind.DETAILS_RECEIPT:
            _remind_contact(step, "details-reminder", event)
        case DeadlineKind.STATUS_REQUEST:
            _remind_contact(step, "status-request", event)
        case DeadlineKind.FIX:
            step.due(DeadlineKind.FIX, step.policy.opening(step.now + timedelta(days=30)), event.step + 1)
            _escalate(step, event, "!fix reported\n!close CODE")
        case DeadlineKind.FIX_CHECK:
            _again(step, event, step.policy.waits.fix_check_business)
            _escalate(step, event, "!fix confirmed corrected\n!close fixed")
        case DeadlineKind.TRIAGE:
            _again(step, event, step.policy.waits.triage_business)
            _escalate(step, event, "!status")
        case DeadlineKind.COORDINATOR:
            _escalate(step, event, "!status")


def _series(deadline: Deadline | DeadlinePassed) -> tuple[DeadlineKind, str]:
    """What belongs together: a ladder of reminders, or one text that a coordinator wants to see again."""
    return deadline.kind, deadline.note if deadline.kind is DeadlineKind.COORDINATOR else ""


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
        last = {"last": "yes", "next_channel": "address" if next_candidate(step) else ""}
        more = last if sent + 1 == waits.contact_reminders else {}
        step.tell_contact("first-contact-reminder", contact, n=str(sent + 1), answer_by=answer_by, **more)
        return
    try_next_contact(step, "contacts_exhausted", f"first contact + {sent}")


def _remind_contact(step: Step, template: str, event: DeadlinePassed) -> None:
    if contact := step.case.confirmed_contact:
        fix = next((d.at for d in step.case.deadlines if d.kind is DeadlineKind.FIX and d.step == 0), None)
        aim = {"fix_by": step.policy.today(fix).isoformat()} if fix else {}
        step.tell_contact(template, contact, n=str(event.step + 1), **aim)
        return
    _escalate(step, event, "!contact confirm N")


def _again(step: Step, event: DeadlinePassed, days: int) -> None:
    step.clear(event.kind)
    step.due_business(event.kind, days, event.step + 1)


def _escalate(step: Step, event: DeadlinePassed, commands: str) -> None:
    n = str(event.step + 1) if event.step else ""
    step.tell_coordinators("notice-deadline", why=event.kind.value, n=n, text=event.note, commands=commands)
