"""matplotlib: bars, lines and texts as SVG, whose text stays text in the reader's own font.

Every width is known before anything is drawn: Japanese characters are one em wide, others about half of one. A font is
needed for the height of a line only; Noto Sans JP is certain to be there.
"""

import logging
import warnings
from collections.abc import Callable, Iterable
from functools import cache
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple
from unicodedata import east_asian_width

from mailbot.adapters import fonts, svg
from mailbot.core.charts import KINDS, REST, STEPS
from mailbot.core.visible import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes
    from matplotlib.figure import Figure as Figure

_FILLS = (*KINDS, *STEPS, REST)
_NAMES = ("text", "muted", "grid", "edge", *_FILLS, *(f"on-{ink}" for ink in _FILLS))
COLOUR = {name: f"#{0x010203 + 0x10101 * n:06x}" for n, name in enumerate(_NAMES)}
"""Colours that mean nothing by themselves: each becomes a class."""
INK = {colour: name for name, colour in COLOUR.items()}


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


def axes_in(figure: "Figure", left: float, bottom: float, right: float, top: float) -> "Axes":
    """Axes without frame, ticks and margins, that far from each edge in pixels."""
    width, height = figure.get_figwidth() * 72, figure.get_figheight() * 72
    inner = (width - left - right) / width, (height - bottom - top) / height
    axes = figure.add_axes((left / width, bottom / height, *inner))
    axes.set_axis_off()
    return axes


def write(axes: "Axes", x: float, y: float, text: str, **how: Any) -> None:
    """A text at a place in data; `move` shifts it by pixels, `at` says which coordinates are shares of the axes."""
    options = {"fontproperties": _font(how.pop("size", 12)), "color": COLOUR[how.pop("ink", "text")]}
    place = {"xycoords": how.pop("at", "data"), "xytext": how.pop("move", (0, 0)), "textcoords": "offset points"}
    axes.annotate(visible(text), (x, y), annotation_clip=False, **place, **options, **how)


def boxes(axes: "Axes", places: Iterable[Box], ink: str, *, dashed: bool = False) -> None:
    """Bars of one ink, or dashed frames; each has an edge, so that colour alone need not tell neighbours apart."""
    from matplotlib.patches import Rectangle
    from matplotlib.path import Path
    from matplotlib.transforms import IdentityTransform, TransformedPath

    # Nothing is cut off; a patch without a path of its own would be given the frame's, which takes longer than drawing.
    uncut = TransformedPath(Path.unit_rectangle(), IdentityTransform())
    for box in places:
        if box.width and box.height:
            look: dict[str, Any] = {"facecolor": COLOUR[ink], "edgecolor": COLOUR["edge"], "linewidth": 0.7}
            if dashed:
                look = {"facecolor": "none", "edgecolor": COLOUR[ink], "linewidth": 1, "linestyle": (0, (3, 2))}
            patch = Rectangle((box.x, box.y), box.width, box.height, **look)
            patch.set_clip_path(uncut)
            patch.set_clip_on(False)
            axes.add_artist(patch)


def width_of(text: str, size: float) -> float:
    """About how wide the text is, in pixels."""
    return sum(1.0 if east_asian_width(char) in "WFA" else 0.58 for char in text) * size


@cache
def _font(size: float) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(fname=str(fonts.sans()), size=size)


HALO = svg.HALO
