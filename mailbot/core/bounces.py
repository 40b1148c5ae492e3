"""Whether a mail is a delivery report, about whom, and why (RFC 3464, and what flufl.bounce knows of older mailers).

People forward and discuss delivery reports: only what a machine sent is one, and what lies inside a forwarded mail
says nothing about the mail itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message

from flufl.bounce import all_failures

from mailbot.core.classify import Bounce
from mailbot.core.messages import ParsedMail

_DAEMON = re.compile(r"\b(?:mailer-?daemon|mdaemon|mail-?delivery[\w-]*)(?:@|>|\s*$|\s*[<(])|<>\s*$", re.IGNORECASE)
_POSTMASTER = re.compile(r"\bpostmaster\\?@", re.IGNORECASE)
_SUBJECT = re.compile(
    r"undeliver|returned mail|delivery (?:status|failure|notification|report)|failure notice|mail delivery|"
    r"error sending your mail|delivery (?:has )?(?:failed|delayed)|"
    r"配信(?:不能|エラー|できません)|送信(?:エラー|できません)|届けられません|メールエラー通知",
    re.IGNORECASE,
)
_STATUS = re.compile(r"\b([245]\.[0-9]{1,3}\.[0-9]{1,3})\b")
_MESSAGE_ID = re.compile(rb"^Message-ID:[ \t\r\n]*(<[^<>\s]{3,250}>)", re.IGNORECASE | re.MULTILINE)
_BODY = re.compile(rb"\r?\n\r?\n")
_ADDRESS = re.compile(r"[^\s<>@\",;:()]{1,64}@[^\s<>@\",;:()]{1,255}")
_ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")  # RFC 3464 section 2.3.3, the worst first
_BY_CLASS = {"2": "delivered", "4": "delayed"}
_REASON = 200
_TEXT = 5_000
_PARTS = 100


@dataclass(frozen=True)
class _Returned:
    """What the report says of the mail that came back."""

    message_id: str | None
    to: str


def find_bounce(content: bytes, mail: ParsedMail) -> Bounce | None:
    """What a delivery report says of the recipient worst off; None if the mail is no delivery report."""
    message = message_from_bytes(content)
    is_report = message.get_content_type() == "multipart/report"
    if is_report and _report_type(message) not in ("", "delivery-status"):
        return None
    if not is_report and not _is_from_machine(mail):
        return None
    parts = list(_own_parts(message))
    if any(part.get_content_type() == "message/feedback-report" for part in parts):
        return None
    returned = _returned(content, parts)
    statuses = [bounce for part in parts for bounce in _from_status(part, returned)]
    if statuses:
        return min(statuses, key=lambda bounce: _ACTIONS.index(bounce.action))
    return _from_heuristics(message, mail, returned)


def _report_type(message: Message) -> str:
    value = message.get_param("report-type")
    return value.lower() if isinstance(value, str) else ""


def _is_from_machine(mail: ParsedMail) -> bool:
    """Whether envelope or From belong to a mail system; a postmaster who answers a mail is a person."""
    path, sender = (mail.header("Return-Path") or "").strip(), mail.header("From") or ""
    if path == "<>" or _DAEMON.search(path) or _DAEMON.search(sender):
        return True
    return bool(_POSTMASTER.search(sender)) and not mail.in_reply_to


def _own_parts(message: Message) -> Iterator[Message]:
    """The parts of the mail itself: mails that are attached are yielded, but not entered."""
    waiting = [message]
    for _ in range(_PARTS):
        if not waiting:
            break
        part = waiting.pop(0)
        yield part
        children = part.get_payload() if part.get_content_maintype() == "multipart" else []
        waiting[:0] = [child for child in children if isinstance(child, Message)] if isinstance(children, list) else []


def _from_status(part: Message, returned: _Returned) -> Iterator[Bounce]:
    """One for each recipient that a delivery status names."""
    blocks = part.get_payload()
    if part.get_content_type() not in ("message/delivery-status", "message/global-delivery-status"):
        return
    for block in blocks if isinstance(blocks, list) else []:
        if recipient := _recipient(block):
            status = _first_status(_value(block, "Status"))
            reason = " ".join(_value(block, "Diagnostic-Code").partition(";")[2].split())[:_REASON]
            yield Bounce(recipient, status, _action(block, status), reason, returned.message_id)


def _recipient(block: object) -> str:
    """The address that was tried, or the one that we wrote to where the other is none (X.400)."""
    named = [_value(block, name).rpartition(";")[2].strip().strip("<>") for name in _RECIPIENTS]
    plain = [address for address in named if _ADDRESS.fullmatch(address)]
    return next(iter([*plain, *filter(None, named)]), "").lower()


_RECIPIENTS = ("Final-Recipient", "Original-Recipient")


def _action(block: object, status: str) -> str:
    stated = _value(block, "Action").lower().partition(" ")[0]
    return stated if stated in _ACTIONS else _BY_CLASS.get(status[:1], "failed")


def _from_heuristics(message: Message, mail: ParsedMail, returned: _Returned) -> Bounce | None:
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # its detectors assume well-formed parts; one that chokes knows nothing
        temporary, permanent = frozenset(), frozenset()
    status = _first_status(mail.text)
    for addresses, action in ((permanent, "failed"), (temporary, "delayed")):
        if addresses:
            return Bounce(min(addresses).decode("ascii", "replace").lower(), status, action, "", returned.message_id)
    if _report_type(message) or _SUBJECT.search(mail.subject):
        return Bounce(returned.to, status, _BY_CLASS.get(status[:1], "failed"), "", returned.message_id)
    return None


def _returned(content: bytes, parts: list[Message]) -> _Returned:
    """Of the mail that was sent back inside: as a part of its own, or as text below the report."""
    for part in parts:
        if head := _returned_head(part):
            address = _ADDRESS.search(_value(head, "To"))
            return _Returned(_value(head, "Message-ID") or None, address.group().lower() if address else "")
    body = _BODY.search(content)
    found = _MESSAGE_ID.search(content, body.end()) if body else None
    return _Returned(found.group(1).decode("ascii", "replace") if found else None, "")


def _returned_head(part: Message) -> Message | None:
    payload = part.get_payload()
    match part.get_content_type():
        case "message/rfc822" | "message/global" if isinstance(payload, list) and payload:
            inner = payload[0]
        case "text/rfc822-headers" | "message/global-headers" | "message/rfc822" if isinstance(payload, str):
            inner = message_from_string(payload.lstrip())
        case _:
            return None
    return inner if isinstance(inner, Message) and inner.get("Message-ID") else None


def _value(block: object, name: str) -> str:
    value = block.get(name) if isinstance(block, Message) else None
    return str(value or "").strip()


def _first_status(text: str) -> str:
    found = _STATUS.search(text[:_TEXT])
    return found.group(1) if found else ""
