"""Mails that have their occasion: a fix that does not hold, the end of the silence, information in advance."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.core.embargo import EmbargoState, accepted_by_silence, offered
from mailbot.core.events import MailSent, Meaning
from mailbot.core.model import Case, Contact, Deadline, DeadlineKind, Milestones, Role, State, Track
from mailbot.core.vendors import Vendor
from tests.builders import (
    AUTO,
    CONFIRMED,
    FINDER,
    NOW,
    SHOP,
    answer,
    case,
    command,
    decide,
    details_of,
    due,
    mails,
    notices,
    refused,
)  # fmt: skip

DAY = timedelta(days=1)
K = DeadlineKind


def mended(state: State = State.FIX_REPORTED, *contacts: Contact, age: int = 10) -> Case:
    """A case whose fix was reported, so many days after the details."""
    reached = Milestones(accepted=NOW, details_sent=NOW - age * DAY, fix_reported=NOW)
    waits = (Deadline(K.FIX_CHECK, NOW + 9 * DAY),)
    return case(state, *(contacts or (CONFIRMED,)), milestones=reached, deadlines=waits)


def of_product(state: State = State.FIXING, years: float = 2, **values: object) -> Case:
    """A product's case whose vendor was first written to so many years ago."""
    start = NOW - timedelta(days=365 * years)
    reached = Milestones(accepted=start, start_date=start, details_sent=start)
    waits = (Deadline(K.DISCLOSURE, NOW + DAY),)
    fields = {
        "milestones": reached,
        "deadlines": waits,
        "track": Track.PRODUCT,
        "embargo": accepted_by_silence(offered(start)),
    }
    return case(state, CONFIRMED, **{**fields, **values})


def test_the_finder_says_that_it_still_happens() -> None:
    """A coordinator decides whether they are asked to look again; until then nothing moves."""
    decision = decide(mended(), answer(Meaning.STILL_THERE), by=AUTO)
    assert mails(decision) == [("fix-incomplete", SHOP.address, "approval")]
    assert notices(decision) == ["notice-reply", "notice-decision"]
    assert decision.case.state is State.FIX_REPORTED
    assert "!fix incomplete" in details_of(decision.effects[0])["commands"]


@pytest.mark.parametrize(
    ("before", "event"),
    [
        (mended(State.FIXING), answer(Meaning.STILL_THERE)),
        (mended(), answer(Meaning.STILL_THERE, from_that_contact=False)),
        (mended(State.FIX_REPORTED, SHOP), answer(Meaning.STILL_THERE)),
    ],
)
def test_nobody_is_asked_to_look_again_for_nothing(before: Case, event: object) -> None:
    """No fix was reported, the mail may be anybody's, or nobody is confirmed: coordinators see the mail."""
    assert mails(decide(before, event)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(("age", "step"), [(10, 0), (200, 1)])
def test_the_work_goes_on_when_they_were_asked(age: int, step: int) -> None:
    """The fix is not taken for reported any more; a request follows in a month, and the day aimed at counts on."""
    sent = MailSent("fix-incomplete", SHOP.address, Role.OPERATOR, "<again@d>", 1, False)
    after_all = decide(mended(age=age), sent).case
    assert (after_all.state, after_all.milestones.fix_reported) == (State.FIXING, None)
    assert [(d.kind, d.step) for d in after_all.deadlines if d.kind is K.FIX] == [(K.FIX, step)]
    assert K.STATUS_REQUEST in dict(due(after_all))
    assert K.FIX_CHECK not in dict(due(after_all))


def test_a_coordinator_says_that_it_still_happens() -> None:
    """The order is the decision: the mail goes; the next report of a fix is thanked for and checked anew."""
    decision = decide(mended(), command("fix", "incomplete", "The", "second", "form"))
    assert mails(decision) == [("fix-incomplete", SHOP.address, None)]
    assert details_of(decision.effects[0])["text"] == "The second form"
    again = decide(decision.case, command("fix", "reported"))
    assert [name for name, _, _ in mails(again)] == ["fix-thanks", "fix-check"]


def test_nothing_is_incomplete_that_was_not_reported() -> None:
    """Refused where no fix was reported, where nobody is confirmed, and where vendors go their own ways."""
    assert "no fix was reported" in refused(case(State.FIXING, CONFIRMED), command("fix", "incomplete"))
    assert "no confirmed contact" in refused(mended(State.FIX_REPORTED, SHOP), command("fix", "incomplete"))
    several = replace(mended(), track=Track.PRODUCT, vendors=(Vendor(1, "Sample"),))
    assert "!vendor N says affected" in refused(several, command("fix", "incomplete"))


def test_the_silence_is_taken_back_after_a_year() -> None:
    """At the finder's wish: the finder is told with the reasons, the vendor that it may be published; once."""
    decision = decide(of_product(), command("embargo lift", "they", "need", "until", "May"))
    assert mails(decision) == [("embargo-lifted", FINDER.address, None), ("embargo-counterpart", SHOP.address, None)]
    assert details_of(decision.effects[0]) == {"text": "they need until May"}
    assert details_of(decision.effects[1]) == {"ended": "yes"}
    assert decision.case.embargo.state is EmbargoState.EXITED
    assert K.DISCLOSURE not in dict(due(decision))
    assert "has ended" in refused(decision.case, command("embargo lift"))


def test_the_year_has_to_be_over() -> None:
    """Before it, and for websites, ending the silence needs another reason."""
    assert "from 20" in refused(of_product(years=0.5), command("embargo lift"))
    assert "!embargo end" in refused(case(State.FIXING, CONFIRMED, embargo=offered(NOW)), command("embargo lift"))


@pytest.mark.parametrize(("years", "told"), [(2, "!embargo lift"), (0.5, None)])
def test_the_finders_wish_to_publish_is_shown_with_its_command(years: float, told: str | None) -> None:
    """The bot takes nothing back by itself."""
    decision = decide(of_product(years=years), answer(Meaning.ASKS_DISCLOSURE))
    assert mails(decision) == []
    assert details_of(decision.effects[0]).get("commands") == told
    assert (K.TRIAGE in dict(due(decision))) is (told is not None)


def test_information_in_advance_is_told_once() -> None:
    """Each sector is noted; the finder hears of the first."""
    before = of_product(State.SCHEDULED, publication=NOW + 20 * DAY)
    first = decide(before, command("provide", "power", "with", "the", "fix"))
    assert mails(first) == [("priority-provision", FINDER.address, None)]
    assert details_of(first.effects[0])["publish_on"] == (NOW + 20 * DAY).date().isoformat()
    second = decide(first.case, command("provide", "government"))
    assert mails(second) == []
    assert [p.sector for p in second.case.provisions] == ["power", "government"]
    assert "noted already" in refused(second.case, command("provide", "power"))


def test_information_in_advance_needs_measures_and_comes_before_publication() -> None:
    """IV-4-8: after the fix was made, until the day of publication, of products only."""
    assert "!fix reported first" in refused(of_product(), command("provide", "power"))
    assert "published" in refused(of_product(State.PUBLISHED), command("provide", "power"))
    assert "product" in refused(mended(), command("provide", "power"))


def test_the_same_day_of_publication_is_not_told_twice() -> None:
    """Moving it is told; repeating it is not."""
    day = (NOW + 30 * DAY).date().isoformat()
    scheduled = decide(of_product(), command("publish", day)).case
    assert "everybody was told" in refused(scheduled, command("publish", day))
