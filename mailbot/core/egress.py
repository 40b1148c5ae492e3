"""The last look before a mail is sealed: is this content right for this recipient?

It repeats what sanitise() promises by other means, so that one mistake is not enough to give someone away. Nothing goes
round it: only `admit()` makes a CheckedDraft, only that can be sealed, and only what was sealed can be sent.
"""

import re
import unicodedata
from collections.abc import Iterator

from mailbot.core.attachments import needs_encryption, vouched
from mailbot.core.desk import Desk
from mailbot.core.disguises import bare, readings
from mailbot.core.egress_rules import (
    RULES,
    Hit,
    Known,
    Mail,
    addresses,
    finder,
    notes,
    other_cases,
    passphrases,
    places,
    private,
    thread,
)
from mailbot.core.finder_words import identity_in
from mailbot.core.mailboxes import Kin, kin_in, mailbox
from mailbot.core.messages import STAMP_OF_EGRESS, CheckedDraft, SanitisedDraft
from mailbot.core.model import Case, Contact, Role, Standing
from mailbot.core.outbox import OutboxItem
from mailbot.core.sanitise import told_detail
from mailbot.core.traces import windows
from mailbot.core.views import FIRST_CONTACTS, PURPOSES, Purpose

_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\"\\\x00-\x20\x7f]{1,64}@[^\s@,;:<>()\"\\\x00-\x20\x7f]{1,253}")
_NOBODY = re.compile(r"(?:mailer[-_.]?daemon|(?:no|do[-_.]?not)[-_.]?reply)(?:[+\-].*)?", re.IGNORECASE)
_NOT_ONE_LINE = ("Cc", "Zl", "Zp")


def admit(clean: SanitisedDraft, case: Case | None, item: OutboxItem, desk: Desk, known: Known) -> CheckedDraft | Hit:
    """The mail as it may be sealed, or the rule that holds it."""
    hit = check(clean, case, item, desk, known)
    return hit or CheckedDraft(clean.draft, item.message_id, STAMP_OF_EGRESS)


def check(
    clean: SanitisedDraft, case: Case | None, item: OutboxItem, desk: Desk, known: Known | None = None
) -> Hit | None:
    """The first rule that the mail breaks; None if it may go. What a coordinator overrode for it does not count."""
    return next((hit for hit in _hits(clean, case, item, desk, known or Known()) if not _overridden(hit, item)), None)


def pieces_of(clean: SanitisedDraft) -> frozenset[int]:
    """What to look up of a mail in the memory of other cases (`Known.elsewhere`); nothing of one to our own people."""
    if clean.draft.audience == Role.COORDINATOR:
        return frozenset()
    return windows(text for _, text in places(clean.draft))


def identifying(
    text: str, case: Case, desk: Desk, meant: tuple[str, ...] = (), agreed: frozenset[str] = frozenset()
) -> str | None:
    """Which of the finder's data stands in the text, also encoded: plain containment, letters and digits only.

    Names that are `meant` to stand there count for nobody's; fields that were `agreed` on for those of merged cases.
    """
    return identity_in(map(bare, readings(text)), case, desk, meant, agreed=agreed)


def _overridden(hit: Hit, item: OutboxItem) -> bool:
    return RULES[hit.rule] and hit.rule in item.despite


def _hits(clean: SanitisedDraft, case: Case | None, item: OutboxItem, desk: Desk, known: Known) -> Iterator[Hit]:
    yield from (Hit("egress/envelope", why) for why in _envelope(clean, case))
    yield from (Hit("egress/recipient", why) for why in (*_address(clean, desk), *_recipient(clean, case, desk)))
    if case is None or clean.draft.audience == Role.COORDINATOR:
        return
    mail = Mail(clean.draft, case, item, desk, known)
    yield from finder(mail)
    if Role(clean.draft.audience).outside:
        yield from _details(mail)
        yield from private(mail)
    yield from passphrases(mail)
    yield from thread(mail)
    yield from other_cases(mail)
    yield from notes(mail)
    yield from addresses(mail)


def _envelope(clean: SanitisedDraft, case: Case | None) -> Iterator[str]:
    draft = clean.draft
    if not draft.subject.strip() or any(unicodedata.category(c) in _NOT_ONE_LINE for c in draft.subject):
        yield "the subject is not one line"
    if case and not draft.subject.startswith(f"[{case.id}] "):
        yield "the subject does not begin with the case"
    if any(unicodedata.category(c) in _NOT_ONE_LINE for c in draft.to.name):
        yield "the recipient's name is not one line"
    if not _ADDRESS.fullmatch(draft.to.address):
        yield "the recipient is not one mail address"


def _address(clean: SanitisedDraft, desk: Desk) -> Iterator[str]:
    local = clean.draft.to.address.rpartition("@")[0]
    if mailbox(clean.draft.to.address) == mailbox(desk.address):
        yield "the recipient is our own address"
    if _NOBODY.fullmatch(local):
        yield "nobody reads the recipient's address"


def _recipient(clean: SanitisedDraft, case: Case | None, desk: Desk) -> Iterator[str]:
    draft = clean.draft
    address = draft.to.address.lower()
    if draft.audience == Role.COORDINATOR:
        if desk.coordinator_at(address) is None:
            yield "the recipient is no coordinator"
        return
    if case is None:
        if PURPOSES.get(draft.template.rpartition("/")[2]) is not Purpose.ANYONE:
            yield "the mail belongs to a case, but none is given"
        return
    people = {p.address.lower() for p in case.participants if p.role == draft.audience}
    if Role(draft.audience).outside:
        people |= {c.address.lower() for c in case.contacts}
        if draft.audience != case.counterpart:
            yield "the case has no participant of that role"
        if kin_in(address, case) is Kin.SAME:
            yield "the contact point is the finder's own address"
        contact = case.contact_at(address)
        if contact and contact.standing in (Standing.DEAD, Standing.DROPPED):
            yield "the contact point was given up"
    if address not in people:
        yield "the recipient has no part in the case"


def _details(mail: Mail) -> Iterator[Hit]:
    """Details go to a confirmed contact point only, and no first contact tells or encloses any."""
    draft = mail.draft
    name = draft.template.rpartition("/")[2]
    confirmed = _may_have_details(mail.case.contact_at(draft.to.address), mail.item)
    first = name in FIRST_CONTACTS
    told = told_detail(mail.whole, mail.case, mail.desk, mail.known.own_words) if first or not confirmed else None
    if first and (told or draft.attachments):
        yield Hit("egress/details", f"a first contact says nothing of {told or 'the report, nor carries files'}")
    if (told or PURPOSES.get(name) is Purpose.DETAILS or draft.attachments) and not confirmed:
        yield Hit("egress/details", "details go to a confirmed contact point only")
    plain = (a.media_type == "text/plain" for a in draft.attachments)
    for number, (attachment, text) in enumerate(zip(draft.attachments, plain, strict=True), 1):
        if not text and not vouched(attachment, draft.files):
            yield Hit("egress/attachment", "a file was not cleaned for this mail", f"attachment {number}")
    if needs_encryption(draft.files) and not (mail.known.encrypted or draft.protection):
        yield Hit("egress/attachment", "a file may only go encrypted")


def _may_have_details(contact: Contact | None, item: OutboxItem) -> bool:
    return contact is not None and contact.standing is Standing.CONFIRMED and item.contact in (None, contact.n)
