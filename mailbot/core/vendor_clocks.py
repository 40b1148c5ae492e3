"""When one of several vendors is asked again, by its own clock: one series of deadlines for each reason."""

from datetime import date, timedelta

from mailbot.core import listing, papers
from mailbot.core.events import DeadlinePassed
from mailbot.core.lifecycle import Step
from mailbot.core.model import DeadlineKind, Standing
from mailbot.core.proposals import next_candidate, propose_first_contact
from mailbot.core.vendors import SEEKING, Finding, Vendor, VendorState, VendorTrigger, after, label, vendor_of

_UNKNOWN = (Finding.NONE, Finding.INVESTIGATING)
_V = VendorState


def late(step: Step, event: DeadlinePassed) -> None:
    """One vendor has not answered: a reminder, and at the end of the ladder its next contact point or a person."""
    number = event.note.partition(" ")[0]
    vendor = vendor_of(step.case.vendors, int(number)) if number.isdigit() else None
    if vendor is None:
        return
    if event.kind is DeadlineKind.VENDOR_ANSWER:
        _unanswered(step, vendor, event)
    elif event.kind is DeadlineKind.VENDOR_LISTING:
        listing.late(step, vendor, event)
    else:
        _no_result(step, vendor, event)


def _no_result(step: Step, vendor: Vendor, event: DeadlinePassed) -> None:
    """The mail that fits what is known: that the details arrived, what the check found, how the work stands."""
    waits = step.policy.waits
    contact = next((c for c in step.case.confirmed_contacts if c.vendor == vendor.n), None)
    if contact is None:
        step.due_decision()
        return
    receipts, silent = len(waits.details_receipt_business), vendor.state is _V.DETAILS_SENT
    requests, unknown = _requests_from(step), vendor.finding in _UNKNOWN
    if event.step < receipts:
        name, n = "details-reminder", event.step + 1
    elif event.step < requests or silent:
        name, n = "verification-request", event.step + 1 - receipts
    else:
        name, n = "status-request", event.step + 1 - requests
    if (name == "details-reminder" and not silent) or (name == "verification-request" and not unknown):
        return
    if name == "verification-request":  # whoever says the result has the details
        own = (DeadlineKind.VENDOR_RESULT, label(vendor))
        step.change(deadlines=tuple(d for d in step.case.deadlines if (d.kind, d.note) != own or d.step >= receipts))
    answer_by = step.policy.last_day(step.now, waits.contact_answer_business).isoformat()
    fix = next((d.at for d in step.case.deadlines if d.kind is DeadlineKind.FIX and d.step == 0), None)
    aim = {"fix_by": step.policy.today(fix).isoformat()} if fix else {}
    step.tell_contact(name, contact, n=str(n), answer_by=answer_by, **aim)


def _unanswered(step: Step, vendor: Vendor, event: DeadlinePassed) -> None:
    waits = step.policy.waits
    tried = [c for c in step.case.contacts if c.vendor == vendor.n and c.standing is Standing.TRIED]
    if tried and vendor.state in SEEKING and event.step < waits.contact_reminders:
        note = label(vendor)
        days = waits.contact_answer_business
        answer_by = step.due_business(DeadlineKind.VENDOR_ANSWER, days, event.step + 1, note)
        last = {"last": "yes"} if event.step + 1 == waits.contact_reminders else {}
        step.tell_contact("first-contact-reminder", tried[-1], n=str(event.step + 1), answer_by=answer_by, **last)
        return
    try_next(step, vendor, "contacts_exhausted")


def try_next(step: Step, vendor: Vendor, why: str, text: str = "") -> None:
    """The vendor's next contact point, or a person, who knows other ways than mail and the list of 連絡不能開発者."""
    step.settle(DeadlineKind.VENDOR_ANSWER, label(vendor))
    if candidate := next_candidate(step, vendor.n):
        propose_first_contact(step, candidate)
        return
    step.due_decision()
    n = vendor.n
    wanted = after(vendor.state, VendorTrigger.LIST)
    lines = [f"!vendor {n} contact ADDRESS why", *([f"!vendor {n} state {wanted}"] if wanted else [])]
    commands = "\n".join((*lines, f"!vendor {n} state {_V.CLOSED} why"))
    # Once it is listed, the papers for the next steps come with their days.
    paper = papers.for_vendor(step, n, wanted) if wanted is _V.LISTED_NAME else {}
    step.tell_coordinators(
        "notice-problem", why=why, text=": ".join(filter(None, (label(vendor), text))), commands=commands, **paper
    )


def ask_from_now(step: Step, vendor: Vendor) -> None:
    """When the vendor is asked whether the details arrived, what its check found, and how the work stands.

    The last are counted from the start date; of one that came to the case when those days had passed, from now.
    """
    waits = step.policy.waits
    for number, days in enumerate(waits.details_receipt_business):
        step.due_business(DeadlineKind.VENDOR_RESULT, days, number, label(vendor))
    start, tomorrow = step.case.milestones.start_date or step.now, step.now + timedelta(days=1)
    if not any(start + timedelta(days=days) > tomorrow for days in waits.status_days_product):
        start = step.now
    asked = [step.now + timedelta(days=days) for days in waits.verification_days]
    asked += [start + timedelta(days=days) for days in waits.status_days_product]
    for number, at in enumerate(asked, len(waits.details_receipt_business)):
        if at > tomorrow:
            step.due(DeadlineKind.VENDOR_RESULT, step.policy.opening(at), number, label(vendor))


def wait_until(step: Step, vendor: Vendor, day: date) -> None:
    """Requests that would come before the day that they named come after it, as one: no later than a month on."""
    own = [d for d in step.case.deadlines if (d.kind, d.note) == (DeadlineKind.VENDOR_RESULT, label(vendor))]
    latest = step.now + timedelta(days=step.policy.waits.overdue_days)
    at = min(step.policy.after(step.policy.morning(day), 0), step.policy.opening(latest))
    early = [d for d in own if d.at <= at]
    if early:
        now = vendor_of(step.case.vendors, vendor.n) or vendor
        number = early[-1].step if now.finding in _UNKNOWN else max(early[-1].step, _requests_from(step))
        step.change(deadlines=tuple(d for d in step.case.deadlines if d not in early))
        step.due(DeadlineKind.VENDOR_RESULT, at, number, label(vendor))


def _requests_from(step: Step) -> int:
    """The first number of a deadline that asks how the work stands; those before ask for receipt and result."""
    return len(step.policy.waits.details_receipt_business) + len(step.policy.waits.verification_days)
