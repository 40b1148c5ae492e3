"""What is passed over because it cannot matter: each shortcut gives what the long way gives."""

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mailbot.core import attributions, reply_headers
from mailbot.core.attributions import Attributions
from mailbot.core.bounce_parts import names_report, take_apart
from mailbot.core.duplicates import PROPOSED_FROM, compare, subject
from mailbot.core.model import Case, Field, Track
from mailbot.core.plain import _UNSEEN, clean
from mailbot.core.reply_headers import LINE, is_separator

NOW = datetime(2026, 11, 20, tzinfo=UTC)
PIECES = (
    *(
        "On 2026-11-02 10:15, ",
        "2026年11月2日 10:15 ",
        "発見 一郎",
        "Ada Finder ",
        "<ada@research.example.com>",
        " wrote",
    ),
    *(
        "書きました",
        "書きまし=",
        "た",
        "。",
        ":",
        "：",
        "=",
        "=20",
        " ",
        "\u3000",
        "**",
        "> ",
        "さんからのメール",
        "です",
        "Hello",
    ),
)
LINES = st.lists(st.lists(st.sampled_from(PIECES), max_size=5).map("".join), min_size=1, max_size=6)


class Every(Attributions):
    """Asks every line at length."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(lines)
        self._ends = self._begins = frozenset(range(len(lines)))


@given(LINES, st.booleans())
def test_attributions_are_those_of_every_line_looked_at_closely(lines: list[str], quote_below: bool) -> None:
    """A line that is passed over for its shape introduces nothing, whatever stands beside it."""
    quick, every = Attributions(lines), Every(lines)
    assert [quick.at(n, quote_below) for n in range(len(lines))] == [
        every.at(n, quote_below) for n in range(len(lines))
    ]
    assert all(quick.may_stand(n) for n in range(len(lines)) if every.at(n, quote_below))


def test_wrapped_attributions_are_found() -> None:
    """One on three lines, and one whose verb a soft line break cut in two: the long way and the short one see them."""
    wrapped = ["On 2026-11-02 10:15, Ada Finder", "(Research)", "<ada@research.example.com> wrote:"]
    cut = ["2026年11月2日 10:15 発見 一郎 書きまし=", "た。"]
    assert (Attributions(wrapped).at(0, False), Attributions(cut).at(0, True)) == (3, 2)
    assert attributions._LINES == 4


@given(st.from_regex(reply_headers._SEPARATOR, fullmatch=True))
def test_every_separator_is_seen(line: str) -> None:
    """Looking at its first character and its last passes none over."""
    assert is_separator(line) == (len(line) <= LINE)


def test_nothing_that_is_taken_out_is_printable() -> None:
    """So a printable text can stay as it is: no character of Unicode that clean() changes passes for one."""
    unseen = [c for c in map(chr, range(sys.maxunicode + 1)) if _UNSEEN.match(c) or re.match("[\r\x85\u2028\u2029]", c)]
    assert unseen
    assert not any(c.isprintable() for c in unseen)
    assert all(clean(f"a{c}b") in ("ab", "a\nb") for c in unseen)


SHAPES = st.fixed_dictionaries(
    {
        "product.name": st.sampled_from(("Kaede Shop", "Kaede Shop 2", "Sugi Forum")),
        "product.version": st.sampled_from(("1.0", "2.0", "")),
        "vulnerability.type": st.sampled_from(("xss", "sql_injection", "other", "")),
        "vulnerability.cve": st.sampled_from((("CVE-2026-0001",), ())),
        "vulnerability.summary": st.sampled_from(("入力した値が検査されずに使われる。" * 5, "a b c d " * 20, "")),
    }
)


def _fields(values: dict[str, Any]) -> tuple[Field, ...]:
    return tuple(Field(name, value, "rule", 1.0) for name, value in values.items() if value)


@given(SHAPES, SHAPES)
def test_likely_duplicates_are_the_same_with_and_without_a_least_score(
    new: dict[str, Any], old: dict[str, Any]
) -> None:
    """Asked for those that are proposed, it gives each of them as it gives it without being asked."""
    case, report = Case("CASE#00000001", Track.PRODUCT, NOW, fields=_fields(old)), subject(Track.PRODUCT, _fields(new))
    every = compare(report, "a@b.example", case)
    likely = compare(report, "a@b.example", case, PROPOSED_FROM)
    assert likely in (every, None)
    assert likely == every or every is None or every.score < PROPOSED_FROM


def test_a_subject_follows_the_fields() -> None:
    """A case whose fields have changed is compared by the new ones."""
    case = Case("CASE#00000001", Track.PRODUCT, NOW, fields=_fields({"product.name": "Kaede Shop"}))
    report = subject(Track.PRODUCT, case.fields)
    assert compare(report, "", case)
    assert compare(report, "", replace(case, fields=_fields({"product.name": "Ume Ledger"}))) is None


def test_no_report_without_its_name() -> None:
    """What the library takes for a multipart/report says so in its bytes, in whatever letters."""
    mail = b'Content-Type: Multipart/REPORT; boundary="b"\r\n\r\n--b\r\n\r\nfailed\r\n--b--\r\n'
    assert names_report(mail)
    assert take_apart(mail).is_report
    assert not names_report(b"Content-Type: multipart/mixed\r\n\r\nmultipart report\r\n")
