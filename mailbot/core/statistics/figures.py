"""What a quarter's statistics consist of: figures and tables of codes and numbers, ready to be drawn or written.

A figure holds codes only. What a code is called stands in `labels.py`: a figure's title under its `code`, a column
under (`columns_in`, code), a series under (`series_in`, code), a remark under its `code`.
"""

from dataclasses import dataclass
from enum import StrEnum

Number = int | float | None
"""A count, a percentage or a rate; None where there is nothing to divide by."""


class Kind(StrEnum):
    """How a figure is meant to be shown."""

    BARS = "bars"  # side by side for each column, lines on the right axis
    STACKED = "stacked"  # one upright bar a column, the series on top of each other
    STATUS = "status"  # the same lying down: one bar a column, its total behind it
    SHARE = "share"  # one lying bar of 100 % a column, divided by the series
    PIE = "pie"  # one drawn series, a sector for each column
    TABLE = "table"  # a row for each series


class Part(StrEnum):
    """Which chapter of the report a figure stands in."""

    REPORTS = "reports"
    PRODUCTS = "products"
    WEBSITES = "websites"


class Drawn(StrEnum):
    """What becomes of a series in a chart."""

    BAR = "bar"  # bars, layers, sectors: they add up
    LINE = "line"  # on the right axis
    WITHIN = "within"  # a part of the series `of` (うち…): shown inside it, never added
    BESIDE = "beside"  # written beside the series `of`, or beside the column if `of` is "": never drawn


class Unit(StrEnum):
    """What a series counts in."""

    COUNT = "count"  # int
    PERCENT = "percent"  # int, rounded half up
    PER_DAY = "per_day"  # two decimals, rounded half up


@dataclass(frozen=True)
class Series:
    """One number for each column."""

    code: str
    values: tuple[Number, ...]
    drawn: Drawn = Drawn.BAR
    unit: Unit = Unit.COUNT
    of: str = ""  # code of another series of the figure

    @property
    def total(self) -> int:
        """The sum of a series of counts."""
        return sum(int(value) for value in self.values if value is not None)


@dataclass(frozen=True)
class Remark:
    """One sentence: the label `code`, in which {name} stands for a number or a code."""

    code: str
    numbers: tuple[tuple[str, int | float | str | None], ...] = ()


@dataclass(frozen=True)
class Figure:
    """One figure or table."""

    code: str  # name of its files and of its title
    part: Part
    kind: Kind
    columns_in: str  # namespace of the column codes: quarter, quarter_end, days, span, website_type …
    columns: tuple[str, ...]
    series_in: str
    series: tuple[Series, ...]
    remarks: tuple[Remark, ...] = ()

    @property
    def drawn(self) -> tuple[Series, ...]:
        """The series that add up, in order; 「その他」 is always the last."""
        return tuple(s for s in self.series if s.drawn is Drawn.BAR)

    @property
    def totals(self) -> tuple[int, ...] | None:
        """The sums of the columns of a chart whose series add up; None of a table, or of bars side by side."""
        if self.kind in (Kind.TABLE, Kind.BARS):
            return None
        return tuple(sum(int(v or 0) for v in column) for column in zip(*(s.values for s in self.drawn), strict=True))

    def one(self, code: str) -> Series:
        """The series of that code. Raises KeyError if the figure has none."""
        for series in self.series:
            if series.code == code:
                return series
        raise KeyError(code)

    def value(self, series: str, column: str) -> Number:
        """One number. Raises KeyError or ValueError if the figure does not have it."""
        return self.one(series).values[self.columns.index(column)]


@dataclass(frozen=True)
class Statistics:
    """Everything about one quarter."""

    quarter: str  # 2026Q4
    since: str  # the first day that is counted, ISO 8601
    until: str  # the last day
    records: int  # how many case records were counted
    figures: tuple[Figure, ...]  # in the order of the report
    remarks: tuple[Remark, ...] = ()  # the key numbers of the quarter, in sentences

    def figure(self, code: str) -> Figure:
        """The figure or table of that code. Raises KeyError if there is none."""
        for figure in self.figures:
            if figure.code == code:
                return figure
        raise KeyError(code)
