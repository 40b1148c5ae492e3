"""Reads an edition of the guideline (rules/policy/<edition>.toml): how long to wait, what to ask for, why cases end."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, TypeAdapter, ValidationError

from mailbot.core.calendar import YearlyDay, business_days, morning, today
from mailbot.core.model import ClosingCode, RejectionCode, Track
from mailbot.core.policy import Policy, Waits
from mailbot.core.priority import Matrix
from mailbot.core.roles import Part
from mailbot.errors import ConfigError

_T = TypeVar("_T")
_CHOICES = {
    "acknowledge": ("auto", "approve"),
    "first_contact": ("auto", "approve"),
    "details": ("auto", "approve"),
    "plaintext_details": ("never", "with_consent"),
}


@dataclass(frozen=True)
class Reason:
    """Why a case may end: the guideline's words, and per track the bucket in which statistics count it."""

    code: str
    label: str
    buckets: tuple[tuple[str, str], ...]  # track -> bucket; a track that is absent has no such end
    source: str

    def bucket(self, track: Track) -> str | None:
        """The bucket on that track, or None if the reason does not belong to it."""
        return dict(self.buckets).get(track.value)


@dataclass(frozen=True)
class Edition:
    """One edition of the guideline."""

    label: str
    title: str
    waits: Waits
    required: tuple[tuple[str, tuple[str, ...]], ...]  # track -> fields that acceptance needs
    closed: tuple[tuple[str, tuple[date | YearlyDay, ...]], ...]  # country -> days its desks are closed
    closing: tuple[Reason, ...]
    rejection: tuple[Reason, ...]
    matrix: Matrix
    sources: tuple[tuple[str, str], ...]  # name of a wait -> clause or source

    def closed_in(self, country: str) -> tuple[date | YearlyDay, ...]:
        """The days on which desks in that country are closed though they are no holidays."""
        return dict(self.closed).get(country, ())


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


def _closed_day(entry: object) -> date | YearlyDay:
    """ "12-29" for every year or "2026-08-13" for one."""
    text = str(entry)
    try:
        if re.fullmatch(r"\d\d-\d\d", text, re.ASCII):
            # 2024 is a leap year, so that 02-29 may be closed as well
            day = date.fromisoformat(f"2024-{text}")
            return YearlyDay(day.month, day.day)
        return date.fromisoformat(text)
    except ValueError as exc:
        raise ValueError('write "12-29" (every year) or "2026-08-13"') from exc


def _rising(numbers: list[int]) -> list[int]:
    if numbers != sorted(set(numbers)):
        raise ValueError("each number must be larger than the one before")
    return numbers


def _each_once(ways: list[_T]) -> list[_T]:
    if len(set(ways)) != len(ways):
        raise ValueError("each way stands once")
    return ways


def _one_for_each(codes: type[StrEnum]) -> Callable[[dict[str, _T]], dict[str, _T]]:
    def check(table: dict[str, _T]) -> dict[str, _T]:
        known = {code.value for code in codes}
        problems = [f"{code} is missing" for code in codes if code.value not in table]
        problems += [f"{code} is unknown" for code in table if code not in known]
        if problems:
            raise ValueError(", ".join(problems))
        return table

    return check


_Text = Annotated[str, Field(min_length=1, max_length=500)]
_Days = Annotated[int, Field(ge=0, le=1000)]
_RisingDays = Annotated[list[Annotated[int, Field(ge=1, le=1000)]], Field(max_length=20), AfterValidator(_rising)]
_FieldName = Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)?$")]
_ClosedDay = Annotated[date | YearlyDay, PlainValidator(_closed_day)]


class _Count(_Strict):
    value: _Days
    source: _Text


class _Counts(_Strict):
    value: _RisingDays
    source: _Text


class _Ways(_Strict):
    value: Annotated[list[Literal["form", "phone", "letter"]], AfterValidator(_each_once)]
    source: _Text


class _Waits(_Strict):
    triage_business: _Count
    finder_answer_business: _Count
    finder_reminders: _Count
    contact_answer_business: _Count
    contact_reminders: _Count
    ways_by_hand: _Ways
    by_hand_answer_business: _Count
    details_receipt_business: _Counts
    verification_days: _Counts
    status_days: _Counts
    status_days_product: _Counts
    fix_days_website: _Count
    fix_days_product: _Count
    overdue_days: _Count
    fix_check_business: _Count
    unreachable_days: _Count
    listing_days: _Counts
    disclosure_days: _Count
    finder_status_days: _Count


