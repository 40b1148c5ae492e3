"""The public page of a quarter's statistics: every figure as a chart and as a table, in Japanese and in English."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from markupsafe import Markup

from mailbot.core.charts import NARROW, WIDE, Chart, chart_of, number
from mailbot.core.statistics.figures import Drawn, Figure, Kind, Part, Statistics
from mailbot.core.statistics.labels import Labels
from mailbot.pages.engine import LANGUAGES, PUBLIC, page, words, write

Draw = Callable[[Chart, int, str, str], str]
"""Draws a chart, that wide, with its title and description: `mailbot.adapters.charts.draw`."""

NAMES = {"ja": "index.html", "en": "en.html"}
_ACROSS = (Kind.PIE, Kind.SHARE)
"""Kinds whose table has a row for each column of the figure: those are the bars that a reader sees lying there."""


@dataclass(frozen=True)
class Table:
    """A figure's numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Key:
    """One entry of a legend."""

    name: str
    ink: str
    form: str  # bar, line, within


@dataclass(frozen=True)
class Shown:
    """A figure as the page shows it."""

    code: str
    number: str
    title: str
    charts: tuple[Markup, ...]
    legend: tuple[Key, ...]
    remarks: tuple[str, ...]
    table: Table
    files: tuple[str, ...]


def write_report(
    statistics: Statistics,
    labels: Labels,
    folder: Path,
    draw: Draw,
    *,
    desk: str,
    made: date,
    files: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Path, ...]:
    """Write `index.html` (Japanese) and `en.html` into `folder`; where they are. Raises OSError.

    `files` tells which files with a figure's numbers lie beside the page, by the figure's code; "" has those of all.
    """
    written = []
    for language in LANGUAGES:
        path = folder / NAMES[language]
        write(path, report_page(statistics, labels, language, draw, desk=desk, made=made, files=files), PUBLIC)
        written.append(path)
    return tuple(written)


def report_page(
    statistics: Statistics,
    labels: Labels,
    language: str,
    draw: Draw,
    *,
    desk: str,
    made: date,
    files: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """The page in one language."""
    beside = {code: tuple(names) for code, names in (files or {}).items()}
    chapters = []
    for part in Part:
        shown = [
            _shown(figure, labels, language, draw, beside.get(figure.code, ()))
            for figure in statistics.figures
            if figure.part is part
        ]
        if shown:
            chapters.append((part.value, words(language)[part.value], shown))
    return page(
        "statistics.html.j2",
        language,
        statistics=statistics,
        quarter=labels.name("quarter", statistics.quarter, language),
        remarks=[labels.sentence(remark, language) for remark in statistics.remarks],
        chapters=chapters,
        files=beside.get("", ()),
        other=next((code, NAMES[code], words(code)["this_language"]) for code in LANGUAGES if code != language),
        desk=desk,
        made=made.isoformat(),
    )


def _shown(figure: Figure, labels: Labels, language: str, draw: Draw, files: tuple[str, ...]) -> Shown:
    title = labels.title(figure)
    chart = chart_of(figure, labels, language)
    remarks = tuple(labels.sentence(remark, language) for remark in figure.remarks)
    charts: tuple[Markup, ...] = ()
    if chart:
        told = " ".join((words(language)["chart_told"], *remarks))
        drawn = (draw(chart, width, title.text(language), told) for width in (WIDE, NARROW))
        charts = tuple(Markup(svg) for svg in drawn)  # an XML writer escaped its texts
    return Shown(
        figure.code,
        _numbered(title.number, language),
        title.text(language),
        charts,
        tuple(_legend(chart)) if chart else (),
        remarks,
        table_of(figure, labels, language),
        files,
    )


def _numbered(code: str, language: str) -> str:
    """「図2-1」, "Figure 2-1"."""
    return code if language == "ja" else code.replace("図", "Figure ").replace("表", "Table ")


def _legend(chart: Chart) -> Iterator[Key]:
    if chart.column_inks:
        return
    for layer in chart.layers:
        yield Key(layer.name, layer.ink, "bar")
        for part in layer.parts:
            yield Key(part.name, layer.ink, "within")
    for line in chart.lines:
        yield Key(line.name, line.ink, "line")


def table_of(figure: Figure, labels: Labels, language: str) -> Table:
    """The figure's numbers with the names of rows and columns; layers that add up have their sums."""
    columns = [labels.column(figure, code, language) for code in figure.columns]
    series = [(labels.series(figure, s, language), [number(v, s.unit) for v in s.values]) for s in figure.series]
    if figure.kind in (Kind.STACKED, Kind.STATUS, Kind.SHARE):
        sums = [sum(s.values[at] or 0 for s in figure.drawn) for at in range(len(columns))]
        place = max((n for n, s in enumerate(figure.series, 1) if s.drawn is not Drawn.BESIDE or s.of), default=0)
        series.insert(place, (labels.name("common", "total", language), [number(total) for total in sums]))
    if figure.kind in _ACROSS:
        rows = [(name, tuple(values[at] for _, values in series)) for at, name in enumerate(columns)]
        return Table(("", *(name for name, _ in series)), tuple(rows))
    return Table(("", *columns), tuple((name, tuple(values)) for name, values in series))
