"""A finder is told how things stand while nobody moves, at a steady pace and no oftener."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.core.model import DeadlineKind, State
from mailbot.core.outbox import Status
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import POLICY

NEWS = "progress-finder"


def news(desk: QuickDesk) -> list[int]:
    """On which days, counted from the report, the finder was told how things stand."""
    return [(item.created - desk.case.received).days for item in desk.items(NEWS, Status.SENT)]


def silent(desk: QuickDesk, days: int) -> None:
    """So many days in which nobody writes; coordinators do not act either."""
    for _ in range(days):
        desk.round(days=1)


def test_eight_silent_months() -> None:
    """The operator never answers: every three months, in their language, where it stands; two mails in 240 days."""
    desk = QuickDesk()
    desk.until_first_contact()
    silent(desk, 240)
    days = news(desk)
    assert len(days) == 2
    assert all(90 <= later - earlier <= 96 for earlier, later in zip([0, *days], days, strict=False))
    mail = desk.mail("Hanako")[-1]
    assert "reference CASE#" in mail.text
    assert desk.people["Shop"].address not in mail.text
    assert desk.case.state in (State.CONTACTING, State.UNREACHABLE)


def test_details_that_nobody_answers_are_no_secret_to_the_finder() -> None:
    """After the details were sent, the same."""
    desk = QuickDesk(details="auto")
    first = desk.until_first_contact()
    desk.round(desk.answer("Shop", first, "We are in charge. Please send it here.\n"), hours=1)
    silent(desk, 200)
    assert len(news(desk)) == 2


def test_whoever_heard_of_us_meanwhile_is_not_told_again() -> None:
    """An answer to their own question puts the next one off."""
    desk = QuickDesk()
    desk.until_first_contact()
    silent(desk, 60)
    desk.round(desk.answer("Hanako", desk.mail("Hanako")[-1], "What is the status of my report?\n"), hours=1)
    asked = len(news(desk))
    silent(desk, 45)
    assert len(news(desk)) == asked
    (day,) = [d.at for d in desk.case.deadlines if d.kind is DeadlineKind.FINDER_STATUS]
    last = max(item.created for item in desk.store.items() if item.draft and item.draft.to.address.startswith("hanako"))
    assert timedelta(days=89) <= day - last <= timedelta(days=96)


@pytest.mark.parametrize("orders", [("!reject NOT_A_VULN",), ("!accept", "!close unreachable")])
def test_an_ended_case_has_no_news(orders: tuple[str, ...]) -> None:
    """Nor has one that nobody has accepted."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako"))
    silent(desk, 100)
    assert news(desk) == []
    desk.people["Taro"].keyring.now = desk.now
    desk.command(*orders)
    silent(desk, 200)
    assert news(desk) == []


def test_a_case_on_hold_is_silent() -> None:
    """Coordinators decide then what is told; when they let it go on, its clocks do."""
    desk = QuickDesk()
    desk.until_first_contact()
    silent(desk, 30)
    desk.people["Taro"].keyring.now = desk.now
    desk.command("!hold")
    silent(desk, 150)
    assert news(desk) == []


def test_an_edition_may_tell_nothing() -> None:
    """With 0 days the clock is never set."""
    desk = QuickDesk(waits=replace(POLICY.waits, finder_status_days=0))
    desk.until_first_contact()
    silent(desk, 120)
    assert news(desk) == []
    assert all(d.kind is not DeadlineKind.FINDER_STATUS for d in desk.case.deadlines)


def test_news_wait_where_everything_to_finders_is_approved() -> None:
    """As the receipt does."""
    desk = QuickDesk(acknowledge="approve")
    desk.round(desk.write("Hanako"))
    desk.command("!accept")
    silent(desk, 120)
    assert {item.status for item in desk.items(NEWS)} == {Status.HELD}
