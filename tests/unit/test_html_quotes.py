"""What an HTML mail quotes is marked as such, so that the sender's own words can be told from it."""

import pytest

from mailbot.core.htmltext import html_text
from mailbot.core.quoting import new_text

GMAIL = (
    '<div dir="ltr"><div class="gmail_quote"><div dir="ltr" class="gmail_attr">2026年11月20日(金) 9:30 Desk '
    "&lt;security@desk.example.jp&gt;:<br></div>"
    '<blockquote class="gmail_quote" style="border-left:1px solid">ご担当ですか。</blockquote></div>'
    '<div>はい、そうです。</div><blockquote class="gmail_quote">送り先は？</blockquote><div>ここです。</div></div>'
)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('a<blockquote type="cite">q1<br>q2</blockquote>tail<div>b</div>', "a\n> q1\n> q2\ntail\nb"),
        ('<blockquote class="moz-quote-pre" type="CITE"><pre>a\n  b</pre></blockquote>z', "> a\n>   b\nz"),
        ("a<blockquote type=cite>q<blockquote type=cite>deep</blockquote>r</blockquote>", "a\n> q\n>> deep\n> r"),
        ('a<blockquote class="yahoo_quoted">q</blockquote>', "a\n> q"),
        ('a<blockquote style="margin:0 0 0 40px;border:none">indented</blockquote>', "a\nindented"),
        ("a \ue0f0 b", "a b"),
        ("<blockquote type=cite></blockquote>a", "a"),
    ],
)
def test_what_mail_programs_mark_as_quoted_is_quoted(source: str, text: str) -> None:
    """By type or class; an indented passage is the sender's, and marks of ours inside the mail do nothing."""
    assert html_text(source)[0] == text


def test_answers_between_quotations_of_an_html_mail_are_new() -> None:
    """Gmail without a text part."""
    assert new_text(html_text(GMAIL)[0]).split() == ["はい、そうです。", "ここです。"]


def test_t8_quotations_nested_without_end_are_read_without_structure() -> None:
    """Thousands of levels cost neither memory nor the words inside."""
    text, defects = html_text("<blockquote type=cite>" * 3_000 + "deep")
    assert text.lstrip("> ") == "deep"
    assert defects == ("HTML read without its structure",)
    assert len(html_text("<blockquote type=cite>" * 100 + "a<br>" * 1_000)[0]) < 20_000
