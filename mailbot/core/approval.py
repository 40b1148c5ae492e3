"""What a coordinator approves: exactly what was shown, named by a hash, beside what it leaves out of the report.

The hash is over everything that leaves: recipient, subject, body, attachments, the mails it refers to, and the key.
What was left out is read off report and mail; what was replaced or written anew was noted when the mail was made.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from hashlib import sha256

from mailbot.core.messages import Draft, Withheld
from mailbot.core.model import Case, Role
from mailbot.core.outbox import Difference
from mailbot.core.views import FIRST_CONTACTS, PURPOSES, Purpose

HASH_DIGITS = 20

LEFT_OUT = ("identity", "private", "first_contact", "not_in_text", "not_for_them")
"""Why a field of the report is not in the mail; codes of `[left_out]` in labels.toml."""

PARTS = ("subject", "body", "attachment", "recipient's name", "References", "Reply-To")
"""The parts of a mail that something is found in; codes of `[mail_parts]`."""

_MOST = 40
_DETAILS = ("target.urls", "product.", "vulnerability.")
_IDENTITY = (
    "reporter.name",
    "reporter.organisation",
    "reporter.email",
    "reporter.phone",
    "reporter.pgp",
    "credit_name",
)
_NAMED_WITH_CONSENT = ("reporter.name", "reporter.organisation")


def content_hash(draft: Draft, encrypt_to: str = "") -> str:
    """What `!approve` takes; `encrypt_to` is the key's fingerprint, "" for none."""
    parts = [draft.to.name, draft.to.address, draft.subject, draft.body, encrypt_to]
    parts += [draft.in_reply_to or "", *draft.references]
    parts += [f"{a.filename}\n{a.media_type}\n{sha256(a.content).hexdigest()}" for a in draft.attachments]
    parts += [f"in a locked {draft.protection}"] if draft.protection else []
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:HASH_DIGITS]


def noted(records: Iterable[Withheld]) -> tuple[Difference, ...]:
    """What was replaced, in the order of the mail and each value of a place once."""
    found = (Difference("replaced", r.place, r.before, r.after, r.kind or r.rule) for r in records)
    return tuple(dict.fromkeys(found))[:_MOST]


def edited(before: str, after: str) -> tuple[Difference, ...]:
    """The lines that a coordinator put in the place of others."""
    old, new = before.rstrip("\n").split("\n"), after.rstrip("\n").split("\n")
    found = (
        Difference("edited", "body", "\n".join(old[a:b]), "\n".join(new[c:d]), "edit")
        for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if what != "equal"
    )
    return tuple(found)[:_MOST]


def of_report(case: Case, draft: Draft) -> Iterator[Difference]:
    """Each field of the report: carried, carried_in_part or left_out; nothing for mail to the finder or our own people.

    Only the mail with the details tells type and yes or no, in words of its own: nothing is said of them there.
    """
    if not Role(draft.audience).outside:
        return
    name = draft.template.rpartition("/")[2]
    details = PURPOSES.get(name) is Purpose.DETAILS
    body = _lines(draft.body)
    for field_name in dict.fromkeys(f.name for f in case.fields):
        value = case.field(field_name)
        if field_name.startswith("consent.") or (
            details and (field_name == "vulnerability.type" or isinstance(value, bool))
        ):
            continue
        text = case.field_text(field_name)
        carried = {_is_in(line, body) for line in _lines(text)}
        if True in carried:
            yield Difference("carried_in_part" if len(carried) > 1 else "carried", field_name, "", "", "")
        else:
            yield Difference("left_out", field_name, text, "", _why(case, field_name, name))


def of_files(draft: Draft) -> Iterator[Difference]:
    """Each file of the report, and what goes of it."""
    for record in draft.files:
        yield Difference(
            "file", f"file {record.number}", record.given, record.name, record.why or ", ".join(record.done)
        )


def left_out(found: Iterable[Difference]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The fields that are left out, by reason, in the order of LEFT_OUT."""
    by_reason: dict[str, list[str]] = {why: [] for why in LEFT_OUT}
    for each in found:
        if each.kind == "left_out":
            by_reason[each.why].append(each.place)
    return tuple((why, tuple(names)) for why, names in by_reason.items() if names)


def where(held_for: str) -> tuple[str, str, str]:
    """The part, its number and the line that a reason for holding names at its end; "" for what it does not name."""
    found = re.search(r"\(([A-Za-z'-]+(?: name)?)(?: (\d+))?(?:, line (\d+))?\)$", held_for)
    if found is None or found[1] not in PARTS:
        return "", "", ""
    return found[1], found[2] or "", found[3] or ""


def _why(case: Case, name: str, template: str) -> str:
    if any(field.private for field in case.fields if field.name == name):
        return "private"
    if name in _IDENTITY and not (case.agreed("share_identity") and name in _NAMED_WITH_CONSENT):
        return "identity"
    if template in FIRST_CONTACTS:
        return "first_contact"
    told = PURPOSES.get(template) is Purpose.DETAILS and name.startswith(_DETAILS)
    return "not_in_text" if told else "not_for_them"


def _lines(text: str) -> list[str]:
    """The lines that say something, without the bar that mails put before the report's own words."""
    return [squeezed for line in text.splitlines() if (squeezed := " ".join(line.removeprefix("| ").split()))]


def _is_in(line: str, body: Sequence[str]) -> bool:
    whole = re.compile(rf"(?<![^\W_]){re.escape(line)}(?![^\W_])")
    return any(whole.search(other) for other in body)
