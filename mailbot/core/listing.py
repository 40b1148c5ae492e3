"""連絡不能開発者: one of several vendors whom nothing reached, step by step on the public list (PU1 to PU3).

Theory. The name is listed, about three months later the product, then the last day to answer; half a year after the
first attempt the committee may be asked (guideline IV-4-2, IV-3(2)1 and 付録5). The bot says when the next step is due
and writes the paper for it; every step is a coordinator's. Whoever answers is off this ladder.
"""

from datetime import datetime, timedelta

from mailbot.core import papers
from mailbot.core.channels import FIRST_BY_HAND, USED, names_address
from mailbot.core.events import DeadlinePassed
from mailbot.core.lifecycle import Step
from mailbot.core.model import DeadlineKind
from mailbot.core.vendors import LISTED, Vendor, VendorState, VendorTrigger, after, label

_LAST = 2
"""The step that asks the committee; those before it go on with the list."""


def follow(step: Step, vendor: Vendor) -> None:
    """The vendor is in another state: the days of the list begin with its name, and end with the list."""
    if vendor.state not in LISTED:
        step.settle(DeadlineKind.VENDOR_LISTING, label(vendor))
        return
    step.settle(DeadlineKind.VENDOR_ANSWER, label(vendor))
    if any((d.kind, d.note) == (DeadlineKind.VENDOR_LISTING, label(vendor)) for d in step.case.deadlines):
        return
    waits = step.policy.waits
    ahead = [step.now + timedelta(days=days) for days in waits.listing_days[:_LAST]]
    for number, at in enumerate(ahead):
        step.due(DeadlineKind.VENDOR_LISTING, step.policy.opening(at), number, label(vendor))
    half_a_year = first_attempt(step, vendor) + timedelta(days=waits.unreachable_days)
    # The day that was listed as the last to answer has gone by before the committee is asked.
    at = max([half_a_year, *(day + timedelta(days=waits.overdue_days) for day in ahead)])
    step.due(DeadlineKind.VENDOR_LISTING, step.policy.opening(at), _LAST, label(vendor))


def late(step: Step, vendor: Vendor, event: DeadlinePassed) -> None:
    """The next step is due; the last one comes again until somebody decides."""
    if vendor.state not in LISTED:
        return
    ahead = after(vendor.state, VendorTrigger.LIST) if event.step < _LAST else None
    wanted = ahead or VendorState.JUDGING
    if event.step < _LAST and LISTED.index(vendor.state) > event.step:
        return  # a coordinator was faster
    if event.step >= _LAST:
        later = step.policy.opening(step.now + timedelta(days=step.policy.waits.overdue_days))
        step.due(DeadlineKind.VENDOR_LISTING, later, event.step + 1, label(vendor))
    commands = f"!vendor {vendor.n} state {wanted}\n!vendor {vendor.n} contact ADDRESS why"
    more = papers.for_vendor(step, vendor.n, wanted)
    n = str(event.step - _LAST + 1) if event.step > _LAST else ""
    due = {"why": event.kind.value, "n": n, "next_step": _STEPS[wanted], "text": event.note}
    step.tell_coordinators("notice-deadline", commands=commands, **due, **more)


def first_attempt(step: Step, vendor: Vendor) -> datetime:
    """When this vendor was first written to, by us or a coordinator, or sought by hand."""
    theirs = [c for c in step.case.contacts if c.vendor == vendor.n]
    for entry in step.case.timeline:
        if entry.what == "sent" and any(entry.text.startswith(f"first-contact to {c.address} ") for c in theirs):
            return entry.at
        if (
            entry.what == "copy"
            and FIRST_BY_HAND in entry.text
            and any(names_address(entry, c.address) for c in theirs)
        ):
            return entry.at
        if entry.what == "channel" and any(entry.text == f"{c.n} {c.address} {USED}" for c in theirs):
            return entry.at
    return step.case.milestones.first_contact or step.now


_STEPS = {
    VendorState.LISTED_PRODUCT: "list_product",
    VendorState.LISTED_DEADLINE: "list_deadline",
    VendorState.JUDGING: "judge",
}
"""The words for what is due (labels.toml, unreachable_steps)."""
