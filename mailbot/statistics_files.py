"""The numbers of each figure as files beside the page: CSV for spreadsheets, JSON for programs."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from mailbot.adapters.durable import write_file
from mailbot.core.statistics.figures import Statistics
from mailbot.core.statistics.labels import Labels
from mailbot.errors import MailbotError
from mailbot.statistics_shapes import FigureShape, statistics_shape

COLUMNS = (
    *("figure", "quarter", "column", "series", "drawn", "of", "unit", "value"),
    *("column_ja", "series_ja", "column_en", "series_en"),
)
"""The head of every CSV file: one number a row."""
ALL = "statistics.json"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_READABLE = 0o644


def write_numbers(statistics: Statistics, labels: Labels, folder: Path) -> dict[str, tuple[str, ...]]:
    """Write CODE.csv and CODE.json for each figure, and statistics.json; their names by the figure, "" for all of it.

    Raises MailbotError if the disk does not take them.
    """
    whole = statistics_shape(statistics, labels)
    written: dict[str, tuple[str, ...]] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for figure in whole.figures:
            names = (f"{figure.code}.csv", f"{figure.code}.json")
            _write(folder / names[0], figure_csv(figure))
            _write(folder / names[1], _json(figure.model_dump(mode="json")))
            written[figure.code] = names
        _write(folder / ALL, _json(whole.model_dump(mode="json")))
    except OSError as exc:
        raise MailbotError(f"{folder}: cannot be written: {exc.strerror}") from None
    return {"": (ALL,), **written}


def figure_csv(figure: FigureShape) -> str:
    """The numbers, one a row; begins with a mark by which spreadsheets know UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(figure))
    return "\ufeff" + text.getvalue()


def _rows(figure: FigureShape) -> Iterator[Sequence[str | int | float]]:
    lines = [(s.code, s.drawn.value, s.of or "", s.unit.value, s.values, s.ja, s.en) for s in figure.series]
    if figure.totals is not None:
        lines.append(("total", "beside", "", "count", list(figure.totals), "合計", "Total"))
    for code, drawn, of, unit, values, ja, en in lines:
        for column, value in zip(figure.columns, values, strict=True):
            numbers = (figure.code, figure.quarter, column.code, code, drawn, of, unit, "" if value is None else value)
            yield (*numbers, *map(safe_cell, (column.ja, ja, column.en, en)))


def safe_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    line = " ".join(text.split())
    return f"'{line}" if line.startswith(_FORMULA) or text.startswith(_FORMULA) else line


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _write(path: Path, text: str) -> None:
    """Made to be published: everybody may read it."""
    write_file(path, text.encode())
    path.chmod(_READABLE)
