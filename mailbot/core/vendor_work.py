"""What happens to one of several vendors: it is written to, answers or does not, checks, mends, by vendors.MOVES."""

from dataclasses import replace
from datetime import date

from mailbot.core import listing
from mailbot.core.events import MailSent, Meaning
from mailbot.core.lifecycle import Step
from mailbot.core.model import Case, Contact, DeadlineKind, Standing, State, Ticket
from mailbot.core.proposals import fix_due
from mailbot.core.vendor_clocks import ask_from_now, try_next, wait_until
from mailbot.core.vendors import SEEKING, Finding, Vendor, VendorState, VendorTrigger, after, vendor_of
from mailbot.core.vendors import label as label

_DECLINES = {Meaning.NOT_AFFECTED, Meaning.WILL_NOT_FIX}
_ON_THE_WAY = (State.ACCEPTED, State.CONTACTING, State.CONTACT_CONFIRMED, State.NOTIFIED, State.FIXING)
_FOLLOWED = (*_ON_THE_WAY, State.FIX_REPORTED, State.REVIEW, State.UNREACHABLE)
_V = VendorState


def vendor_with(case: Case, contact: Contact | None) -> Vendor | None:
    """The named vendor that the contact point belongs to."""
    return vendor_of(case.vendors, contact.vendor) if contact and contact.vendor else None


def put(step: Step, vendor: Vendor) -> None:
    """Have `vendor` in place of the one with its number, or added."""
    others = tuple(v for v in step.case.vendors if v.n != vendor.n)
    step.change(vendors=tuple(sorted((*others, vendor), key=lambda v: v.n)))


def enter(step: Step, vendor: Vendor, state: VendorState) -> Vendor:
    """Let the vendor be in that state, and say so if it is another."""
    if state is vendor.state:
        return vendor
    step.log("vendor state", "mailbot", f"{label(vendor)}: {vendor.state} → {state}")
    moved = replace(vendor, state=state, since=step.now)
    put(step, moved)
    listing.follow(step, moved)
    return moved


def move(step: Step, vendor: Vendor, trigger: VendorTrigger) -> Vendor | None:
    """Follow the table; None if the trigger leads nowhere from here."""
    target = after(vendor.state, trigger)
    return None if target is None else enter(step, vendor, target)


def left_alone(step: Step, vendor: Vendor) -> None:
    """Nothing of this vendor is awaited any more."""
    for kind in (DeadlineKind.VENDOR_ANSWER, DeadlineKind.VENDOR_RESULT, DeadlineKind.VENDOR_LISTING):
        step.settle(kind, label(vendor))


def written_to(step: Step, event: MailSent, contact: Contact, vendor: Vendor) -> None:
    """A mail to the vendor went out: the clock for its answer starts, and with the first one the case's (起算日)."""
    waits = step.policy.waits
    if event.template == "first-contact" and vendor.state in SEEKING:
        if contact.standing is Standing.CANDIDATE:
            step.set_contact(replace(contact, standing=Standing.TRIED))
        move(step, vendor, VendorTrigger.FIRST_CONTACT)
        step.mark(first_contact=step.now, start_date=step.now)
        step.clear(DeadlineKind.TRIAGE)
        step.settle(DeadlineKind.VENDOR_ANSWER, label(vendor))
        step.due_business(DeadlineKind.VENDOR_ANSWER, waits.contact_answer_business, note=label(vendor))
    if event.template == "details" and (moved := move(step, vendor, VendorTrigger.DETAILS_SENT)):
        moved = replace(moved, details_sent=moved.details_sent or step.now)
        put(step, moved)
        step.mark(details_sent=step.now, start_date=step.now)
        step.clear(DeadlineKind.TRIAGE)
        left_alone(step, moved)
        ask_from_now(step, moved)
        if not any(d.kind is DeadlineKind.FIX for d in step.case.deadlines):
            step.due(DeadlineKind.FIX, step.policy.opening(fix_due(step)))


def taken_over(step: Step, addresses: tuple[str, ...]) -> None:
    """A coordinator wrote to these addresses: our own reminders to their vendors would only disturb."""
    for address in addresses:
        if vendor := vendor_with(step.case, step.case.contact_at(address)):
            left_alone(step, vendor)


def lost(step: Step, contact: Contact, vendor: Vendor, why: str) -> None:
    """Mail to this contact point does not arrive; if no other of the vendor is awaited, it is the next one's turn."""
    standing = (c.standing for c in step.case.contacts if c.vendor == vendor.n and c.n != contact.n)
    waits = {Standing.TRIED, Standing.CONFIRMED} & set(standing)
    if vendor.state in SEEKING and not waits:
        try_next(step, vendor, "contact_unreachable", f"{contact.address}: {why}")


