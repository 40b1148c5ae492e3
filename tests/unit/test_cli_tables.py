"""Tables on terminals of several widths, and where a program reads."""

import io
import sys
from collections.abc import Callable

import pytest
from rich.cells import cell_len

from mailbot.cli.tables import Cell, Column, put_heading, put_table

ESCAPE = "\x1b"
COLUMNS = (Column("case"), Column("track", spare=1), Column("due"), Column("title", least=16))
ROWS = (
    ("CASE#12345678", "website", Cell("2026-11-01", "late 9 d", "bold red"), "https://shop.example.jp/search?q=1"),
    ("CASE#23456789", "product", "2026-12-24", "見本市カレンダー（予定表）の脆弱性"),
)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


Show = Callable[..., str]


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    """What a terminal of some width gets."""

    def shown(width: int, rows: object = ROWS, **environ: str) -> str:
        monkeypatch.setattr(sys, "stdout", terminal := _Terminal())
        for name, value in {"COLUMNS": str(width), "TERM": "xterm-256color", **environ}.items():
            monkeypatch.setenv(name, value)
        put_table(COLUMNS, rows, nothing="no cases")  # type: ignore[arg-type]
        return terminal.getvalue()

    monkeypatch.delenv("NO_COLOR", raising=False)
    return shown


@pytest.mark.parametrize("width", [50, 64, 80, 120])
def test_no_line_is_wider_than_the_terminal(show: Show, width: int) -> None:
    """Full-width characters count as two cells; neither an id nor a word that marks is cut."""
    text = show(width, NO_COLOR="1")
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert all(word in text for word in ("CASE#12345678", "CASE#23456789", "late 9 d", "2026-12-24"))


def test_columns_begin_in_the_same_cell_below_full_width_characters(show: Show) -> None:
    """What stands right of a Japanese cell stands where it stands below a Latin one."""
    rows = [("見本", "website", "2026-12-24", "x"), ("CASE#1", "product", "2026-12-24", "y")]
    lines = show(80, rows, NO_COLOR="1").splitlines()[1:]
    assert len({cell_len(line[: line.index("2026")]) for line in lines}) == 1


def test_a_narrow_terminal_leaves_out_what_it_can_do_without(show: Show) -> None:
    """The column that is spare goes, the others stay whole."""
    assert "website" in show(80)
    assert "website" not in show(50)
    assert "late 9 d" in show(50)


def test_a_very_narrow_terminal_gets_a_block_for_each_row(show: Show) -> None:
    """Nothing is left out then: each value stands behind the name of its column."""
    lines = show(30, NO_COLOR="1").splitlines()
    assert lines[0] == "CASE#12345678"
    assert "  track: website" in lines
    assert "  due: late 9 d" in lines


def test_no_colour_means_no_escape_code(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR and a dumb terminal are honoured, by the bold of headings too."""
    assert ESCAPE in show(80)
    assert ESCAPE not in show(80, TERM="dumb")
    assert ESCAPE not in show(80, NO_COLOR="1")
    monkeypatch.setattr(sys, "stdout", terminal := _Terminal())
    put_heading("Fields")
    assert terminal.getvalue() == "\nFields\n"


def test_a_program_reads_codes_and_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal: no heading, no words for people, nothing shortened, nothing said of an empty list."""
    put_table(COLUMNS, ROWS, nothing="no cases")
    put_table(COLUMNS, (), nothing="no cases")
    out, err = capsys.readouterr()
    assert out.splitlines()[0].split("\t") == ["CASE#12345678", "website", "2026-11-01", ROWS[0][3]]
    assert (len(out.splitlines()), err) == (2, "")


def test_an_empty_list_is_said_on_a_terminal(show: Show, capsys: pytest.CaptureFixture[str]) -> None:
    """In a sentence, and no heading stands above nothing."""
    assert show(80, ()) == ""
    assert capsys.readouterr().err == "mailbot: no cases\n"


@pytest.mark.parametrize("width", [20, 80])
def test_a_strangers_words_stay_words(show: Show, width: int) -> None:
    """Neither markup nor control characters of a mail reach the terminal."""
    text = show(width, [("[red]x[/red]", "\x1b[2J", "\x07", "a\nb:smile:")], NO_COLOR="1")
    assert "[red]x[/red]" in text
    assert ":smile:" in text
    assert not {ESCAPE, "\x07"} & set(text)
