"""matplotlib: bars, lines and texts as SVG, whose text stays text in the reader's own font.

Every width is known before anything is drawn: Japanese characters are one em wide, others about half of one. A font is
needed for the height of a line only; Noto Sans JP is certain to be there.
"""

import logging
import warnings
from collections.abc import Callable, Iterable
from copy import copy
from functools import cache
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import east_asian_width

from mailbot.adapters import fonts, svg
from mailbot.core.charts import KINDS, REST, STEPS
from mailbot.core.visible import visible

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure as Figure

_FILLS = (*KINDS, *STEPS, REST)
_NAMES = ("text", "muted", "grid", "edge", *_FILLS, *(f"on-{ink}" for ink in _FILLS))
COLOUR = {name: f"#{0x010203 + 0x10101 * n:06x}" for n, name in enumerate(_NAMES)}
"""Colours that mean nothing by themselves: each becomes a class."""
INK = {colour: name for name, colour in COLOUR.items()}


_LAYER = 10


class Box(NamedTuple):
    """A bar in data: its lower left corner and its size."""

    x: float
    y: float
    width: float
    height: float


def drawn(fill: Callable[["Figure"], None], width: int, height: int, name: str) -> str:
    """What `fill` puts on a canvas of that many pixels, as the SVG that matplotlib makes of it."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # where its cache lies is nobody's concern
    settings: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": name, "path.simplify": False}
    with rc_context(settings), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a character that the measuring font lacks is in the reader's
        figure = Figure(figsize=(width / 72, height / 72), dpi=72)
        figure.patch.set_visible(False)
        fill(figure)
        out = StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def ticks(highest: float) -> list[float]:
    """About five round numbers from 0 to `highest` or the next one above it."""
    from matplotlib.ticker import MaxNLocator

    found = [float(tick) for tick in MaxNLocator(5, integer=True, min_n_ticks=2).tick_values(0, max(highest, 1))]
    top = next((tick for tick in found if tick >= highest), found[-1])
    return [tick for tick in found if 0 <= tick <= top]


class Area:
    """The part of a canvas that lies that far from each edge, in pixels; `across` and `up` are the data at its ends.

    It stands in for the library's axes, whose frame and ticks take longer to make than a whole chart to draw.
    """

    def __init__(self, figure: "Figure", left: float, bottom: float, right: float, top: float) -> None:
        self._figure, self._above = figure, 0.0
        self._left, self._bottom = left, bottom
        self.width, self.height = figure.get_figwidth() * 72 - left - right, figure.get_figheight() * 72 - bottom - top
        self.across, self.up = (0.0, 1.0), (0.0, 1.0)

    def over(self) -> "Area":
        """The same part once more, with an `up` of its own; what is drawn there lies above."""
        area = copy(self)
        area._above = self._above + _LAYER
        return area

    def x(self, value: float) -> float:
        """Where a value lies from left to right, in pixels of the canvas."""
        return self._left + _share(value, self.across) * self.width

    def y(self, value: float) -> float:
        """Where a value lies from the bottom up."""
        return self._bottom + _share(value, self.up) * self.height

    def within(self, share: float) -> float:
        """Where that share of the width ends."""
        return self._left + share * self.width

    def above(self, share: float) -> float:
        """Where that share of the height ends."""
        return self._bottom + share * self.height

    def put(self, artist: "Artist", level: float) -> None:
        """Draw it, placed in pixels; above what has a lower level."""
        artist.set_zorder(self._above + level)
        self._figure.add_artist(artist)


def write(area: Area, x: float, y: float, text: str, **how: Any) -> None:
    """A text at a place in data; `move` shifts it by pixels, `shares` says which of x and y are shares of the area."""
    if not text:
        return
    from matplotlib.text import Text

    of_width, of_height = how.pop("shares", (False, False))
    right, up = how.pop("move", (0, 0))
    left, bottom = area.within(x) if of_width else area.x(x), area.above(y) if of_height else area.y(y)
    options = {"fontproperties": _font(how.pop("size", 12)), "color": COLOUR[how.pop("ink", "text")]}
    area.put(Text(left + right, bottom + up, visible(text), transform=_pixels(), **options, **how), 3)


def boxes(area: Area, places: Iterable[Box], ink: str, *, dashed: bool = False) -> None:
    """Bars of one ink, or dashed frames; each has an edge, so that colour alone need not tell neighbours apart."""
    from matplotlib.patches import Rectangle

    look: dict[str, Any] = {"facecolor": COLOUR[ink], "edgecolor": COLOUR["edge"], "linewidth": 0.7}
    if dashed:
        look = {"facecolor": "none", "edgecolor": COLOUR[ink], "linewidth": 1, "linestyle": (0, (3, 2))}
    for box in places:
        if box.width and box.height:
            left, bottom = area.x(box.x), area.y(box.y)
            size = area.x(box.x + box.width) - left, area.y(box.y + box.height) - bottom
            area.put(Rectangle((left, bottom), *size, transform=_pixels(), **look), 1)


def stroke(area: Area, places: Iterable[tuple[float, float]], ink: str, level: float = 2, **look: Any) -> None:
    """A line from place to place, in pixels."""
    from matplotlib.lines import Line2D

    xs, ys = zip(*places, strict=True)
    area.put(Line2D(xs, ys, color=COLOUR[ink], transform=_pixels(), **look), level)


def _share(value: float, ends: tuple[float, float]) -> float:
    return (value - ends[0]) / (ends[1] - ends[0])


@cache
def _pixels() -> Any:
    from matplotlib.transforms import IdentityTransform

    return IdentityTransform()


def width_of(text: str, size: float) -> float:
    """About how wide the text is, in pixels."""
    return sum(1.0 if east_asian_width(char) in "WFA" else 0.58 for char in text) * size


@cache
def _font(size: float) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=str(fonts.sans()), size=size)


HALO = svg.HALO
