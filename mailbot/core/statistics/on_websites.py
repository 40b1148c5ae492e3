"""Chapter 2, websites: where they stand, what kinds, how long until they are mended."""

from mailbot.core.statistics.building import shares, stock_series, summed
from mailbot.core.statistics.figures import Drawn, Figure, Kind, Part, Remark, Series, Unit
from mailbot.core.statistics.on_products import ended_series, open_at
from mailbot.core.statistics.outcomes import FIXED, OPEN, WEBSITE_BUCKETS, WITHIN_FIXED
from mailbot.core.statistics.quarters import code_of, last_quarters, share
from mailbot.core.statistics.spans import UNKNOWN
from mailbot.core.statistics.tally import BEFORE, OTHER, Tally

_METHODS = ("corrected", *WITHIN_FIXED)


def figures(tally: Tally) -> tuple[Figure, ...]:
    """図2-12 to 図2-22."""
    kinds = tally.rules.kinds
    types = (*(code for code in tally.rules.types.website if code != OTHER), OTHER)
    return (
        _status(tally),
        *shares(tally, Part.WEBSITES, "operators", "operator_kind", tuple(kinds.operator_kind)),
        *shares(tally, Part.WEBSITES, "website_types", "website_type", types),
        *shares(tally, Part.WEBSITES, "website_impacts", "website_impact", tuple(kinds.website_impact)),
        _methods(tally),
        _fix_days(tally),
        _fix_days_by_type(tally),
        _overdue(tally),
    )


def remarks(tally: Tally) -> tuple[Remark, ...]:
    """What was mended this quarter, and how soon."""
    quarter = tally.quarter
    count = tally.flow("website.ended", FIXED, quarter)
    methods = tuple((method, tally.flow("fix.method", method, quarter)) for method in _METHODS)
    goal = tally.rules.days.fix_goals[-1]
    within = tally.flow("fix.within", str(goal), quarter)
    return (
        Remark("fixed", (("count", count), *methods, ("total", tally.stock("website.ended", FIXED, quarter)))),
        Remark("fixed_within", (("days", goal), ("within", within), ("share", share(within, count)))),
    )


def _status(tally: Tally) -> Figure:
    quarters = last_quarters(tally.quarter, tally.rules.quarters.status)
    series: list[Series] = []
    for bucket in WEBSITE_BUCKETS:
        if bucket == OPEN:
            series.append(Series(OPEN, tuple(open_at(tally, "website", WEBSITE_BUCKETS, q) for q in quarters)))
            continue
        series += stock_series(bucket, quarters, lambda q, b=bucket: tally.stock("website.ended", b, q))  # type: ignore[misc]
        for method in WITHIN_FIXED if bucket == FIXED else ():
            series += stock_series(method, quarters, lambda q, m=method: tally.stock("fix.method", m, q), FIXED)  # type: ignore[misc]
    drawn = [s for s in series if s.drawn is Drawn.BAR]
    series += ended_series(drawn, series)
    return Figure(
        *("website_status", Part.WEBSITES, Kind.STATUS, "quarter_end", tuple(map(code_of, quarters))),
        *("website_status", tuple(series), (Remark("parentheses"),)),
    )


def _methods(tally: Tally) -> Figure:
    quarters = last_quarters(tally.quarter, tally.rules.quarters.reports)
    methods = (*_METHODS, *(code for code in tally.codes("fix.method") if code not in _METHODS))
    rows = [Series(method, tuple(tally.flow("fix.method", method, q) for q in quarters)) for method in methods]
    return Figure(
        *("fix_methods", Part.WEBSITES, Kind.TABLE, "quarter", tuple(map(code_of, quarters)), "fix_method"),
        (
            *rows,
            Series("total", summed(rows), Drawn.BESIDE),
            Series("cumulative", tuple(tally.stock("website.ended", FIXED, q) for q in quarters), Drawn.BESIDE),
        ),
    )


def _fix_types(tally: Tally) -> tuple[str, ...]:
    return (*(code for code in tally.rules.types.fix if code != OTHER), OTHER)


def _unknown_of(tally: Tally, topic: str, types: tuple[str, ...]) -> tuple[str, ...]:
    """A place for those whose days are not known, if there are any."""
    some = any(tally.stock(f"{topic} {kind}", UNKNOWN, tally.quarter) for kind in types)
    return (UNKNOWN,) if some else ()


def _fix_days(tally: Tally) -> Figure:
    types, topic = _fix_types(tally), "fix.days"
    spans = (*tally.fix.codes, *_unknown_of(tally, topic, types))
    bars = [Series(t, tuple(tally.stock(f"{topic} {t}", span, tally.quarter) for span in spans)) for t in types]
    columns = summed(bars)
    whole = sum(columns)
    part = Series("share", tuple(share(n, whole) for n in columns), Drawn.BESIDE, Unit.PERCENT)
    within = (
        (("days", goal), ("count", count), ("share", share(count, whole)))
        for goal in tally.rules.days.fix_goals
        for count in (tally.stock("fix.within", str(goal), tally.quarter),)
    )
    return Figure(
        *("fix_days", Part.WEBSITES, Kind.STACKED, "days", spans, "website_type", (*bars, part)),
        tuple(Remark("within_days", numbers) for numbers in within),
    )


def _fix_days_by_type(tally: Tally) -> Figure:
    types, topic = _fix_types(tally), "fix.days_by_type"
    spans = (*tally.fix_by_type.codes, *_unknown_of(tally, topic, types))
    series = [Series(span, tuple(tally.stock(f"{topic} {t}", span, tally.quarter) for t in types)) for span in spans]
    return Figure("fix_days_by_type", Part.WEBSITES, Kind.SHARE, "website_type", types, "days", tuple(series))


def _overdue(tally: Tally) -> Figure:
    types = (*(code for code in tally.rules.types.overdue if code != OTHER), OTHER)
    spans, quarter = tally.overdue.codes, tally.quarter
    bars = [Series(t, tuple(tally.stock(f"overdue {t}", span, quarter) for span in spans)) for t in types]
    before = sum(tally.stock(f"overdue{BEFORE} {t}", span, quarter) for t in types for span in spans)
    count, severe_type = sum(s.total for s in bars), tally.rules.days.overdue_severe
    severe = sum(s.total for s in bars if s.code == severe_type)
    numbers = (("count", count), ("before", before), ("type", severe_type), ("severe", severe))
    return Figure(
        *("overdue", Part.WEBSITES, Kind.STACKED, "days", spans, "website_type"),
        tuple(bars),
        (Remark("overdue", (*numbers, ("share", share(severe, count)))),),
    )
