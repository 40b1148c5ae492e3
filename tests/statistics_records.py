"""Case records made to published sums, and the rules as they are shipped, for tests of the statistics."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from mailbot.core.calendar import open_days
from mailbot.core.codes import ClosingCode, FixMethod
from mailbot.core.model import Track
from mailbot.core.policy_file import Edition, load_edition
from mailbot.core.ruleset import load_rules
from mailbot.core.statistics.compute import statistics
from mailbot.core.statistics.figures import Statistics
from mailbot.core.statistics.quarters import last_day, parse_quarter
from mailbot.core.statistics.records import CaseRecord
from mailbot.core.statistics.rules import StatisticsRules, load_statistics_rules

ROOT = Path(__file__).resolve().parents[1] / "rules"
_NUMBERS = count(10_000_000)
FIRST = date(2004, 7, 8)
FULL: dict[str, Any] = {
    "id": "CASE#12345678",
    "track": "website",
    "received": "2026-01-10",
    "accepted": "2026-01-14",
    "rejected": None,
    "rejection_code": None,
    "first_contact": "2026-01-15",
    "start_date": None,
    "details_sent": "2026-01-20",
    "fix_reported": "2026-02-03",
    "fix_confirmed": "2026-02-05",
    "fix_method": "corrected",
    "published": None,
    "closed": "2026-02-06",
    "closing_code": "fixed",
    "type": "xss",
    "cause": None,
    "impact": "false_content",
    "operator_kind": "company_listed",
    "product_kind": None,
    "open_source": None,
    "self_reported": False,
    "via_overseas_csirt": False,
    "developer_listed": None,
    "coordination_resumed": None,
    "decided_by_committee": None,
    "priority_provision": [{"sector": "power", "date": "2026-03-01"}],
    "exploited": False,
}
"""The record of the contract."""


@cache
def edition() -> Edition:
    """The edition of the guideline that is shipped."""
    return load_edition((ROOT / "policy" / "p-guideline-2022.toml").read_text("utf-8"))


@cache
def rules() -> StatisticsRules:
    """The rules of the statistics as they are shipped."""
    types = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in ROOT.glob("types/*.toml")}
    files = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in ROOT.glob("statistics/*.toml")}
    names = {code: dict(each.name) for code, each in load_rules(types).types.items()}
    return load_statistics_rules(
        files, edition(), {code: {str(k): v for k, v in n.items()} for code, n in names.items()}
    )


@cache
def business_day() -> Any:
    """The calendar of a Japanese desk, with its days of New Year."""
    return open_days("JP", edition().closed_in("JP"))


def report(records: Iterable[CaseRecord], quarter: str, today: date | None = None) -> Statistics:
    """The statistics of that quarter, by a desk that began when Japan's did."""
    number = parse_quarter(quarter)
    return statistics(records, replace(rules(), since=FIRST), number, today or last_day(number), business_day())


def record(track: str = "website", received: date = FIRST, **values: Any) -> CaseRecord:
    """A case record with a number of its own."""
    return CaseRecord(id=f"CASE#{next(_NUMBERS)}", track=Track(track), received=received, **values)


def many(number: int, track: str = "website", received: date = FIRST, **values: Any) -> Iterator[CaseRecord]:
    """So many alike."""
    return (record(track, received, **values) for _ in range(number))


def closed(code: str, day: date, **values: Any) -> dict[str, Any]:
    """What a case has that was accepted and ended so."""
    return {"accepted": FIRST, "closed": day, "closing_code": ClosingCode(code), **values}


def fixed(
    days: int, method: FixMethod | None = FixMethod.CORRECTED, sent: date = FIRST, **values: Any
) -> dict[str, Any]:
    """What a website has that was mended so many days after the details."""
    day = sent + timedelta(days=days)
    mended = {"details_sent": sent, "fix_reported": day, "fix_confirmed": day, "fix_method": method}
    return {**closed("fixed", day), **mended, **values}


def published(days: int, accepted: date = FIRST, **values: Any) -> dict[str, Any]:
    """What a product has that was published so many days after it was accepted."""
    return {"accepted": accepted, "published": accepted + timedelta(days=days), **values}
