"""Delivery reports that a mail service writes as JSON: Amazon SES, sent on by its notification service.

Source: the service's description of notification contents (notificationType, bouncedRecipients, delivery).
"""

import json
import re
from dataclasses import dataclass
from typing import Any

_MARK = re.compile(r'\A\s*\{"(?:notificationType|eventType)"\s*:')
_BROKEN_LINE = re.compile(r"!\r?\n ?")
_TEXT = 100_000
_ID = "message-id"
_KINDS = {"bounce": "failed", "delivery": "delivered", "complaint": "failed"}


@dataclass(frozen=True)
class Notice:
    """What a notification says of its first recipient."""

    recipient: str
    action: str
    status: str
    said: str
    message_id: str | None


def read_notice(text: str) -> Notice | None:
    """The notification that the text begins with; None if there is none that can be read."""
    if not _MARK.match(text):
        return None
    try:
        told, _ = json.JSONDecoder().raw_decode(_BROKEN_LINE.sub("", text[:_TEXT]).lstrip())
    except (ValueError, RecursionError):
        return None
    kind = str(told.get("notificationType") or told.get("eventType")).lower()
    about = told.get(kind)
    if kind not in _KINDS or not isinstance(about, dict):
        return None
    first = _first(about.get("bouncedRecipients") or about.get("complainedRecipients") or about.get("recipients"))
    said = _text(first, "diagnosticCode").partition(";")[2] or _text(about, "smtpResponse")
    said = said.strip() or f"{_text(about, 'bounceType')} {_text(about, 'bounceSubType')}".strip()
    return Notice(
        _text(first, "emailAddress").lower(),
        _KINDS[kind],
        _text(first, "status"),
        f"notificationType=Complaint {_text(about, 'complaintFeedbackType')}".strip() if kind == "complaint" else said,
        _message_id(told.get("mail")),
    )


def _message_id(mail: Any) -> str | None:
    """Of the mail that the notification is about, as its sender gave it."""
    headers = mail.get("headers") if isinstance(mail, dict) else None
    named = (_text(h, "value") for h in headers or () if isinstance(h, dict) and _text(h, "name").lower() == _ID)
    return next(named, None)


def _first(recipients: Any) -> dict[str, Any]:
    first = recipients[0] if isinstance(recipients, list) and recipients else {}
    return first if isinstance(first, dict) else {"emailAddress": str(first)}


def _text(table: dict[str, Any], key: str) -> str:
    return str(table.get(key) or "")[:2_000]
