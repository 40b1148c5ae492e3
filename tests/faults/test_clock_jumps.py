"""T59: the system's clock goes back or forth, summer time begins or ends, the desk moves to another zone."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailbot import daemon
from mailbot.adapters.logbook import check
from mailbot.adapters.store import TinyStore
from mailbot.core.outbox import Status
from mailbot.core.policy import Policy
from mailbot.core.policy_file import load_policy
from mailbot.memory import Change
from tests.contract.test_store import case
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import RULE_TEXTS
from tests.plain_codec import PlainCodec

HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)


def in_zone(name: str, country: str) -> Policy:
    """The desk's policy there."""
    return load_policy(
        RULE_TEXTS["policy/p-guideline-2022.toml"],
        acknowledge="auto",
        first_contact="approve",
        details="approve",
        plaintext_details="with_consent",
        zone=ZoneInfo(name),
        country=country,
    )


def told(desk: QuickDesk) -> list[tuple[str, str]]:
    """What was sent, to whom, in order."""
    items = sorted((i for i in desk.store.items() if i.draft and i.status is Status.SENT), key=lambda i: i.created)
    return [(item.template, item.draft.to.address) for item in items if item.draft]


def fired(desk: QuickDesk) -> list[str]:
    """The deadlines of the case that passed, in order."""
    return [entry.text for entry in desk.case.timeline if entry.what == "deadline"]


def months(jump: timedelta | None) -> QuickDesk:
    """A first contact that nobody answers; after ten days the clock is wrong for two rounds."""
    desk = QuickDesk()
    desk.until_first_contact()
    for day in range(60):
        desk.round(days=1)
        if jump and day == 10:
            right, desk.now = desk.now, desk.now - jump
            desk.round()
            desk.round(minutes=5)
            desk.now = right
    return desk


@pytest.fixture(scope="module")
def undisturbed() -> QuickDesk:
    return months(None)


@pytest.mark.parametrize("jump", [HOUR, DAY, YEAR], ids=str)
def test_t59_a_clock_that_goes_back_between_rounds(undisturbed: QuickDesk, jump: timedelta) -> None:
    """Nothing is done twice and nothing is left out: the same deadlines, the same mails, in the same order."""
    desk = months(jump)
    assert fired(desk) == fired(undisturbed)
    assert told(desk) == told(undisturbed)
    assert (desk.case.state, desk.case.deadlines) == (undisturbed.case.state, undisturbed.case.deadlines)


@pytest.mark.parametrize("jump", [HOUR, YEAR], ids=str)
def test_t59_a_report_that_comes_while_the_clock_is_behind(jump: timedelta) -> None:
    """It is answered at once; when the clock is right again, what lies behind comes once, not once for each day."""
    desk = QuickDesk()
    right, desk.now = desk.now, desk.now - jump
    desk.round(desk.write("Hanako"))
    assert ("receipt", desk.people["Hanako"].address) in told(desk) or desk.mail("Hanako")
    desk.now = right
    desk.round()
    before = fired(desk)
    desk.round(minutes=5)
    assert fired(desk) == before
    assert all(times == 1 for times in Counter(before).values())


def test_t59_the_journal_keeps_its_order(tmp_path: Path) -> None:
    """Lines are numbered and chained in the order of what was done, whatever the clock says meanwhile."""
    moments = iter(datetime(2026, 11, 20, 12, tzinfo=UTC) + step for step in (HOUR, -HOUR, -YEAR, YEAR, HOUR))
    store = TinyStore(tmp_path, PlainCodec(), clock=lambda: next(moments))
    for number in range(5):
        store.apply(Change((case(f"CASE#{number:08d}"),), journal=(f"line {number}",)))
    store.close()
    assert check(tmp_path / "journal.log") == ()
    lines = (tmp_path / "journal.log").read_text("utf-8").splitlines()
    assert [line[-6:] for line in lines] == [f"line {number}" for number in range(5)]
    store = TinyStore(tmp_path, PlainCodec(), read_only=True)
    assert [found.id[-1] for found in store.cases()] == ["0", "1", "2", "3", "4"]


def hourly(zone: str, country: str, begin: datetime, hours: int, moved_to: str = "", at: int = -1) -> QuickDesk:
    """A desk with one report that does a round each hour; at one of them its zone is another."""
    desk = QuickDesk()
    desk.bot = replace(desk.bot, policy=in_zone(zone, country))
    desk.now = begin
    desk.keyring.now = begin
    desk.round(desk.write("Hanako"))
    for hour in range(hours):
        if hour == at:
            desk.bot = replace(desk.bot, policy=in_zone(moved_to, country))
        desk.round(hours=1)
    return desk


def digests(desk: QuickDesk) -> Counter[str]:
    """How many digests there were of each day."""
    return Counter(
        item.key.split("/")[1] for item in desk.store.items() if item.key.startswith("digest/") and "taro@" in item.key
    )


@pytest.mark.parametrize(
    ("begin", "days"),
    [
        (datetime(2026, 3, 27, 6, tzinfo=UTC), ["2026-03-27", "2026-03-30", "2026-03-31"]),
        (datetime(2026, 10, 23, 6, tzinfo=UTC), ["2026-10-23", "2026-10-26", "2026-10-27"]),
    ],
    ids=["begins", "ends"],
)
def test_t59_summer_time(begin: datetime, days: list[str]) -> None:
    """Over the night in which the clock changes, each business day has one digest and each deadline comes once."""
    desk = hourly("Europe/Berlin", "DE", begin, 24 * 5)
    assert sorted(digests(desk)) == days
    assert set(digests(desk).values()) == {1}
    assert all(times == 1 for times in Counter(fired(desk)).values())


@pytest.mark.parametrize(("zone", "moved_to"), [("Asia/Tokyo", "America/New_York"), ("America/New_York", "Asia/Tokyo")])
def test_t59_the_desk_moves_to_another_zone(zone: str, moved_to: str) -> None:
    """A new [desk].timezone in mid-life repeats no digest; deadlines that were set are moments and come once."""
    begin = datetime(2026, 11, 16, 1, tzinfo=UTC)
    moved, stayed = hourly(zone, "JP", begin, 24 * 9, moved_to, 80), hourly(zone, "JP", begin, 24 * 9)
    assert set(digests(moved).values()) == {1}
    assert len(digests(moved)) >= len(digests(stayed)) - 1
    assert Counter(fired(moved)) == Counter(fired(stayed))


def test_t59_the_daemon_says_that_the_clock_went_back() -> None:
    """A step of seconds is nobody's business; one of an hour is told once; a leap forward may be sleep."""
    watch = daemon.ClockWatch()
    start = datetime(2026, 11, 20, 12, tzinfo=UTC)
    steps = ((0, 0.0), (60, 60.0), (118, 120.0), (118 - 3_600, 120.0), (178 - 3_600, 180.0), (99_999, 200.0))
    said = [watch.went_back(start + timedelta(seconds=wall), passed) for wall, passed in steps]
    assert said == [0, 0, 0, 3_600, 0, 0]
