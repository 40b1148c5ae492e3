"""The last look before a mail is sealed: is this content right for this recipient?

It repeats what sanitise() promises by other means, so that one mistake is not enough to give someone away.
"""

import re
import unicodedata
from collections.abc import Iterator

from mailbot.core.desk import Desk
from mailbot.core.identity import NO_NAMES
from mailbot.core.messages import SanitisedDraft
from mailbot.core.model import Case, Contact, Role, Standing
from mailbot.core.outbox import OutboxItem
from mailbot.core.plain import hosts
from mailbot.core.sanitise import told_detail
from mailbot.core.views import FIRST_CONTACTS, PURPOSES, Purpose
from mailbot.core.wanted import TOGETHER

_ADDRESS = re.compile(r"[^\s@,;:<>()\[\]\"\\\x00-\x20\x7f]{1,64}@[^\s@,;:<>()\"\\\x00-\x20\x7f]{1,253}")
_NOBODY = re.compile(r"(?:mailer[-_.]?daemon|(?:no|do[-_.]?not)[-_.]?reply)(?:[+\-].*)?", re.IGNORECASE)


def check(
    sealed_for: SanitisedDraft, case: Case | None, item: OutboxItem, desk: Desk, own_words: tuple[str, ...] = ()
) -> str | None:
    """Why the mail must be held, without quoting it; None if it may go. `own_words`: see told_detail()."""
    reasons = (
        *_envelope(sealed_for, case, desk),
        *_recipient(sealed_for, case, desk),
        *(_other_cases(sealed_for, case, desk, item) if case else ()),
        *(_content(sealed_for, case, item, desk, own_words) if case else ()),
    )
    return reasons[0] if reasons else None


def _envelope(sealed: SanitisedDraft, case: Case | None, desk: Desk) -> Iterator[str]:
    draft = sealed.draft
    if not draft.subject.strip() or any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in draft.subject):
        yield "the subject is not one line"
    if case and not draft.subject.startswith(f"[{case.id}] "):
        yield "the subject does not begin with the case"
    if any(unicodedata.category(c) in ("Cc", "Zl", "Zp") for c in draft.to.name):
        yield "the recipient's name is not one line"
    if not _ADDRESS.fullmatch(draft.to.address):
        yield "the recipient is not one mail address"
        return
    local, _, domain = draft.to.address.lower().rpartition("@")
    own, _, own_domain = desk.address.lower().rpartition("@")
    if domain == own_domain and local.partition("+")[0] == own:
        yield "the recipient is our own address"
    if _NOBODY.fullmatch(local):
        yield "nobody reads the recipient's address"


def _recipient(sealed: SanitisedDraft, case: Case | None, desk: Desk) -> Iterator[str]:
    draft = sealed.draft
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
        if any(p.address.lower() == address for p in case.participants if p.role is Role.FINDER):
            yield "the contact point is the finder's own address"
        contact = case.contact_at(address)
        if contact and contact.standing in (Standing.DEAD, Standing.DROPPED):
            yield "the contact point was given up"
    if address not in people:
        yield "the recipient has no part in the case"


def _other_cases(sealed: SanitisedDraft, case: Case, desk: Desk, item: OutboxItem) -> Iterator[str]:
    """Nobody outside hears of another case; but a finder does of those that the same mail opened, and an operator who
    is the confirmed contact point of several is asked about all in one mail.
    """
    draft = sealed.draft
    if draft.audience == Role.COORDINATOR:
        return
    known = {_bare(case.id)}
    if draft.audience == Role.FINDER:
        known |= {_bare(link.case) for link in case.links if link.kind == "same_mail"}
    if item.template == TOGETHER and draft.template.endswith(f"/{TOGETHER}"):
        known |= set(map(_bare, item.with_cases))
    texts = (draft.subject, draft.body, *(a.content.decode("utf-8", "replace") for a in draft.attachments))
    case_id = re.compile(rf"{re.escape(desk.case_prefix)}\s?#\s?[0-9]{{8}}(?![0-9])", re.IGNORECASE)
    named = {_bare(found) for text in texts for found in case_id.findall(unicodedata.normalize("NFKC", text))}
    if named - known:
        yield "the mail names another case"


