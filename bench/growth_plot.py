"""The growth of each cost as one picture: a panel for each, cases from left to right, both axes logarithmic."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from bench.growth import Size

_PANELS = (
    ("one commit, confirmed by the disk", "ms of wall", lambda s: s.commit),
    ("a look-up by Message-ID", "µs of CPU", lambda s: s.look_up * 1000),
    ("a round with nothing to do", "ms of CPU", lambda s: s.idle),
    ("opening the store", "ms of CPU", lambda s: s.opening),
    ("the process after opening", "MB resident", lambda s: s.resident),
)


def draw(found: Sequence[Size], to: Path) -> None:
    """Write the picture, in the format that the ending of the name says."""
    figure = Figure(figsize=(13, 7.2), layout="constrained")
    axes = figure.subplots(2, 3).flat
    cases = [size.cases for size in found]
    for place, (title, unit, of) in zip(axes, _PANELS, strict=False):
        values = [of(size) for size in found]
        place.plot(cases, values, marker="o", color="#1f4e79", label="mailbot")
        if of is _PANELS[0][2]:
            place.plot(cases, [size.write for size in found], marker="s", ls="--", color="#999999", label="bare write")
            place.legend(frameon=False)
        place.set(xscale="log", yscale="log", title=title, ylabel=unit, xlabel="cases")
        place.set_xlim(cases[0] / 2, cases[-1] * 2)
        # A flat line should look flat: no panel shows less than a factor of ten.
        low, high = min(values), max(values)
        place.set_ylim(low / 3, max(high * 3, low * 10))
        place.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        place.yaxis.set_minor_locator(NullLocator())
        place.xaxis.set_minor_locator(NullLocator())
        place.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        place.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
        place.grid(alpha=0.3)
        for x, y in zip(cases, values, strict=True):
            place.annotate(
                f"{y:,.3g}" if y < 1000 else f"{y:,.0f}", (x, y), (0, 7), textcoords="offset points", ha="center"
            )
    figure.axes[len(_PANELS)].set_axis_off()
    figure.suptitle(f"Cost against cases, {found[0].cases:,} to {found[-1].cases:,}, of which 18 in 100 are open")
    figure.savefig(to, dpi=110)
