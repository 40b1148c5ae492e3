"""On which day a fault was found, where the finder leaves out the year: seen from the day the mail was sent."""

from dataclasses import replace
from datetime import date

from mailbot.core.model import Field
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold
from mailbot.core.stated_days import stated_day

_FOUND_ON = "vulnerability.found_on"
_WHOLE = compile_pattern(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")


def dated(fields: tuple[Field, ...], sent: date | None) -> tuple[Field, ...]:
    """The fields, the day of discovery with its year; words that name no day before `sent` stay as they are."""
    return tuple(_dated(field, sent) if field.name == _FOUND_ON and sent is not None else field for field in fields)


def _dated(field: Field, sent: date) -> Field:
    words = fold(str(field.value))
    day = None if _WHOLE.search(words) else stated_day(words, sent, past=True)
    return field if day is None else replace(field, value=day.isoformat())
