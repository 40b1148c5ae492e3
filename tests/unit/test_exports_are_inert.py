"""What leaves the desk as a file does nothing when it is opened in a spreadsheet, a browser or a program."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.pages import engine
from mailbot.statistics_files import safe_cell

_STARTS = ("=", "+", "-", "@", "\t", "\r")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1+1", "'+1+1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1:A9)", "'@SUM(A1:A9)"),
        ("\t=1", "'=1"),
        ("\r=1", "'=1"),
        ("  =1", "'=1"),
        ("a\n=1", "a =1"),
        ("ウェブサイト", "ウェブサイト"),
        ("1 = 1", "1 = 1"),
    ],
)
def test_t51_no_cell_is_a_formula(text: str, cell: str) -> None:
    """A text that a spreadsheet would reckon is given a mark by which it stays text; others stay as they are."""
    assert safe_cell(text) == cell


@given(st.text(st.sampled_from("=+-@ \t\r\n1aあ")))
def test_t51_whatever_it_begins_with(text: str) -> None:
    """No cell begins as a formula does, and none makes another row."""
    cell = safe_cell(text)
    assert not cell.startswith(_STARTS)
    assert "\n" not in cell
    assert "\r" not in cell


def test_t51_html_in_a_value_stays_text() -> None:
    """The engine of all pages escapes what it is given, without being told."""
    made = engine._environment().from_string('<p title="{{ value }}">{{ value }}</p>{{ value | tojson }}')
    hostile = "\"><script>alert(1)</script>'"
    shown = made.render(value=hostile)
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;") == 2
    assert json.loads(shown.partition("</p>")[2].replace("&#34;", '"')) == hostile


def test_t51_nothing_runs_on_a_page() -> None:
    """The policy of every page lets no script, frame, form or foreign address work."""
    said = engine.policy()
    assert "default-src 'none'" in said
    assert "script-src" not in said
    assert "unsafe" not in said
