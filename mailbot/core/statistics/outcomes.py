"""Where a case stands for the statistics: the bucket it ended in and since when, or that it is open.

Theory. A case has one outcome and one day of it, so that what ended in a quarter is what stands in the bucket at its
end less what stood there before. A published product is published from that day on, whatever is closed later; a website
is mended when the fix was confirmed, or else when the case was closed for it.
"""

from datetime import date
from typing import NamedTuple

from mailbot.core.codes import FixMethod
from mailbot.core.model import Track
from mailbot.core.statistics.records import CaseRecord
from mailbot.core.statistics.rules import StatisticsRules

OPEN, REJECTED, PUBLISHED, FIXED = "open", "rejected", "published", "fixed"
PRODUCT_BUCKETS = (PUBLISHED, "handled_individually", "not_a_vulnerability", REJECTED, OPEN)
WEBSITE_BUCKETS = (FIXED, "warned", "not_a_vulnerability", "unreachable", REJECTED, OPEN)
"""The buckets of the published tables, in their order."""


class Outcome(NamedTuple):
    """How a case ended, and when."""

    bucket: str
    day: date


def outcome_of(record: CaseRecord, rules: StatisticsRules) -> Outcome | None:
    """The bucket in which the case ended; None while it is open."""
    if record.track is Track.PRODUCT and record.published:
        return Outcome(PUBLISHED, record.published)
    if record.rejected and not (record.closing_code and record.accepted):
        return Outcome(REJECTED, record.rejected)
    if record.closing_code is None or record.closed is None:
        confirmed = record.fix_confirmed if record.track is Track.WEBSITE else None
        return Outcome(FIXED, confirmed) if confirmed else None
    bucket = rules.buckets.get((record.track.value, record.closing_code.value), OPEN)
    if bucket == OPEN:
        return None
    if bucket == FIXED and record.fix_confirmed:
        return Outcome(FIXED, record.fix_confirmed)
    if not _was_accepted(record, record.closed):
        bucket = rules.before_acceptance.get(bucket, bucket)
    return Outcome(bucket, record.closed)


def _was_accepted(record: CaseRecord, closed: date) -> bool:
    """Whether the case was accepted when it was closed; who had written to operator or vendor had accepted it."""
    signs = (record.accepted, record.first_contact, record.start_date, record.details_sent)
    return any(day is not None and day <= closed for day in signs)


def days_to_publication(record: CaseRecord) -> int | None:
    """受理 to 公表: the clock of the statistics, not that of the 45 days; None if the acceptance is not known."""
    published = record.published or record.closed
    if published is None or record.accepted is None:
        return None
    return max((published - record.accepted).days, 0)


def days_to_fix(record: CaseRecord) -> int | None:
    """詳細通知 to 修正 as the operator reported it; None if one of the days is not known."""
    fixed = record.fix_reported or record.fix_confirmed or record.closed
    if fixed is None or record.details_sent is None:
        return None
    return max((fixed - record.details_sent).days, 0)


def method_of(record: CaseRecord) -> str:
    """How a website was mended."""
    return record.fix_method.value if record.fix_method else "not_stated"


WITHIN_FIXED = (FixMethod.PAGE_REMOVED.value, FixMethod.AVOIDED.value)
"""The methods that the table of websites tells apart (うち…)."""
