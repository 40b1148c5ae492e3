"""Business days of a Japanese desk, counted over weekends, holidays and the turn of the year."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.calendar import YearlyDay, business_days, morning, open_days, today
from mailbot.errors import ConfigError

TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YEAR = tuple(YearlyDay(*day) for day in ((12, 29), (12, 30), (12, 31), (1, 2), (1, 3)))
AFTER = business_days(TOKYO, "JP", NEW_YEAR)
IS_OPEN = open_days("JP", NEW_YEAR)


def tokyo(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("start", "days", "over"),
    [
        ("2026-11-16 10:00", 0, "2026-11-17"),
        ("2026-11-16 10:00", 1, "2026-11-18"),
        ("2026-11-16 00:00", 1, "2026-11-18"),
        ("2026-11-16 23:59", 1, "2026-11-18"),
        ("2026-11-13 17:00", 1, "2026-11-17"),  # Friday: Monday is day one
        ("2026-11-14 12:00", 0, "2026-11-17"),  # Saturday: no business day has to be over before Monday is
        ("2026-11-14 12:00", 1, "2026-11-17"),
        ("2026-11-16 10:00", 5, "2026-11-25"),  # 勤労感謝の日 on Monday the 23rd
        ("2026-09-18 10:00", 1, "2026-09-25"),  # 敬老の日, 国民の休日 between, 秋分の日
        ("2026-04-28 10:00", 1, "2026-05-01"),  # Golden Week: 昭和の日
        ("2026-05-01 10:00", 1, "2026-05-08"),  # 憲法記念日 is a Sunday, made up for on Wednesday
        ("2026-12-28 10:00", 1, "2027-01-05"),
        ("2026-12-28 10:00", 2, "2027-01-06"),
        ("2026-12-31 10:00", 0, "2027-01-05"),
        ("2024-08-09 10:00", 1, "2024-08-14"),  # 山の日 is a Sunday, made up for on Monday
    ],
)
def test_business_days(start: str, days: int, over: str) -> None:
    """The term ends at midnight after its last business day."""
    assert AFTER(tokyo(start), days) == tokyo(f"{over} 00:00")


def test_result_is_utc() -> None:
    """Midnight in Tokyo is 15:00 UTC of the day before."""
    result = AFTER(tokyo("2026-11-16 10:00"), 1)
    assert (result, result.tzinfo) == (datetime(2026, 11, 17, 15, tzinfo=UTC), UTC)


def test_zone_decides_the_day() -> None:
    """Sunday 15:00 UTC is Monday in Tokyo."""
    assert AFTER(datetime(2026, 11, 15, 15, tzinfo=UTC), 1) == tokyo("2026-11-18 00:00")


def test_closed_once() -> None:
    """A day that is closed in one year is open in the next."""
    is_open = open_days("JP", (date(2026, 8, 13),))
    assert (is_open(date(2026, 8, 13)), is_open(date(2027, 8, 13))) == (False, True)


def test_no_country() -> None:
    """Without a country only weekends are free."""
    assert business_days(TOKYO, "")(tokyo("2026-12-31 10:00"), 1) == tokyo("2027-01-02 00:00")


def test_summer_time() -> None:
    """A day of 23 hours is a day."""
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 3, 27, 12, tzinfo=berlin)
    assert business_days(berlin, "DE")(start, 1) == datetime(2026, 3, 31, tzinfo=berlin)


def test_today_and_morning() -> None:
    """The desk's day and its nine o'clock are those of its zone."""
    assert today(TOKYO)(datetime(2026, 11, 16, 15, tzinfo=UTC)) == date(2026, 11, 17)
    assert morning(TOKYO)(date(2026, 11, 17)) == datetime(2026, 11, 17, 0, tzinfo=UTC)


def test_unknown_country() -> None:
    """A country without a calendar is a mistake in the configuration."""
    with pytest.raises(ConfigError, match="calendar"):
        business_days(TOKYO, "ZZ")


def test_negative_count() -> None:
    """Nobody can wait for less than no day."""
    with pytest.raises(ValueError, match="negative"):
        AFTER(tokyo("2026-11-16 10:00"), -1)


def test_everything_closed() -> None:
    """A calendar without any business day is refused instead of searched for ever."""
    every_day = [YearlyDay(month, day) for month in range(1, 13) for day in range(1, 32)]
    with pytest.raises(ConfigError, match="closed days"):
        business_days(TOKYO, "JP", every_day)(tokyo("2026-11-16 10:00"), 1)


MOMENTS = st.datetimes(datetime(2010, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 hypothesis adds the zone


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=20)), st.integers(0, 30))
def test_monotone(start: datetime, later: timedelta, days: int) -> None:
    """A later start or a longer term never ends earlier; one more business day is later unless the start had none."""
    assert AFTER(start, days) <= AFTER(start + later, days)
    assert AFTER(start, days) <= AFTER(start, days + 1)
    assert AFTER(start, days + 1) < AFTER(start, days + 2)


@given(MOMENTS, st.integers(0, 30))
def test_ends_with_a_business_day(start: datetime, days: int) -> None:
    """What ends is a business day, and exactly that many lie after the day of the start."""
    last = (AFTER(start, days) - timedelta(seconds=1)).astimezone(TOKYO).date()
    first = start.astimezone(TOKYO).date()
    between = [first + timedelta(days=n + 1) for n in range((last - first).days)]
    assert IS_OPEN(last)
    if days:
        assert sum(map(IS_OPEN, between)) == days
