"""What a figure looks like as a chart: words in one language, inks by name, and what is written beside the bars.

Colours are names of inks here, so that a page can show them light, dark and printed: `k1` to `k11` tell kinds apart,
`q1` to `q11` go from soon to late, `rest` is the palest and means 「その他」, the last of every figure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mailbot.core.statistics.figures import Drawn, Figure, Kind, Number, Series, Unit
from mailbot.core.statistics.labels import Labels

KINDS = tuple(f"k{n}" for n in range(1, 12))
STEPS = tuple(f"q{n}" for n in range(1, 12))
REST = "rest"
WIDE, NARROW = 720, 340
"""Widths of a chart in pixels: on a page, and on a telephone held upright."""
_REST_CODES = ("other", "unknown")
_QUARTERS = "quarter"


@dataclass(frozen=True)
class Part:
    """A part of a layer, shown inside it (うち…)."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Layer:
    """One series: its values, and what is written at each of them ("" for nothing)."""

    name: str
    values: tuple[float, ...]
    ink: str
    shown: tuple[str, ...]
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Chart:
    """Everything that is drawn; a column is one bar, or one group of bars."""

    code: str
    kind: Kind
    columns: tuple[str, ...]
    groups: tuple[str, ...]  # what stands under several columns: the year; () if nothing does
    layers: tuple[Layer, ...]
    lines: tuple[Layer, ...] = ()
    beside: tuple[str, ...] = ()  # written at the end of each column
    sides: tuple[str, str] = ("", "")  # what the left and the right axis count, if there are two
    column_inks: tuple[str, ...] = ()  # of a figure whose columns are what the colours tell apart


def chart_of(figure: Figure, labels: Labels, language: str) -> Chart | None:
    """The figure as a chart in that language; None if it is a table, or if all of it is zero."""
    if figure.kind is Kind.TABLE or not any(s.total for s in figure.series if s.drawn is not Drawn.BESIDE):
        return None
    columns, groups = _columns(figure, labels, language)
    inks = _inks([s.code for s in figure.drawn], ordered=figure.series_in == "days")
    lines = [s for s in figure.series if s.drawn is Drawn.LINE]
    return Chart(
        code=figure.code,
        kind=figure.kind,
        columns=columns,
        groups=groups,
        layers=tuple(_layer(figure, s, ink, labels, language) for s, ink in zip(figure.drawn, inks, strict=True)),
        lines=tuple(
            Layer(
                labels.series(figure, s, language),
                _plain(s.values),
                ink,
                tuple(number(v) if v else "" for v in s.values),
            )
            for s, ink in zip(lines, KINDS, strict=False)
        ),
        beside=_beside(figure),
        sides=_sides(labels, language) if lines else ("", ""),
        column_inks=_inks(figure.columns, ordered=figure.columns_in == "days") if figure.kind is Kind.PIE else (),
    )


def number(value: Number, unit: Unit = Unit.COUNT) -> str:
    """A number as people read it: 1,234, 29 %, 4.05; a dash where there is none."""
    if value is None:
        return "–"
    if unit is Unit.PERCENT:
        return f"{value:g}%"
    return f"{value:,.2f}" if unit is Unit.PER_DAY or isinstance(value, float) else f"{value:,}"


def _sides(labels: Labels, language: str) -> tuple[str, str]:
    return labels.name("common", "count", language), labels.name("common", "cumulative", language)


def _columns(figure: Figure, labels: Labels, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Quarters stand over their year; every other column by its name."""
    if figure.columns_in == _QUARTERS:
        parts = [code.partition("Q") for code in figure.columns]
        return tuple(f"{n}Q" if language == "ja" else f"Q{n}" for _, _, n in parts), tuple(y for y, _, _ in parts)
    return tuple(labels.column(figure, code, language) for code in figure.columns), ()


def _layer(figure: Figure, series: Series, ink: str, labels: Labels, language: str) -> Layer:
    of_it = [s for s in figure.series if s.of == series.code]
    parts = [s for s in of_it if s.drawn is Drawn.WITHIN]
    more = [s for s in of_it if s.drawn is Drawn.BESIDE]
    return Layer(
        labels.series(figure, series, language),
        _plain(series.values),
        ink,
        tuple(_written(series, more, at) for at in range(len(series.values))),
        tuple(Part(labels.series(figure, s, language), _plain(s.values)) for s in parts),
    )


def _written(series: Series, more: Sequence[Series], at: int) -> str:
    """「2,233 (66) [52%]」: the number, other counts in round brackets, shares in square ones."""
    found = [number(series.values[at], series.unit)] if series.values[at] else []
    for other in more:
        shown = number(other.values[at], other.unit)
        found.append(f"[{shown}]" if other.unit is Unit.PERCENT else f"({shown})")
    return " ".join(found) if series.values[at] else ""


def _beside(figure: Figure) -> tuple[str, ...]:
    """What stands at the end of each column: its total, or what the figure says of it."""
    said = [s for s in figure.series if s.drawn is Drawn.BESIDE and (not s.of or figure.kind is Kind.PIE)]
    if figure.kind is Kind.SHARE and not said:
        return ()
    if not said or figure.kind is Kind.STATUS:
        totals = (sum(s.values[at] or 0 for s in figure.drawn) for at in range(len(figure.columns)))
        return tuple(number(total) for total in totals)
    first, *others = said
    written = []
    for at in range(len(figure.columns)):
        rest = "".join(f" ({number(s.values[at], s.unit)})" for s in others)
        written.append(number(first.values[at], first.unit) + rest)
    return tuple(written)


def _inks(codes: Sequence[str], *, ordered: bool) -> tuple[str, ...]:
    """One ink for each code: a ladder for spans of days, else as far apart as can be, the rest palest."""
    if ordered:
        last = max(len(codes) - 1, 1)
        return tuple(STEPS[round(n * (len(STEPS) - 1) / last)] for n in range(len(codes)))
    return tuple(
        REST if code in _REST_CODES and n == len(codes) - 1 and n else KINDS[n % len(KINDS)]
        for n, code in enumerate(codes)
    )


def _plain(values: Sequence[Number]) -> tuple[float, ...]:
    return tuple(float(value or 0) for value in values)
