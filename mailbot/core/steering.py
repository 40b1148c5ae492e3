"""What a coordinator's command does to a case, or why it cannot."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from mailbot.core import (
    contact_orders,
    fix_orders,
    handover,
    linking,
    numbers,
    ownership,
    papers,
    publication_orders,
    silence,
    vendor_orders,
)
from mailbot.core.command_forms import written
from mailbot.core.embargo import accepted_by_silence
from mailbot.core.events import CommandGiven
from mailbot.core.lifecycle import Refusal, Step, Trigger
from mailbot.core.model import (
    ClosingCode,
    DeadlineKind,
    RejectionCode,
    Standing,
)
from mailbot.core.priority import DECIDED
from mailbot.core.vendor_work import partners

Handler = Callable[[Step, CommandGiven], Refusal | None]


def steer(step: Step, command: CommandGiven) -> Refusal | None:
    """Carry out `command`; a Refusal leaves the step unusable."""
    if step.case.state.ended and command.name not in _ON_ENDED:
        return Refusal(f"{step.case.id} has ended ({step.case.state}); !reopen why comes first")
    step.log("command", command.coordinator, written(command.name, command.arguments), command.message_id)
    return _HANDLERS[command.name](step, command)


def _accept(step: Step, command: CommandGiven) -> Refusal | None:
    if not step.move(Trigger.ACCEPT):
        return Refusal(f"only a case in triage can be accepted; this one is {step.case.state}")
    step.mark(accepted=step.now)
    silence.put(step, accepted_by_silence(step.case.embargo))
    step.clear(DeadlineKind.FINDER_ANSWER)
    step.due_decision()
    step.tell_finder("acceptance")
    if handover.passed_on(step.case):
        handover.begin(step)
    elif ownership.own(step.case):
        ownership.begin(step)
    elif not any(c.standing in (Standing.TRIED, Standing.CONFIRMED) for c in step.case.contacts):
        step.find_contacts()
    if not ownership.own(step.case):
        papers.of_public_bodies(step)
    return None


def _reject(step: Step, command: CommandGiven) -> Refusal | None:
    code, *text = command.arguments
    if not step.move(Trigger.REJECT):
        return Refusal(f"only a case in triage can be rejected; this one is {step.case.state}: use !close CODE")
    step.change(rejection_code=RejectionCode(code.upper()), on_hold=False)
    step.mark(rejected=step.now)
    silence.end(step, "not accepted", tell=False)
    step.clear()
    step.tell_finder("rejection", code=code.upper(), text=" ".join(text))
    return None


def _ask(step: Step, command: CommandGiven) -> Refusal | None:
    if not step.move(Trigger.ASK):
        return Refusal(f"the finder is asked before acceptance only; this case is {step.case.state}")
    step.clear(DeadlineKind.TRIAGE, DeadlineKind.FINDER_ANSWER)
    note = ", ".join(command.arguments)
    answer_by = step.due_business(DeadlineKind.FINDER_ANSWER, step.policy.waits.finder_answer_business, note=note)
    step.change(missing=tuple(dict.fromkeys((*step.case.missing, *command.arguments))))
    step.tell_finder("question", missing="\n".join(command.arguments), answer_by=answer_by)
    return None


def _close(step: Step, command: CommandGiven) -> Refusal | None:
    code, *text = command.arguments
    before_acceptance = step.case.milestones.accepted is None
    if before_acceptance and ClosingCode(code.lower()) is not ClosingCode.WITHDRAWN:
        return Refusal("a case that was not accepted is rejected (!reject CODE) or closed as withdrawn")
    step.move(Trigger.CLOSE)
    step.change(closing_code=ClosingCode(code.lower()), on_hold=False)
    step.mark(closed=step.now)
    over = {"ended": "yes"} if step.case.embargo.over else {}
    silence.end(step, f"closed: {code.lower()}", tell=False)
    step.clear()
    step.tell_finder("closure-finder", code=code.lower(), text=" ".join(text), **over)
    # In a reopened case that was not accepted again the counterpart has heard of nothing that could end.
    if not before_acceptance:
        for contact in partners(step.case):
            step.tell_contact("closure-counterpart", contact, code=code.lower(), text=" ".join(text), **over)
    return None


def _reopen(step: Step, command: CommandGiven) -> Refusal | None:
    if not step.move(Trigger.REOPEN):
        return Refusal(f"the case is open: {step.case.state}")
    step.change(closing_code=None, rejection_code=None, publication=None)
    step.change(milestones=replace(step.case.milestones, accepted=None, rejected=None, closed=None))
    step.due_decision()
    return None


def _remind(step: Step, command: CommandGiven) -> Refusal | None:
    day, *text = command.arguments
    at = step.policy.morning(date.fromisoformat(day))
    if at <= step.now:
        return Refusal(f"{day} is not in the future")
    step.due(DeadlineKind.COORDINATOR, at, note=" ".join(text))
    return None


def _hold(step: Step, command: CommandGiven) -> Refusal | None:
    if step.case.on_hold:
        return Refusal("the case is on hold already")
    step.change(on_hold=True)
    return None


def _release(step: Step, command: CommandGiven) -> Refusal | None:
    if not step.case.on_hold:
        return Refusal("the case is not on hold")
    # The clocks stood still: what was due some days after the hold began is due as many days after its end.
    holds = (e.at for e in reversed(step.case.timeline) if e.what == "command" and e.text.startswith("!hold"))
    stood = max(step.now - next(holds, step.now), timedelta(0))
    kept = (d if d.kind is DeadlineKind.COORDINATOR else replace(d, at=d.at + stood) for d in step.case.deadlines)
    step.change(on_hold=False, deadlines=tuple(sorted(kept, key=lambda d: d.at)))
    return None


def _note(step: Step, command: CommandGiven) -> Refusal | None:
    return None


def _assign(step: Step, command: CommandGiven) -> Refusal | None:
    step.change(assigned=" ".join(command.arguments))
    return None


def _priority(step: Step, command: CommandGiven) -> Refusal | None:
    step.change(priority=command.arguments[0], priority_why=(DECIDED,))
    return None


def _exploited(step: Step, command: CommandGiven) -> Refusal | None:
    step.change(exploited=command.arguments[0] == "yes")
    if step.case.exploited and not step.case.state.ended:
        silence.end(step, "attacks are seen", tell=step.case.milestones.accepted is not None)
    return None


def _public(step: Step, command: CommandGiven) -> Refusal | None:
    step.change(public=command.arguments[0] == "yes")
    if step.case.public and not step.case.state.ended:
        silence.end(step, "it is public", tell=step.case.milestones.accepted is not None)
    return None


_FACTS = ("public", "exploited", "number add", "number drop", "vendor product", "vendor unproduct")
_ON_ENDED = ("note", "reopen", "assign", *_FACTS)

_HANDLERS: dict[str, Handler] = {
    "accept": _accept,
    "reject": _reject,
    "ask": _ask,
    "contact add": contact_orders.add,
    "contact use": contact_orders.use,
    "contact confirm": contact_orders.confirm,
    "contact check": contact_orders.check,
    "contact drop": contact_orders.drop,
    "fix": fix_orders.fix,
    "close": _close,
    "reopen": _reopen,
    "remind": _remind,
    "hold": _hold,
    "release": _release,
    "note": _note,
    "assign": _assign,
    "priority": _priority,
    "exploited": _exploited,
    "public": _public,
    "paper": papers.ordered,
    "provide": publication_orders.provide,
    "vendor add": vendor_orders.vendor_add,
    "vendor contact": vendor_orders.vendor_contact,
    "vendor state": vendor_orders.vendor_state,
    "vendor ref": vendor_orders.vendor_ref,
    "vendor says": vendor_orders.vendor_says,
    "vendor product": vendor_orders.vendor_product,
    "vendor unproduct": vendor_orders.vendor_unproduct,
    "number add": numbers.number_add,
    "number drop": numbers.number_drop,
    "publish": publication_orders.publish,
    "extend": publication_orders.extend,
    "embargo propose": publication_orders.embargo_propose,
    "embargo accept": publication_orders.embargo_accept,
    "embargo reject": publication_orders.embargo_reject,
    "embargo end": publication_orders.embargo_end,
    "embargo lift": publication_orders.embargo_lift,
    "merge": linking.merge,
    "split": linking.split,
}