def _content(
    sealed: SanitisedDraft, case: Case, item: OutboxItem, desk: Desk, own_words: tuple[str, ...]
) -> Iterator[str]:
    draft = sealed.draft
    if not Role(draft.audience).outside:
        return
    name = draft.template.rpartition("/")[2]
    texts = [draft.subject, draft.body, *(a.content.decode("utf-8", "replace") for a in draft.attachments)]
    whole = "\n".join(texts)
    field = told_detail(whole, case, desk, own_words)
    if name in FIRST_CONTACTS and (field or draft.attachments):
        yield f"a first contact says nothing of {field or 'the report, nor carries files'}"
    if (field or PURPOSES.get(name) is Purpose.DETAILS or draft.attachments) and not _may_have_details(
        case.contact_at(draft.to.address), item
    ):
        yield "details go to a confirmed contact point only"
    if any(attachment.media_type != "text/plain" for attachment in draft.attachments):
        yield "an attachment is not plain text"
    if any(line in _bare(whole) for line in _kept_private(case)):
        yield "the mail tells what the finder keeps for the desk"
    if any(_bare(word) in _bare(whole) for word in case.withheld if _bare(word)):
        yield "the mail names the site behind the product"
    if not case.agreed("share_identity"):
        people = "\n".join((whole, draft.to.name, *(a.filename for a in draft.attachments)))
        known = identifying(people, case, desk)
        if known:
            yield f"the mail still tells {known} of the finder"


def _kept_private(case: Case) -> Iterator[str]:
    """The lines of private fields that stand in no other; short ones are everyone's words."""
    public = _bare("\n".join(case.field_text(field.name) for field in case.fields if not field.private))
    for field in case.fields:
        values = field.value if isinstance(field.value, tuple) else (str(field.value),)
        for line in map(_bare, "\n".join(values).split("\n") if field.private else ()):
            if len(line) >= (16 if line.isascii() else 10) and line not in public:
                yield line


def _may_have_details(contact: Contact | None, item: OutboxItem) -> bool:
    return contact is not None and contact.standing is Standing.CONFIRMED and item.contact in (None, contact.n)


def identifying(text: str, case: Case, desk: Desk, meant: tuple[str, ...] = ()) -> str | None:
    """Which of the finder's data stands in the text: plain containment after dropping all that is not a letter.

    Names that are `meant` to stand there count for nobody's.
    """
    own = [case.id, desk.name, desk.address, desk.phone, desk.verify_url, *hosts(case)]
    own += [case.field_text(name) for name in ("product.name", "product.vendor", "target.site_name")]
    own += meant
    told = _bare(text)
    apart = told
    for word in sorted(filter(None, map(_bare, own)), key=len, reverse=True):
        apart = apart.replace(word, "\n")
    people = [p for p in case.participants if p.role is Role.FINDER]
    sure = [("reporter.email", p.address) for p in people] + [("reporter.pgp", p.fingerprint or "") for p in people]
    sure += [(name, case.field_text(name)) for name in ("reporter.email", "reporter.phone")]
    named = [("reporter.name", p.name) for p in people]
    named += [(name, case.field_text(name)) for name in ("reporter.name", "reporter.organisation", "credit_name")]
    for name, value in sure:
        if len(_bare(value)) >= 8 and _bare(value) in told:
            return name
    for name, value in named:
        for order in (value, " ".join(reversed(value.split()))):
            bare = _bare(order)
            if len(bare) >= (6 if bare.isascii() else 3) and bare not in NO_NAMES and bare in apart:
                return name
    return None


def _bare(text: str) -> str:
    """Letters and digits only, folded."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
