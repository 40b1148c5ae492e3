"""Times that begin to run when something happened for the first time, whoever did it: bot, coordinator or vendor."""

from datetime import datetime, timedelta

from mailbot.core.lifecycle import Step
from mailbot.core.model import Case, DeadlineKind, Handling, State, Track

SEEKING = (State.ACCEPTED, State.CONTACTING, State.UNREACHABLE)


def begin(step: Step, before: Case) -> None:
    """Start the clocks of the milestones that `step` has newly reached, and tell the finder of them (M05)."""
    if step.case.state.ended:
        return
    old, new = before.milestones, step.case.milestones
    product = step.case.track is Track.PRODUCT
    started = product and old.start_date is None and new.start_date is not None
    if started and new.start_date:
        _once(step, DeadlineKind.DISCLOSURE, new.start_date, step.policy.waits.disclosure_days)
    if step.case.handling is Handling.PASSED_ON:  # what the body tells of the start a person passes on
        started = old.forwarded is None and new.forwarded is not None
    if started or (old.details_sent is None and new.details_sent):
        step.tell_finder("handling-started")


def begin_unreachable(step: Step) -> None:
    """All ways were gone: when the vendor may be listed, step by step, and when the search may be given up.

    Products: 連絡不能開発者一覧, then the committee (IV-4-2, IV-3(2)1); websites: V-3-4 (カ). Days count from here, the
    last ones from the first attempt.
    """
    if any(d.kind is DeadlineKind.UNREACHABLE for d in step.case.deadlines):
        return
    waits, product = step.policy.waits, step.case.track is Track.PRODUCT
    if product:
        for number, (days, note) in enumerate(zip(waits.listing_days, LISTINGS, strict=False)):
            step.due(DeadlineKind.UNREACHABLE, _opening(step, step.now, days), number, note)
    since = step.case.milestones.first_contact or step.now
    at = _opening(step, since, waits.unreachable_days)
    if product and waits.listing_days:  # the last day to answer that was listed has gone by before
        at = max(at, _opening(step, step.now, waits.listing_days[-1] + waits.overdue_days))
    step.due(DeadlineKind.UNREACHABLE, at, len(LISTINGS), last_step(step.case))


LISTINGS = ("list_product", "list_deadline")
"""What follows the listing of the vendor's name, in order."""


def last_step(case: Case) -> str:
    """What may end the search."""
    return "judge" if case.track is Track.PRODUCT else "close"


def silent_for_long(step: Step) -> bool:
    """Whether nobody has answered the details for as long as the edition asks before a case may end for it."""
    sent = step.case.milestones.details_sent
    long = timedelta(days=step.policy.waits.unreachable_days)
    sought = step.case.handling is Handling.SOUGHT
    return sought and step.case.state is State.NOTIFIED and sent is not None and step.now >= sent + long


def disclosure_from(step: Step) -> datetime | None:
    """From when on the finder of a product's report may ask to end the silence; None before the first attempt."""
    start = step.case.milestones.start_date if step.case.track is Track.PRODUCT else None
    return start + timedelta(days=step.policy.waits.disclosure_days) if start else None


def may_ask_disclosure(step: Step) -> bool:
    """Whether a year has gone by since the start date (IV-2-4, IV-3(1)11), and silence still holds."""
    free = disclosure_from(step)
    return free is not None and step.policy.today(step.now) >= step.policy.today(free) and not step.case.embargo.over


def _once(step: Step, kind: DeadlineKind, since: datetime, days: int) -> None:
    if not any(d.kind is kind for d in step.case.deadlines):
        step.due(kind, _opening(step, since, days))


def _opening(step: Step, since: datetime, days: int) -> datetime:
    """The opening of the day so long after, and never one that has passed."""
    return step.policy.opening(max(since + timedelta(days=days), step.now + timedelta(days=1)))
