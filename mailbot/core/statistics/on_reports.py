"""Chapter 1: how many reports came, and how many a business day."""

from collections.abc import Callable
from datetime import date, timedelta

from mailbot.core.model import Track
from mailbot.core.statistics.building import quarter_and_total
from mailbot.core.statistics.figures import Drawn, Figure, Kind, Part, Remark, Series, Unit
from mailbot.core.statistics.outcomes import FIXED, PUBLISHED
from mailbot.core.statistics.quarters import code_of, last_day, last_quarters, rate
from mailbot.core.statistics.tally import Tally

_TRACKS = (Track.PRODUCT.value, Track.WEBSITE.value)
IsOpen = Callable[[date], bool]
"""Whether a day is a business day."""


def figures(tally: Tally, is_open: IsOpen) -> tuple[Figure, ...]:
    """表1-1, 図1-1, 表1-2, 表1-3."""
    quarter = tally.quarter
    quarters = last_quarters(quarter, tally.rules.quarters.reports)
    codes = tuple(map(code_of, quarters))
    new = [Series(track, tuple(tally.flow("received", track, q) for q in quarters)) for track in _TRACKS]
    lines = [
        Series(f"{track}_cumulative", tuple(tally.stock("received", track, q) for q in quarters), Drawn.LINE)
        for track in _TRACKS
    ]
    ended = (("product", PUBLISHED), ("website", FIXED))
    return (
        quarter_and_total(
            "reports",
            Part.REPORTS,
            "track",
            [(t, tally.flow("received", t, quarter), tally.stock("received", t, quarter)) for t in _TRACKS],
        ),
        Figure("reports_by_quarter", Part.REPORTS, Kind.BARS, "quarter", codes, "track", (*new, *lines)),
        _per_day(tally, quarters, is_open),
        quarter_and_total(
            "remedied",
            Part.REPORTS,
            "track",
            [(t, tally.flow(f"{t}.ended", b, quarter), tally.stock(f"{t}.ended", b, quarter)) for t, b in ended],
        ),
    )


def remarks(tally: Tally, is_open: IsOpen) -> tuple[Remark, ...]:
    """What came, and how many a business day."""
    product, website = (tally.flow("received", track, tally.quarter) for track in _TRACKS)
    total = _received(tally, tally.quarter)
    days = business_days_between(tally.since, tally.until, is_open)
    return (
        Remark(
            "reports", (("quarter", product + website), ("product", product), ("website", website), ("total", total))
        ),
        Remark("per_business_day", (("since", tally.since.isoformat()), ("rate", rate(total, days)), ("days", days))),
    )


def business_days_between(first: date, last: date, is_open: IsOpen) -> int:
    """How many business days there are, both ends included."""
    return sum(is_open(first + timedelta(days=n)) for n in range((last - first).days + 1))


def _per_day(tally: Tally, quarters: tuple[int, ...], is_open: IsOpen) -> Figure:
    """All reports up to each quarter's end over all business days since the desk began."""
    totals, rates = [], []
    days, counted = 0, tally.since
    for quarter in quarters:
        until = min(last_day(quarter), tally.until)
        if until >= counted:
            days += business_days_between(counted, until, is_open)
            counted = until + timedelta(days=1)
        totals.append(_received(tally, quarter))
        rates.append(rate(totals[-1], days))
    return Figure(
        *("reports_per_day", Part.REPORTS, Kind.TABLE, "quarter", tuple(map(code_of, quarters)), "rate"),
        (
            Series("cumulative", tuple(totals)),
            Series("per_business_day", tuple(rates), Drawn.BESIDE, Unit.PER_DAY),
        ),
    )


def _received(tally: Tally, quarter: int) -> int:
    return sum(tally.stock("received", track, quarter) for track in _TRACKS)