def answered(
    step: Step, vendor: Vendor, meanings: tuple[Meaning, ...], contact: Contact, told: tuple[tuple[str, str], ...] = ()
) -> None:
    """The vendor wrote: its check goes on, is done, or comes to nothing; who names a day is not asked before it."""
    step.settle(DeadlineKind.VENDOR_ANSWER, label(vendor))
    step.settle(DeadlineKind.VENDOR_LISTING, label(vendor))
    if after(vendor.state, VendorTrigger.WORKING) is None and vendor.state is not _V.COORDINATING:
        return
    said = set(meanings)
    if Meaning.FIX_REPORTED in said and Meaning.FIX_PLANNED not in said:
        says(step, vendor, Finding.FIXED, contact)
    elif said & _DECLINES:
        says(step, vendor, Finding.NOT_AFFECTED if Meaning.NOT_AFFECTED in said else Finding.NONE, contact)
    elif Meaning.FIX_PLANNED in said:
        says(step, vendor, Finding.AFFECTED, contact)
    elif vendor.state is _V.DETAILS_SENT:
        says(step, vendor, Finding.INVESTIGATING, contact)
    if day := dict(told).get("fix_by") or dict(told).get("until"):
        wait_until(step, vendor, date.fromisoformat(day))
    if said & {Meaning.ASKS_TIME, *_DECLINES}:
        step.due_decision()


def says(step: Step, vendor: Vendor, finding: Finding, contact: Contact | None = None) -> Vendor:
    """What the vendor says of its product, and where that brings it."""
    before = vendor.state
    vendor = replace(vendor, finding=finding or vendor.finding)
    put(step, vendor)
    triggers = {Finding.FIXED: VendorTrigger.FIXED, Finding.AFFECTED: VendorTrigger.WORKING}
    triggers |= {Finding.INVESTIGATING: VendorTrigger.WORKING}
    moved = move(step, vendor, triggers.get(finding, VendorTrigger.DECLINED)) or vendor
    if moved.state in (_V.READY, _V.REVIEW):
        left_alone(step, moved)
        if moved.state is _V.REVIEW or not step.case.publication:  # else the agreed day is what comes next
            step.due_decision()
    if moved.state is _V.READY and before is not _V.READY and contact:
        step.mark(fix_reported=step.now)
        step.tell_contact("fix-thanks", contact)
    if moved.state is _V.COORDINATING:  # the details arrived: only the later requests go on
        keep = len(step.policy.waits.details_receipt_business)
        own = (DeadlineKind.VENDOR_RESULT, label(moved))
        step.change(deadlines=tuple(d for d in step.case.deadlines if (d.kind, d.note) != own or d.step >= keep))
    return moved


def note_reference(step: Step, vendor: Vendor, tickets: tuple[Ticket, ...]) -> Vendor:
    """Keep the vendor's own number for the case, the first that it names."""
    if tickets and not vendor.reference:
        vendor = replace(vendor, reference=tickets[0].written)
        put(step, vendor)
    return vendor


def where_they_stand(case: Case) -> str:
    """Each vendor and its state, one a line, for coordinators."""
    return "\n".join(f"{label(vendor)}: {vendor.state}" for vendor in case.vendors)


def as_told(case: Case, number: int | None) -> Case:
    """The case as one vendor's contact point hears of it: no vendor learns where another stands."""
    vendor = vendor_with(case, case.contact(number) if number else None)
    if vendor is None:
        return case
    reached = replace(case.milestones, details_sent=vendor.details_sent, fix_reported=None, fix_confirmed=None)
    state = case.state if case.state in _THE_SAME_FOR_ALL else _AS_CASE[vendor.state]
    return replace(case, state=state, milestones=reached)


def partners(case: Case) -> tuple[Contact, ...]:
    """The confirmed contact points that the case still has to do with: not those of vendors that are done with."""
    done = {v.n for v in case.vendors if v.state is _V.CLOSED}
    return tuple(c for c in case.confirmed_contacts if c.vendor not in done)


def summarise(step: Step) -> None:
    """Let a case with named vendors be where the work is."""
    if not step.case.vendors or step.case.state not in _FOLLOWED:
        return
    states = {v.state for v in step.case.vendors}
    for state, (found, whole) in _SUMMARY.items():
        if states <= found if whole else states & found:
            step.enter(state)
            return
    step.enter(State.UNREACHABLE)


_THE_SAME_FOR_ALL = (State.TRIAGE, State.SCHEDULED, State.PUBLISHED, State.CLOSED, State.REJECTED, State.MERGED)
_AS_CASE = {
    **dict.fromkeys((_V.NAMED, _V.CONTACTING), State.CONTACTING),
    **dict.fromkeys((_V.LISTED_NAME, _V.LISTED_PRODUCT, _V.LISTED_DEADLINE), State.UNREACHABLE),
    **dict.fromkeys((_V.REVIEW, _V.JUDGING), State.REVIEW),
    _V.DETAILS_SENT: State.NOTIFIED,
    _V.COORDINATING: State.FIXING,
    _V.READY: State.FIX_REPORTED,
    _V.PUBLISHED: State.PUBLISHED,
    _V.CLOSED: State.CLOSED,
}
"""Where a vendor stands, in the words for a case."""

_DONE = {_V.REVIEW, _V.CLOSED, _V.PUBLISHED}
_SUMMARY: dict[State, tuple[set[VendorState], bool]] = {
    State.FIXING: ({_V.COORDINATING}, False),
    State.NOTIFIED: ({_V.DETAILS_SENT}, False),
    State.CONTACTING: ({_V.CONTACTING}, False),
    State.ACCEPTED: ({_V.NAMED}, False),
    State.FIX_REPORTED: ({_V.READY}, False),
    State.REVIEW: (_DONE | {_V.JUDGING}, True),
}
"""The case's state, and the vendors' that make it so: where one is among them, or all are."""
