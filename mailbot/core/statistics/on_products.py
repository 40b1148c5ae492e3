"""Chapter 2, software products: where they stand, what kinds, how long until publication."""

from collections.abc import Sequence

from mailbot.core.statistics.building import quarter_and_total, shares, stock_series, summed
from mailbot.core.statistics.figures import Drawn, Figure, Kind, Part, Remark, Series, Unit
from mailbot.core.statistics.outcomes import OPEN, PRODUCT_BUCKETS, PUBLISHED, REJECTED
from mailbot.core.statistics.quarters import code_of, last_quarters, share
from mailbot.core.statistics.spans import UNKNOWN
from mailbot.core.statistics.tally import OTHER, Tally

_SOURCES = ("finders", "overseas")


def figures(tally: Tally) -> tuple[Figure, ...]:
    """図2-1 to 図2-11, 表2-1, 表2-2, 優先情報提供 and 連絡不能."""
    kinds = tally.rules.kinds
    return (
        _status(tally),
        *shares(tally, Part.PRODUCTS, "product_kinds", "product_kind", tuple(kinds.product_kind)),
        *shares(tally, Part.PRODUCTS, "open_source", "open_source", ("open_source", "other")),
        *shares(tally, Part.PRODUCTS, "product_causes", "cause", tuple(kinds.cause)),
        *shares(tally, Part.PRODUCTS, "product_impacts", "product_impact", tuple(kinds.product_impact)),
        _publication_days(tally),
        _within_goal(tally),
        _publications(tally),
        _publications_by_quarter(tally),
        _provision(tally),
        _unreachable(tally),
    )


def remarks(tally: Tally) -> tuple[Remark, ...]:
    """What was published this quarter."""
    count = tally.flow("product.ended", PUBLISHED, tally.quarter)
    own, within = (tally.flow("publication", each, tally.quarter) for each in ("own", "within"))
    numbers = (("count", count), ("own", own), ("within", within), ("share", share(within, count)))
    return (Remark("published", numbers),)


def _status(tally: Tally) -> Figure:
    quarters = last_quarters(tally.quarter, tally.rules.quarters.status)
    series: list[Series] = []
    for bucket in PRODUCT_BUCKETS:
        if bucket == OPEN:
            series.append(Series(OPEN, tuple(open_at(tally, "product", PRODUCT_BUCKETS, q) for q in quarters)))
            series += stock_series("unreachable_developer", quarters, lambda q: _on_the_list(tally, q), OPEN)
            continue
        series += stock_series(bucket, quarters, lambda q, b=bucket: tally.stock("product.ended", b, q))  # type: ignore[misc]
        if bucket == PUBLISHED:
            series += stock_series(
                "coordination_impossible", quarters, lambda q: tally.stock("publication", "decided", q), PUBLISHED
            )
    drawn = [s for s in series if s.drawn is Drawn.BAR]
    total = summed(drawn)
    stock = {s.code: s.values for s in series}
    accepted = [whole - int(no or 0) for whole, no in zip(total, stock[REJECTED], strict=True)]
    published = tuple(share(int(n or 0), of) for n, of in zip(stock[PUBLISHED], accepted, strict=True))
    series.append(Series("published_share", published, Drawn.BESIDE, Unit.PERCENT, PUBLISHED))
    series += ended_series(drawn, series)
    return Figure(
        *("product_status", Part.PRODUCTS, Kind.STATUS, "quarter_end", tuple(map(code_of, quarters))),
        *("product_status", tuple(series), (Remark("brackets"),)),
    )


def open_at(tally: Tally, track: str, buckets: Sequence[str], quarter: int) -> int:
    """What had come and had not ended by the end of the quarter."""
    ended = sum(tally.stock(f"{track}.ended", bucket, quarter) for bucket in buckets if bucket != OPEN)
    return tally.stock("received", track, quarter) - ended


def ended_series(drawn: Sequence[Series], series: Sequence[Series]) -> tuple[Series, ...]:
    """取扱い終了, and of it this quarter."""
    closed = [s for s in drawn if s.code != OPEN]
    names = {f"{s.code}_this_quarter" for s in closed}
    return (
        Series("ended", summed(closed), Drawn.BESIDE),
        Series("ended_this_quarter", summed([s for s in series if s.code in names]), Drawn.BESIDE),
    )


