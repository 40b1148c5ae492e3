"""The machine-readable half of a delivery report: a group of fields for each recipient (RFC 3464)."""

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import Message

from mailbot.core.charset import header_text

STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_BLOCKS = 100
_VALUE = 4_000
_ADDRESS = re.compile(r"[^\s<>@\",;:()\[\]'|]{1,64}@[^\s<>@\",;:()\[\]'|]{1,255}")
_WRITTEN = re.compile(r"^(?:original|final)-recipient:[^\n]*(?:\n[^\n]+)*", re.IGNORECASE | re.MULTILINE)
_RECIPIENTS = ("Final-Recipient", "Original-Recipient")
_ADDED = ("X400-Supplementary-Info", "X-PowerMTA-BounceCategory")


@dataclass(frozen=True)
class Block:
    """What a delivery status says of one recipient (RFC 3464 section 2.3)."""

    recipient: str  # lower case; "" if the block names none
    action: str
    status: str
    diagnostic: str
    host: str


def read_status(part: Message) -> Iterator[Block]:
    """One for each group that tells of a recipient."""
    return _blocks(_groups(part))


def read_written(text: str) -> Iterator[Block]:
    """The same of groups that stand as text: those that begin with a recipient."""
    written = _WRITTEN.findall(text.replace("\r\n", "\n"))[:_BLOCKS]
    return _blocks([message_from_string(group) for group in written])


def _blocks(groups: list[Message]) -> Iterator[Block]:
    for block in groups:
        recipient = _recipient(block)
        if recipient or value_of(block, "Action") or value_of(block, "Diagnostic-Code"):
            yield Block(
                recipient,
                value_of(block, "Action").lower().partition(" ")[0].rstrip(";"),
                value_of(block, "Status"),
                _diagnostic(block),
                f"{value_of(block, 'Remote-MTA')} {recipient.rpartition('@')[2]}"[:300],
            )


def _diagnostic(block: object) -> str:
    """The server's words; programs that are no mail server keep the name of their kind before them."""
    value = value_of(block, "Diagnostic-Code")
    kind, mark, words = value.partition(";")
    if not mark or " " in kind.strip() or kind.strip().lower() == "x-unix":
        words = value
    added = (f"{name.lower()}: {value_of(block, name)}" for name in _ADDED if value_of(block, name))
    return " ".join((" ".join(words.split()), *added)).strip()[:_VALUE]


def _recipient(block: object) -> str:
    """The address that was tried, or the one that we wrote to where the other is none (X.400)."""
    named = [_bare(value_of(block, name)) for name in _RECIPIENTS]
    plain = [address for address in named if _ADDRESS.fullmatch(address)]
    return next(iter([*plain, *filter(None, named)]), "").lower()


def _bare(value: str) -> str:
    return value.rpartition(";")[2].strip().strip("<>").strip()


def reporter(part: Message) -> str:
    """The system that wrote the delivery status, and the kinds of its diagnostics."""
    groups = _groups(part)[:2]
    told = (
        value_of(group, "Reporting-MTA") or value_of(group, "Diagnostic-Code").partition(";")[0] for group in groups
    )
    return " ".join(each[:300] for each in told if each)


def address_in(text: str) -> str:
    """The first address in the text, lower case; "" without one."""
    found = _ADDRESS.search(text)
    return found.group().strip(".").lower() if found else ""


def value_of(block: object, name: str) -> str:
    """The value of the first field of that name, decoded; "" without one."""
    if not isinstance(block, Message):
        return ""
    wanted = name.lower()
    value = next((str(value) for key, value in block.raw_items() if key.lower() == wanted), "")[:_VALUE].strip()
    # Japanese programs write what they say as it is, in ISO-2022-JP or worse.
    return header_text(value)[0] if "\x1b" in value or not value.isascii() else value


def children_of(part: Message) -> list[Message]:
    """The parts in a part."""
    payload = part.get_payload() if part.is_multipart() else []
    return [child for child in payload if isinstance(child, Message)] if isinstance(payload, list) else []


def _groups(part: Message) -> list[Message]:
    """The groups of fields of a delivery status, also of one that a gateway encoded, all of it or group by group."""
    groups = children_of(part)
    encoded = ["base64" in str(each.get("Content-Transfer-Encoding", "")).lower() for each in (part, *groups)]
    if part.get_content_type() == "message/delivery-status" and not any(encoded):
        return groups
    # The parser ends a group at each blank line: what is encoded stands in the group after the one that says so.
    texts = [_fields(group, hidden) for group, hidden in zip(groups, encoded, strict=False)]
    return [message_from_string(text.lstrip("\n")) for text in re.split(r"\n\s*\n", "\n\n".join(texts))[:_BLOCKS]]


def _fields(group: Message, hidden: bool) -> str:
    fields = [f"{name}: {value}" for name, value in group.raw_items()]
    body = body_of(group)
    if hidden and not fields:
        try:
            body = b64decode(body, validate=False).decode("utf-8", "replace")
        except ValueError:
            body = ""
    return "\n".join([*fields, "", body]).replace("\r\n", "\n")


def body_of(part: Message) -> str:
    """The text of a part that is not decoded further."""
    body = part.get_payload(decode=True)
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else ""
