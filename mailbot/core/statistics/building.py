"""Figures of the shapes that come again: shares and quarters of one kind of thing, tables of a quarter and a total."""

from collections.abc import Callable, Sequence

from mailbot.core.statistics.figures import Drawn, Figure, Kind, Part, Remark, Series, Unit
from mailbot.core.statistics.quarters import code_of, last_quarters, share
from mailbot.core.statistics.tally import BEFORE, UNSTATED, Tally

THIS_QUARTER = "_this_quarter"
"""Behind the code of a stock: what came to it in the quarter."""

_Count = Callable[[int], int]


def summed(series: Sequence[Series]) -> tuple[int, ...]:
    """The sums of the columns."""
    return tuple(sum(int(v or 0) for v in values) for values in zip(*(s.values for s in series), strict=True))


def stock_series(code: str, quarters: Sequence[int], stock: _Count, of: str = "") -> tuple[Series, Series]:
    """What stands there at each quarter's end, and what came or went in each quarter."""
    values = tuple(stock(quarter) for quarter in quarters)
    changes = tuple(stock(quarter) - stock(quarter - 1) for quarter in quarters)
    within = Drawn.WITHIN if of else Drawn.BAR
    return Series(code, values, within, of=of), Series(code + THIS_QUARTER, changes, Drawn.BESIDE, of=code)


def shares(tally: Tally, part: Part, code: str, topic: str, kinds: Sequence[str]) -> tuple[Figure, Figure]:
    """All up to now by kind (with the shares up to the quarter before), and the last quarters by kind."""
    now = Series("count", tuple(tally.stock(topic, kind, tally.quarter) for kind in kinds))
    before = [tally.stock(topic + BEFORE, kind, tally.quarter) for kind in kinds]
    beside = (
        _percent("share", [int(v or 0) for v in now.values]),
        _percent("previous_share", before),
    )
    remarks = [Remark("base", (("count", now.total),))]
    unstated = sum(tally.stock(topic + UNSTATED, kind, tally.quarter) for kind in kinds)
    if unstated and "unknown" not in kinds:
        remarks.append(Remark("not_stated", (("count", unstated),)))
    pie = Figure(code, part, Kind.PIE, topic, tuple(kinds), "common", (now, *beside), tuple(remarks))
    quarters = last_quarters(tally.quarter, tally.rules.quarters.kinds)
    bars = [Series(kind, tuple(tally.flow(topic, kind, quarter) for quarter in quarters)) for kind in kinds]
    codes = tuple(map(code_of, quarters))
    return pie, Figure(f"{code}_by_quarter", part, Kind.STACKED, "quarter", codes, topic, tuple(bars))


def quarter_and_total(
    code: str, part: Part, series_in: str, rows: Sequence[tuple[str, int, int]], remarks: tuple[Remark, ...] = ()
) -> Figure:
    """A table of this quarter and all up to now, a row (code, quarter, total) for each thing, and their sums."""
    series = [Series(row, (quarter, total)) for row, quarter, total in rows]
    total = Series("total", summed(series) if series else (0, 0), Drawn.BESIDE)
    return Figure(
        code, part, Kind.TABLE, "common", ("this_quarter", "cumulative"), series_in, (*series, total), remarks
    )


def _percent(code: str, counts: Sequence[int]) -> Series:
    whole = sum(counts)
    return Series(code, tuple(share(count, whole) for count in counts), Drawn.BESIDE, Unit.PERCENT, "count")
