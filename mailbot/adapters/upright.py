"""Charts of upright bars: side by side or stacked, with lines on an axis of their own at the right."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from mailbot.adapters.drawing import COLOUR, HALO, Area, Box, boxes, stroke, ticks, width_of, write
from mailbot.core.charts import WIDE, Chart
from mailbot.core.statistics.figures import Kind

if TYPE_CHECKING:
    from mailbot.adapters.drawing import Figure

_Span = tuple[float, float]
_LINE = 18
"""Pixels that a number needs."""
_OVER_BARS = 1.9
"""How much higher than the highest bar the axis is when lines run above the bars."""


def upright(figure: "Figure", chart: Chart, width: int) -> None:
    """Draw the chart; what does not fit between columns is broken, turned or left to the table."""
    size = 12 if width == WIDE else 11
    sides = 48, 58 if chart.lines else 12
    slot = (width - sum(sides)) / len(chart.columns)
    names, turned = _fitting(chart.columns, slot, size)
    longest = max(width_of(line, size) for name in names for line in name.split("\n"))
    under = longest + 10 if turned else 16 * max(name.count("\n") + 1 for name in names) + 8
    area = Area(figure, sides[0], under + (18 if chart.groups else 0), sides[1], 22)
    area.across = -0.5, len(chart.columns) - 0.5
    _scale(area, _highest(chart) * (_OVER_BARS if chart.lines else 1.06), -6, size)
    taken = _lines(area, chart, slot, size) if chart.lines else [[] for _ in names]
    if chart.kind is Kind.STACKED:
        _stack(area, chart, slot, size)
    else:
        _side_by_side(area, chart, slot, size, taken)
    for at, name in enumerate(names):
        turn = {"rotation": 90} if turned else {}
        write(area, at, 0, name, ha="center", va="top", move=(0, -6), size=size, **turn)
    for first, last, group in _runs(chart.groups):
        write(area, (first + last) / 2, 0, group, ha="center", va="top", move=(0, -under + 2), size=size)


def _highest(chart: Chart) -> float:
    columns = zip(*(layer.values for layer in chart.layers), strict=True)
    return max((sum(column) if chart.kind is Kind.STACKED else max(column) for column in columns), default=0.0)


def _scale(area: Area, highest: float, offset: float, size: float) -> None:
    """Round numbers up the side that `offset` lies on, and at the left a line at each."""
    steps, left = ticks(highest), offset < 0
    area.up = 0, steps[-1] or 1.0
    for tick in steps:
        if left:
            ends = [(area.within(edge), area.y(tick)) for edge in (0, 1)]
            stroke(area, ends, "grid" if tick else "edge", 0, linewidth=0.8)
        how: dict[str, Any] = {"ha": "right" if left else "left", "va": "center", "size": size, "ink": "muted"}
        place = 0.0 if left else 1.0
        write(area, place, tick, f"{tick:,.0f}", shares=(True, False), move=(offset, 0), **how)


def _side_by_side(area: Area, chart: Chart, slot: float, size: float, taken: Sequence[Sequence[_Span]]) -> None:
    """Bars with their numbers on top, or inside where a line's number stands there, or else in the table only."""
    share = 0.8 / max(len(chart.layers), 1)
    per_unit = area.height / area.up[1]
    for n, layer in enumerate(chart.layers):
        middles = [at - 0.4 + share * (n + 0.5) for at in range(len(layer.values))]
        columns = zip(middles, layer.values, strict=True)
        boxes(area, [Box(x - share / 2, 0, share, value) for x, value in columns], layer.ink)
        if slot * share <= 15:
            continue
        for x, value, shown, spans in zip(middles, layer.values, layer.shown, taken, strict=True):
            high = value * per_unit
            where: dict[str, Any] = {"va": "bottom", "move": (0, 2), "gid": HALO}
            if not _free((high + 2, high + 2 + size), spans):
                where = {"va": "top", "move": (0, -3), "ink": f"on-{layer.ink}"}
                shown = shown if _free((high - 3 - size, high - 3), spans) else ""
            write(area, x, value, shown, ha="center", size=size - 2, **where)


