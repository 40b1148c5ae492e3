"""The numbers of the desk's page: what comes first, who is waited for, what reminders achieve."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mailbot.core.brief import in_brief
from mailbot.core.desk_figures import DeadAddress, Source, Waiting, Week, about, desk_figures
from mailbot.core.digest import Counted
from mailbot.core.model import Case, Contact, Deadline, DeadlineKind, Entry, Field, Standing, State
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.reminding import Effect, effects
from tests.builders import FINDER, INFO, NOW, POLICY, SHOP, case, standing
from tests.sample_cases import PRODUCT_EN, WEBSITE_JA, compose, held_item, templates

DAY = timedelta(days=1)


def at(number: int, days_late: int = 0, **values: object) -> Case:
    """An open case with a deadline so many days ago (or ahead), received 40 days ago."""
    due = (Deadline(DeadlineKind.TRIAGE, NOW - days_late * DAY),)
    kind = str(values.pop("type", "xss"))
    fields = (Field("vulnerability.type", kind, "test/x", 0.9),)
    named = {"id": f"CASE#0000000{number}", "received": NOW - 40 * DAY, "deadlines": due, "fields": fields}
    return case(**{"state": State.ACCEPTED, **named, **values})  # type: ignore[arg-type]  # as in the builder


def test_what_is_overdue_comes_first_then_what_is_grave() -> None:
    """Overdue before not; then priority, attacks, the gravity of the type, and how long it is overdue."""
    cases = (
        at(1, -5, priority="high", type="sqli"),
        at(2, 3, priority="normal", type="xss"),
        at(3, 1, priority="normal", type="sqli"),
        at(4, 9, priority="normal", type="xss"),
        at(5, 1, priority="high", type="xss"),
        at(6, 1, priority="normal", type="xss", exploited=True),
        at(7, 30, priority="simple", type="sqli"),
        at(8, -5, priority="normal", type="xss"),
    )
    lines = desk_figures(cases, (), (), NOW, POLICY).cases
    assert [int(line.case[-1]) for line in lines] == [5, 6, 3, 4, 2, 7, 1, 8]
    assert [line.overdue for line in lines] == [1, 1, 1, 9, 3, 30, 0, 0]


def test_ended_cases_are_not_open() -> None:
    """Closed, merged and rejected cases count in weeks and sources only."""
    ended = [at(n, 5, state=state) for n, state in enumerate((State.CLOSED, State.MERGED, State.REJECTED))]
    figures = desk_figures(ended, (), (), NOW, POLICY)
    assert (figures.open, figures.overdue, figures.states, figures.cases) == (0, 0, (), ())
    assert figures.sources


def test_states_by_age() -> None:
    """Open cases of each state by days since they were received; states without a case are left out."""
    ages = (0, 7, 8, 30, 31, 90, 91, 180, 181, 365, 366, 2000)
    cases = [at(0, received=NOW - days * DAY) for days in ages]
    assert desk_figures(cases, (), (), NOW, POLICY).states == (("accepted", (2, 2, 2, 2, 2, 2)),)


def test_whom_the_desk_waits_for() -> None:
    """Cases, those overdue, and the longest wait, for coordinators, contact points and finders."""
    cases = (
        at(1, 2, since=NOW - 9 * DAY),
        at(2, -2, since=NOW - 3 * DAY),
        at(3, 2, state=State.ASKING, since=NOW - DAY),
        at(4, -1, state=State.NOTIFIED, since=NOW),
    )
    assert desk_figures(cases, (), (), NOW, POLICY).waiting == (
        Waiting("coordinator", 2, 1, 9),
        Waiting("contact", 1, 0, 0),
        Waiting("finder", 1, 1, 1),
    )


def test_contact_points_by_source() -> None:
    """Of each source: found, tried, confirmed, dead; candidates and dropped ones were not tried."""
    held = [standing(SHOP, each) for each in Standing]
    cases = [case(State.CONTACTING, each, INFO) for each in held]
    assert desk_figures(cases, (), (), NOW, POLICY).sources == (
        Source("security.txt", 5, 3, 1, 1),
        Source("report", 5, 0, 0, 0),
    )


def test_dead_addresses_say_why_and_what_is_left() -> None:
    """An address that bounced: the reason, the day, and how many other contact points the case has."""
    dead = standing(SHOP, Standing.DEAD)
    bounced = Entry(NOW - DAY, "bounced", "mailbot", f"{SHOP.address} 5.1.1 mailbox unknown")
    one = case(State.CONTACTING, dead, INFO, timeline=(bounced,))
    other = case(State.CONTACTING, standing(INFO, Standing.DEAD, why="no such host"), id="CASE#00000001")
    ended = case(State.CLOSED, dead, id="CASE#00000002")
    assert desk_figures((one, other, ended), (), (), NOW, POLICY).dead == (
        DeadAddress(one.id, SHOP.address, "5.1.1 mailbox unknown", date(2026, 11, 19), 1),
        DeadAddress(other.id, INFO.address, "no such host", None, 0),
    )


def test_mail_and_cases_by_week() -> None:
    """Thirteen weeks from Monday to Sunday, the last one begun: mails in and out, cases opened and ended."""
    draft = compose(WEBSITE_JA, "first-contact", templates())
    held = held_item(draft, WEBSITE_JA, "first-contact")
    sent = replace(held, status=Status.SENT, settled=NOW - 4 * DAY)
    search = replace(sent, draft=None)
    mails = (Counted("a", "case", NOW), Counted("b", "held", NOW - 7 * DAY), Counted("c", "case", NOW - 300 * DAY))
    cases = (case(), case(State.CLOSED, received=NOW - 200 * DAY, since=NOW - 7 * DAY))
    figures = desk_figures(cases, (held, sent, search), mails, NOW, POLICY)
    assert len(figures.weeks) == 13
    assert figures.weeks[-2:] == (Week(date(2026, 11, 9), 1, 0, 0, 1), Week(date(2026, 11, 16), 1, 1, 1, 0))
    assert (figures.held, figures.set_aside) == (1, 1)


@pytest.mark.parametrize("item", [Status.QUEUED, Status.DEAD, Status.UNCERTAIN])
def test_what_did_not_leave_is_not_mail_out(item: Status) -> None:
    """Only what the outside took counts as mail out."""
    draft = compose(WEBSITE_JA, "first-contact", templates())
    waits: OutboxItem = replace(held_item(draft, WEBSITE_JA, "first-contact"), status=item, settled=NOW)
    assert desk_figures((), (waits,), (), NOW, POLICY).weeks[-1].mails_out == 0


@pytest.mark.parametrize(
    ("one", "shown"),
    [
        (WEBSITE_JA, "http://shop.example.jp/search/"),
        (PRODUCT_EN, "Sample Viewer"),
        (replace(WEBSITE_JA, fields=(Field("target.site_name", "みほん", "t", 1.0),)), "みほん"),
        (replace(WEBSITE_JA, fields=()), ""),
    ],
)
def test_what_a_case_is_about(one: Case, shown: str) -> None:
    """The site without what could be an attack, else its name; the product's name."""
    assert about(one) == shown


