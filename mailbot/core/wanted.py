"""Whether what waits in the outbox is still what its case asks for: much may have happened since it was written."""

from mailbot.core.model import Case, Standing, State
from mailbot.core.outbox import OutboxItem, Status

_ONLY_WHILE_OPEN = ("question", "first-contact", "details", "status-request", "fix-check", "find_contacts")
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
        return fresh and case.state in _SEEKING
    if item.template == "rejection":
        return case.state is State.REJECTED
    if item.template.startswith("closure"):
        return case.state is State.CLOSED
    if item.template == "find_contacts":
        return case.state is State.ACCEPTED
    if item.template.startswith(("details", "status-request")):
        confirmed = contact is not None and contact.standing is Standing.CONFIRMED
        return confirmed and case.state not in _BEFORE_ACCEPTANCE
    return True


def given_up(item: OutboxItem) -> Status:
    """How an item ends that is tried no more: what was once in doubt may have arrived, whatever came after."""
    return Status.UNCERTAIN if item.doubts else Status.DEAD
