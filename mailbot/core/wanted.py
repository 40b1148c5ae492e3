"""Whether what waits in the outbox is still what its case asks for: much may have happened since it was written."""

from datetime import datetime

from mailbot.core.model import Case, ClosingCode, Contact, Standing, State
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.vendors import SEEKING, vendor_of

_ONLY_WHILE_OPEN = (
    *("question", "first-contact", "reassurance", "ownership-proof", "check_proof"),
    *("details", "verification-request", "status-request"),
    *("handover", "fix-check", "fix-incomplete", "find_contacts", "status-of-several"),
)
FOLLOWED = (
    *("acceptance", "rejection", "handling-started", "fix-notice", "priority-provision", "closure-finder"),
    *("publication-date-finder", "publication-finder", "embargo-finder"),
)
"""Mails about a case that the finders of those merged into it get as well."""

REMINDERS = ("first-contact-reminder", "details-reminder", "verification-request", "status-request")
"""Mails that only ask once more: whoever has answered meanwhile does not get them."""

GATHERED = ("details-reminder", "verification-request", "status-request")
"""Mails that leave as one where several cases send them to one operator at the same time: see mailbot/gathering.py."""

TOGETHER = "status-of-several"
"""The one mail in their place."""

_SAID_BY = {"fix-notice": "closure-finder", "fix-thanks": "closure-counterpart"}
"""Of a case that ends as fixed in the same breath: the closing notice says that it is, and thanks for it."""

_SEEKING = (State.ACCEPTED, State.CONTACTING, State.UNREACHABLE)
_BEFORE_ACCEPTANCE = (State.TRIAGE, State.ASKING)


def still_wanted(item: OutboxItem, case: Case) -> bool:
    """Whether the case still asks for this mail, or for this search."""
    if case.state.ended and item.template.startswith(_ONLY_WHILE_OPEN):
        return False
    contact = case.contact(item.contact) if item.contact else None
    if item.template in REMINDERS and contact and _wrote_since(case, contact, item.created):
        return False
    if item.template.startswith("question"):
        return case.state is State.ASKING
    if item.template.startswith("first-contact"):
        fresh = contact is not None and contact.standing in (Standing.CANDIDATE, Standing.TRIED)
        vendor = vendor_of(case.vendors, contact.vendor) if contact else None
        return fresh and (vendor.state in SEEKING if vendor else case.state in _SEEKING)
    if item.template == "reassurance":
        return contact is not None and contact.standing not in (Standing.DEAD, Standing.DROPPED)
    if item.template in ("ownership-proof", "check_proof"):
        return contact is not None and contact.standing in (Standing.CANDIDATE, Standing.TRIED)
    if item.template == "rejection":
        return case.state is State.REJECTED
    if item.template.startswith("closure"):
        return case.state is State.CLOSED
    if item.template.startswith(("publication-date", "embargo")):
        return case.state is State.MERGED or not (case.state.ended or case.state is State.PUBLISHED)
    if item.template == "find_contacts":
        return case.state is State.ACCEPTED
    if item.template == "fix-incomplete" and _mended_since(case, item.created):
        return False
    if item.template == "verification-request" and case.milestones.fix_reported and not case.vendors:
        return False
    if item.template.startswith(("details", "handover", "status-request", "verification-request", "fix-incomplete")):
        confirmed = contact is not None and contact.standing is Standing.CONFIRMED
        return confirmed and case.state not in _BEFORE_ACCEPTANCE
    return True


def said_by(old: OutboxItem, new: OutboxItem, case: Case) -> bool:
    """Whether the newer mail says all of an older one that has not been tried yet, to the same address."""
    if old.draft is None or new.draft is None or case.closing_code is not ClosingCode.FIXED:
        return False
    fresh = old.status is Status.QUEUED and not old.attempts and not old.doubts and old.approved_by is None
    same = old.case == new.case and old.draft.to.address.lower() == new.draft.to.address.lower()
    goes = new.status is Status.QUEUED and _SAID_BY.get(old.template) == new.template
    return fresh and same and goes


def _wrote_since(case: Case, contact: Contact, since: datetime) -> bool:
    """Whether the contact point wrote after a reminder was written that has not gone out yet."""
    wrote = (e for e in reversed(case.timeline) if e.what == "reply" and e.who.lower() == contact.address.lower())
    last = next(wrote, None)
    return last is not None and last.at > since


def _mended_since(case: Case, since: datetime) -> bool:
    """Whether the fix is confirmed, or another one was reported since: that has to be checked first."""
    reported = case.milestones.fix_reported
    return case.milestones.fix_confirmed is not None or (reported is not None and reported > since)


def given_up(item: OutboxItem) -> Status:
    """How an item ends that is tried no more: what was once in doubt may have arrived, whatever came after."""
    return Status.UNCERTAIN if item.doubts else Status.DEAD
