"""What lies in a delivery report: its own parts, the blocks of its delivery status, and the mail that came back.

Read with the standard library's parser, which knows message/delivery-status, and never more than the first and the
last piece of a mail: a report says all that matters before and after what it returns.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes, message_from_string
from email.message import Message
from email.utils import collapse_rfc2231_value
from functools import cached_property
from itertools import islice
from typing import Any

from flufl.bounce import all_failures

from mailbot.core.bounce_status import (
    STATUS_TYPES,
    Block,
    address_in,
    body_of,
    children_of,
    read_status,
    read_written,
    reporter,
    value_of,
)
from mailbot.core.charset import decode

_HEAD = 128_000
_TAIL = 32_000
_PARTS = 100
_WALKED = 500
_BLOCKS = 100
_MESSAGE_ID = re.compile(rb"^[ \t>|]*Message-ID:[ \t\r\n]*(<[^<>\s]{3,250}>)", re.IGNORECASE | re.MULTILINE)
_BODY = re.compile(rb"\r?\n\r?\n")
_RETURNED_TYPES = (
    *("message/rfc822", "message/global", "message/rfc822-headers", "message/global-headers", "text/rfc822-headers"),
)


@dataclass(frozen=True)
class Returned:
    """What the report says of the mail that came back."""

    message_id: str | None
    to: str


@dataclass(frozen=True)
class Report:
    """A mail that may be a delivery report, taken apart."""

    message: Message
    parts: tuple[Message, ...]
    report_type: str  # of a multipart/report; "" if not stated
    blocks: tuple[Block, ...]
    returned: Returned
    mailer: str

    @property
    def is_report(self) -> bool:
        """Whether it is a multipart/report."""
        return self.message.get_content_type() == "multipart/report"

    @cached_property
    def known_failures(self) -> tuple[frozenset[str], frozenset[str]]:
        """The addresses of temporary and of permanent failures that the library for old mailers reads."""
        if len(tuple(islice(self.message.walk(), _WALKED + 1))) > _WALKED:  # it looks at every part many times
            return frozenset(), frozenset()
        try:
            found = all_failures(self.message)
        except Exception:  # its detectors assume well-formed parts; one that chokes knows nothing
            return frozenset(), frozenset()
        temporary, permanent = (frozenset(a.decode("ascii", "replace").lower() for a in each) for each in found)
        return temporary, permanent

    @property
    def attached_prose(self) -> str:
        """Prose that the report holds as an attachment, as some gateways do, before what it returns."""
        texts = []
        for part in self.parts:
            attached = part.get_content_disposition() == "attachment"
            if part.get_content_maintype() == "message" or (part.get_content_type() == "text/plain" and not attached):
                break
            if part.get_content_type() == "text/plain":
                body = part.get_payload(decode=True)
                texts.append(decode(body, part.get_content_charset())[0] if isinstance(body, bytes) else "")
        return "\n".join(texts)

    def has(self, *types: str) -> bool:
        """Whether one of its own parts has one of these types."""
        return any(part.get_content_type() in types for part in self.parts)


class _Entity(Message):
    """A part whose parameters may be mangled, or in the form of RFC 2231: the library raises TypeError over both."""

    def get_param(self, param: str, failobj: Any = None, header: str = "content-type", unquote: bool = True) -> Any:
        """The parameter as a plain string; `failobj` where it cannot be read."""
        try:
            value = super().get_param(param, failobj, header, unquote)
            return collapse_rfc2231_value(value) if isinstance(value, tuple) else value
        except (LookupError, TypeError, ValueError):
            return failobj


def names_report(content: bytes) -> bool:
    """Whether the type of a report stands anywhere in what `take_apart` reads: without it no part is one."""
    return b"multipart/report" in _ends(content).lower()


def take_apart(content: bytes) -> Report:
    """The report's parts; of a very long mail only what stands at both ends."""
    content = _ends(content)
    try:
        message: Message = message_from_bytes(content, _class=_Entity)
    except RecursionError:  # mails within mails, hundreds deep
        message = Message()
    return _described(message, content)


def _ends(content: bytes) -> bytes:
    return content if len(content) <= _HEAD + _TAIL else content[:_HEAD] + b"\r\n" + content[-_TAIL:]


def _described(message: Message, content: bytes) -> Report:
    parts = tuple(_own_parts(message))
    status = [part for part in parts if part.get_content_type() in STATUS_TYPES]
    blocks = [block for part in status for block in read_status(part)]
    return Report(
        message,
        parts,
        _report_type(message),
        tuple(blocks[:_BLOCKS]),
        _returned(content, parts),
        _mailer(message, status),
    )


def inner_report(report: Report) -> Report:
    """The delivery report that another program wrapped or wrote out into its own; `report` itself without one."""
    if report.blocks:
        return report
    for part in report.parts:
        inner = next(iter(children_of(part)), None) if part.get_content_type() == "message/rfc822" else None
        if inner is not None and inner.get_content_type() == "multipart/report":
            found = _described(inner, b"")
            return replace(found, message=report.message, report_type="") if found.blocks else report
    return replace(report, blocks=tuple(_written_blocks(report)))


def _written_blocks(report: Report) -> Iterator[Block]:
    """The fields of a delivery status that stand as text in the first text: some programs write a report out."""
    texts = (part for part in report.parts if part.get_content_type() == "text/plain")
    return read_written(body_of(first)[:_HEAD]) if (first := next(texts, None)) is not None else iter(())


def _report_type(message: Message) -> str:
    value = message.get_param("report-type")
    return value.lower() if isinstance(value, str) else ""


def _mailer(message: Message, status: list[Message]) -> str:
    """Who reports, in which program's name: what tells one mailer's reports from another's."""
    named = [value_of(message, name)[:300] for name in ("From", "X-Mailer", "Message-ID", "X-MimeOLE")]
    return " ".join(filter(None, (*named, *(reporter(part) for part in status))))


def _own_parts(message: Message) -> Iterator[Message]:
    """The parts of the mail itself: mails that are attached are yielded, but not entered."""
    waiting = [message]
    for _ in range(_PARTS):
        if not waiting:
            break
        part = waiting.pop(0)
        yield part
        waiting[:0] = children_of(part) if part.get_content_maintype() == "multipart" else []


def _returned(content: bytes, parts: tuple[Message, ...]) -> Returned:
    """Of the mail that was sent back inside: as a part of its own, or as text below the report."""
    for part in parts:
        if head := _returned_head(part):
            return Returned(value_of(head, "Message-ID") or None, address_in(value_of(head, "To")))
    body = _BODY.search(content)
    found = _MESSAGE_ID.search(content, body.end()) if body else None
    return Returned(found.group(1).decode("ascii", "replace") if found else None, "")


def _returned_head(part: Message) -> Message | None:
    if part.get_content_type() not in _RETURNED_TYPES:
        return None
    inner = next(iter(children_of(part)), None) or message_from_string(body_of(part).lstrip(), _class=_Entity)
    return inner if inner.get("Message-ID") else None
