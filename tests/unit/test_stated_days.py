"""The day that a sentence names, seen from Friday, 20 November 2026."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.reading import fold
from mailbot.core.stated_days import stated_day

FRIDAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("12月末までに", "2026-12-31"),
        ("１２月末までに", "2026-12-31"),
        ("12月上旬", "2026-12-10"),
        ("12月中旬ごろ", "2026-12-20"),
        ("12月下旬", "2026-12-31"),
        ("2月中", "2027-02-28"),
        ("2027年1月に", "2027-01-31"),
        ("来年3月末", "2027-03-31"),
        ("12/15", "2026-12-15"),
        ("1/15", "2027-01-15"),
        ("12月15日", "2026-12-15"),
        ("3月1日", "2027-03-01"),
        ("令和8年12月1日", "2026-12-01"),
        ("令和９年１月５日", "2027-01-05"),
        ("R8.12.1", "2026-12-01"),
        ("2026年12月1日", "2026-12-01"),
        ("2026-12-01", "2026-12-01"),
        ("2026/12/1", "2026-12-01"),
        ("本日中に", "2026-11-20"),
        ("明日", "2026-11-21"),
        ("明後日", "2026-11-22"),
        ("今週中", "2026-11-20"),
        ("今週末", "2026-11-22"),
        ("来週中", "2026-11-27"),
        ("来週水曜", "2026-11-25"),
        ("再来週", "2026-12-04"),
        ("週明けに", "2026-11-23"),
        ("月末までに", "2026-11-30"),
        ("今月末", "2026-11-30"),
        ("来月10日", "2026-12-10"),
        ("来月半ば", "2026-12-20"),
        ("再来月", "2027-01-31"),
        ("年内", "2026-12-31"),
        ("年度末までに", "2027-03-31"),
        ("3営業日以内", "2026-11-25"),
        ("2週間以内", "2026-12-04"),
        ("1か月後", "2026-12-20"),
        ("3ヶ月程度", "2027-02-20"),
        ("by December 15, 2026", "2026-12-15"),
        ("on 15 December", "2026-12-15"),
        ("by Dec 1st", "2026-12-01"),
        ("by the 3rd of January 2027", "2027-01-03"),
        ("by 12/15", "2026-12-15"),
        ("by 15/12/2026", "2026-12-15"),
        ("by 3/4/2027", None),
        ("by end of Q1", "2027-03-31"),
        ("in Q4", "2026-12-31"),
        ("in Q2 2028", "2028-06-30"),
        ("next Friday", "2026-11-27"),
        ("by Friday", "2026-11-27"),
        ("on Monday", "2026-11-23"),
        ("tomorrow", "2026-11-21"),
        ("next week", "2026-11-27"),
        ("this month", "2026-11-30"),
        ("by the end of next month", "2026-12-31"),
        ("by end of year", "2026-12-31"),
        ("end of January", "2027-01-31"),
        ("mid-January", "2027-01-20"),
        ("early next month", "2026-12-10"),
        ("within two weeks", "2026-12-04"),
        ("in 10 days", "2026-11-30"),
        ("within 3 business days", "2026-11-25"),
        ("in a couple of weeks", "2026-12-04"),
        ("2月31日", None),
        ("2026年10月1日", None),
        ("そのうち", None),
        ("it may be soon", None),
        ("version 1.2.3 of 10", None),
    ],
)
def test_days_to_come(words: str, day: str | None) -> None:
    """A span stands for its last day; a day without a year is the next one; what is past or unclear is none."""
    found = stated_day(fold(words), FRIDAY, past=False)
    assert (found.isoformat() if found else None) == day


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("昨日", "2026-11-19"),
        ("本日", "2026-11-20"),
        ("11/18", "2026-11-18"),
        ("12月1日", "2025-12-01"),
        ("先週金曜", "2026-11-13"),
        ("先月25日", "2026-10-25"),
        ("yesterday", "2026-11-19"),
        ("last Friday", "2026-11-13"),
        ("on November 16", "2026-11-16"),
        ("on Monday", "2026-11-16"),
        ("先月", None),
        ("2026-12-24", None),
        ("within two weeks", None),
    ],
)
def test_days_gone_by(words: str, day: str | None) -> None:
    """What was done was done on that day last; a span of time names no day."""
    found = stated_day(fold(words), FRIDAY, past=True)
    assert (found.isoformat() if found else None) == day


@given(
    st.lists(
        st.sampled_from(
            [
                "12",
                "31",
                "月",
                "日",
                "年",
                "来週",
                "末",
                "Q1",
                "next",
                "Friday",
                "/",
                "2026",
                "0",
                "99",
                "in",
                "weeks",
                "令和",
                "営業日以内",
            ]
        ),
        max_size=12,
    ),
    st.dates(),
    st.booleans(),
)
def test_any_sentence_is_read(words: list[str], written: date, past: bool) -> None:
    """No mixture of the words raises, from no day."""
    for sentence in ("".join(words), " ".join(words)):
        stated_day(sentence, written, past)
