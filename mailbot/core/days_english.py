"""Days as English mails name them: December 15, by end of Q1, next Friday, within two weeks."""

from datetime import date, timedelta

from mailbot.core.day_arithmetic import (
    Unit,
    ahead,
    monday_of,
    month_end,
    month_part,
    near,
    near_part,
    near_weekday,
)
from mailbot.core.patterns import Found, compile_pattern

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = {"today": 0, "tonight": 0, "this morning": 0, "just now": 0, "tomorrow": 1, "yesterday": -1, "last night": -1}
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "a couple of": 2}
_UNITS: dict[str, Unit] = {"day": "day", "week": "week", "month": "month"}


def _number(found: Found, group: int) -> int:
    return int(found.group(group) or 0)


def _word(found: Found, group: int) -> str:
    return " ".join((found.group(group) or "").lower().split())


def _part(word: str) -> str:
    return "early" if word.startswith(("early", "beginning")) else "mid" if word.startswith("mid") else ""


def _month_day(found: Found, written: date, past: bool) -> date | None:
    """Month day year, or day month year; the year may be left out."""
    first = 1 if found.group(1) else 5
    month = _MONTHS.index(_word(found, first)) + 1
    day, year = (_number(found, 2), _number(found, 3)) if first == 1 else (_number(found, 4), _number(found, 6))
    return date(year, month, day) if year else near(month, day, written, past)


def _month(found: Found, written: date, past: bool) -> date | None:
    part, month, year = _part(_word(found, 1)), _MONTHS.index(_word(found, 2)) + 1, _number(found, 3)
    if past:
        return None
    return month_part(year, month, part) if year else near_part(month, part, written)


def _quarter(found: Found, written: date, past: bool) -> date | None:
    month, year = _number(found, 1) * 3, _number(found, 2)
    day = month_end(year or written.year, month)
    return None if past else day if year or day >= written else month_end(written.year + 1, month)


def _span(found: Found, written: date, past: bool) -> date | None:
    part, later, unit = _part(_word(found, 1)), int(_word(found, 2) == "next"), _word(found, 3)
    if past:
        return None
    if unit == "week":
        return monday_of(written, later) + timedelta(days=4)
    if unit == "month":
        end = month_end(written.year, written.month + later)
        return month_part(end.year, end.month, part)
    if unit == "quarter":
        return month_end(written.year, ((written.month - 1) // 3 + 1 + later) * 3)
    return date(written.year + later, 12, 31)


def _weekday(found: Found, written: date, past: bool) -> date | None:
    weekday = _WEEKDAYS.index(_word(found, 2))
    if _word(found, 1) == "next":
        return monday_of(written, 1) + timedelta(days=weekday)
    return near_weekday(weekday, written, past or _word(found, 1) == "last")


def _named_day(found: Found, written: date, past: bool) -> date | None:
    return written + timedelta(days=_DAYS[_word(found, 1)])


def _within(found: Found, written: date, past: bool) -> date | None:
    words = _word(found, 1)
    count = int(words) if words.isdecimal() else _NUMBERS.get(words, 0)
    unit: Unit = "business" if found.group(2) else _UNITS[_word(found, 3)]
    return None if past else ahead(written, count, unit)


_MONTH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:[a-z]{0,6})\b\.?"
_YEAR = r"((?:19|20)[0-9]{2})"
_WEEK_OF = r"(?:(?:the )?week (?:of|beginning|starting) (?:on )?(?:the )?)?"
_NTH = r"([0-9]{1,2})(?:st|nd|rd|th)?\b"
READERS = (
    (
        compile_pattern(
            rf"\b{_WEEK_OF}{_MONTH}\s+(?:the\s+)?{_NTH}(?:,?\s*{_YEAR})?|\b{_WEEK_OF}{_NTH}\s+(?:of\s+)?{_MONTH}(?:,?\s*{_YEAR})?"
        ),
        _month_day,
    ),
    (compile_pattern(r"\bQ([1-4])(?:\s*(?:of\s*)?((?:19|20)[0-9]{2}))?\b"), _quarter),
    (
        compile_pattern(
            r"\b(?:(early|beginning of|mid|middle of|late|end of)[- ](?:the )?)?(this|next|the|current)\s+"
            r"(?:\w+ )?(week|month|quarter|year)\b"
        ),
        _span,
    ),
    (compile_pattern(r"\b(end) (of) (week|month|quarter|year)\b"), _span),
    (
        compile_pattern(
            r"\b(next|last|this|by|on|until|coming)?\s*(mon|tue|wed|thu|fri|sat|sun)(?:day|sday|nesday|rsday|urday)?\b"
        ),
        _weekday,
    ),
    (
        compile_pattern(
            r"\b(?:(early|beginning of|mid|middle of|late|end of|in|by|until|during|the|for)[- ](?:the )?)"
            rf"{_MONTH}(?:\s+{_YEAR})?"
        ),
        _month,
    ),
    (compile_pattern(r"\b(today|tonight|this morning|just now|tomorrow|yesterday|last night)\b"), _named_day),
    (
        compile_pattern(
            r"\b(?:within|in|after|another|next|needs?|about|approximately|around|takes?)\s+(?:the\s+)?(?:next\s+)?"
            r"([0-9]{1,3}|an?|one|two|three|four|five|six|a couple of)\s+(business |working )?(day|week|month)s?\b"
        ),
        _within,
    ),
)
