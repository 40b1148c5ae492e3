"""Reckoning with the days that people name: the end of a month, the next such day, so many working days ahead."""

from datetime import date, timedelta
from typing import Literal

Unit = Literal["day", "business", "week", "month"]
_LONGEST = 1_000


def month_end(year: int, month: int) -> date:
    """The last day of a month; months count on beyond 12."""
    years, after = divmod(month, 12)  # the month after it, counted from 0
    return date(year + years, after + 1, 1) - timedelta(days=1)


def month_part(year: int, month: int, part: str) -> date:
    """The last day of a part of a month: early, mid, or else the month."""
    last = month_end(year, month)
    return last.replace(day={"early": 10, "mid": 20}[part]) if part in ("early", "mid") else last


def near(month: int, day: int, written: date, past: bool) -> date:
    """That day in the year in which it comes next, or in what is past came last. Raises ValueError if there is none."""
    this = date(written.year, month, day)
    if past:
        return this if this <= written else date(written.year - 1, month, day)
    return this if this >= written else date(written.year + 1, month, day)


def near_part(month: int, part: str, written: date) -> date:
    """The same for the last day of a part of a month, in what is to come."""
    day = month_part(written.year, month, part)
    return day if day >= written else month_part(written.year + 1, month, part)


def monday_of(written: date, weeks_ahead: int) -> date:
    """The Monday of this week, or of another one."""
    return written - timedelta(days=written.weekday()) + timedelta(weeks=weeks_ahead)


def near_weekday(weekday: int, written: date, past: bool) -> date:
    """The next such day after `written`, or the last one before it."""
    if past:
        return written - timedelta(days=(written.weekday() - weekday - 1) % 7 + 1)
    return written + timedelta(days=(weekday - written.weekday() - 1) % 7 + 1)


def ahead(written: date, count: int, unit: Unit) -> date | None:
    """That long after `written`; business days are those of the week. None for what nobody means."""
    if not 0 < count <= _LONGEST:
        return None
    if unit == "month":
        last = month_end(written.year, written.month + count)
        return last.replace(day=min(written.day, last.day))
    if unit == "week":
        return written + timedelta(weeks=count)
    day = written
    while count:
        day += timedelta(days=1)
        count -= unit != "business" or day.weekday() < 5
    return day
