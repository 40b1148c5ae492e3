"""How much mail may leave by itself, and when what is over may go: mail to others waits, notices become one summary.

Theory. RFC 3834 keeps machines from answering machines that say what they are. Others exist, and any sender can be
forged, so what leaves is counted as well: to one mailbox in a day, about one case in an hour, and in all in an hour
(the breaker). A mail counts once, under its item, from the moment that it may have arrived; its next attempts are the
same mail. So neither a crash nor a retry counts it twice, and nothing but the outbox has to be remembered. What waits
is never dropped, and `mailbot outbox retry` lets it go at once.

Answers to whoever writes may use half of the breaker's budget, so that a mail bomb does not keep the desk from writing
to those that it works with. Coordinators have a budget of their own: no bomb keeps a transcript from them. Mail that a
person approved or released, transcripts of commands that ran, the digest and the breaker's own alarm wait for nothing.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mailbot.core.limits import Limits
from mailbot.core.mailboxes import mailbox
from mailbot.core.model import Role
from mailbot.core.outbox import OutboxItem, Status

Spent = Callable[[str, datetime], Sequence[datetime]]
"""The moments, oldest first, at which mail that counts for an account left after that time."""

ALL = "all"
BREAKER = "the hour's mails of the whole desk are sent"
ANSWERS = "answers"
ALARM = "breaker"
"""How the key of the breaker's alarm begins."""
SUMMARY = "summary"
"""How the key of a mail begins that stands for many notices."""
REFUSED = "refused"
"""How the key of a transcript begins that tells of commands which nobody may have sent."""
RELEASED = "budget"
"""In `despite`: a person let this mail go although it was over a budget."""
WAITS = "waits: "
"""How the error of an item begins that waits for a budget and for nothing else."""

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
_TO_STRANGERS = frozenset(("receipt", "question", "undecryptable", "secret-key-warning"))
_STEP = timedelta(minutes=15)
"""What waits is looked at so often at most, however many mails leave meanwhile."""
_NOTICE = "notice-"
_NOTICES_OF_MANY = ("notice-new-case",)
_UNCOUNTED = ("notice-digest",)
_PARTNERS = (
    Role.BODY,
    Role.OWNER,
)  # named in the configuration: every case may be for them, and no sender chooses them


@dataclass(frozen=True)
class Wait:
    """That a mail is over a budget: until when, why, and whether it is the budget of the whole desk."""

    until: datetime
    why: str
    breaker: bool = False


@dataclass(frozen=True)
class Told:
    """Which notices to one coordinator go one by one, and which are put into one summary now."""

    alone: tuple[OutboxItem, ...]
    together: tuple[OutboxItem, ...]


def accounts(key: str, template: str, audience: str, address: str, case: str | None) -> tuple[str, ...]:
    """The accounts that a mail counts for."""
    to = mailbox(address)
    if audience == Role.COORDINATOR:
        if key.startswith(SUMMARY):
            return (f"summaries {to}",)
        if not _is_notice(key, template):
            return ()
        return (f"notices {to}", f"notices of many {to}") if _of_many(key, template) else (f"notices {to}",)
    found = (ALL, f"to {to}", *((f"case {case}",) if case else ()))
    return (*found, ANSWERS) if template in _TO_STRANGERS else found


def left_at(status: str, settled: str | datetime | None, following: str | datetime, doubts: int) -> datetime | None:
    """From when on a mail counts: since it was sent, or may have been; None for one that never left."""
    if status in (Status.SENT, Status.UNCERTAIN) and settled is not None:
        return _moment(settled)
    return _moment(following) if doubts or status == Status.SENDING else None


def wait(item: OutboxItem, spent: Spent, limits: Limits, now: datetime) -> Wait | None:
    """Why this mail may not leave now; None if it may."""
    if item.draft is None or item.doubts or item.status is Status.SENDING or _is_free(item):
        return None
    to = mailbox(item.draft.to.address)
    if item.draft.audience == Role.COORDINATOR:
        return _notice_waits(item, to, spent, limits, now)
    of_case = (f"case {item.case}", limits.mails_per_case_and_hour, HOUR, "the hour's mails of its case are sent")
    to_one = (f"to {to}", limits.mails_per_recipient_and_day, DAY, "the day's mails to its recipient are sent")
    budgets = [
        *([to_one] if item.draft.audience not in _PARTNERS else []),
        *([of_case] if item.case else []),
        (ALL, limits.mails_per_hour, HOUR, BREAKER),
    ]
    if item.template in _TO_STRANGERS:
        budgets.append((ANSWERS, _half(limits.mails_per_hour), HOUR, BREAKER))
    waits = [
        Wait(_next_step(_free_at(times, limit, term)), why, why is BREAKER)
        for account, limit, term, why in budgets
        if len(times := _within(spent, account, now, term)) >= limit
    ]
    return max(waits, key=lambda each: each.until, default=None)


