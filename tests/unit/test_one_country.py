"""The calendar of one country does not bring those of all others into memory."""

import subprocess
import sys

_SCRIPT = """
import sys
from datetime import date
from mailbot.adapters.one_country import no_more_than_asked
from mailbot.core.calendar import open_days
if "alone" in sys.argv:
    no_more_than_asked()
days = [date.fromordinal(number) for number in range(date(2020, 1, 1).toordinal(), date(2031, 1, 1).toordinal())]
for country in ("JP", "DE"):
    is_open = open_days(country)
    print("".join(str(int(is_open(day))) for day in days))
print(sum(name.startswith("holidays.countries.") for name in sys.modules) < 10, file=sys.stderr)
"""


def test_the_same_days_from_a_few_modules() -> None:
    """Business days of eleven years are the same; without the step, every country is imported."""
    found = []
    for argument in ("alone", "all"):
        command = [sys.executable, "-c", _SCRIPT, argument]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found.append((done.stdout, done.stderr.split()[-1]))
    assert found[0][0] == found[1][0]
    assert [few for _, few in found] == ["True", "False"]
