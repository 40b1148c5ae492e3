"""The terms that the edition sets for a case, and whether they were kept."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from mailbot.core.log_view import TermLine
from mailbot.core.model import Case, Handling, State, Track
from mailbot.core.policy import Policy


def terms(case: Case, policy: Policy, now: datetime) -> Iterator[TermLine]:
    """Those that have begun: the decision, the answer to the first contact, the fix (V-4-1), publication (IV-4-3)."""
    reached, waits = case.milestones, policy.waits
    began = case.received
    aim = policy.last_day(began, waits.triage_business)
    yield from _term("triage", case, began, aim, reached.accepted or reached.rejected, policy, now)
    if reached.first_contact and case.handling is Handling.SOUGHT and not case.vendors:
        began = reached.first_contact
        aim = policy.last_day(began, waits.contact_answer_business)
        yield from _term("contact_answer", case, began, aim, _answered(case), policy, now)
    if case.track is Track.WEBSITE and reached.details_sent:
        began = reached.details_sent
        aim = policy.today(began + timedelta(days=waits.fix_days_website))
        yield from _term("fix", case, began, aim, reached.fix_reported, policy, now)
    if case.track is Track.PRODUCT and reached.start_date:
        began = reached.start_date
        aim = policy.today(began + timedelta(days=waits.fix_days_product))
        yield from _term("publication", case, began, aim, reached.published, policy, now)


def _answered(case: Case) -> datetime | None:
    """When a contact point was first confirmed."""
    moves = (e.at for e in case.timeline if e.what == "state" and e.text.endswith(f" {State.CONTACT_CONFIRMED}"))
    return next(moves, None)


def _term(
    name: str, case: Case, began: datetime, aim: date, done: datetime | None, policy: Policy, now: datetime
) -> Iterator[TermLine]:
    """One term; nothing is said of one that had time left when the case ended in another way."""
    day = policy.today(done or case.milestones.closed or now)
    late = day > aim
    if done is None and case.state.ended and not late:
        return
    kept = not late if done else False if late else None
    yield TermLine(name, aim, day if done else None, (day - policy.today(began)).days, kept)
