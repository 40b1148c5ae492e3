"""That a finder hears how things stand while nobody moves: months of silence look like a report that was forgotten.

Only silence starts this clock: a deadline that passes. While mails go to the finder anyway, it is put off.
"""

from datetime import datetime, timedelta

from mailbot.core.lifecycle import Step
from mailbot.core.model import DeadlineKind, State

_TOLD_OTHERWISE = (State.TRIAGE, State.ASKING, State.PUBLISHED)


def promise(step: Step) -> None:
    """Set the day on which the finder hears of an accepted case at the latest, unless it is set."""
    set_already = any(d.kind is DeadlineKind.FINDER_STATUS for d in step.case.deadlines)
    if not set_already and _wanted(step):
        _due(step, _heard(step))


def keep(step: Step) -> None:
    """The day has come: tell them how it stands, unless they have heard from us meanwhile."""
    if not _wanted(step):
        return
    heard = _heard(step)
    today, by = step.policy.today, heard + timedelta(days=step.policy.waits.finder_status_days)
    if today(by) <= today(step.now):
        day = step.case.publication
        more = {"publish_on": today(day).isoformat()} if day else {}
        step.tell_finder("progress-finder", "approval" if step.policy.acknowledge == "approve" else None, **more)
        heard = step.now
    _due(step, heard)


def _wanted(step: Step) -> bool:
    case = step.case
    open_now = not case.state.ended and case.state not in _TOLD_OTHERWISE and case.milestones.accepted is not None
    return step.policy.waits.finder_status_days > 0 and open_now and case.finder is not None


def _heard(step: Step) -> datetime:
    """When a mail last went to the finder; the acceptance, if none did since."""
    case = step.case
    to = f" to {case.finder.address} " if case.finder else ""
    sent = (e.at for e in reversed(case.timeline) if e.what == "sent" and to in e.text)
    return max(next(sent, case.received), case.milestones.accepted or case.received)


def _due(step: Step, heard: datetime) -> None:
    at = max(heard + timedelta(days=step.policy.waits.finder_status_days), step.now + timedelta(days=1))
    step.due(DeadlineKind.FINDER_STATUS, step.policy.opening(at))
