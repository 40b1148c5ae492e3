"""The gate between writing and sending: takes out what must not be given away, and alone makes a SanitisedDraft.

For operators and vendors nothing remains that identifies the finder without consent (guideline V-3-9, IV-3(1)6), nor
other people's addresses or live credentials from a recorded request. A first contact that would carry any detail is not
mended but refused: something went wrong before.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailbot.core.attachments import vouched
from mailbot.core.desk import Desk
from mailbot.core.identity import finder_messages, fold
from mailbot.core.marks import Ledger
from mailbot.core.messages import Attachment, Draft, SanitisedDraft
from mailbot.core.model import Case, Role
from mailbot.core.show import place_view
from mailbot.core.views import FIRST_CONTACTS
from mailbot.core.withholding import Known, known_of, withhold

MOST_TEXT = 1_000_000
"""Bytes of a text attachment that is looked through; a longer one stays with us."""

_OWN = 4  # characters of a template between two placeholders that tell it from what others write
_IDENTIFIERS = re.compile(r"cwe-\d+|cve-\d{4}-\d{4,}|cvss:\d|av:[nalp]/a")
_LINK = re.compile(r"https?://[^\s<>\"'）)」]+")


@dataclass(frozen=True)
class Leak:
    """The draft must not go out in any form; why, without quoting it."""

    reason: str


def sanitise(draft: Draft, case: Case, desk: Desk, own_words: tuple[str, ...] = ()) -> SanitisedDraft | Leak:
    """The draft without what its reader must not learn. Doing it twice changes nothing more.

    `own_words` is what the template says in every case: it is no detail, even where a report says it, too.
    """
    draft = replace(draft, subject=" ".join(draft.subject.split()))
    if not Role(draft.audience).outside:
        return SanitisedDraft(draft, ())
    if draft.template.rpartition("/")[2] in FIRST_CONTACTS:
        reason = _first_contact_leak(draft, case, desk, own_words)
        if reason:
            return Leak(reason)
    known = known_of(case, desk, draft.to.address)
    ledger = Ledger(draft.template.partition("/")[0])
    draft = replace(draft, attachments=tuple(_attachments(draft, ledger)))
    ledger.go_on_after(*_texts(draft))
    for _ in range(2):  # what one part tells to be a secret is one in the others, too
        draft = _without(draft, known, ledger)
    theirs = finder_messages(case)
    clean = replace(
        draft,
        in_reply_to=None if draft.in_reply_to in theirs else draft.in_reply_to,
        references=tuple(reference for reference in draft.references if reference not in theirs),
    )
    return SanitisedDraft(clean, ledger.rules, tuple(ledger.records))


def sanitise_without_case(draft: Draft) -> SanitisedDraft | Leak:
    """A mail that belongs to no case; it can be meant for no operator or vendor."""
    if Role(draft.audience).outside:
        return Leak("a mail to an operator or vendor belongs to a case")
    return SanitisedDraft(replace(draft, subject=" ".join(draft.subject.split())), ())


def told_detail(text: str, case: Case, desk: Desk, own_words: tuple[str, ...] = ()) -> str | None:
    """The name of a vulnerability field of which `text` says something; None if it says nothing of any.

    Lines are compared without spaces and width; short ones are everyone's words and do not count, nor does
    what we say of ourselves or in every mail of the kind (`own_words`).
    """
    ours = [_squeeze(words) for words in (*own_words, desk.name, desk.address, desk.phone, desk.verify_url)]
    squeezed = _squeeze(text)
    names = place_view(case, *(c.address for c in case.contacts)).names
    for name in sorted(map(_squeeze, names), key=len, reverse=True):
        squeezed = squeezed.replace(name, "\n")
    if _IDENTIFIERS.search(squeezed):
        return "vulnerability.cwe"
    for field in case.fields:
        if not field.name.startswith("vulnerability."):
            continue
        values = field.value if isinstance(field.value, tuple) else (str(field.value),)
        shortest = 5 if field.name == "vulnerability.type" else 12
        for line in map(_squeeze, "\n".join((*values, field.quote)).split("\n")):
            long_enough = len(line) >= (shortest + 4 if line.isascii() else shortest)
            if long_enough and line in squeezed and not any(line in words for words in ours):
                return field.name
    return None


def besides(text: str, case: Case, desk: Desk, own_words: tuple[str, ...]) -> str:
    """The text without what every mail of the kind says, the names of the place, and what we say of ourselves."""
    lines = {line.strip() for words in own_words for line in words.split("\n")}
    names = place_view(case, *(c.address for c in case.contacts)).names
    ours = {*lines, *names, desk.name, desk.address, desk.phone, desk.verify_url}
    for words in sorted((words for words in ours if len(words) >= _OWN), key=len, reverse=True):
        text = text.replace(words, " ")
    return text


def _squeeze(text: str) -> str:
    return re.sub(r"[\s|]+", "", fold(text).text)


def _first_contact_leak(draft: Draft, case: Case, desk: Desk, own_words: tuple[str, ...]) -> str | None:
    if draft.attachments:
        return "a first contact has no attachment"
    names = place_view(case, draft.to.address).names
    if not names:
        return "the case names neither a URL nor a product to ask about"
    field = told_detail(f"{draft.subject}\n{draft.body}", case, desk, own_words)
    if field:
        return f"a first contact says nothing of {field}"
    allowed = {*names, desk.verify_url}
    if any(link.rstrip(".,。、") not in allowed and link not in allowed for link in _LINK.findall(draft.body)):
        return "a first contact links to nothing but the site itself and our own page"
    return None


def _without(draft: Draft, known: Known, ledger: Ledger) -> Draft:
    return replace(
        draft,
        subject=withhold(draft.subject, known, ledger, "subject"),
        body=withhold(draft.body, known, ledger, "body"),
        attachments=tuple(
            replace(a, content=withhold(a.content.decode("utf-8"), known, ledger, f"attachment {n}").encode("utf-8"))
            if a.media_type == "text/plain"
            else a
            for n, a in enumerate(draft.attachments, 1)
        ),
    )


def _texts(draft: Draft) -> Iterator[str]:
    yield from (draft.subject, draft.body)
    yield from (a.content.decode("utf-8") for a in draft.attachments if a.media_type == "text/plain")


def _attachments(draft: Draft, ledger: Ledger) -> Iterator[Attachment]:
    """Plain text that can be read, under a name of ours; another file as `core/attachments.py` vouches for it."""
    kept = 0
    for number, attachment in enumerate(draft.attachments, 1):
        text = attachment.media_type == "text/plain"
        why = _unreadable(attachment.content) if text else attachment.media_type
        if not text and vouched(attachment, draft.files):
            why = ""
        if why:
            ledger.drop(f"attachment {number} ({why})", attachment.filename, f"attachment {number}")
            continue
        kept += 1
        yield replace(attachment, filename=f"attachment-{kept}.txt") if text else attachment


def _unreadable(content: bytes) -> str:
    if len(content) > MOST_TEXT:
        return "too long"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "not UTF-8"
    return ""
