"""The command about the fix: `!fix reported`, `!fix confirmed`, `!fix incomplete`."""

from mailbot.core import handover
from mailbot.core.events import CommandGiven
from mailbot.core.fixes import again, ask_again, work_again
from mailbot.core.lifecycle import Refusal, Step, Trigger
from mailbot.core.model import DeadlineKind, FixMethod, State

_KNOWN_IN = (State.FIX_REPORTED, State.SCHEDULED, State.PUBLISHED)


def fix(step: Step, command: CommandGiven) -> Refusal | None:
    """What a coordinator knows of the fix."""
    what, *more = command.arguments
    if handover.passed_on(step.case):
        return Refusal("the coordinating body follows the fix: !publish DATE or !close CODE passes on what it tells")
    if step.case.vendors:
        says = "affected" if what.lower() == "incomplete" else "fixed"
        return Refusal(f"the case has several vendors: !vendor N says {says}")
    if what.lower() == "incomplete":
        return _incomplete(step, " ".join(more))
    return _done(step, what.lower(), FixMethod(more[0].lower()) if more else None)


def _done(step: Step, what: str, method: FixMethod | None) -> Refusal | None:
    if already := _known_already(step, what):
        if method is None:
            return Refusal(already)
        step.change(fix_method=method)
        return None
    if not step.move(Trigger.FIX_REPORTED):
        return Refusal(f"nothing can be fixed before acceptance; this case is {step.case.state}")
    thanked = step.case.milestones.fix_reported is not None
    step.mark(fix_reported=step.now)
    if method:
        step.change(fix_method=method)
    if not thanked and (contact := step.case.confirmed_contact):
        known = {"method": method.value} if method else {}
        step.tell_contact("fix-thanks", contact, n="1" if what == "confirmed" else "", **again(step), **known)
    step.clear(DeadlineKind.STATUS_REQUEST, DeadlineKind.FIX, DeadlineKind.DETAILS_RECEIPT, DeadlineKind.FIX_CHECK)
    step.clear(DeadlineKind.TRIAGE, DeadlineKind.CONTACT_ANSWER)
    if what == "reported":
        answer_by = step.due_business(DeadlineKind.FIX_CHECK, step.policy.waits.fix_check_business)
        if step.policy.finder_checks_fix:
            step.tell_finder("fix-check", answer_by=answer_by, **again(step))
        return None
    step.mark(fix_confirmed=step.now)
    step.change(fix_method=step.case.fix_method or FixMethod.CORRECTED)
    step.tell_finder("fix-notice")
    note = "the fix is confirmed: !close fixed"
    step.due_business(DeadlineKind.COORDINATOR, step.policy.waits.triage_business, note=note)
    return None


def _known_already(step: Step, what: str) -> str:
    """Since when that is known, in words; "" if it is news. Nobody is thanked, asked or told of the same fix twice."""
    if step.case.state not in _KNOWN_IN:  # as in a case that was opened again
        return ""
    reached = step.case.milestones
    since = reached.fix_confirmed or (reached.fix_reported if what == "reported" else None)
    word = "confirmed" if reached.fix_confirmed else "reported"
    more = "!fix incomplete if it still happens"
    return f"the fix is {word} since {step.policy.today(since)}; {more}" if since else ""


def _incomplete(step: Step, text: str) -> Refusal | None:
    if step.case.milestones.fix_reported is None or not work_again(step):
        return Refusal(f"no fix was reported that could be incomplete; this case is {step.case.state}")
    if not ask_again(step, text):
        return Refusal("there is no confirmed contact to ask: !contact confirm N, or write to them yourself")
    return None