def _free(span: _Span, others: Sequence[_Span]) -> bool:
    return not any(low < span[1] and span[0] < high for low, high in others)


def _stack(area: Area, chart: Chart, slot: float, size: float) -> None:
    base = [0.0] * len(chart.columns)
    for layer in chart.layers:
        columns = enumerate(zip(base, layer.values, strict=True))
        boxes(area, [Box(at - 0.35, low, 0.7, value) for at, (low, value) in columns], layer.ink)
        base = [low + value for low, value in zip(base, layer.values, strict=True)]
    for at, (high, shown) in enumerate(zip(base, chart.beside, strict=False)):
        if width_of(shown, size - 1) <= slot:
            write(area, at, high, shown, ha="center", va="bottom", move=(0, 3), size=size - 1, gid=HALO)


def _lines(area: Area, chart: Chart, slot: float, size: float) -> list[list[_Span]]:
    """The cumulative numbers, on an axis of their own; which heights they take over each column, in pixels."""
    right = area.over()
    _scale(right, max(v for each in chart.lines for v in each.values) * 1.08, 6, size)
    spots: dict[str, Any] = {"marker": "o", "markersize": 5, "markeredgewidth": 0.8, "markeredgecolor": COLOUR["edge"]}
    for each in chart.lines:
        places = [(right.x(at), right.y(value)) for at, value in enumerate(each.values)]
        stroke(right, places, each.ink, linewidth=2.2, **spots)
    per_unit = right.height / right.up[1]
    taken: list[list[_Span]] = []
    for at in range(len(chart.columns)):
        told = slot > 38 or at == len(chart.columns) - 1
        how = {"ha": "center" if slot > 38 else "right", "size": size - 1}
        taken.append(_numbers(right, chart, at, per_unit, how) if told else [])
    caption: dict[str, Any] = {"shares": (True, True), "va": "bottom", "size": size - 1, "ink": "muted"}
    write(right, 0, 1, chart.sides[0], ha="left", move=(-42, 9), **caption)
    write(right, 1, 1, chart.sides[1], ha="right", move=(48, 9), **caption)
    return taken


def _numbers(area: Area, chart: Chart, at: int, per_unit: float, how: dict[str, Any]) -> list[_Span]:
    """The numbers of one column over their lines, under them where another's stands just above; what they take."""
    taken = []
    for n, line in enumerate(chart.lines):
        gaps = ((other.values[at] - line.values[at], m) for m, other in enumerate(chart.lines) if m != n)
        under = any(0 <= gap * per_unit < _LINE and (gap or m < n) for gap, m in gaps)
        where: dict[str, Any] = {"va": "top", "move": (0, -6)} if under else {"va": "bottom", "move": (0, 5)}
        write(area, at, line.values[at], line.shown[at], gid=HALO, **where, **how)
        high = line.values[at] * per_unit
        taken.append((high - _LINE, high) if under else (high, high + _LINE))
    return taken


def _fitting(names: Sequence[str], slot: float, size: float) -> tuple[Sequence[str], bool]:
    """The names as they fit under columns: as they are, on two lines, or (True) turned."""
    if all(width_of(name, size) <= slot - 2 for name in names):
        return names, False
    broken = [name.replace("～", "～\n", 1).replace(" ", "\n", 1).removesuffix("\n") for name in names]
    if all(width_of(line, size) <= slot - 1 for name in broken for line in name.split("\n")):
        return broken, False
    return names, True


def _runs(groups: Sequence[str]) -> Iterable[tuple[int, int, str]]:
    """First and last column of each group."""
    first = 0
    for at in range(1, len(groups) + 1):
        if at == len(groups) or groups[at] != groups[first]:
            yield first, at - 1, groups[first]
            first = at
