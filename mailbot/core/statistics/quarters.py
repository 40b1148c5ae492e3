"""Calendar quarters: 2026Q4 is October to December; inside, a quarter is a number that counts on by one."""

import re
from datetime import date, timedelta

_CODE = re.compile(r"(\d{4})Q([1-4])", re.ASCII | re.IGNORECASE)
_YEARS = range(1990, 9999)


def quarter_of(day: date) -> int:
    """The quarter in which the day lies."""
    return day.year * 4 + (day.month - 1) // 3


def code_of(quarter: int) -> str:
    """2026Q4."""
    return f"{quarter // 4}Q{quarter % 4 + 1}"


def parse_quarter(text: str) -> int:
    """The quarter that 2026Q4 names. Raises ValueError."""
    found = _CODE.fullmatch(text.strip())
    if found is None or int(found.group(1)) not in _YEARS:
        raise ValueError(f"{text}: a quarter is written like 2026Q4")
    return int(found.group(1)) * 4 + int(found.group(2)) - 1


def last_day(quarter: int) -> date:
    """The day on which the quarter ends."""
    following = quarter + 1
    return date(following // 4, following % 4 * 3 + 1, 1) - timedelta(days=1)


def last_quarters(quarter: int, count: int) -> tuple[int, ...]:
    """So many quarters up to this one."""
    return tuple(range(quarter - count + 1, quarter + 1))


def share(part: int, whole: int) -> int | None:
    """The part in percent, rounded half up; None of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else None


def rate(count: int, days: int) -> float | None:
    """How many a day, to two decimals, rounded half up; None without a day."""
    return (200 * count + days) // (2 * days) / 100 if days else None