def _on_the_list(tally: Tally, quarter: int) -> int:
    return tally.stock("listing", "listed", quarter) - tally.stock("listing", "left", quarter)


def _publication_days(tally: Tally) -> Figure:
    topic, goal = "publication.days", tally.rules.days.publication_goal
    spans = [*tally.publication.codes, *(code for code in tally.codes(topic) if code == UNKNOWN)]
    series = tuple(Series(span, (tally.stock(topic, span, tally.quarter),)) for span in spans)
    count = tally.stock("publication", "within", tally.quarter)
    within = (("days", goal), ("count", count), ("share", share(count, sum(s.total for s in series))))
    return Figure(
        *("publication_days", Part.PRODUCTS, Kind.SHARE, "common", ("all",), "days", series),
        (Remark("within_goal", within),),
    )


def _within_goal(tally: Tally) -> Figure:
    quarters = last_quarters(tally.quarter, tally.rules.quarters.reports)
    all_now = tuple(
        share(tally.stock("publication", "within", q), tally.stock("product.ended", PUBLISHED, q)) for q in quarters
    )
    each = tuple(
        share(tally.flow("publication", "within", q), tally.flow("product.ended", PUBLISHED, q)) for q in quarters
    )
    return Figure(
        *("publication_within_goal", Part.PRODUCTS, Kind.TABLE, "quarter", tuple(map(code_of, quarters)), "goal"),
        (
            Series("cumulative", all_now, Drawn.BESIDE, Unit.PERCENT),
            Series("this_quarter", each, Drawn.BESIDE, Unit.PERCENT),
        ),
    )


def _publications(tally: Tally) -> Figure:
    rows = [(s, tally.flow("source", s, tally.quarter), tally.stock("source", s, tally.quarter)) for s in _SOURCES]
    return quarter_and_total("publications", Part.PRODUCTS, "source", rows, (Remark("reports_counted"),))


def _publications_by_quarter(tally: Tally) -> Figure:
    quarters = last_quarters(tally.quarter, tally.rules.quarters.reports)
    bars = [Series(s, tuple(tally.flow("source", s, q) for q in quarters)) for s in _SOURCES]
    lines = [
        Series(f"{s}_cumulative", tuple(tally.stock("source", s, q) for q in quarters), Drawn.LINE) for s in _SOURCES
    ]
    return Figure(
        *("publications_by_quarter", Part.PRODUCTS, Kind.BARS, "quarter", tuple(map(code_of, quarters)), "source"),
        (*bars, *lines),
    )


def _provision(tally: Tally) -> Figure:
    named = tuple(tally.rules.kinds.sector)
    sectors = (*named, *((OTHER,) if OTHER in {*tally.codes("provision")} - {*named} else ()))
    topic, quarter = "provision", tally.quarter
    rows = [(s, tally.flow(topic, s, quarter), tally.stock(topic, s, quarter)) for s in sectors]
    return quarter_and_total("priority_provision", Part.PRODUCTS, "sector", rows)


def _unreachable(tally: Tally) -> Figure:
    """All that were ever listed: coordination resumed, published by decision, or still without an answer."""
    at = (tally.quarter,)
    listed, resumed, decided = (
        tally.stock("listing", code, tally.quarter) for code in ("listed", "resumed", "decided")
    )
    new = Series("listed_this_quarter", (tally.flow("listing", "listed", tally.quarter),), Drawn.BESIDE)
    return Figure(
        *("unreachable_developers", Part.PRODUCTS, Kind.STATUS, "quarter_end", (code_of(tally.quarter),)),
        "unreachable",
        (
            *stock_series("resumed", at, lambda q: tally.stock("listing", "resumed", q)),
            *stock_series("completed", at, lambda q: tally.stock("listing", "completed", q), "resumed"),
            Series("no_contact", (listed - resumed - decided,)),
            *stock_series("decided", at, lambda q: tally.stock("listing", "decided", q)),
            new,
        ),
    )
