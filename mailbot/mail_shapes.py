"""The JSON of one mail: what stands in it, how it is protected, what it is taken for and what it causes."""

from typing import Literal

from pydantic import AwareDatetime

from mailbot.shape import Shape, UnderscoredShape


class AttachmentShape(Shape):
    name: str
    type: str
    size: int
    sha256: str


class MessageShape(UnderscoredShape):
    id: str
    from_: str
    subject: str
    date: AwareDatetime | None
    language: str
    text: str
    new_text: str
    attachments: list[AttachmentShape]
    defects: list[str]


class CryptoShape(Shape):
    encrypted: bool
    signature: Literal["good", "bad", "unknown_key", "expired", "revoked", "none"]
    signer: str | None
    failure: str | None
    defects: list[str]


class FieldShape(Shape):
    value: str | bool | float | list[str]
    rule: str
    confidence: float
    quote: str
    derived: bool = False


class DuplicateShape(Shape):
    case: str
    score: float
    why: str


class ReportShape(Shape):
    track: Literal["website", "product"]
    form: str
    fields: dict[str, FieldShape]
    missing: list[str]
    duplicates: list[DuplicateShape]


class BounceShape(Shape):
    recipient: str
    status: str
    action: str
    reason: str
    message_id: str | None


class MailShape(Shape):
    to: str
    template: str
    subject: str
    body: str
    signed: bool
    encrypted_to: list[str]
    held_for: str | None


class RehearsalShape(Shape):
    """`rehearse --json`: what would happen to one mail."""

    source: str
    message: MessageShape
    crypto: CryptoShape
    kind: Literal["report", "reply", "command", "copy", "bounce", "auto_reply", "loop", "list", "spam", "held"]
    case: str | None
    report: ReportShape | None
    bounce: BounceShape | None
    mail: list[MailShape]
    outcome: Literal[
        "open_case", "add_to_case", "run_commands", "log_copy", "suspend_address", "ignore", "hold", "quarantine"
    ]
    why: str
