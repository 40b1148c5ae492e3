"""A fix that does not hold: who says so, and how the work goes on."""

from dataclasses import replace
from datetime import timedelta

from mailbot.core.lifecycle import Step, Trigger
from mailbot.core.model import DeadlineKind, State, Track

NOT_YET = "fix incomplete"
"""What stands in the history where a fix did not hold."""


def propose_incomplete(step: Step) -> None:
    """The finder says that it still happens: a person decides whether they are asked to look again."""
    if step.case.state is State.FIX_REPORTED and ask_again(step, held_for="approval"):
        step.tell_coordinators("notice-decision", why="fix-incomplete")
        step.due_decision()


def ask_again(step: Step, text: str = "", held_for: str | None = None) -> bool:
    """Write the mail that asks for another look at the fix; False where nobody is confirmed to get it."""
    contact = step.case.confirmed_contact
    if contact is None or step.case.vendors:
        return False
    answer_by = step.policy.last_day(step.now, step.policy.waits.fix_check_business).isoformat()
    step.tell_contact("fix-incomplete", contact, held_for, answer_by=answer_by, **({"text": text} if text else {}))
    return True


def again(step: Step) -> dict[str, str]:
    """The value of a mail about a fix: whether an earlier one did not hold."""
    return {"again": "yes"} if any(entry.what == NOT_YET for entry in step.case.timeline) else {}


def work_again(step: Step) -> bool:
    """The fix did not hold: it is no longer taken for reported, and the next one is awaited. False if none was."""
    if not step.move(Trigger.FIX_INCOMPLETE):
        return False
    waits, product = step.policy.waits, step.case.track is Track.PRODUCT
    reached = step.case.milestones
    step.change(milestones=replace(reached, fix_reported=None, fix_confirmed=None), fix_method=None)
    step.log(NOT_YET, "mailbot", "it still happens; the next report of a fix is awaited")
    step.clear(DeadlineKind.FIX_CHECK, DeadlineKind.TRIAGE, DeadlineKind.STATUS_REQUEST, DeadlineKind.FIX)
    if step.case.state is not State.FIXING:  # a day of publication is agreed: that clock goes on
        return True
    first = (waits.status_days_product if product else waits.status_days)[0]
    step.due(DeadlineKind.STATUS_REQUEST, step.policy.opening(step.now + timedelta(days=first)), 1)
    begun = reached.start_date if product else reached.details_sent
    aim = (begun or step.now) + timedelta(days=waits.fix_days_product if product else waits.fix_days_website)
    late = aim <= step.now + timedelta(days=1)
    by = step.now + timedelta(days=waits.overdue_days) if late else aim
    step.due(DeadlineKind.FIX, step.policy.opening(by), 1 if late else 0)
    return True
