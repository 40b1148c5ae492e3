"""The pages in a real browser: nothing blocked, nothing asked for, nothing wider than the window, in light and dark."""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from mailbot.adapters.charts import draw
from mailbot.core.digest import Counted
from mailbot.core.model import Contact, Entry, Field, Standing, State
from mailbot.pages.desk_page import DeskWords, write_desk
from mailbot.pages.statistics_page import write_report
from tests.browser import Browser, browser, found
from tests.builders import DESK, INFO, NOW, POLICY, SHOP, case, standing
from tests.page_checks import STRANGE
from tests.sample_cases import templates
from tests.sample_statistics import LABELS, STATISTICS

_CASES = 3
_WIDE = "document.documentElement.scrollWidth"
_OVERLAPPING = """[...document.querySelectorAll('svg')].flatMap(svg => {
    const all = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
    return all.flatMap(([one, a], n) => all.slice(n + 1)
        .filter(([_, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
            && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 6)
        .map(([other, _]) => svg.id + ': ' + one + ' / ' + other)); })"""
_SHOWN = "[...document.querySelectorAll('svg')].filter(e => e.getBoundingClientRect().width > 0).length"


@pytest.fixture(scope="module")
def reader() -> Iterator[Browser]:
    """A browser for the module."""
    executable = found()
    if not executable:
        reason = "no chromium here: apt-get install chromium"
        if os.environ.get("MAILBOT_REQUIRE_SERVERS") == "1":
            pytest.fail(f"MAILBOT_REQUIRE_SERVERS=1, but: {reason}")
        pytest.skip(reason)
    with browser(executable) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both pages in both languages, and a case's page, some of it by strangers who mean harm."""
    folder = tmp_path_factory.mktemp("pages")
    ja, en = write_report(STATISTICS, LABELS, folder, draw, desk="サンプル脆弱性受付窓口", made=date(2021, 4, 22))
    made = {"ja": ja, "en": en}
    strange = [
        case(
            State.CONTACTING,
            *(standing(SHOP, Standing.DEAD, why=words), INFO, Contact(3, f"{words}@x.example", words)),
            id=f"CASE#1000{n:04}",
            received=NOW - timedelta(days=9 * n),
            fields=(Field("target.site_name", words, "t", 1.0), Field("vulnerability.type", "sqli", "t", 1.0)),
            timeline=(
                Entry(NOW, "sent", "mailbot", f"first-contact to {SHOP.address}"),
                Entry(NOW, "note", words, words),
            ),
        )
        for n, words in enumerate(STRANGE * _CASES)
    ]
    mails = [Counted(str(n), "case", NOW - timedelta(days=n)) for n in range(60)]
    for language in ("ja", "en"):
        said = DeskWords(DESK, templates(), POLICY, language)
        made[f"desk-{language}"] = write_desk(folder / language, strange, (), mails, said, NOW, draw)
        made[f"case-{language}"] = folder / language / "case-CASE-10000000.html"
    return made


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
@pytest.mark.parametrize("name", ["ja", "en", "desk-ja", "desk-en", "case-ja", "case-en"])
def test_a_page_opens_without_complaint(
    name: str, width: int, scheme: str, pages: dict[str, Path], reader: Browser, tmp_path: Path
) -> None:
    """No error, nothing that the policy had to block, no request, no scrolling sideways; a picture can be taken."""
    reader.open(pages[name], width, scheme=scheme)
    assert reader.value(_WIDE) <= width
    picture = tmp_path / "page.png"
    reader.screenshot(picture)
    assert reader.complaints == []
    with Image.open(picture) as taken:
        assert taken.width == width
        light = taken.convert("L").getpixel((2, 2))
    assert (light > 200) is (scheme == "light")


@pytest.mark.parametrize(("width", "kind"), [(360, "narrow"), (1280, "wide")])
def test_each_chart_shows_once(width: int, kind: str, pages: dict[str, Path], reader: Browser) -> None:
    """Of the two drawings of a chart the one for the window shows, in the page's colours."""
    reader.open(pages["ja"], width, scheme="dark")
    figures = reader.value("document.querySelectorAll('figure:has(svg)').length")
    assert reader.value(_SHOWN) == figures > 5
    assert reader.value(f"[...document.querySelectorAll('svg.{kind}')].every(e => e.clientHeight > 40)")
    dark = reader.value("getComputedStyle(document.querySelector('.f-text')).fill")
    reader.open(pages["ja"], width, scheme="light")
    assert dark != reader.value("getComputedStyle(document.querySelector('.f-text')).fill")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["ja", "en", "desk-ja", "desk-en"])
def test_texts_of_a_chart_do_not_overlap(name: str, width: int, pages: dict[str, Path], reader: Browser) -> None:
    """No two texts of a chart cover each other, as the browser's own font draws them."""
    reader.open(pages[name], width)
    assert reader.value(_OVERLAPPING) == []


def test_the_page_prints_whole(pages: dict[str, Path], reader: Browser, tmp_path: Path) -> None:
    """Printed on A4, every table is open and black on white, whatever the screen prefers."""
    reader.open(pages["ja"], 1280, scheme="dark")
    printed = tmp_path / "page.pdf"
    reader.print(printed)
    with pypdfium2.PdfDocument(printed) as document:
        assert [round(side) for side in document[0].get_size()] == [595, 842]
        texts = [page.get_textpage().get_text_bounded() for page in document]
        assert document[0].render().to_pil().convert("L").getpixel((5, 5)) > 240
    everything = "".join(texts)
    assert "5,217" in everything  # stands in a table only
    for figure in STATISTICS.figures:
        title = LABELS.title(figure).text("ja")
        assert sum(title in text.replace("\r\n", "") for text in texts) >= 1


def test_the_browser_tells_what_a_page_does_wrong(reader: Browser, tmp_path: Path) -> None:
    """A page with a script, a style attribute, a foreign image and a wide box is complained of: the checks can fail."""
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<!doctype html><meta http-equiv='Content-Security-Policy' content=\"default-src 'none'\">"
        "<meta name=viewport content='width=device-width'><p style='color:red'>x<script>1</script>"
        "<img src='https://example.com/x.png'>"
        "<svg id=s width=900 height=30><text y=20>one text</text><text y=22>another</text></svg>",
        "utf-8",
    )
    reader.open(bad, 360)
    told = " ".join(reader.complaints)
    assert all(word in told for word in ("style", "script", "example.com"))
    assert reader.value(_WIDE) > 360
    assert reader.value(_OVERLAPPING) == ["s: one text / another"]
