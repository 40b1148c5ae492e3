"""What the digest of a morning says, and when it has nothing to say."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.core.digest import LINES, Counted, asks_something, digest
from mailbot.core.digest_view import DigestView
from mailbot.core.messages import Address, Draft
from mailbot.core.model import Case, Deadline, DeadlineKind, Entry, Role, State
from mailbot.core.outbox import OutboxItem, Status
from tests.builders import NOW, ONE, POLICY, SHOP, case

DAY = timedelta(days=1)
FAR = (Deadline(DeadlineKind.FIX, NOW + 60 * DAY),)


def held(audience: Role, of: str | None = "CASE#12345678") -> OutboxItem:
    draft = Draft("en/details", Address("", ONE.address), audience, "subject", "body")
    return OutboxItem("0" * 16, of, "key", "details", Status.HELD, NOW, NOW, draft, held_for="approval")


def of(
    *cases: Case, mails: tuple[Counted, ...] = (), unfinished: int = 0, items: tuple[OutboxItem, ...] = ()
) -> DigestView:
    return digest(cases, items, mails, unfinished, NOW - DAY, NOW, POLICY)


def test_what_waits_for_whom() -> None:
    """Cases of coordinators, urgent ones first and then the oldest, apart from those that wait for others."""
    old = case(id="CASE#00000001", since=NOW - 9 * DAY, deadlines=FAR)
    new = case(id="CASE#00000002", deadlines=FAR, assigned="One")
    urgent = case(id="CASE#00000003", deadlines=FAR, priority="high")
    asked = case(
        State.CONTACTING, id="CASE#00000004", deadlines=(Deadline(DeadlineKind.CONTACT_ANSWER, NOW + 5 * DAY),)
    )
    view = of(old, new, urgent, asked)
    assert [line.case[-1] for line in view.waiting.lines] == ["3", "1", "2"]
    assert view.waiting.lines[1].since == (NOW - 9 * DAY).date()
    assert [(line.case[-1], line.who, line.until) for line in view.others.lines] == [
        ("4", "contact", (NOW + 5 * DAY).date())
    ]


def test_a_held_mail_or_a_hold_is_the_coordinators() -> None:
    """Whoever else the state waits for."""
    asking = case(State.ASKING, deadlines=FAR)
    assert of(asking).others.lines
    assert of(asking, items=(held(Role.FINDER),)).waiting.lines[0].held == 1
    assert of(replace(asking, on_hold=True)).waiting.lines[0].on_hold


@pytest.mark.parametrize(
    ("at", "listed"),
    [
        (NOW - timedelta(hours=1), True),  # this morning
        (POLICY.after(NOW, 0), True),  # the last day is today: it is acted on when the desk opens again
        (POLICY.after(NOW, 1), False),
    ],
)
def test_due_today(at, listed: bool) -> None:  # type: ignore[no-untyped-def]
    """What ends before the desk opens the next time."""
    assert bool(of(case(deadlines=(Deadline(DeadlineKind.COORDINATOR, at, note="call"),))).due.lines) == listed


def test_on_hold_only_coordinators_reminders_are_due() -> None:
    """The other clocks stand still."""
    still = case(on_hold=True, deadlines=(Deadline(DeadlineKind.TRIAGE, NOW),))
    assert of(still).due.lines == ()


def test_addresses_that_failed_since_the_last_digest() -> None:
    """Each once: the next digest is silent about it."""
    lines = (
        Entry(NOW - 2 * DAY, "bounced", "mailbot", f"{SHOP.address} 5.1.1 unknown"),
        Entry(NOW - timedelta(hours=2), "failed", "mailbot", f"first-contact to {SHOP.address}: 550"),
    )
    view = of(case(timeline=lines, deadlines=FAR))
    assert [(line.address, line.what) for line in view.failed.lines] == [(SHOP.address, "failed")]


def test_a_notice_that_no_key_fits_is_told() -> None:
    """A coordinator who is not told of anything is somebody's to know."""
    view = of(items=(held(Role.COORDINATOR, None),))
    assert [(line.case, line.address, line.what) for line in view.failed.lines] == [("", ONE.address, "held")]


def test_what_came_in_is_what_is_accounted_for() -> None:
    """Mails since the last digest by what became of them; one that was begun and not ended makes the difference."""
    before = Counted("0" * 64, "case", NOW - 2 * DAY)
    mails = tuple(Counted(str(n) * 64, kind, NOW - DAY) for n, kind in enumerate(("case", "case", "quarantined")))
    view = of(mails=(before, *mails), unfinished=1)
    assert (view.came_in, view.accounted, view.unfinished) == (4, (("case", 2), ("quarantined", 1)), 1)
    assert view.came_in == sum(number for _, number in view.accounted) + view.unfinished
    assert [line.id for line in view.set_aside.lines] == ["2" * 12]


@pytest.mark.parametrize(
    ("view", "asks"),
    [
        (of(), False),
        (of(mails=(Counted("0" * 64, "case", NOW),)), False),
        (of(case(State.FIXING, deadlines=FAR)), False),
        (of(case(deadlines=FAR)), True),
        (of(case(State.FIXING, deadlines=(Deadline(DeadlineKind.STATUS_REQUEST, NOW),))), True),
        (of(mails=(Counted("0" * 64, "held", NOW),)), True),
        (of(unfinished=1), True),
    ],
)
def test_silence_when_nobody_has_to_do_anything(view: DigestView, asks: bool) -> None:
    """Counts that agree and what waits for others alone are no reason to write."""
    assert asks_something(view) is asks


def test_a_long_list_is_cut() -> None:
    """So many lines and the number of the rest."""
    view = of(*(case(id=f"CASE#{n:08}", deadlines=FAR) for n in range(LINES + 3)))
    assert (len(view.waiting.lines), view.waiting.more) == (LINES, 3)
