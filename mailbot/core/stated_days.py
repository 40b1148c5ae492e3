"""Which day a sentence names, seen from the day it was written.

A span of time stands for its last day, a working week for its Friday: who says "next week" may take all of it. A day
without a year is the next one, or in what is past the last one. What could be two days, as 3/4/2027, is none.
"""

from collections.abc import Callable, Iterator
from datetime import date

from mailbot.core import days_english, days_japanese
from mailbot.core.day_arithmetic import near
from mailbot.core.patterns import Found, Pattern, compile_pattern

_MOST = 20  # days that one sentence names in one way


def stated_day(sentence: str, written: date, past: bool) -> date | None:
    """The first day that folded text names, on the right side of `written`; None if it names none.

    `past`: what is told has happened, so the day is not after `written`; else it is not before.
    """
    days = sorted(_days(sentence, written, past))
    return next((day for _, day in days if (day <= written if past else day >= written)), None)


def _days(sentence: str, written: date, past: bool) -> Iterator[tuple[int, date]]:
    taken: list[tuple[int, int]] = []
    for pattern, read in _READERS:
        for number, found in enumerate(pattern.finditer(sentence)):
            start, end = found.start(), found.end()
            if number >= _MOST or any(begin < end and start < stop for begin, stop in taken):
                continue
            taken.append((start, end))  # also where it is no day: then its parts are none either
            try:
                day = read(found, written, past)
            except (ValueError, OverflowError):  # 31 February
                continue
            if day is not None:
                yield start, day


def _slashes_with_year(found: Found, written: date, past: bool) -> date | None:
    first, second, year = (int(found.group(group) or 0) for group in (1, 2, 3))
    if first <= 12 and second <= 12 and first != second:
        return None  # which of them is the month nobody knows
    return date(year, min(first, second), max(first, second))


def _slash(found: Found, written: date, past: bool) -> date | None:
    return near(int(found.group(1) or 0), int(found.group(2) or 0), written, past)


_READERS: tuple[tuple[Pattern, Callable[[Found, date, bool], date | None]], ...] = (
    (compile_pattern(r"\b([0-9]{1,2})[/.]([0-9]{1,2})[/.]((?:19|20)[0-9]{2})\b"), _slashes_with_year),
    *days_japanese.READERS,
    *days_english.READERS,
    (compile_pattern(r"\b([0-9]{1,2})/([0-9]{1,2})\b"), _slash),
)
