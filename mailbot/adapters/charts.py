"""A chart as one `svg` element that a page can take in."""

from mailbot.adapters import svg
from mailbot.adapters.drawing import INK, drawn
from mailbot.adapters.lying import lying, lying_height
from mailbot.adapters.upright import upright
from mailbot.core.charts import WIDE, Chart
from mailbot.core.statistics.figures import Kind

_HEIGHT = 300


def draw(chart: Chart, width: int, title: str, description: str) -> str:
    """The chart in that width, with its title and description for who cannot see it."""
    name = f"{chart.code}-{width}"
    if chart.kind in (Kind.STATUS, Kind.SHARE, Kind.PIE):
        text = drawn(lambda figure: lying(figure, chart, width), width, lying_height(chart, width), name)
    else:
        text = drawn(lambda figure: upright(figure, chart, width), width, _HEIGHT, name)
    return svg.fit_in(text, INK, {"id": name, "class": "wide" if width == WIDE else "narrow"}, title, description)
