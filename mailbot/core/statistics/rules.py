"""Reads rules/statistics/: what is counted where, and what the codes are called. All of it good, or every problem."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from mailbot.core.model import Track
from mailbot.core.policy_file import Edition
from mailbot.core.statistics.labels import Labels, Title
from mailbot.errors import ConfigError

_F = TypeVar("_F", bound=BaseModel)
_FILES = ("report.toml", "kinds.toml", "labels.toml")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _plain_text(text: str) -> str:
    """A name becomes a cell of a CSV file; one that begins like a formula would be calculated there."""
    if text[0] in "=+-@\t\r" or any(not c.isprintable() for c in text):
        raise ValueError("begin with a letter, without control characters")
    return text


def _rising(days: list[int]) -> list[int]:
    if days != sorted(set(days)):
        raise ValueError("each number must be larger than the one before")
    return days


def _other_last(kinds: "dict[str, Names]") -> "dict[str, Names]":
    return {code: kinds[code] for code in sorted(kinds, key=lambda code: code == "other")}


def _has_other(kinds: "dict[str, Names]") -> "dict[str, Names]":
    if "other" not in kinds:
        raise ValueError('the code "other" is missing')
    return _other_last(kinds)


_Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
_Text = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_plain_text)]
_Spans = Annotated[list[Annotated[int, Field(ge=0, le=36_500)]], Field(min_length=1, max_length=40)]
_RisingSpans = Annotated[_Spans, AfterValidator(_rising)]
_Goal = Annotated[int, Field(ge=0, le=36_500)]
_Quarters = Annotated[int, Field(ge=1, le=40)]


class Names(_Strict):
    """What a code is called."""

    ja: _Text
    en: _Text


_Kinds = Annotated[dict[_Code, Names], Field(max_length=100), AfterValidator(_has_other)]


class Days(_Strict):
    """The first day of each span, and the days within which something should be done."""

    publication: _RisingSpans
    publication_goal: _Goal
    fix: _RisingSpans
    fix_by_type: _RisingSpans
    fix_goals: _RisingSpans
    overdue: _RisingSpans
    overdue_severe: _Code


class Quarters(_Strict):
    """How many quarters a figure shows."""

    reports: _Quarters
    status: _Quarters
    kinds: _Quarters


class Types(_Strict):
    """The types that a figure shows by name."""

    website: list[_Code]
    fix: list[_Code]
    overdue: list[_Code]


class Impacts(_Strict):
    """What a flaw of a type usually leads to."""

    website: dict[_Code, _Code]
    product: dict[_Code, _Code]


class _Report(_Strict):
    since: date | None = None
    before_acceptance: dict[_Code, _Code]
    days: Days
    quarters: Quarters
    types: Types
    impact_of_type: Impacts
    cause_of_type: dict[_Code, _Code]
    operator_of_suffix: dict[Annotated[str, Field(pattern=r"^[a-z0-9.-]{1,60}$")], _Code]


class Kinds(_Strict):
    """The codes that records may carry, in the order of the figures."""

    product_kind: _Kinds
    cause: _Kinds
    product_impact: _Kinds
    website_impact: _Kinds
    operator_kind: dict[_Code, Names]
    sector: dict[_Code, Names]


class _Title(Names):
    number: Annotated[str, Field(max_length=20)]
    yearly: Annotated[str, Field(max_length=20)] = ""


class _Labels(_Strict):
    title: dict[_Code, _Title]
    names: dict[_Code, dict[_Code, Names]]
    remark: dict[_Code, dict[Annotated[str, Field(pattern="^(ja|en)$")], Annotated[str, Field(max_length=500)]]]
    word: dict[_Code, Names]


@dataclass(frozen=True)
class StatisticsRules:
    """Everything that statistics go by."""

    since: date | None  # None: the day of the first report
    days: Days
    quarters: Quarters
    types: Types
    kinds: Kinds
    impacts: Impacts
    causes: Mapping[str, str]
    operators: Mapping[str, str]  # end of a site's name -> operator kind
    buckets: Mapping[tuple[str, str], str]  # track and closing code -> bucket
    before_acceptance: Mapping[str, str]  # bucket -> the one of what ends before it was accepted
    type_codes: frozenset[str]
    labels: Labels

    @cached_property
    def impact_codes(self) -> Mapping[str, frozenset[str]]:
        """The codes of impact by track."""
        return {"website": frozenset(self.kinds.website_impact), "product": frozenset(self.kinds.product_impact)}


def load_statistics_rules(
    files: Mapping[str, str], edition: Edition, type_names: Mapping[str, Mapping[str, str]]
) -> StatisticsRules:
    """The rules in these files: path relative to rules/ -> TOML text; other folders are passed over.

    `type_names`: code of a type -> language -> name. Raises ConfigError with every problem.
    """
    problems: list[str] = []
    report = _read("report.toml", files, _Report, problems)
    kinds = _read("kinds.toml", files, Kinds, problems)
    labels = _read("labels.toml", files, _Labels, problems)
    known = {f"statistics/{name}" for name in _FILES}
    problems += [
        f"rules/{path}: nothing is read from here; the files are {', '.join(_FILES)}"
        for path in sorted(files)
        if path.startswith("statistics/") and path not in known
    ]
    if report is None or kinds is None or labels is None:
        raise ConfigError(tuple(problems))
    buckets = _buckets(edition, labels, problems)
    problems += _unknown_codes(report, kinds, labels, type_names)
    if problems:
        raise ConfigError(tuple(problems))
    return StatisticsRules(
        since=report.since,
        days=report.days,
        quarters=report.quarters,
        types=report.types,
        kinds=kinds,
        impacts=report.impact_of_type,
        causes=report.cause_of_type,
        operators=report.operator_of_suffix,
        buckets=buckets,
        before_acceptance=report.before_acceptance,
        type_codes=frozenset(type_names),
        labels=_labels(labels, kinds, type_names),
    )


def _read(name: str, files: Mapping[str, str], shape: type[_F], problems: list[str]) -> _F | None:
    path = f"rules/statistics/{name}"
    text = files.get(f"statistics/{name}")
    if text is None:
        problems.append(f"{path}: is missing")
        return None
    try:
        return shape.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as exc:
        problems.append(f"{path}: not TOML: {exc}")
    except ValidationError as exc:
        for error in exc.errors(include_url=False):
            place, message = ".".join(map(str, error["loc"])), error["msg"].removeprefix("Value error, ")
            problems.append(f"{path}: {place}: {message}")
    return None


def _buckets(edition: Edition, labels: _Labels, problems: list[str]) -> dict[tuple[str, str], str]:
    """Where the edition puts each closing code; it names a bucket as the published tables do, in Japanese."""
    found: dict[tuple[str, str], str] = {}
    for track in Track:
        known = {names.ja: code for code, names in labels.names.get(f"{track}_status", {}).items()}
        for reason in edition.closing:
            bucket = reason.bucket(track)
            if bucket is None:
                continue
            if bucket in known:
                found[track.value, reason.code] = known[bucket]
            else:
                problems.append(
                    f"rules/policy/{edition.label}.toml: closing.{reason.code}.{track}: no bucket is called {bucket}; "
                    f"use {', '.join(known)} (rules/statistics/labels.toml)"
                )
    return found


def _unknown_codes(report: _Report, kinds: Kinds, labels: _Labels, types: Mapping[str, Any]) -> list[str]:
    """Codes that nothing stands behind."""
    wanted: list[tuple[str, Mapping[str, Any] | set[str], list[str]]] = [
        ("types.website", types, report.types.website),
        ("types.fix", types, report.types.fix),
        ("types.overdue", types, report.types.overdue),
        ("days.overdue_severe", types, [report.days.overdue_severe]),
        ("impact_of_type.website", kinds.website_impact, list(report.impact_of_type.website.values())),
        ("impact_of_type.product", kinds.product_impact, list(report.impact_of_type.product.values())),
        ("cause_of_type", kinds.cause, list(report.cause_of_type.values())),
        ("operator_of_suffix", kinds.operator_kind, list(report.operator_of_suffix.values())),
        ("before_acceptance", labels.names.get("website_status", {}), list(report.before_acceptance.values())),
    ]
    problems = [
        f"rules/statistics/report.toml: {place}: {code} is unknown; use one of {', '.join(sorted(known))}"
        for place, known, codes in wanted
        for code in dict.fromkeys(codes)
        if code not in known
    ]
    if "unknown" not in kinds.operator_kind:
        problems.append('rules/statistics/kinds.toml: operator_kind: the code "unknown" is missing')
    for code, sentences in labels.remark.items():
        if set(sentences) != {"ja", "en"}:
            problems.append(f"rules/statistics/labels.toml: remark.{code}: needs ja and en")
    return problems


def _labels(file: _Labels, kinds: Kinds, types: Mapping[str, Mapping[str, str]]) -> Labels:
    names: dict[str, dict[str, Mapping[str, str]]] = {
        space: {code: each.model_dump() for code, each in codes.items()} for space, codes in file.names.items()
    }
    for space, codes in (
        ("product_kind", kinds.product_kind),
        ("cause", kinds.cause),
        ("product_impact", kinds.product_impact),
        ("website_impact", kinds.website_impact),
        ("operator_kind", kinds.operator_kind),
        ("sector", kinds.sector),
    ):
        names[space] = {code: each.model_dump() for code, each in codes.items()}
    names["website_type"] = {code: {"ja": each["ja"], "en": each["en"]} for code, each in types.items()}
    return Labels(
        titles={code: Title({"ja": t.ja, "en": t.en}, t.number, t.yearly) for code, t in file.title.items()},
        names=names,
        remarks=file.remark,
        words={code: each.model_dump() for code, each in file.word.items()},
    )
