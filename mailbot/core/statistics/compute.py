"""A quarter's statistics out of case records."""

from collections.abc import Iterable
from datetime import date

from mailbot.core.statistics import on_products, on_reports, on_websites
from mailbot.core.statistics.figures import Statistics
from mailbot.core.statistics.quarters import code_of, last_day
from mailbot.core.statistics.records import CaseRecord
from mailbot.core.statistics.rules import StatisticsRules
from mailbot.core.statistics.tally import Tally


def statistics(
    records: Iterable[CaseRecord], rules: StatisticsRules, quarter: int, today: date, is_open: on_reports.IsOpen
) -> Statistics:
    """Every figure and table of the quarter (a number of `quarters.py`), up to its end or to `today` if that is sooner.

    `is_open`: which days are business days (`calendar.open_days`).
    """
    until = min(last_day(quarter), today)
    tally = Tally(rules, quarter, until)
    tally.count(records)
    return Statistics(
        quarter=code_of(quarter),
        since=tally.since.isoformat(),
        until=until.isoformat(),
        records=tally.records,
        figures=(*on_reports.figures(tally, is_open), *on_products.figures(tally), *on_websites.figures(tally)),
        remarks=(*on_reports.remarks(tally, is_open), *on_products.remarks(tally), *on_websites.remarks(tally)),
    )
