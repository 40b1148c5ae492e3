"""Finding the signs of mail that no person wrote, list mail and spam: headers, subject and a little of the text.

RFC 3834 (automatic answers), RFC 2919 and 2369 (lists), RFC 5965 (abuse), RFC 8098 (opened mail), RFC 7489 and 8460
(DMARC and TLS reports) say what to look for; older programs and mail without any mark need the rest.
"""

import re
from collections.abc import Container, Iterator

from mailbot.core.hits import applies
from mailbot.core.messages import Attachment, OpenedMail
from mailbot.core.reading import fold, tidy, unwrap
from mailbot.core.rule_shapes import AutomaticRule
from mailbot.core.ruleset import Ruleset
from mailbot.core.signs import Place, Sign, Signs

TEXT = "text"
"""Rules for this "header" look at what the sender wrote, not at what they quote."""
_PART = "part"
_ATTACHMENT = "attachment"
_PLACES = {
    "return-path": Place.ENVELOPE,
    "subject": Place.SUBJECT,
    TEXT: Place.TEXT,
    _ATTACHMENT: Place.ATTACHMENT,
}
_VALUE_CHARACTERS = 1_000
_HEADERS = 1_000
_TEXT_CHARACTERS = 20_000
_FIRST_LINES, _LAST_LINES = 15, 12
_MESSAGES = ("message/rfc822", "message/global")
_METHOD = re.compile(rb"^METHOD:[ \t]*([A-Z-]{1,20})", re.MULTILINE | re.IGNORECASE)
_CALENDAR_BYTES = 4_000


def automatic(opened: OpenedMail, rules: Ruleset) -> Signs:
    """Every sign that the rules find, in the order of the rules."""
    found = {
        id(rule)
        for name, value in _values(opened, rules.automatic_of)
        for rule in rules.automatic_of[name].hitting(value.strip())
        if matches(rule, value)
    }
    return Signs(
        tuple(
            Sign(rule.kind, f"{file}/{rule.id}", _PLACES.get(rule.header.lower(), Place.HEADER))
            for file, table in rules.automatic.items()
            for rule in table
            if id(rule) in found
        )
    )


def matches(rule: AutomaticRule, value: str) -> bool:
    """Whether the folded value is what the rule looks for; `unless` looks at the whole of a header."""
    value = value.strip()
    if rule.header.lower() == TEXT:
        return applies(rule, value)
    return bool(rule.pattern.search(value)) and not (rule.unless is not None and rule.unless.search(value))


def _values(opened: OpenedMail, wanted: Container[str]) -> Iterator[tuple[str, str]]:
    """What rules look at, by lower-case name: headers, and what is treated like one. Most headers no rule asks for."""
    mail = opened.mail
    for name, value in mail.headers[:_HEADERS]:
        if name.lower() in wanted and name.lower() not in ("subject", TEXT, _PART, _ATTACHMENT):
            yield name.lower(), fold(tidy(value, _VALUE_CHARACTERS))
    if "subject" in wanted:
        yield "subject", fold(tidy(mail.subject, _VALUE_CHARACTERS))
    if TEXT in wanted:
        yield TEXT, _ends(opened.new_text)
    for attachment in _own(opened.attachments):
        if _PART in wanted:
            yield _PART, _described(attachment)
        if _ATTACHMENT in wanted:
            yield _ATTACHMENT, fold(tidy(attachment.filename, _VALUE_CHARACTERS))


def _ends(text: str) -> str:
    """The first and the last lines: machines say there what they are; in between a report may quote one."""
    lines = [line for line in tidy(text, _TEXT_CHARACTERS).split("\n") if line.strip()]
    if len(lines) > _FIRST_LINES + _LAST_LINES:
        lines = [*lines[:_FIRST_LINES], "", *lines[-_LAST_LINES:]]
    return fold(unwrap("\n".join(lines)))


def _own(attachments: tuple[Attachment, ...]) -> Iterator[Attachment]:
    """The parts of the mail itself: what follows an attached mail may have come with that."""
    for attachment in attachments:
        if attachment.media_type in _MESSAGES:
            return
        yield attachment


def _described(attachment: Attachment) -> str:
    method = _METHOD.search(attachment.content[:_CALENDAR_BYTES]) if attachment.media_type == "text/calendar" else None
    return f"{attachment.media_type}; method={method.group(1).decode().lower()}" if method else attachment.media_type
