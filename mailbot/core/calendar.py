"""Which days the desk works, and when a number of business days has passed.

A day counts as a whole: whatever the hour of the start, day one is the first business day after its date, and a term
of N days ends when day N is over, at midnight in the desk's zone. A time limit given to someone thus never ends
while they may still be answering, and a reminder never goes out on the last day itself.
"""

from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays

from mailbot.errors import ConfigError

_DAY = timedelta(days=1)
_LONGEST_CLOSURE = 60  # days in a row; beyond that the closed days are a mistake and counting would not end


class YearlyDay(NamedTuple):
    """A day that is closed every year, such as 12-29."""

    month: int
    day: int


Closed = Collection[date | YearlyDay]
"""Days on which the desk does not work though they are no holidays."""


def open_days(country: str, closed: Closed = ()) -> Callable[[date], bool]:
    """Whether a day is a business day: no weekend, no holiday of `country` (ISO 3166, "" for none), not closed.

    Raises ConfigError for a country without a known calendar.
    """
    try:
        holiday = holidays.country_holidays(country) if country else {}
    except NotImplementedError as exc:
        raise ConfigError(
            (f'[desk] calendar: no holidays are known for "{country}"; use a code such as "JP"',)
        ) from exc
    shut = frozenset(closed)

    def is_open(day: date) -> bool:
        return (
            day.weekday() < 5 and day not in holiday and day not in shut and YearlyDay(day.month, day.day) not in shut
        )

    return is_open


def business_days(zone: ZoneInfo, country: str, closed: Closed = ()) -> Callable[[datetime, int], datetime]:
    """The moment (UTC) at which that many business days after `start` are over.

    With 0 days it is the end of the day of `start`, or of the next business day if that day is none.
    Raises ConfigError as `open_days` does; the function raises ValueError for a negative count.
    """
    is_open = open_days(country, closed)

    def after(start: datetime, days: int) -> datetime:
        if days < 0:
            raise ValueError("a number of business days cannot be negative")
        day = start.astimezone(zone).date()
        for _ in range(days):
            day = _first_open(day + _DAY, is_open)
        return _end_of(_first_open(day, is_open), zone)

    return after


def today(zone: ZoneInfo) -> Callable[[datetime], date]:
    """The calendar day of a moment in that zone."""
    return lambda moment: moment.astimezone(zone).date()


def morning(zone: ZoneInfo) -> Callable[[date], datetime]:
    """Nine o'clock of a day in that zone, as UTC."""
    return lambda day: datetime.combine(day, time(9), tzinfo=zone).astimezone(UTC)


def _first_open(day: date, is_open: Callable[[date], bool]) -> date:
    for _ in range(_LONGEST_CLOSURE):
        if is_open(day):
            return day
        day += _DAY
    raise ConfigError((f"closed days: none of the {_LONGEST_CLOSURE} days before {day} is a business day",))


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + _DAY, time.min, tzinfo=zone).astimezone(UTC)