def is_waiting(item: OutboxItem) -> bool:
    """Whether the mail waits for a budget."""
    return item.status is Status.QUEUED and item.error.startswith(WAITS)


def shared_out(due: Sequence[OutboxItem], spent: Spent, limits: Limits, now: datetime) -> Told:
    """What becomes of the notices to one coordinator that are due, oldest first.

    Those over the hour's number are told in one summary, one an hour; until the next may be written they wait.
    """
    notices = [item for item in due if item.draft and _is_notice(item.key, item.template) and not _is_free(item)]
    if not notices or notices[0].draft is None:
        return Told((), ())
    to = mailbox(notices[0].draft.to.address)
    left = limits.notices_per_coordinator_and_hour - len(_within(spent, f"notices {to}", now))
    of_many = _half(limits.notices_per_coordinator_and_hour) - len(_within(spent, f"notices of many {to}", now))
    alone: list[OutboxItem] = []
    for item in sorted(notices, key=lambda each: _of_many(each.key, each.template)):
        many = _of_many(item.key, item.template)
        if len(alone) < left and not (many and of_many <= 0):
            alone.append(item)
            of_many -= many
    over = tuple(item for item in notices if item not in alone)
    return Told(tuple(alone), () if _within(spent, f"summaries {to}", now) else over)


def tripped(last: datetime | None, now: datetime) -> bool:
    """Whether the breaker stopped mail within the hour; `last` is when it did so last."""
    return last is not None and abs(now - last) < HOUR


def is_news(last: datetime | None, now: datetime) -> bool:
    """Whether the breaker stops mail for the first time after a day without: then coordinators are told, once."""
    return last is None or abs(now - last) >= DAY


def _notice_waits(item: OutboxItem, to: str, spent: Spent, limits: Limits, now: datetime) -> Wait | None:
    if not _is_notice(item.key, item.template):
        return None
    over = len(_within(spent, f"notices {to}", now)) >= limits.notices_per_coordinator_and_hour
    if _of_many(item.key, item.template):
        over |= len(_within(spent, f"notices of many {to}", now)) >= _half(limits.notices_per_coordinator_and_hour)
    if not over:
        return None
    summaries = _within(spent, f"summaries {to}", now)
    return Wait(summaries[-1] + HOUR if summaries else now + timedelta(minutes=1), "told in the next summary")


def _within(spent: Spent, account: str, now: datetime, term: timedelta = HOUR) -> Sequence[datetime]:
    """What counts now. A moment further ahead than the term was written by a clock that was wrong: it would count,
    and mail would wait, until that day comes; nearer ones may be the next attempts of mails in doubt."""
    left = spent(account, now - term)
    return left[: bisect_right(left, now + term)]


def _is_free(item: OutboxItem) -> bool:
    return item.approved_by is not None or RELEASED in item.despite or item.key.startswith((ALARM, SUMMARY))


def _is_notice(key: str, template: str) -> bool:
    """Whether it is a mail to coordinators that what comes from outside can cause in any number."""
    return key.startswith(REFUSED) or (template.startswith(_NOTICE) and template not in _UNCOUNTED)


def _of_many(key: str, template: str) -> bool:
    return key.startswith(REFUSED) or template in _NOTICES_OF_MANY


def _free_at(times: Sequence[datetime], limit: int, term: timedelta) -> datetime:
    """When one more may leave: `limit` of them are within the term until then."""
    return times[-limit] + term


def _next_step(moment: datetime) -> datetime:
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + -(-(moment - day) // _STEP) * _STEP


def _half(limit: int) -> int:
    return max(1, limit // 2)


def _moment(at: str | datetime) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)
