"""The public page: every figure as chart and table, in two languages, whatever the words in it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mailbot.adapters.charts import draw
from mailbot.core.charts import NARROW, WIDE, Chart, Layer, chart_of, number
from mailbot.core.statistics.figures import Kind, Series, Unit
from mailbot.core.statistics.labels import Title
from mailbot.pages.engine import words
from mailbot.pages.palette import contrast, inks
from mailbot.pages.statistics_page import report_page, table_of, write_report
from tests.page_checks import STRANGE, assert_sound, drawing
from tests.sample_statistics import LABELS, STATISTICS

MADE = date(2021, 4, 22)
CHARTS = [figure.code for figure in STATISTICS.figures if figure.kind is not Kind.TABLE]


def no_chart(chart: Chart, width: int, title: str, description: str) -> str:
    """In place of a drawing, where only the page counts."""
    return "<svg></svg>"


def test_both_languages_are_written_beside_each_other(tmp_path: Path) -> None:
    """The page is index.html in Japanese and en.html in English; each names the other."""
    pages = write_report(STATISTICS, LABELS, tmp_path, draw, desk="窓口", made=MADE)
    assert [page.name for page in pages] == ["index.html", "en.html"]
    ja, en = (page.read_text("utf-8") for page in pages)
    assert '<html lang="ja">' in ja
    assert 'href="en.html"' in ja
    assert '<html lang="en">' in en
    assert 'href="index.html"' in en
    for page in (ja, en):
        assert_sound(page)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["en.html", "index.html"]


def test_every_figure_has_a_chart_a_table_and_its_files() -> None:
    """Beside each chart stands its table, and what is told of its files."""
    files = {"fix_days": ("fix_days.csv",), "": ("all.json",)}
    page = report_page(STATISTICS, LABELS, "ja", draw, desk="窓口", made=MADE, files=files)
    found = assert_sound(page)
    figures = {e.attrs["id"]: e for e in found if e.name == "figure"}
    assert list(figures) == [figure.code for figure in STATISTICS.figures if figure.part == "reports"] + [
        figure.code for figure in STATISTICS.figures if figure.part != "reports"
    ]
    for code, each in figures.items():
        assert len(list(each.query("table"))) == 1
        assert len(list(each.query("svg"))) == (2 if code in CHARTS else 0)
    assert [link.attrs["href"] for link in figures["fix_days"].query("a")] == ["fix_days.csv"]
    assert "all.json" in page


@pytest.mark.parametrize("words_of_others", STRANGE)
def test_no_word_becomes_markup(words_of_others: str) -> None:
    """Names of desk, figures, columns and series are text, in charts as in tables."""
    figure = STATISTICS.figure("product_states")
    names = {"product_state": {"published": {"ja": words_of_others, "en": words_of_others}}}
    labels = replace(LABELS, names={**LABELS.names, **names})
    labels = replace(labels, titles={figure.code: Title({"ja": words_of_others, "en": ""}, words_of_others)})
    page = report_page(replace(STATISTICS, figures=(figure,)), labels, "ja", draw, desk=words_of_others, made=MADE)
    assert_sound(page)
    assert ("{{7*7}}" in page) is ("{{7*7}}" in words_of_others)


@pytest.mark.parametrize("code", CHARTS)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_chart_is_an_image_with_a_name(code: str, width: int) -> None:
    """A drawing has role, title and description, colours only by class, text as text, and nothing that runs."""
    chart = chart_of(STATISTICS.figure(code), LABELS, "ja")
    assert chart is not None
    root = drawing(draw(chart, width, "題 <b>", "説明 & more"))
    assert root.get("role") == "img"
    assert [root[0].text, root[1].text] == ["題 <b>", "説明 & more"]
    assert root.get("aria-labelledby") == f"{root[0].get('id')} {root[1].get('id')}"
    tags = {each.tag.rpartition("}")[2] for each in root.iter()}
    assert tags <= {"svg", "title", "desc", "path", "text", "use", "g", "defs"}
    for each in root.iter():
        assert not {"style", "onclick", "font-family"} & set(each.attrib)
        assert each.get("fill", "none") == "none"
        assert each.get("stroke", "none") == "none"
    texts = "".join(root.itertext())
    assert all(name.replace("～", "").strip() in texts.replace("～", "") for name in chart.columns)


@pytest.mark.parametrize("code", CHARTS)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_nothing_is_drawn_outside(code: str, width: int) -> None:
    """Every text begins inside its chart."""
    chart = chart_of(STATISTICS.figure(code), LABELS, "en")
    assert chart is not None
    root = drawing(draw(chart, width, "", ""))
    _, _, wide, high = map(float, root.get("viewBox", "").split())
    assert wide == width
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        assert 0 <= float(text.get("x", "0")) <= wide
        assert 0 <= float(text.get("y", "0")) <= high


def test_what_is_drawn_can_be_drawn_again() -> None:
    """The same figure gives the same bytes: a page that did not change need not be published anew."""
    chart = chart_of(STATISTICS.figure("reports"), LABELS, "ja")
    assert chart is not None
    assert draw(chart, WIDE, "t", "d") == draw(chart, WIDE, "t", "d")


def test_the_rest_is_last_and_palest() -> None:
    """「その他」 has the palest ink, and no other kind has it."""
    chart = chart_of(STATISTICS.figure("fix_days"), LABELS, "ja")
    assert chart is not None
    assert [layer.ink for layer in chart.layers].index("rest") == len(chart.layers) - 1
    lightness = {ink.name: contrast(ink.light, "#ffffff") for ink in inks()}
    assert min(lightness, key=lambda name: lightness[name]) == "rest"


def test_spans_of_days_go_from_soon_to_late() -> None:
    """Spans have the inks of a ladder, first to last."""
    chart = chart_of(STATISTICS.figure("fix_days_by_type"), LABELS, "ja")
    assert chart is not None
    steps = [int(layer.ink[1:]) for layer in chart.layers]
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (1, 11)


@pytest.mark.parametrize("ink", list(inks()), ids=lambda ink: ink.name)
def test_numbers_in_bars_can_be_read(ink: object) -> None:
    """Text on every ink has a contrast of at least 4.5 on white paper and on a dark screen."""
    _, light, on_light, dark, on_dark = tuple(ink)  # type: ignore[arg-type]
    assert contrast(light, on_light) >= 4.5
    assert contrast(dark, on_dark) >= 4.5


def test_an_empty_quarter_has_tables_and_no_charts() -> None:
    """Where all is zero, nothing is drawn, and the tables say so."""
    figure = replace(STATISTICS.figure("reports"), columns=("2021Q1",), series=(Series("product", (0,)),))
    page = report_page(replace(STATISTICS, figures=(figure,)), LABELS, "en", draw, desk="Desk", made=MADE)
    assert "<svg" not in page
    assert "<td>0</td>" in page
    assert_sound(report_page(replace(STATISTICS, figures=()), LABELS, "ja", draw, desk="窓口", made=MADE))


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, Unit.COUNT, "–"),
        (0, Unit.COUNT, "0"),
        (16477, Unit.COUNT, "16,477"),
        (29, Unit.PERCENT, "29%"),
        (4.05, Unit.PER_DAY, "4.05"),
        (4, Unit.PER_DAY, "4.00"),
    ],
)
def test_numbers_as_people_read_them(value: float | None, unit: Unit, shown: str) -> None:
    """Thousands are parted, percentages marked, rates have two decimals, and nothing is a dash."""
    assert number(value, unit) == shown


def test_a_table_of_layers_has_their_sums() -> None:
    """The sum of what adds up stands after it; what is part of another (うち) is not added twice."""
    table = table_of(STATISTICS.figure("product_states"), LABELS, "en")
    sums = dict(table.rows)["total"]
    assert sums[-1] == "4,772"


def test_a_chart_says_what_is_part_of_what() -> None:
    """「2,233 (66) [52%]」: the number, this quarter's, the share; parts (うち) belong to their layer."""
    chart = chart_of(STATISTICS.figure("product_states"), LABELS, "ja")
    assert chart is not None
    assert chart.layers[0].shown[-1] == "2,233 (66) [52%]"
    assert [part.name for part in chart.layers[0].parts] == ["うち調整不能"]
    assert chart.beside[-1] == "4,772"


def test_every_word_of_the_pages_is_there_twice() -> None:
    """No page falls back to the other language."""
    assert words("ja").keys() == words("en").keys()
    assert all(words("ja").values())
    assert all(words("en").values())


def test_a_chart_without_values_is_drawn_all_the_same() -> None:
    """Zeros and one column do not break the drawing."""
    for kind in (Kind.BARS, Kind.STACKED, Kind.STATUS, Kind.SHARE):
        chart = Chart("x", kind, ("a",), (), (Layer("l", (0.0,), "k1", ("",)),), beside=("0",))
        drawing(draw(chart, NARROW, "t", "d"))