class _Reason(_Strict):
    label: _Text
    source: _Text
    website: _Text | None = None
    product: _Text | None = None


_Level = Literal["high", "normal", "simple"]


class _Row(_Strict):
    low: _Level
    medium: _Level
    high: _Level
    unrated: _Level


class _Priority(_Strict):
    source: _Text
    medium_from: Annotated[float, Field(ge=0, le=10)]
    high_from: Annotated[float, Field(ge=0, le=10)]
    wide: _Row
    medium: _Row
    narrow: _Row
    unknown: _Row


class _File(_Strict):
    edition: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")]
    title: _Text
    closed: dict[str, Annotated[list[_ClosedDay], Field(max_length=50)]] = {}
    waits: _Waits
    required: Annotated[dict[str, dict[_FieldName, _Text]], AfterValidator(_one_for_each(Track))]
    closing: Annotated[dict[str, _Reason], AfterValidator(_one_for_each(ClosingCode))]
    rejection: Annotated[dict[str, _Reason], AfterValidator(_one_for_each(RejectionCode))]
    priority: _Priority


_WAITS = TypeAdapter(Waits)


def load_edition(text: str) -> Edition:
    """The edition that the TOML text describes. Raises ConfigError with every problem found."""
    file = _validated(text)
    waits = file.waits.model_dump()
    return Edition(
        label=file.edition,
        title=file.title,
        waits=_WAITS.validate_python({name: wait["value"] for name, wait in waits.items()}),
        required=tuple((track, tuple(fields)) for track, fields in sorted(file.required.items())),
        closed=tuple((country, tuple(days)) for country, days in file.closed.items()),
        closing=_reasons(file.closing),
        rejection=_reasons(file.rejection),
        matrix=_matrix(file.priority),
        sources=tuple((name, wait["source"]) for name, wait in waits.items()),
    )


_COORDINATES = Part()


def load_policy(
    text: str,
    *,
    acknowledge: str,
    first_contact: str,
    details: str,
    plaintext_details: str,
    zone: ZoneInfo,
    country: str,
    part: Part = _COORDINATES,
) -> Policy:
    """The policy made of an edition's TOML text and the desk's own choices. Raises ConfigError with every problem."""
    chosen = {
        "acknowledge": acknowledge,
        "first_contact": first_contact,
        "details": details,
        "plaintext_details": plaintext_details,
    }
    problems = [
        f'[policy] {name} = "{chosen[name]}": use {" or ".join(words)}'
        for name, words in _CHOICES.items()
        if chosen[name] not in words
    ]
    try:
        edition = load_edition(text)
        counter = business_days(zone, country, edition.closed_in(country))
    except ConfigError as exc:
        raise ConfigError((*problems, *exc.problems)) from exc
    if problems:
        raise ConfigError(tuple(problems))
    return Policy(
        edition=edition.label,
        waits=edition.waits,
        part=part,
        acknowledge=acknowledge,
        first_contact=first_contact,
        details=details,
        plaintext_details=plaintext_details,
        required=edition.required,
        matrix=edition.matrix,
        business_days=counter,
        today=today(zone),
        morning=morning(zone),
        local=lambda moment: moment.astimezone(zone),
    )


def _validated(text: str) -> _File:
    try:
        return _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError((f"not TOML: {exc}",)) from exc
    except ValidationError as exc:
        problems = [(".".join(map(str, e["loc"])), e["msg"].removeprefix("Value error, ")) for e in exc.errors()]
        raise ConfigError(tuple(f"{place}: {message}" for place, message in problems)) from exc


def _matrix(table: _Priority) -> Matrix:
    levels = {reach: getattr(table, reach).model_dump() for reach in ("wide", "medium", "narrow", "unknown")}
    return Matrix(table.medium_from, table.high_from, levels)


def _reasons(table: dict[str, _Reason]) -> tuple[Reason, ...]:
    return tuple(
        Reason(
            code,
            entry.label,
            tuple((t.value, bucket) for t in Track if (bucket := getattr(entry, t.value)) is not None),
            entry.source,
        )
        for code, entry in table.items()
    )
