"""The desk's own pages: private, in full, and with strangers' words as text that nobody can click."""

import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unicodedata import category, combining

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailbot.core.charts import Chart
from mailbot.core.desk_figures import desk_figures
from mailbot.core.digest import Counted
from mailbot.core.model import Case, Contact, Deadline, DeadlineKind, Entry, Field, Standing, State
from mailbot.core.templates import Templates
from mailbot.core.visible import defanged, visible
from mailbot.pages.desk_page import DeskWords, case_page, desk_page, language_of, write_desk
from tests.builders import DESK, INFO, NOW, POLICY, SHOP, case, standing
from tests.page_checks import STRANGE, assert_sound
from tests.sample_cases import WEBSITE_JA, templates

TEXTS: Templates = templates()
JA, EN = (DeskWords(DESK, TEXTS, POLICY, language) for language in ("ja", "en"))


def no_chart(chart: Chart, width: int, title: str, description: str) -> str:
    """In place of a drawing, where only the page counts."""
    return f'<svg id="{chart.code}-{width}"></svg>'


def hostile(words: str) -> Case:
    """A case in which strangers wrote everything that they can write."""
    fields = tuple(
        Field(name, value, "test/x", 0.9)
        for name, value in (
            ("target.urls", ()),
            ("target.site_name", words),
            ("vulnerability.type", words),
            ("product.name", words),
        )
    )
    dead = Contact(3, words, words, Standing.DEAD, why=words)
    timeline = (Entry(NOW, "bounced", words, f"{words} 5.1.1 {words}"), Entry(NOW, words, words, words))
    due = (Deadline(DeadlineKind.COORDINATOR, NOW - timedelta(days=3), note=words),)
    return case(
        State.CONTACTING,
        *(SHOP, dead),
        fields=fields,
        assigned=words,
        priority_why=(words,),
        timeline=timeline,
        deadlines=due,
    )


@pytest.mark.parametrize("said", [JA, EN], ids=["ja", "en"])
@pytest.mark.parametrize("words", STRANGE)
def test_no_word_of_a_stranger_becomes_markup(words: str, said: DeskWords) -> None:
    """Names, addresses, reasons and notes are text on both pages, shown in full, and no link is made."""
    bad = hostile(words)
    figures = desk_figures((bad,), (), (), NOW, POLICY)
    for page in (
        desk_page(figures, said, no_chart, {bad.id: "case-1.html"}, (replace(bad, state=State.CLOSED),)),
        case_page(bad, (), said, NOW),
    ):
        found = assert_sound(page)
        links = {each.attrs["href"] for each in found if each.name == "a"}
        assert links <= {"case-1.html", "index.html"}
        assert "https://evil" not in page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://shop.example.jp/a?b=c.d", "hxxps://shop[.]example[.]jp/a?b=c.d"),
        ("see HTTP://x.example now", "see HxxP://x[.]example now"),
        ("shop.example.jp", "shop[.]example[.]jp"),
        ("ftp://a.example/b", "ftp://a[.]example/b"),
        ("web@shop.example.jp 5.1.1", "web@shop.example.jp 5.1.1"),
        ("version 3.2.1 is bad. Very", "version 3.2.1 is bad. Very"),
        ("two\nlines", "two\nlines"),
        ("security.txt", "security.txt"),
    ],
)
def test_addresses_of_the_web_are_broken(text: str, shown: str) -> None:
    """No program makes a link of what a stranger wrote; versions, sentences and mail addresses stay as they are."""
    assert defanged(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("abc\u202etxt.exe", "abc⟨U+202E⟩txt.exe"),
        ("a\x00b\x1b[0m", "a⟨U+0000⟩b⟨U+001B⟩[0m"),
        ("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
        ("が\u3099 é e\u0301", "が\u3099 é e\u0301"),
        ("a\u2028b", "a⟨U+2028⟩b"),
        ("日本語 👍", "日本語 👍"),
    ],
)
def test_what_cannot_be_seen_is_shown(text: str, shown: str) -> None:
    """Control, direction and unseen characters appear as their numbers; letters of any script stay."""
    assert visible(text) == shown


@given(st.text(st.characters(), max_size=30))
@example("全角\u3000の空白と改行\n")
@example("e\u0301 ü \u00a0\u2003")
@example("\u200b")
@example("\u2028\u2029\x85")
def test_the_short_way_shows_what_a_look_at_each_character_does(text: str) -> None:
    """A text of which nothing has to be told is passed on as it is; never one in which something is unseen."""
    marks, shown = 0, ""
    for char in text:
        marks = marks + 1 if combining(char) else 0
        unseen = category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and char != "\n"
        shown += f"⟨U+{ord(char):04X}⟩" if unseen or marks > 4 else char
    assert visible(text) == shown


def test_long_words_are_cut() -> None:
    """A stranger's text takes no more than its share; marks piled on a letter are numbers after the fourth."""
    assert visible("x" * 1000) == "x" * 400 + "…"
    assert visible("Z" + "\u0336" * 5) == "Z" + "\u0336" * 4 + "⟨U+0336⟩"


