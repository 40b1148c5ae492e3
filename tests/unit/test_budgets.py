"""How much mail may leave by itself: every budget, what counts for it, and what waits for none."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mailbot.core import budgets
from mailbot.core.budgets import accounts, is_waiting, left_at, shared_out, wait
from mailbot.core.limits import Limits
from mailbot.core.messages import Address, Draft
from mailbot.core.outbox import OutboxItem, Status
from tests.fakes_keyring import NOW

LIMITS = Limits(
    mails_per_recipient_and_day=3, mails_per_case_and_hour=4, mails_per_hour=6, notices_per_coordinator_and_hour=4
)
HANAKO, TARO = "hanako@finder.example.org", "taro@desk.example.jp"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Books:
    """What left, by account."""

    def __init__(self, **left: Sequence[datetime]) -> None:
        self.left = {name.replace("__", " "): times for name, times in left.items()}

    def spend(self, account: str, *times: datetime) -> "Books":
        """The same with that on the account."""
        self.left[account] = times
        return self

    def __call__(self, account: str, since: datetime) -> Sequence[datetime]:
        return tuple(sorted(at for at in self.left.get(account, ()) if at > since))


def mail(template: str = "acceptance", to: str = HANAKO, audience: str = "finder", **values: object) -> OutboxItem:
    """A mail that is due."""
    draft = Draft(f"ja/{template}", Address("", to), audience, "s", "b")
    item = OutboxItem(f"{template}-1", "CASE#1", f"CASE#1/2/0/{template}", template, Status.QUEUED, NOW, NOW, draft)
    return replace(item, **values)  # type: ignore[arg-type]


def notice(number: int, template: str = "notice-problem", **values: object) -> OutboxItem:
    """A notice to Taro, the older the smaller its number."""
    made = {"item": f"n{number}", "created": NOW + number * timedelta(seconds=1), **values}
    return mail(template, TARO, "coordinator", **made)


@pytest.mark.parametrize(
    ("key", "template", "audience", "address", "case", "expected"),
    [
        ("k", "receipt", "finder", "A+x@x.example", "C", ("all", "to a@x.example", "case C", "answers")),
        ("k", "receipt", "finder", "a.b@gmail.com", None, ("all", "to ab@gmail.com", "answers")),
        ("k", "receipt", "finder", "AB@googlemail.com", None, ("all", "to ab@gmail.com", "answers")),
        ("k", "details", "operator", "a@x.example", "C", ("all", "to a@x.example", "case C")),
        ("k", "notice-reply", "coordinator", TARO, "C", (f"notices {TARO}",)),
        ("k", "notice-new-case", "coordinator", TARO, "C", (f"notices {TARO}", f"notices of many {TARO}")),
        ("refused/d", "transcript", "coordinator", TARO, None, (f"notices {TARO}", f"notices of many {TARO}")),
        ("transcript/d", "transcript", "coordinator", TARO, None, ()),
        ("digest/2026-11-20", "notice-digest", "coordinator", TARO, None, ()),
        ("summary/x", "notice-problem", "coordinator", TARO, None, (f"summaries {TARO}",)),
        ("breaker/x", "notice-problem", "coordinator", TARO, None, (f"notices {TARO}",)),
    ],
)
def test_accounts(key: str, template: str, audience: str, address: str, case: str | None, expected: object) -> None:
    """All spellings of a mailbox are one account; nothing to our own people counts for the desk's budget."""
    assert accounts(key, template, audience, address, case) == expected


@pytest.mark.parametrize(
    ("status", "settled", "doubts", "expected"),
    [
        (Status.SENT, NOW, 0, NOW),
        (Status.UNCERTAIN, NOW, 2, NOW),
        (Status.SENDING, None, 0, NOW + HOUR),
        (Status.QUEUED, None, 1, NOW + HOUR),
        (Status.QUEUED, None, 0, None),
        (Status.HELD, None, 0, None),
        (Status.DEAD, NOW, 0, None),
    ],
)
def test_what_has_left(status: Status, settled: datetime | None, doubts: int, expected: datetime | None) -> None:
    """A mail counts from when it may have arrived; one that waits, or was refused, does not."""
    assert left_at(status, settled, NOW + HOUR, doubts) == expected
    as_stored = (settled.isoformat() if settled else None), (NOW + HOUR).isoformat()
    assert left_at(status.value, *as_stored, doubts) == expected


def _some(count: int, ago: timedelta = timedelta(minutes=30)) -> tuple[datetime, ...]:
    return tuple(NOW - ago + n * timedelta(seconds=1) for n in range(count))


@pytest.mark.parametrize(
    ("account", "left", "template", "expected", "breaker"),
    [
        (f"to {HANAKO}", 2, "acceptance", None, False),
        (f"to {HANAKO}", 3, "acceptance", "the day's mails to its recipient are sent", False),
        (f"to {HANAKO}", 9, "details", "the day's mails to its recipient are sent", False),
        ("case CASE#1", 3, "acceptance", None, False),
        ("case CASE#1", 4, "acceptance", "the hour's mails of its case are sent", False),
        ("case CASE#2", 9, "acceptance", None, False),
        ("all", 5, "acceptance", None, False),
        ("all", 6, "acceptance", budgets.BREAKER, True),
        ("all", 6, "receipt", budgets.BREAKER, True),
        ("answers", 3, "receipt", budgets.BREAKER, True),
        ("answers", 3, "undecryptable", budgets.BREAKER, True),
        ("answers", 3, "acceptance", None, False),
        (f"notices {TARO}", 99, "acceptance", None, False),
    ],
)
def test_each_budget(account: str, left: int, template: str, expected: str | None, breaker: bool) -> None:
    """A mail waits when as many as may have left, and says for what."""
    found = wait(mail(template), Books().spend(account, *_some(left)), LIMITS, NOW)
    assert (found.why if found else None, bool(found and found.breaker)) == (expected, breaker)


