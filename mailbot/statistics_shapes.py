"""The JSON of the statistics: a figure with its codes and what they are called, and all figures of a quarter."""

from typing import Literal

from pydantic import Field

from mailbot.core.statistics.figures import Drawn, Figure, Kind, Part, Remark, Statistics, Unit
from mailbot.core.statistics.labels import Labels
from mailbot.shape import Shape


class NamesShape(Shape):
    """What a code is called."""

    ja: str
    en: str


class ColumnShape(NamesShape):
    """One column of a figure: a quarter, a span of days, a kind …"""

    code: str


class SeriesShape(NamesShape):
    """One number for each column; `of` is the series that this one is a part of, or says something about."""

    code: str
    drawn: Drawn
    unit: Unit
    of: str | None
    values: list[int | float | None]


class RemarkShape(NamesShape):
    """A sentence with its numbers."""

    code: str
    numbers: dict[str, int | float | str | None]


class FigureShape(Shape):
    """One figure or table; `number` is the one in the quarterly report, `yearly` that in the yearly one."""

    code: str
    number: str
    yearly: str
    title: NamesShape
    quarter: str = Field(pattern=r"^\d{4}Q[1-4]$")
    part: Part
    kind: Kind
    columns: list[ColumnShape]
    series: list[SeriesShape]
    totals: list[int] | None = Field(description="sums of the drawn series, where they add up")
    remarks: list[RemarkShape]


class StatisticsShape(Shape):
    """`report --json`: a quarter."""

    format: Literal[1] = 1
    quarter: str = Field(pattern=r"^\d{4}Q[1-4]$")
    since: str
    until: str
    records: int
    figures: list[FigureShape]
    remarks: list[RemarkShape]


def statistics_shape(statistics: Statistics, labels: Labels) -> StatisticsShape:
    """The statistics with the names of all codes."""
    return StatisticsShape(
        quarter=statistics.quarter,
        since=statistics.since,
        until=statistics.until,
        records=statistics.records,
        figures=[figure_shape(figure, labels, statistics.quarter) for figure in statistics.figures],
        remarks=[_remark(remark, labels) for remark in statistics.remarks],
    )


def figure_shape(figure: Figure, labels: Labels, quarter: str) -> FigureShape:
    """One figure with the names of its codes."""
    title = labels.title(figure)
    totals = figure.totals
    return FigureShape(
        code=figure.code,
        number=title.number,
        yearly=title.yearly,
        title=NamesShape(ja=title.text("ja"), en=title.text("en")),
        quarter=quarter,
        part=figure.part,
        kind=figure.kind,
        columns=[ColumnShape(code=code, **_names(labels, figure.columns_in, code)) for code in figure.columns],
        series=[
            SeriesShape(
                code=series.code,
                drawn=series.drawn,
                unit=series.unit,
                of=series.of or None,
                values=list(series.values),
                **_names(labels, figure.series_in, series.code),
            )
            for series in figure.series
        ],
        totals=list(totals) if totals is not None else None,
        remarks=[_remark(remark, labels) for remark in figure.remarks],
    )


def _names(labels: Labels, namespace: str, code: str) -> dict[str, str]:
    return {language: labels.name(namespace, code, language) for language in ("ja", "en")}


def _remark(remark: Remark, labels: Labels) -> RemarkShape:
    sentences = {language: labels.sentence(remark, language) for language in ("ja", "en")}
    return RemarkShape(code=remark.code, numbers=dict(remark.numbers), **sentences)