def history(*steps: tuple[str, int], contact: Contact = SHOP) -> Case:
    """A case whose mails and answers came so many days after the first."""
    entries = []
    for what, days in steps:
        mail = what not in ("reply", "finder replies")
        who = "mailbot" if mail else FINDER.address if what == "finder replies" else contact.address
        text = f"{what} to {contact.address} (signed)" if mail else "acknowledged"
        entries.append(Entry(NOW + days * DAY, "sent" if mail else "reply", who, text))
    return case(State.CONTACTING, contact, timeline=tuple(entries))


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ((("first-contact", 0), ("reply", 2)), [("first-contact", 0, 1, 1, 2.0)]),
        (
            (("first-contact", 0), ("first-contact-reminder", 5), ("reply", 6)),
            [("first-contact", 0, 1, 0, None), ("first-contact", 1, 1, 1, 1.0)],
        ),
        (
            (("first-contact", 0), ("finder replies", 1), ("first-contact-reminder", 5)),
            [("first-contact", 0, 1, 0, None), ("first-contact", 1, 1, 0, None)],
        ),
        (
            (("question", 0), ("reply", 1), ("question-reminder", 9), ("finder replies", 12)),
            [("question", 0, 1, 0, None), ("question", 1, 1, 1, 3.0)],
        ),
        (
            (("details", 0), ("details-reminder", 5), ("status-request", 30), ("reply", 31)),
            [("details", 0, 1, 0, None), ("details", 1, 1, 0, None), ("details", 2, 1, 1, 1.0)],
        ),
        (
            (("first-contact", 0), ("first-contact-reminder", 5), ("first-contact", 9), ("reply", 10)),
            [("first-contact", 0, 2, 1, 1.0), ("first-contact", 1, 1, 0, None)],
        ),
        ((("receipt", 0), ("reply", 1)), []),
    ],
)
def test_what_reminders_achieve(
    steps: tuple[tuple[str, int], ...], found: list[tuple[str, int, int, int, float | None]]
) -> None:
    """An answer counts for the last mail of its series before it, and only if it comes from whom that mail went to."""
    assert effects((history(*steps),)) == tuple(Effect(*each) for each in found)
    assert effects((in_brief(history(*steps)),)) == effects((history(*steps),)), "an archived case tells the same"


def test_many_reminders_count_together() -> None:
    """From the sixth on, reminders are one line; half of the answers came within the median of days."""
    steps = (("details", 0), *(("status-request", 10 * n) for n in range(1, 9)))
    assert [(e.nth, e.sent) for e in effects((history(*steps),))] == [*((n, 1) for n in range(6)), (6, 3)]
    cases = [history(("first-contact", 0), ("reply", days)) for days in (1, 2, 9)]
    assert effects(cases) == (Effect("first-contact", 0, 3, 3, 2.0),)
