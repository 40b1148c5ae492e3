"""Charts of lying bars: where cases stand, shares of a whole, and kinds by their share.

What the printed reports draw as a pie is drawn as bars here: they carry their names and numbers, so that eleven kinds
need no legend, and shares can be compared.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from mailbot.adapters.drawing import Area, Box, boxes, stroke, ticks, width_of, write
from mailbot.core.charts import WIDE, Chart, Layer
from mailbot.core.statistics.figures import Kind

if TYPE_CHECKING:
    from mailbot.adapters.drawing import Figure

_NAMES = 240
"""Pixels that names may take at the left; on a narrow chart they stand above their bars."""
_TENTHS = tuple(n / 10 for n in range(0, 11, 2))


class _Room(NamedTuple):
    """How a chart's bars lie: where in their row, how thick, how many pixels a unit is, in which size is written."""

    middle: float
    thick: float
    per_unit: float
    size: float


def lying_height(chart: Chart, width: int) -> int:
    """How high the chart is, in pixels."""
    row = 34 if width == WIDE else 46
    return row * len(chart.columns) + (10 if chart.kind is Kind.PIE else 34)


def lying(figure: "Figure", chart: Chart, width: int) -> None:
    """Draw the chart."""
    size = 12 if width == WIDE else 11
    left = min(max(width_of(name, size) for name in chart.columns), _NAMES) + 14 if width == WIDE else 14
    right = max(max((width_of(text, size) for text in chart.beside), default=0) + 14, 22)
    area = Area(figure, left, 4 if chart.kind is Kind.PIE else 30, right, 4)
    area.up = len(chart.columns) - 0.5, -0.5
    sums = [sum(column) for column in zip(*(layer.values for layer in chart.layers), strict=True)]
    share = chart.kind is Kind.SHARE
    whole = [total if share and total else 1.0 for total in sums]
    end = 1.0 if share else max(sums) or 1.0
    area.across = 0, end
    if chart.kind is not Kind.PIE:
        _ground(area, _TENTHS if share else [tick for tick in ticks(end) if tick <= end], share, size)
    room = _Room(*((0.0, 0.66) if width == WIDE else (0.2, 0.5)), (width - left - right) / end, size)
    ends = _rows(area, chart, whole, room)
    for at, name in enumerate(chart.columns):
        if width == WIDE:
            write(area, 0, at, name, ha="right", va="center", move=(-8, 0), size=size)
        else:
            write(area, 0, at - 0.08, name, ha="left", va="bottom", size=size)
    for at, (x, text) in enumerate(zip(ends, chart.beside, strict=False)):
        write(area, x, at + room.middle, text, ha="left", va="center", move=(6, 0), size=size)


def _rows(area: Area, chart: Chart, whole: Sequence[float], room: _Room) -> list[float]:
    """The bars, one layer after the other; where each row ends."""
    starts = [0.0] * len(whole)
    for layer in chart.layers:
        lengths = [value / full for value, full in zip(layer.values, whole, strict=True)]
        inks: Sequence[str] = chart.column_inks or [layer.ink] * len(lengths)
        for at, (start, length, ink) in enumerate(zip(starts, lengths, inks, strict=True)):
            boxes(area, [Box(start, at + room.middle - room.thick / 2, length, room.thick)], ink)
            if not chart.column_inks:
                _parts(area, layer, at, start, whole[at], room)
                _inside(area, layer, at, start, length, room)
        starts = [start + length for start, length in zip(starts, lengths, strict=True)]
    return starts


def _ground(area: Area, steps: Sequence[float], share: bool, size: float) -> None:
    """Round numbers along the bottom."""
    how: dict[str, Any] = {"shares": (False, True), "ha": "center", "va": "top", "ink": "muted"}
    for step in steps:
        stroke(area, [(area.x(step), area.above(edge)) for edge in (0, 1)], "grid", 0, linewidth=0.8)
        write(area, step, 0, f"{step * 100:.0f}%" if share else f"{step:,.0f}", move=(0, -6), size=size - 1, **how)


def _parts(area: Area, layer: Layer, at: int, start: float, whole: float, room: _Room) -> None:
    """What belongs to a piece of a bar (うち…) as dashed boxes in it."""
    thick = room.thick * 0.62
    for part in layer.parts:
        share = part.values[at] / whole
        boxes(area, [Box(start, at + room.middle - thick / 2, share, thick)], f"on-{layer.ink}", dashed=True)
        start += share


def _inside(area: Area, layer: Layer, at: int, start: float, length: float, room: _Room) -> None:
    """As much of what is to be written in a piece of a bar as fits: all, the number alone, or nothing."""
    size = room.size - 1
    offers = (layer.shown[at], layer.shown[at].split(" ")[0])
    text = next((offer for offer in offers if width_of(offer, size) + 6 < length * room.per_unit), "")
    where: dict[str, Any] = {"ha": "center", "va": "center", "size": size, "ink": f"on-{layer.ink}"}
    write(area, start + length / 2, at + room.middle, text, **where)
