"""Whether what waits in the outbox is still what its case asks for: much may have happened since it was written."""

from mailbot.core.model import Case, Standing, State
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.vendors import SEEKING, vendor_of

_ONLY_WHILE_OPEN = ("question", "first-contact", "details", "status-request", "fix-check", "find_contacts")
FOLLOWED = (
    *("acceptance", "rejection", "handling-started", "fix-notice", "priority-provision", "closure-finder"),
    *("publication-date-finder", "publication-finder", "embargo-finder"),
)
"""Mails about a case that the finders of those merged into it get as well."""

_SEEKING = (State.ACCEPTED, State.CONTACTING, State.UNREACHABLE)
_BEFORE_ACCEPTANCE = (State.TRIAGE, State.ASKING)


def still_wanted(item: OutboxItem, case: Case) -> bool:
    """Whether the case still asks for this mail, or for this search."""
    if case.state.ended and item.template.startswith(_ONLY_WHILE_OPEN):
        return False
    contact = case.contact(item.contact) if item.contact else None
    if item.template.startswith("question"):
        return case.state is State.ASKING
    if item.template.startswith("first-contact"):
        fresh = contact is not None and contact.standing in (Standing.CANDIDATE, Standing.TRIED)
        vendor = vendor_of(case.vendors, contact.vendor) if contact else None
        return fresh and (vendor.state in SEEKING if vendor else case.state in _SEEKING)
    if item.template == "rejection":
        return case.state is State.REJECTED
    if item.template.startswith("closure"):
        return case.state is State.CLOSED
    if item.template.startswith(("publication-date", "embargo")):
        return case.state is State.MERGED or not (case.state.ended or case.state is State.PUBLISHED)
    if item.template == "find_contacts":
        return case.state is State.ACCEPTED
    if item.template.startswith(("details", "status-request")):
        confirmed = contact is not None and contact.standing is Standing.CONFIRMED
        return confirmed and case.state not in _BEFORE_ACCEPTANCE
    return True


def given_up(item: OutboxItem) -> Status:
    """How an item ends that is tried no more: what was once in doubt may have arrived, whatever came after."""
    return Status.UNCERTAIN if item.doubts else Status.DEAD
