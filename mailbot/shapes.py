"""The JSON that mailbot prints: one type a shape, from which `mailbot schema NAME` is made."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from mailbot.core.model import Handling
from mailbot.core.statistics.records import CaseRecord
from mailbot.key_shapes import KeyLineShape, KeyShape
from mailbot.mail_shapes import AttachmentShape, FieldShape, RehearsalShape
from mailbot.shape import Shape, UnderscoredShape
from mailbot.state_shapes import BackupShape, GapShape, PurgeShape
from mailbot.statistics_shapes import FigureShape, StatisticsShape
from mailbot.track_shapes import EmbargoShape, VendorShape, VultronShape


class CaseSummaryShape(Shape):
    """`case list`: one case."""

    id: str
    track: Literal["website", "product"]
    state: str
    title: str
    received: AwareDatetime
    opened_by: str
    waiting_for: Literal["finder", "contact", "coordinator", "none"]
    since: AwareDatetime
    due: AwareDatetime | None
    overdue: bool
    priority: str
    language: str
    closing_code: str | None


class ParticipantShape(Shape):
    role: str
    name: str
    address: str
    fingerprint: str | None


class ContactShape(Shape):
    n: int
    address: str
    source: str
    standing: Literal["candidate", "tried", "confirmed", "dead", "dropped"]
    score: float
    why: str
    evidence: list[str]
    vendor: int | None = None  # in a case with several


class DeadlineShape(Shape):
    kind: str
    at: AwareDatetime
    note: str = ""


class EntryShape(Shape):
    at: AwareDatetime
    what: str
    who: str
    text: str
    message_id: str | None


class LinkShape(Shape):
    kind: str
    case: str
    score: float | None = None  # of a duplicate that is proposed
    why: str = ""


class CaseShape(CaseSummaryShape):
    """`case show`: everything about one case."""

    priority_why: list[str] = Field(default_factory=list)
    fields: dict[str, FieldShape]
    missing: list[str]
    participants: list[ParticipantShape]
    contacts: list[ContactShape]
    deadlines: list[DeadlineShape]
    timeline: list[EntryShape]
    links: list[LinkShape]
    vendors: list[VendorShape] = Field(default_factory=list)
    embargo: EmbargoShape | None = None
    publication: AwareDatetime | None = None
    handling: Handling = Handling.SOUGHT
    phase: str = ""  # of the guideline's track: W0 to WX, P0 to PX
    vultron: VultronShape | None = None


class OutboxShape(Shape):
    """`outbox list`: one item."""

    item: str
    case: str | None
    to: str
    template: str
    subject: str
    status: Literal["queued", "held", "sending", "sent", "uncertain", "dead"]
    hash: str
    held_for: str | None
    attempts: int
    next: AwareDatetime | None
    message_id: str
    error: str


class DifferenceShape(Shape):
    """One thing in which a mail differs from the report: `place` is a field of it, or a part of the mail."""

    kind: Literal["carried", "carried_in_part", "left_out", "replaced", "edited", "file"]
    place: str
    before: str
    after: str
    why: str


class OutboxItemShape(OutboxShape):
    """`outbox show`: one item in full."""

    body: str
    attachments: list[AttachmentShape]
    diff: list[DifferenceShape]
    encrypt_to: str | None = None  # the fingerprint that the hash is for
    despite: list[str] = Field(default_factory=list)


class QuarantineShape(UnderscoredShape):
    """`quarantine list`: one mail that a person must look at."""

    id: str
    digest: str
    from_: str
    subject: str
    received: AwareDatetime
    reason: str
    attempts: int


class AccountedShape(UnderscoredShape):
    case: int = 0
    command: int = 0
    copy_: int = 0
    bounce: int = 0
    ignored: int = 0
    held: int = 0
    quarantined: int = 0
    already_done: int = 0


class RunShape(Shape):
    """`run --once` and `ingest`: one round."""

    arrived: int
    accounted: AccountedShape
    sent: int
    queued: int
    held: int
    dead: int
    problems: list[str]


class CheckShape(Shape):
    """`doctor`: one check."""

    check: str
    ok: bool
    detail: str
    advice: str


class WrongExampleShape(Shape):
    """`rules test`: one example of a rule that does not do what it says."""

    file: str
    rule: str
    example: str
    expected: str
    found: str


class CandidateShape(Shape):
    """`contacts find`: one candidate; exactly one of address, form and phone is there."""

    address: str | None = None
    form: str | None = None
    phone: str | None = None
    source: str
    score: float
    why: str
    evidence: list[str]
    checked: AwareDatetime | None
    key: str | None


SHAPES: dict[str, tuple[type[BaseModel], bool]] = {
    "rehearse": (RehearsalShape, False),
    "case-list": (CaseSummaryShape, True),
    "case-show": (CaseShape, False),
    "outbox-list": (OutboxShape, True),
    "outbox-show": (OutboxItemShape, False),
    "quarantine-list": (QuarantineShape, True),
    "run": (RunShape, False),
    "doctor": (CheckShape, True),
    "verify": (GapShape, True),
    "backup": (BackupShape, False),
    "purge": (PurgeShape, False),
    "contacts-find": (CandidateShape, True),
    "rules-test": (WrongExampleShape, True),
    "key-list": (KeyLineShape, True),
    "key-show": (KeyShape, True),
    "report": (StatisticsShape, False),
    "figure": (FigureShape, False),
    "record": (CaseRecord, False),
}
"""Name in `mailbot schema NAME` to type, and whether the verb prints a list of it."""


def schema(name: str) -> JsonValue:
    """The JSON Schema of one shape."""
    shape, is_list = SHAPES[name]
    single = shape.model_json_schema(by_alias=True)
    if not is_list:
        return single
    return {"type": "array", "$defs": single.pop("$defs", {}), "items": single}