@pytest.mark.parametrize("audience", ["coordinating_body", "owner"])
def test_a_partner_of_the_desk_may_get_any_number_in_a_day(audience: str) -> None:
    """Of the coordinating body and the owner only the budgets of case and desk hold."""
    to_partner = mail("handover-reminder", audience=audience)
    assert wait(to_partner, Books().spend(f"to {HANAKO}", *_some(50)), LIMITS, NOW) is None
    assert wait(to_partner, Books().spend("all", *_some(50)), LIMITS, NOW) is not None


def test_until_when() -> None:
    """Until so many of them are older than the term, at the next quarter of an hour; of two budgets the later one."""
    hour = Books().spend("all", *(NOW - 50 * MINUTE + n * MINUTE for n in range(8)))
    found = wait(mail(), hour, LIMITS, NOW)  # two have to leave the hour, the second and third
    assert found is not None
    assert found.until == NOW + 15 * MINUTE
    both = hour.spend(f"to {HANAKO}", *_some(3))
    later = wait(mail(), both, LIMITS, NOW)
    assert later is not None
    assert NOW + DAY - 30 * MINUTE <= later.until <= NOW + DAY - 15 * MINUTE
    assert wait(mail(), both, LIMITS, later.until) is None


FULL = Books().spend("all", *_some(50)).spend(f"to {HANAKO}", *_some(50)).spend("case CASE#1", *_some(50))


@pytest.mark.parametrize(
    "item",
    [
        mail(approved_by="Taro"),
        mail(despite=("budget",)),
        mail(doubts=1),
        mail(status=Status.SENDING),
        mail(draft=None, template="find_contacts"),
        mail("transcript", TARO, "coordinator", key="transcript/d"),
        mail("notice-digest", TARO, "coordinator"),
        notice(1, key="breaker/x"),
        notice(1, key="summary/x"),
    ],
)
def test_what_waits_for_no_budget(item: OutboxItem) -> None:
    """What a person approved or released, a further attempt, a search, and what our own people must get."""
    books = FULL.spend(f"notices {TARO}", *_some(50))
    assert wait(item, books, LIMITS, NOW) is None
    assert wait(mail(), books, LIMITS, NOW) is not None


def test_a_notice_over_the_hours_number_waits_for_the_summary() -> None:
    """For the next round, or until an hour after the last summary."""
    books = Books().spend(f"notices {TARO}", *_some(4))
    found = wait(notice(1), books, LIMITS, NOW)
    assert found is not None
    assert (found.until, found.breaker) == (NOW + MINUTE, False)
    again = wait(notice(1), books.spend(f"summaries {TARO}", NOW - 20 * MINUTE), LIMITS, NOW)
    assert again is not None
    assert again.until == NOW + 40 * MINUTE


def test_a_few_notices_go_alone() -> None:
    """Up to the hour's number there is no summary."""
    due = [notice(n) for n in range(4)]
    told = shared_out(due, Books(), LIMITS, NOW)
    assert (told.alone, told.together) == (tuple(due), ())


def test_many_notices_are_told_together() -> None:
    """New cases, of which there may be any number, leave half of the hour to the rest; what is over is one mail."""
    due = [*(notice(n, "notice-new-case") for n in range(10)), *(notice(n, "notice-reply") for n in range(10, 12))]
    told = shared_out(due, Books(), LIMITS, NOW)
    assert sorted(i.item for i in told.alone) == ["n0", "n1", "n10", "n11"]
    assert [i.item for i in told.together] == [f"n{n}" for n in range(2, 10)]
    only_new = shared_out(due[:10], Books(), LIMITS, NOW)
    assert [i.item for i in only_new.alone] == ["n0", "n1"]


def test_one_summary_an_hour() -> None:
    """Until the next one may be written, what is over waits."""
    books = Books().spend(f"notices {TARO}", *_some(4)).spend(f"summaries {TARO}", NOW - 59 * MINUTE)
    assert shared_out([notice(1)], books, LIMITS, NOW) == budgets.Told((), ())
    later = shared_out([notice(1)], books.spend(f"notices {TARO}", *_some(4)), LIMITS, NOW + MINUTE)
    assert [i.item for i in later.together] == ["n1"]


def test_transcripts_and_digests_are_in_no_summary() -> None:
    """They are no notices, however many notices there were."""
    books = Books().spend(f"notices {TARO}", *_some(40))
    due = [notice(1, "transcript", key="transcript/d"), notice(2, "notice-digest"), notice(3, key="breaker/x")]
    assert shared_out(due, books, LIMITS, NOW) == budgets.Told((), ())


@pytest.mark.parametrize(
    ("last", "tripped", "news"),
    [(None, False, True), (NOW - 59 * MINUTE, True, False), (NOW - HOUR, False, False), (NOW - DAY, False, True)],
)
def test_the_alarm(last: datetime | None, tripped: bool, news: bool) -> None:
    """Tripped for an hour, and news only after a day without."""
    assert (budgets.tripped(last, NOW), budgets.is_news(last, NOW)) == (tripped, news)


def test_waiting_is_told_apart_from_failing() -> None:
    """A mail that waits for its next attempt at the relay waits for no budget."""
    waits = mail(error=f"{budgets.WAITS}{budgets.BREAKER}")
    assert [is_waiting(i) for i in (waits, replace(waits, status=Status.SENT), mail(error="450 later"))] == [
        True,
        False,
        False,
    ]
