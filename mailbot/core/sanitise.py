"""The gate between writing and sending: takes out what must not be given away, and alone makes a SanitisedDraft.

For operators and vendors nothing remains that identifies the finder without consent (guideline V-3-9, IV-3(1)6), nor
other people's addresses or live credentials from a recorded request. A first contact that would carry any detail is not
mended but refused: something went wrong before.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailbot.core.desk import Desk
from mailbot.core.identity import Trait, finder_messages, fold, traits
from mailbot.core.messages import Attachment, Draft, SanitisedDraft
from mailbot.core.model import Case, Role
from mailbot.core.plain import hosts
from mailbot.core.show import place_view
from mailbot.core.views import FIRST_CONTACTS

WITHHELD = {"ja": "[非公開]"}
WITHHELD_ELSEWHERE = "[withheld]"

ROUNDS = 10
"""One cut may lay another name bare; more rounds than this would need a text made for the purpose."""

_EMAIL = re.compile(r"[a-z0-9][a-z0-9._%+\-]{0,63}@[a-z0-9][a-z0-9.\-]{0,250}\.[a-z]{2,24}")
_CREDENTIALS = (
    re.compile(r"(?<![a-z0-9\-])(?:set-)?cookie2?\s{0,3}:\s{0,3}(?P<secret>[^\s'\"=;]{1,200}=[^'\"\r\n]{0,8000})"),
    re.compile(
        r"(?<![a-z0-9])(?:proxy-)?authorization\s{0,3}:\s{0,3}(?:basic|bearer|digest|negotiate|ntlm|token)\s{1,3}"
        r"(?P<secret>[^'\"\r\n]{1,8000})"
    ),
    re.compile(
        r"(?<![a-z0-9])(?:x-)?(?:session(?:[-_]?(?:id|token))?|api-key|auth-token|access-token|[cx]srf-token)"
        r"\s{0,3}:\s{0,3}(?P<secret>(?=[^\s'\"]{0,200}\d)[^\s'\"]{8,4000})"
    ),
)
_KEY_BLOCK = ("-----BEGIN PGP ", "-----END PGP ", "-----")
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
    withheld: list[str] = []
    subject = _redact(draft.subject, draft, case, desk, withheld)
    body = _redact(draft.body, draft, case, desk, withheld)
    attachments = tuple(_attachments(draft, case, desk, withheld))
    theirs = finder_messages(case)
    clean = replace(
        draft,
        subject=subject,
        body=body,
        attachments=attachments,
        in_reply_to=None if draft.in_reply_to in theirs else draft.in_reply_to,
        references=tuple(reference for reference in draft.references if reference not in theirs),
    )
    return SanitisedDraft(clean, tuple(dict.fromkeys(withheld)))


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
    for name in sorted(map(_squeeze, place_view(case).names), key=len, reverse=True):
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


def _squeeze(text: str) -> str:
    return re.sub(r"[\s|]+", "", fold(text).text)


def _first_contact_leak(draft: Draft, case: Case, desk: Desk, own_words: tuple[str, ...]) -> str | None:
    if draft.attachments:
        return "a first contact has no attachment"
    if not place_view(case).names:
        return "the case names neither a URL nor a product to ask about"
    field = told_detail(f"{draft.subject}\n{draft.body}", case, desk, own_words)
    if field:
        return f"a first contact says nothing of {field}"
    allowed = {*place_view(case).names, desk.verify_url}
    if any(link.rstrip(".,。、") not in allowed and link not in allowed for link in _LINK.findall(draft.body)):
        return "a first contact links to nothing but the site itself and our own page"
    return None


def _redact(text: str, draft: Draft, case: Case, desk: Desk, withheld: list[str]) -> str:
    for _ in range(ROUNDS):
        before, text = text, _redact_once(text, draft, case, desk, withheld)
        if text == before:
            break
    return text


def _redact_once(text: str, draft: Draft, case: Case, desk: Desk, withheld: list[str]) -> str:
    mark = WITHHELD.get(draft.template.partition("/")[0], WITHHELD_ELSEWHERE)
    text = _without_credentials(text, mark, withheld)
    text = _without_keys(text, mark, withheld)
    text = _without_addresses(text, mark, draft, case, desk, withheld)
    if not case.agreed("share_identity"):
        ours = (case.id, desk.name, desk.address, desk.phone, desk.verify_url)
        known = traits(case)
        text = _without_traits(text, [t for t in known if not t.weak], ours, mark, withheld)
        text = _without_traits(text, [t for t in known if t.weak], (*ours, *_place_words(case)), mark, withheld)
    return text


def _place_words(case: Case) -> tuple[str, ...]:
    names = ("product.name", "product.vendor", "target.site_name")
    return (*hosts(case), *(case.field_text(name).strip() for name in names))


def _without_traits(text: str, known: list[Trait], kept: tuple[str, ...], mark: str, withheld: list[str]) -> str:
    """The text without those traits; what is kept is passed over, even where it contains one."""
    words = sorted({fold(word).text for word in kept if len(word) > 1}, key=len, reverse=True)
    choices = [f"(?P<kept>{'|'.join(map(re.escape, words)) or '(?!)'})"]
    choices += [f"(?P<trait{number}>{trait.pattern})" for number, trait in enumerate(known)]
    folded = fold(text)
    spans = []
    for match in re.finditer("|".join(choices), folded.text):
        group = match.lastgroup or "kept"
        if group == "kept":
            continue
        trait, (start, end) = known[int(group.removeprefix("trait"))], folded.span(match)
        if not (trait.part and text[start].islower()):  # "Will" is a person, "will" is not
            spans.append((start, end))
            withheld.append(trait.name)
    return _cut(text, spans, mark)


def _cut(text: str, spans: list[tuple[int, int]], mark: str) -> str:
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        pieces += [text[at:start], mark]
        at = end
    return "".join((*pieces, text[at:]))


def _without_keys(text: str, mark: str, withheld: list[str]) -> str:
    """Armored blocks carry user ids that no pattern sees."""
    begin, end, close = _KEY_BLOCK
    spans, at = [], text.find(begin)
    while at >= 0:
        tail = text.find(end, at)
        stop = text.find(close, tail + len(end)) if tail >= 0 else -1
        spans.append((at, stop + len(close) if stop >= 0 else len(text)))
        at = text.find(begin, spans[-1][1])
    withheld += ["pgp_block"] * len(spans)
    return _cut(text, spans, mark)


def _without_addresses(text: str, mark: str, draft: Draft, case: Case, desk: Desk, withheld: list[str]) -> str:
    """Only addresses of the site, of this case's contacts, of the desk (and of a finder who agreed) remain."""
    known = {draft.to.address.lower(), desk.address.lower(), *(c.address.lower() for c in case.contacts)}
    finders = {p.address.lower() for p in case.participants if p.role is Role.FINDER}
    finders.add(case.field_text("reporter.email").strip().lower())
    known = known | finders if case.agreed("share_identity") else known - finders
    sites = [host.removeprefix("www.") for host in hosts(case)]
    folded = fold(text)
    spans = []
    for match in _EMAIL.finditer(folded.text):
        domain = match.group().rpartition("@")[2]
        of_site = any(f".{host}".endswith(f".{domain}") or domain.endswith(f".{host}") for host in sites)
        if match.group() not in known and not of_site and domain != desk.domain:
            spans.append(folded.span(match))
            withheld.append("reporter.email" if match.group() in finders else "email_addresses")
    return _cut(text, spans, mark)


def _without_credentials(text: str, mark: str, withheld: list[str]) -> str:
    for pattern in _CREDENTIALS:
        folded = fold(text)
        spans = [folded.span(match, "secret") for match in pattern.finditer(folded.text)]
        spans = [(start, end) for start, end in spans if text[start:end] != mark]
        withheld += ["credentials"] * len(spans)
        text = _cut(text, spans, mark)
    return text


def _attachments(draft: Draft, case: Case, desk: Desk, withheld: list[str]) -> Iterator[Attachment]:
    """Plain text is forwarded redacted; what else may hide in a file (author, GPS, cookies) we cannot see."""
    for number, attachment in enumerate(draft.attachments, 1):
        if attachment.media_type != "text/plain":
            withheld.append(f"attachment {number} ({attachment.media_type})")
            continue
        try:
            text = attachment.content.decode("utf-8")
        except UnicodeDecodeError:
            withheld.append(f"attachment {number} (not UTF-8)")
            continue
        safe = _redact(text, draft, case, desk, withheld)
        yield replace(attachment, filename=f"attachment-{number}.txt", content=safe.encode("utf-8"))
