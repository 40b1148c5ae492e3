"""The case record: what of a case statistics need, one JSON object a line; read whole or not at all."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from mailbot.core.codes import ClosingCode, FixMethod, RejectionCode
from mailbot.core.model import Track
from mailbot.core.statistics.rules import StatisticsRules
from mailbot.errors import ConfigError

LINE_BYTES = 20_000
FILE_BYTES = 200_000_000
MOST_RECORDS = 500_000
_MOST_PROBLEMS = 100
_ENOUGH = 10_000  # problems, after which a file is the wrong one and is read no further
_FIRST_DAY = date(1990, 1, 1)

_Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
_Day = date | None
_Flag = Annotated[bool, BeforeValidator(lambda value: False if value is None else value)]


class PriorityProvision(BaseModel):
    """優先情報提供: a sector that got information before publication (guideline IV-4-8)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    sector: _Code
    date: date


class CaseRecord(BaseModel):
    """One case as statistics see it: days in the desk's zone, null for what did not happen or is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9#_./:-]{0,63}$")]
    track: Track
    received: date
    accepted: _Day = None
    rejected: _Day = None
    rejection_code: RejectionCode | None = None
    first_contact: _Day = None
    start_date: _Day = None
    details_sent: _Day = None
    fix_reported: _Day = None
    fix_confirmed: _Day = None
    fix_method: FixMethod | None = None
    published: _Day = None
    closed: _Day = None
    closing_code: ClosingCode | None = None
    type: _Code | None = None
    cause: _Code | None = None
    impact: _Code | None = None
    operator_kind: _Code | None = None
    product_kind: _Code | None = None
    open_source: bool | None = None
    self_reported: _Flag = False
    via_overseas_csirt: _Flag = False
    developer_listed: _Day = None  # 連絡不能開発者一覧 names the vendor
    coordination_resumed: _Day = None
    decided_by_committee: _Day = None  # 公表判定委員会: to be published
    priority_provision: Annotated[tuple[PriorityProvision, ...], Field(max_length=200)] = ()
    exploited: bool | None = None

    def line(self) -> str:
        """The record as a line of the file, without its end."""
        return self.model_dump_json()


@dataclass(frozen=True)
class Brought:
    """A record of a file, and its line."""

    number: int
    record: CaseRecord


_AFTER_RECEIPT = (
    "accepted",
    "rejected",
    "first_contact",
    "start_date",
    "details_sent",
    "fix_reported",
    "fix_confirmed",
    "published",
    "closed",
    "developer_listed",
    "coordination_resumed",
    "decided_by_committee",
)


def read_records(lines: Iterable[bytes], source: str, rules: StatisticsRules) -> tuple[CaseRecord, ...]:
    """Every record of the file. Raises ConfigError with the problems of all lines, the first hundred named.

    A problem names line and field and never quotes the line: it may be the wrong file.
    """
    problems: list[str] = []
    found: dict[str, Brought] = {}
    size = 0
    for number, line in enumerate(lines, 1):
        size += len(line)
        if size > FILE_BYTES or len(found) > MOST_RECORDS:
            problems.append(f"{source}: more than {FILE_BYTES:,} bytes or {MOST_RECORDS:,} records; split it")
            break
        if len(problems) > _ENOUGH:
            break
        if not line.strip():
            continue
        record = _read(line, f"{source}:{number}", problems)
        if record is None:
            continue
        problems += (f"{source}:{number}: {problem}" for problem in disagreements(record, rules))
        if record.id in found:
            problems.append(f"{source}:{number}: id: is that of line {found[record.id].number} already")
        found.setdefault(record.id, Brought(number, record))
    if problems:
        raise ConfigError(_shortened(problems))
    return tuple(brought.record for brought in found.values())


def _read(line: bytes, place: str, problems: list[str]) -> CaseRecord | None:
    if len(line) > LINE_BYTES:
        problems.append(f"{place}: longer than {LINE_BYTES:,} bytes; a case record is one short JSON object a line")
        return None
    try:
        return CaseRecord.model_validate_json(line.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as exc:
        for error in exc.errors(include_url=False, include_input=False, include_context=False):
            field = ".".join(map(str, error["loc"]))
            said = "not a JSON object in UTF-8" if error["type"] == "json_invalid" else error["msg"]
            if error["type"] == "extra_forbidden":  # the name itself is a stranger's word
                field, said = "", "a field that case records do not have; `mailbot schema record` shows them"
            problems.append(f"{place}: {field}: {said}" if field else f"{place}: {said}")
        return None


def disagreements(record: CaseRecord, rules: StatisticsRules) -> Iterator[str]:
    """What does not fit together in a record, or is no code of the rules: a field and a sentence each."""
    yield from _unknown(record, rules)
    if record.received < _FIRST_DAY:
        yield f"received: no day before {_FIRST_DAY} is taken"
    for name in _AFTER_RECEIPT:
        day = getattr(record, name)
        if day is not None and day < record.received:
            yield f"{name}: is before received"
    if record.rejection_code and record.rejected is None:
        yield "rejected: is missing, though there is a rejection_code"
    if record.closing_code and record.closed is None:
        yield "closed: is missing, though there is a closing_code"
    if record.closed and not record.closing_code and record.rejected is None:
        yield "closing_code: is missing, though there is a day for closed"
    if record.closing_code and (record.track.value, record.closing_code.value) not in rules.buckets:
        yield f"closing_code: {record.closing_code} is no end of a case of track {record.track}"
    if record.track is Track.WEBSITE and record.published:
        yield "published: nothing is published of a website"


def _unknown(record: CaseRecord, rules: StatisticsRules) -> Iterator[str]:
    known: tuple[tuple[str, str | None, Iterable[str]], ...] = (
        ("type", record.type, rules.type_codes),
        ("cause", record.cause, rules.kinds.cause),
        ("impact", record.impact, rules.impact_codes[record.track.value]),
        ("operator_kind", record.operator_kind, rules.kinds.operator_kind),
        ("product_kind", record.product_kind, rules.kinds.product_kind),
    )
    for name, code, codes in known:
        if code is not None and code not in codes:
            yield f"{name}: {code} is unknown; use one of {', '.join(sorted(codes))}"


def _shortened(problems: list[str]) -> tuple[str, ...]:
    if len(problems) <= _MOST_PROBLEMS:
        return tuple(problems)
    more = f"{len(problems) - _MOST_PROBLEMS} more problems"
    told = f"and {'at least ' if len(problems) > _ENOUGH else ''}{more}; nothing was taken in"
    return (*problems[:_MOST_PROBLEMS], told)