def test_the_pages_are_private(tmp_path: Path) -> None:
    """Folder 0700 and files 0600, also where they were open before; nothing else is left behind."""
    folder = tmp_path / "desk"
    folder.mkdir(mode=0o755)
    index = folder / "index.html"
    index.write_text("old")
    index.chmod(0o644)
    written = write_desk(folder, (case(),), (), (), JA, NOW, no_chart)
    assert written == index
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {each.name for each in folder.iterdir()} == {"index.html", "case-CASE-12345678.html"}
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}


def test_a_page_that_says_the_same_is_not_written_again(tmp_path: Path) -> None:
    """It stays the file that it is; one that others could read, or that is a link, becomes a file of ours."""
    folder, name = tmp_path / "desk", "case-CASE-12345678.html"
    write_desk(folder, (case(),), (), (), JA, NOW, no_chart)
    page, text = folder / name, (folder / name).read_text("utf-8")
    first = page.stat().st_ino
    write_desk(folder, (case(),), (), (), JA, NOW, no_chart)
    assert page.stat().st_ino == first
    page.chmod(0o644)
    write_desk(folder, (case(),), (), (), JA, NOW, no_chart)
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    page.rename(tmp_path / "elsewhere")
    page.symlink_to(tmp_path / "elsewhere")
    write_desk(folder, (case(),), (), (), JA, NOW, no_chart)
    assert not page.is_symlink()
    write_desk(folder, (case(assigned="Somebody"),), (), (), JA, NOW, no_chart)
    assert page.read_text("utf-8") != text


def test_a_case_that_is_gone_has_no_page(tmp_path: Path) -> None:
    """What was purged, or ended long ago, disappears from the folder with the next report; other files stay."""
    gone, old = case(id="CASE#11111111"), case(State.CLOSED, id="CASE#22222222", since=NOW - timedelta(days=91))
    late = case(State.CLOSED, id="CASE#33333333", since=NOW - timedelta(days=89))
    write_desk(tmp_path, (gone, replace(old, since=NOW)), (), (), JA, NOW, no_chart)
    assert len(list(tmp_path.iterdir())) == 3
    (tmp_path / "notes.txt").write_text("mine")
    index = write_desk(tmp_path, (old, late), (), (), JA, NOW, no_chart)
    names = {each.name for each in tmp_path.iterdir()}
    assert names == {"index.html", "case-CASE-33333333.html", "notes.txt"}
    page = index.read_text("utf-8")
    assert 'href="case-CASE-33333333.html"' in page
    assert "CASE#11111111" not in page


def test_the_report_itself_stays_sealed() -> None:
    """Neither page says how the vulnerability works, what was attacked, or who found it beyond the log."""
    sensitive = replace(WEBSITE_JA, timeline=(Entry(NOW, "report", "mailbot", "website, complete"),))
    figures = desk_figures((sensitive,), (), (), NOW, POLICY)
    for page in (desk_page(figures, JA, no_chart), case_page(sensitive, (), JA, NOW)):
        for secret in ("alert(", "%3Cscript", "?q=", "PHPSESSID", "エスケープされずに", "090-1234", "山田"):
            assert secret not in page
        assert "hxxp://shop[.]example[.]jp/search/" in page


def test_a_case_page_tells_its_history() -> None:
    """Each case's page has its log in words, what is due and the contact points with their standing."""
    told = case(
        State.CONTACTING,
        standing(SHOP, Standing.TRIED),
        INFO,
        timeline=(Entry(NOW, "sent", "mailbot", f"first-contact to {SHOP.address} (signed)", "<1@x>"),),
    )
    ja, en = case_page(told, (), JA, NOW), case_page(told, (), EN, NOW)
    assert "「連絡先の確認」を送りました" in ja
    assert "担当者の判断" in ja
    assert "連絡済み" in ja
    assert '<html lang="en">' in en
    assert "web@shop.example.jp" in en


def test_an_empty_desk_has_a_page() -> None:
    """A desk without a case says so."""
    page = desk_page(desk_figures((), (), (), NOW, POLICY), JA, no_chart)
    assert_sound(page)
    assert page.count("ありません。") >= 4
    assert "<svg" not in page


def test_mail_of_the_weeks_is_drawn() -> None:
    """There is a chart of mail by week as soon as there is mail, and of ages as soon as a case is open."""
    mails = (Counted("ab", "case", NOW),)
    page = desk_page(desk_figures((case(),), (), mails, NOW, POLICY), EN, no_chart)
    assert [f'id="{name}-{width}"' in page for name in ("ages", "weeks") for width in (720, 340)] == [True] * 4


@pytest.mark.parametrize(
    ("languages", "chosen"), [(("ja", "en"), "ja"), (("en", "ja"), "en"), (("fr", "en"), "en"), (("fr",), "ja")]
)
def test_the_pages_speak_the_desks_language(languages: tuple[str, ...], chosen: str) -> None:
    """The first of the desk's languages in which there are pages."""
    assert language_of(replace(DESK, languages=languages)) == chosen
