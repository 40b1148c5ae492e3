"""Whether a mail is a delivery report, about whom, and why (RFC 3464, and what flufl.bounce knows of older mailers)."""

import re
from email import message_from_bytes
from email.message import Message

from flufl.bounce import all_failures

from mailbot.core.classify import Bounce
from mailbot.core.messages import ParsedMail

_DAEMON = re.compile(
    r"(?:mailer-daemon|postmaster|mail-?er|mdaemon|daemon|nobody|root|mail-?delivery.*)", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"undeliver|returned mail|delivery (?:status|failure|notification|report)|failure notice|mail delivery|"
    r"delivery (?:has )?(?:failed|delayed)|配信(?:不能|エラー|できません)|送信(?:エラー|できません)|届けられません",
    re.IGNORECASE,
)
_STATUS = re.compile(r"\b([245]\.[0-9]{1,3}\.[0-9]{1,3})\b")
_MESSAGE_ID = re.compile(rb"^Message-ID:[ \t\r\n]*(<[^<>\s]{3,250}>)", re.IGNORECASE | re.MULTILINE)
_REASON = 200


def find_bounce(content: bytes, mail: ParsedMail) -> Bounce | None:
    """The first recipient that a delivery report names; None if the mail is no delivery report."""
    message = message_from_bytes(content)
    if message.get_content_type() == "multipart/report" and _report_type(message) not in ("", "delivery-status"):
        return None
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status" and (found := _from_status(part, content)):
            return found
    return _from_heuristics(message, content, mail)


def _report_type(message: Message) -> str:
    value = message.get_param("report-type")
    return value.lower() if isinstance(value, str) else ""


def _from_status(part: Message, content: bytes) -> Bounce | None:
    blocks = part.get_payload()
    if not isinstance(blocks, list):
        return None
    for block in blocks:
        recipient = _value(block, "Final-Recipient") or _value(block, "Original-Recipient")
        if recipient:
            address = recipient.rpartition(";")[2].strip().strip("<>").lower()
            status = _STATUS.search(_value(block, "Status"))
            action = _value(block, "Action").lower() or "failed"
            reason = _value(block, "Diagnostic-Code").rpartition(";")[2].strip()
            return Bounce(address, status.group(1) if status else "", action, _clean(reason), _original_id(content))
    return None


def _from_heuristics(message: Message, content: bytes, mail: ParsedMail) -> Bounce | None:
    local = mail.sender.address.partition("@")[0] if mail.sender else ""
    from_machine = bool(_DAEMON.fullmatch(local)) or mail.header("Return-Path") == "<>" or not local
    if not from_machine and message.get_content_type() != "multipart/report":
        return None
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # its detectors assume well-formed parts; one that chokes knows nothing
        return None
    for addresses, action in ((permanent, "failed"), (temporary, "delayed")):
        if addresses:
            address = min(addresses).decode("ascii", "replace").lower()
            return Bounce(address, _first_status(mail.text), action, "", _original_id(content))
    if from_machine and _SUBJECT.search(mail.subject):
        return Bounce("", _first_status(mail.text), "failed", "", _original_id(content))
    return None


def _value(block: object, name: str) -> str:
    value = block.get(name) if isinstance(block, Message) else None
    return str(value or "").strip()


def _clean(text: str) -> str:
    return " ".join(text.split())[:_REASON]


def _first_status(text: str) -> str:
    found = _STATUS.search(text[:5_000])
    return found.group(1) if found else ""


def _original_id(content: bytes) -> str | None:
    """The last Message-ID in the raw bytes: that of the mail sent back inside, never the report's own."""
    ids = _MESSAGE_ID.findall(content)
    return ids[-1].decode("ascii", "replace") if len(ids) > 1 else None
