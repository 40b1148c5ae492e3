"""What the desk decides by itself, and how long it waits: an edition of the guideline plus the site's choices."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from mailbot.core.priority import Matrix
from mailbot.core.roles import Part

_MOMENT = timedelta(microseconds=1)
"""A term ends at midnight, which is the first moment of the day after its last one."""


@dataclass(frozen=True)
class Waits:
    """Deadlines of one edition. `…_business` in business days, `…_days` in calendar days."""

    triage_business: int
    finder_answer_business: int
    finder_reminders: int
    contact_answer_business: int  # first contact and each reminder of it
    contact_reminders: int
    ways_by_hand: tuple[str, ...]  # form, phone, letter: in which order they follow mail
    by_hand_answer_business: int  # after a form, a call or a letter
    details_receipt_business: tuple[int, ...]  # from the notice: reminders to say that it arrived
    verification_days: tuple[int, ...]  # products, from the notice: whether they are affected
    status_days: tuple[int, ...]  # websites, from the notice: requests for the state of the work
    status_days_product: tuple[int, ...]  # from the start date
    fix_days_website: int
    fix_days_product: int  # from the start date
    overdue_days: int  # between what coordinators hear of a fix that is overdue
    fix_check_business: int
    unreachable_days: int  # without an answer, before a case may end for it
    listing_days: tuple[int, ...]  # products: from the listing of a vendor to each of the next two steps
    disclosure_days: int  # products, from the start date: the finder may ask to end the silence
    finder_status_days: int = 0  # that a finder hears nothing of a case on which nobody moves; 0: for ever


@dataclass(frozen=True)
class Policy:
    """Everything `advance` may ask besides the case and the event."""

    edition: str
    waits: Waits
    part: Part = field(default_factory=Part)
    acknowledge: str = "auto"  # auto | approve
    first_contact: str = "approve"  # auto | approve
    details: str = "approve"  # auto | approve
    plaintext_details: str = "with_consent"  # never | with_consent
    protected_file: str = "pdf"  # pdf | zip | never
    finder_checks_fix: bool = True
    required: tuple[tuple[str, tuple[str, ...]], ...] = ()  # track -> fields that acceptance needs
    matrix: Matrix | None = None  # None: coordinators alone say what is urgent
    business_days: Callable[[datetime, int], datetime] = lambda start, days: start
    """The moment at which that many business days after `start` end, in the desk's zone, as UTC."""
    today: Callable[[datetime], date] = lambda moment: moment.date()
    """The desk's calendar day of a moment."""
    morning: Callable[[date], datetime] = lambda day: datetime.combine(day, time(9), UTC)
    """Nine o'clock of that day in the desk's zone, as UTC."""
    local: Callable[[datetime], datetime] = lambda moment: moment
    """The same moment in the desk's zone: how mails name an hour."""

    def last_day(self, start: datetime, days: int) -> date:
        """The last of that many business days after `start`: the day that a mail names as its date to answer by."""
        return self.today(self.business_days(start, days) - _MOMENT)

    def after(self, start: datetime, days: int) -> datetime:
        """The opening of the business day after those: when the desk acts on what did not come."""
        return self.opening(self.business_days(start, days))

    def opening(self, moment: datetime) -> datetime:
        """Nine o'clock of the day of `moment`, or of the next business day: nobody is written to on a Sunday."""
        return self.morning(self.last_day(moment, 0))
