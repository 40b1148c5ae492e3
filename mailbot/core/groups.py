"""Cases of one operator or vendor: the same address is asked once where to send details, for all of them.

Theory. A case whose contact point another case is asking follows that one: it writes nothing and waits as long as an
answer may take, then looks again. When the address is confirmed for the case that asked, it is for those that follow,
and the details of each wait for a coordinator. If the one that asked ended or went on to another address, the look
after the wait finds nobody to follow, and the case asks for itself.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from mailbot.core.clocks import SEEKING
from mailbot.core.effects import Effect, SendMail, TellCoordinators
from mailbot.core.events import ContactShared, Meaning, ReplyReceived
from mailbot.core.lifecycle import Step
from mailbot.core.link_events import HeardElsewhere
from mailbot.core.model import Case, Contact, DeadlineKind, Link, Standing
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.proposals import awaited_contact, confirm_contact, propose_details
from mailbot.core.vendors import label, vendor_of

SAME_CONTACT = "same_contact"
_HARMLESS = {Meaning.ACKNOWLEDGED, Meaning.THANKS}
_ON_ITS_WAY = (Status.HELD, Status.QUEUED, Status.SENDING)


def shared_contact(
    case: Case, address: str, others: Iterable[Case | None], items: Callable[[str], Sequence[OutboxItem]]
) -> ContactShared | None:
    """The first of `others` for which `address` is asked or confirmed; those that themselves follow do not count."""
    for other in others:
        if other is None or other.id == case.id or other.state.ended or case.vendors or other.vendors:
            continue
        contact = other.contact_at(address)
        if contact and (contact.standing is Standing.CONFIRMED or _asks(other, contact, items)):
            return ContactShared(other.id, contact)
    return None


def follows(case: Case, leader: str, address: str) -> bool:
    """Whether `case` waits for what `address` answers to `leader`."""
    linked = any(link.kind == SAME_CONTACT and link.case == leader for link in case.links)
    contact = case.contact_at(address)
    return linked and contact is not None and contact.standing is Standing.CANDIDATE and case.state in SEEKING


def without_first_contact(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """The effects without the first contact, and without the request to decide on it."""
    return tuple(effect for effect in effects if not _is_first_contact(effect))


def join(step: Step, event: ContactShared) -> None:
    """Follow the other case: with its confirmed contact point on to the details, else wait for its answer."""
    contact = step.case.contact_at(event.contact.address)
    if contact is None or step.case.vendors or step.case.state not in SEEKING:
        return
    if not any(link.kind == SAME_CONTACT and link.case == event.case for link in step.case.links):
        step.change(links=(*step.case.links, Link(SAME_CONTACT, event.case)))
    if event.contact.standing is Standing.CONFIRMED:
        step.log("contacts", "mailbot", f"{contact.address} is confirmed for {event.case}, and so for this case")
        known = _as_known_there(contact, event.contact)
        confirm_contact(step, known)
        propose_details(step, known, doubts=True)  # a person looks whether it is right for this case, too
        return
    step.log("contacts", "mailbot", f"{contact.address} is being asked for {event.case}: its answer counts here, too")
    step.clear(DeadlineKind.CONTACT_ANSWER, DeadlineKind.TRIAGE)
    waits = step.policy.waits
    step.due_business(
        DeadlineKind.CONTACT_ANSWER, waits.contact_answer_business, waits.contact_reminders, contact.address
    )


def of_several(step: Step, event: ReplyReceived) -> bool:
    """Whether the reply answers a mail about several cases with more than that it came: a person says what is meant.

    It stops the reminders; which of the cases is mended, or is none, no rule can tell.
    """
    if not event.several or not event.from_that_contact or set(event.meanings) <= _HARMLESS:
        return False
    _has_answered(step, event.sender.address)
    step.due_decision()
    return True


def heard(step: Step, event: HeardElsewhere) -> None:
    """The operator answered on another case, to a mail that asked about this one as well."""
    contact = step.case.contact_at(event.sender)
    if step.case.state.ended or contact is None or contact.standing is not Standing.CONFIRMED:
        return
    _has_answered(step, event.sender)
    if not set(event.said.split(", ")) <= {meaning.value for meaning in _HARMLESS}:
        step.due_decision()


def _has_answered(step: Step, address: str) -> None:
    """Nobody asks this address any more whether the details arrived."""
    contact, receipts = step.case.contact_at(address), len(step.policy.waits.details_receipt_business)
    step.clear(DeadlineKind.DETAILS_RECEIPT)
    if vendor := vendor_of(step.case.vendors, contact.vendor) if contact else None:
        own = (DeadlineKind.VENDOR_RESULT, label(vendor))
        kept = (d for d in step.case.deadlines if (d.kind, d.note) != own or d.step >= receipts)
        step.change(deadlines=tuple(kept))


def _asks(case: Case, contact: Contact, items: Callable[[str], Sequence[OutboxItem]]) -> bool:
    """Whether that case itself asks the contact point, or is about to."""
    if contact.standing is Standing.TRIED:
        return awaited_contact(case) == contact
    if contact.standing is not Standing.CANDIDATE:
        return False
    return any(
        item.template == "first-contact" and item.contact == contact.n and item.status in _ON_ITS_WAY
        for item in items(case.id)
    )


def _as_known_there(contact: Contact, there: Contact) -> Contact:
    return replace(
        contact,
        fingerprint=there.fingerprint or contact.fingerprint,
        wrote_encrypted=there.wrote_encrypted or contact.wrote_encrypted,
        asked_for_encryption=there.asked_for_encryption or contact.asked_for_encryption,
        plaintext_agreed=there.plaintext_agreed and not contact.wrote_encrypted,
    )


def _is_first_contact(effect: Effect) -> bool:
    if isinstance(effect, TellCoordinators):
        return effect.template == "notice-decision" and ("why", "first-contact") in effect.details
    return isinstance(effect, SendMail) and effect.template == "first-contact"
