"""The numbers as CSV and JSON: stable heads, no formula, one schema."""

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from mailbot.core.statistics.figures import Statistics
from mailbot.errors import MailbotError
from mailbot.shapes import schema
from mailbot.statistics_files import COLUMNS, figure_csv, safe_cell, write_numbers
from mailbot.statistics_shapes import figure_shape, statistics_shape
from tests.statistics_records import closed, fixed, many, published, report, rules

LABELS = rules().labels


@pytest.fixture(scope="module")
def statistics() -> Statistics:
    """A small quarter."""
    made = [
        *many(5, **fixed(4, type="xss")),
        *many(3, "product", **published(12)),
        *many(2, received=date(2021, 11, 1), **closed("unreachable", date(2021, 12, 1))),
    ]
    return report(made, "2021Q4")


def rows(statistics: Statistics, code: str) -> list[dict[str, str]]:
    """The CSV of a figure, read as a program would."""
    text = figure_csv(figure_shape(statistics.figure(code), LABELS, statistics.quarter))
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_number_a_row(statistics: Statistics) -> None:
    """Codes in front for programs, names behind for people; sums where a chart adds up."""
    found = rows(statistics, "website_status")
    last = [row for row in found if row["column"] == "2021Q4" and row["series"] in ("fixed", "unreachable", "total")]
    assert [(row["series"], row["value"], row["unit"]) for row in last] == [
        *[("fixed", "5", "count"), ("unreachable", "2", "count"), ("total", "7", "count")]
    ]
    assert (last[1]["series_ja"], last[1]["column_en"]) == ("取扱不能", "end of Dec 2021")
    assert tuple(found[0]) == COLUMNS


def test_what_cannot_be_divided_is_empty(statistics: Statistics) -> None:
    """A share of nothing is an empty cell, and null in JSON."""
    found = {row["column"]: row["value"] for row in rows(statistics, "publication_within_goal")[:12]}
    assert found["2021Q4"] == "100"
    shape = figure_shape(report([], "2021Q4").figure("publication_within_goal"), LABELS, "2021Q4")
    assert set(shape.series[0].values) == {None}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "=cmd|' /C calc'!A0"])
def test_t51_no_cell_is_a_formula(text: str) -> None:
    """A name that a site wrote into its rules is text, whatever it begins with."""
    assert safe_cell(text).startswith("'")
    assert safe_cell("ルータ") == "ルータ"


def test_t51_a_formula_in_a_label_stays_text(statistics: Statistics) -> None:
    """Even where a label passed the rules, no cell of the file begins like a formula, but for numbers."""
    bad = replace(LABELS, names={**LABELS.names, "track": {"product": {"ja": "=1+1", "en": "@x\n=y"}}})
    text = figure_csv(figure_shape(statistics.figure("reports"), bad, "2021Q4"))
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "@", "+") or (cell[:1] == "-" and not cell[1:].isdigit())]
    assert "'=1+1" in cells


def test_everything_fits_the_published_schema(statistics: Statistics, tmp_path: Path) -> None:
    """Each file and the whole are what `mailbot schema` says; records as well."""
    names = write_numbers(statistics, LABELS, tmp_path / "new")
    assert names[""] == ("statistics.json",)
    assert set(names) == {"", *(figure.code for figure in statistics.figures)}
    figure, whole = (jsonschema.Draft202012Validator(schema(name)) for name in ("figure", "report"))
    for code, files in names.items():
        for name in files:
            path = tmp_path / "new" / name
            assert path.stat().st_mode & 0o777 == 0o644
            if name.endswith(".json"):
                (figure if code else whole).validate(json.loads(path.read_text("utf-8")))
    made = [json.loads(each.line()) for each in many(1, "product", **published(1))]
    jsonschema.Draft202012Validator(schema("record")).validate(made[0])


def test_the_numbers_are_the_same_everywhere(statistics: Statistics) -> None:
    """CSV and JSON have the values of the figure."""
    whole = statistics_shape(statistics, LABELS)
    assert [f.code for f in whole.figures] == [f.code for f in statistics.figures]
    for figure, shape in zip(statistics.figures, whole.figures, strict=True):
        assert [tuple(s.values) for s in shape.series] == [s.values for s in figure.series]
        found = [row["value"] for row in rows(statistics, figure.code) if row["series"] != "total"]
        flat = [v for s in figure.series if s.code != "total" for v in s.values]
        assert found == ["" if v is None else str(v) for v in flat]


def test_a_folder_that_cannot_be_written_is_named(statistics: Statistics, tmp_path: Path) -> None:
    """The error names the folder."""
    (tmp_path / "file").write_text("")
    with pytest.raises(MailbotError, match="cannot be written"):
        write_numbers(statistics, LABELS, tmp_path / "file")
