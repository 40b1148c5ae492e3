"""What happens when a time has come: few reminders, then a person."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.core.advance import advance_all
from mailbot.core.deadlines import passed
from mailbot.core.events import AddressBounced, DeadlinePassed, MailSent
from mailbot.core.lifecycle import Decision, next_due, waiting_for
from mailbot.core.model import Case, Contact, Deadline, DeadlineKind, Milestones, Role, Standing, State, Track
from mailbot.core.policy import Policy
from tests.builders import (
    AUTO,
    CONFIRMED,
    FINDER,
    INFO,
    NOW,
    POLICY,
    SHOP,
    after,
    case,
    command,
    decide,
    details_of,
    due,
    mails,
    notices,
    opening,
    policy,
    standing,
)

DAY = timedelta(days=1)


def first_contact(contact: Contact) -> MailSent:
    return MailSent("first-contact", contact.address, Role.OPERATOR, "<first@desk.example.jp>", contact.n, False)


def wait(before: Case, days: float, by: Policy = POLICY) -> Decision:
    """Let days go by at once, as after downtime; what came due meanwhile happens then."""
    now = NOW + days * DAY
    decision = advance_all(before, passed(before, now), now, by)
    assert isinstance(decision, Decision)
    return decision


def watch(before: Case, days: int, by: Policy = POLICY) -> tuple[Case, list[tuple[int, str, str]]]:
    """Live through the days one by one; every mail to finder and contacts, and every notice, with its day."""
    told: list[tuple[int, str, str]] = []
    for day in range(1, days + 1):
        decision = wait(before, day, by)
        told += [(day, name, to) for name, to, _ in mails(decision)]
        told += [(day, name, "coordinators") for name in notices(decision)]
        before = decision.case
    return before, told


def waiting(kind: DeadlineKind, *more: Deadline, state: State = State.NOTIFIED, step: int = 0) -> Case:
    """A case with a deadline at NOW."""
    return case(state, CONFIRMED, INFO, deadlines=(Deadline(kind, NOW, step), *more))


@pytest.mark.parametrize(
    ("kind", "state", "template", "to"),
    [
        (DeadlineKind.FINDER_ANSWER, State.ASKING, "question-reminder", FINDER.address),
        (DeadlineKind.DETAILS_RECEIPT, State.NOTIFIED, "details-reminder", SHOP.address),
        (DeadlineKind.STATUS_REQUEST, State.FIXING, "status-request", SHOP.address),
    ],
)
def test_reminders(kind: DeadlineKind, state: State, template: str, to: str) -> None:
    """The party that owes an answer is reminded, and coordinators are left in peace."""
    decision = wait(waiting(kind, state=state), 0)
    assert mails(decision) == [(template, to, None)]
    assert notices(decision) == []
    assert details_of(decision.effects[0])["n"] == "1"


@pytest.mark.parametrize(
    ("kind", "days"),
    [(DeadlineKind.TRIAGE, 5), (DeadlineKind.FIX_CHECK, 10)],
)
def test_escalations_come_again(kind: DeadlineKind, days: int) -> None:
    """Coordinators are told once, and again after the same time; nobody else is written to."""
    decision = wait(waiting(kind), 0)
    assert (mails(decision), notices(decision), due(decision)) == ([], ["notice-deadline"], [(kind, after(days))])
    assert decision.case.deadlines[0].step == 1
    assert details_of(decision.effects[0])["n"] == ""
    assert details_of(wait(decision.case, 30).effects[0])["n"] == "2"


def test_fix_is_overdue() -> None:
    """The three months are over: a coordinator hears of it, and again every 30 days."""
    _, told = watch(waiting(DeadlineKind.FIX, state=State.FIXING), 70)
    assert [name for _, name, _ in told] == ["notice-deadline"] * 3


def test_nobody_answered_the_details() -> None:
    """After the three months, and some days for the last mail, a call; after half a year without an answer the end."""
    sent = NOW - 90 * DAY
    silent = replace(waiting(DeadlineKind.FIX), milestones=Milestones(accepted=sent, details_sent=sent))
    decision = wait(silent, 0)
    assert notices(decision) == ["notice-deadline"]
    assert "!close CODE" in details_of(decision.effects[0])["commands"]
    assert due(decision) == [(DeadlineKind.FIX, after(5))]
    call = wait(decision.case, 14)
    assert [(e.template, details_of(e)["way"]) for e in call.effects] == [("notice-channel", "phone")]  # type: ignore[union-attr]
    assert DeadlineKind.FIX in dict(due(call))
    late = wait(replace(silent, milestones=Milestones(accepted=sent, details_sent=NOW - 180 * DAY)), 0)
    assert "!close unreachable" in details_of(late.effects[0])["commands"]


def test_the_requests_of_three_months() -> None:
    """30, 60, 80 and 90 days after the details: the last says that it is the last, and the call comes later."""
    sent = MailSent("details", SHOP.address, Role.OPERATOR, "<details@d>", 1, False)
    told = decide(case(State.CONTACT_CONFIRMED, CONFIRMED), sent).case
    seen, now = [], NOW
    for _ in range(105):
        now += DAY
        decision = decide(told, *passed(told, now), now=now)
        told = decision.case
        seen += [((now - NOW).days, e.template, details_of(e)) for e in decision.effects]  # type: ignore[union-attr]
    asked = [(day, values) for day, name, values in seen if name == "status-request"]
    assert [values["n"] for _, values in asked] == ["1", "2", "3", "4"]
    assert all(abs(day - due_on) <= 3 for (day, _), due_on in zip(asked, (30, 60, 80, 90), strict=True))
    assert ["last" in values for _, values in asked] == [False, False, False, True]
    assert all(values["answer_by"] and values["fix_by"] for _, values in asked)
    (call,) = [day for day, name, _ in seen if name == "notice-channel"]
    assert call > asked[-1][0] + 5


def test_the_last_request_names_the_next_way() -> None:
    """Who never answered reads in the last mail how they hear of us next."""
    (first,) = wait(
        waiting(DeadlineKind.STATUS_REQUEST, Deadline(DeadlineKind.STATUS_REQUEST, NOW + DAY, 1)), 0
    ).effects
    assert "last" not in details_of(first)
    (last,) = wait(waiting(DeadlineKind.STATUS_REQUEST, step=2), 0).effects
    assert (details_of(last)["last"], details_of(last)["next_channel"]) == ("yes", "phone")
    (worked_on,) = wait(waiting(DeadlineKind.STATUS_REQUEST, state=State.FIXING, step=2), 0).effects
    assert "last" not in details_of(worked_on)


def test_reminders_without_a_confirmed_contact() -> None:
    """A reminder that has no one to go to goes to a coordinator."""
    lost = case(State.NOTIFIED, INFO, deadlines=(Deadline(DeadlineKind.STATUS_REQUEST, NOW),))
    assert (mails(wait(lost, 0)), notices(wait(lost, 0))) == ([], ["notice-deadline"])


def test_the_finders_silence() -> None:
    """One reminder, then the coordinators, who are told in their usual time."""
    asked = decide(case(), command("ask", "vulnerability.steps")).case
    after_all, told = watch(asked, 45)
    assert [name for _, name, _ in told] == ["question-reminder", "notice-deadline", "notice-deadline"]
    assert [kind for kind, _ in due(after_all)] == [DeadlineKind.TRIAGE]


def test_reminder_of_a_question_that_waits_for_approval() -> None:
    """Where acknowledgements are approved, the reminder of an automatic question is held too."""
    decision = wait(waiting(DeadlineKind.FINDER_ANSWER, state=State.ASKING), 0, policy(acknowledge="approve"))
    assert mails(decision) == [("question-reminder", FINDER.address, "approval")]


def test_the_contacts_silence() -> None:
    """Two reminders to the one that was mailed, then the next one is proposed."""
    asked = decide(case(State.ACCEPTED), first_contact(SHOP)).case
    after_all, told = watch(asked, 31)
    assert [(name, to) for _, name, to in told] == [
        ("first-contact-reminder", SHOP.address),
        ("first-contact-reminder", SHOP.address),
        ("first-contact", INFO.address),
        ("notice-decision", "coordinators"),
    ]
    assert after_all.state is State.CONTACTING


def test_all_contacts_are_silent() -> None:
    """After mail come form, phone and letter, each when the one before has had its time; then a person decides."""
    form = Contact(2, "https://shop.example.jp/form", "report", score=0.4)
    now, asked = NOW, decide(case(State.ACCEPTED, SHOP, form), first_contact(SHOP)).case
    ways = []
    for _ in range(200):
        now += DAY
        decision = advance_all(asked, passed(asked, now), now, POLICY)
        assert isinstance(decision, Decision)
        asked = decision.case
        for effect in decision.effects:
            told = details_of(effect)
            if getattr(effect, "template", "") == "notice-channel":
                ways.append(told["way"])
                asked = decide(asked, command("contact use", told["n"]), now=now).case
        if asked.state is State.UNREACHABLE:
            break
    assert (ways, asked.state) == (["form", "phone", "letter"], State.UNREACHABLE)
    assert [e.template for e in decision.effects] == ["notice-problem"]
    tried = details_of(decision.effects[0])["text"]
    assert all(way in tried for way in (SHOP.address, form.address, "phone", "letter"))
    assert DeadlineKind.UNREACHABLE in dict(due(asked))


def test_a_way_that_nobody_went_is_asked_for_again() -> None:
    """The time for an answer does not run before a coordinator says that they called."""
    asked = decide(case(State.ACCEPTED, SHOP), first_contact(SHOP)).case
    after_all, told = watch(asked, 60)
    assert after_all.state is State.CONTACTING
    assert waiting_for(after_all) == "coordinator"
    again = [details_of(e)["commands"] for e in wait(after_all, 70).effects]
    assert again[0].startswith("!contact use 2\n")
    assert [name for _, name, _ in told].count("notice-channel") == 1


def test_a_way_that_is_dropped_gives_way_to_the_next() -> None:
    """There is no phone: the letter is next."""
    proposed, _ = watch(decide(case(State.ACCEPTED, SHOP), first_contact(SHOP)).case, 40)
    phone = proposed.contact_at("phone")
    assert phone
    dropped = decide(proposed, command("contact drop", str(phone.n), "none"), now=NOW + 41 * DAY)
    assert details_of(dropped.effects[-1])["way"] == "letter"


@pytest.mark.parametrize(
    ("track", "notes"),
    [(Track.WEBSITE, ["close"]), (Track.PRODUCT, ["list_product", "list_deadline", "judge"])],
)
def test_the_phases_of_the_unreachable(track: Track, notes: list[str]) -> None:
    """連絡不能: a vendor is listed step by step; half a year after the first attempt a person is asked for the end."""
    letter = standing(Contact(3, "letter", "mailbot"), Standing.TRIED)
    phone = standing(Contact(2, "phone", "mailbot"), Standing.TRIED)
    awaited = Deadline(DeadlineKind.CONTACT_ANSWER, NOW, 2, "letter")
    reached = Milestones(accepted=NOW, first_contact=NOW)
    tried = case(
        State.CONTACTING, standing(SHOP, Standing.TRIED), phone, letter,
        track=track, milestones=reached, deadlines=(awaited,),
    )  # fmt: skip
    lost = wait(tried, 1).case
    seen, now = [], NOW + DAY
    for _ in range(200):
        now += DAY
        events = passed(lost, now)
        seen += [e.note for e in events if e.kind is DeadlineKind.UNREACHABLE]
        lost = decide(lost, *events, now=now).case
    assert seen == notes
    heard = decide(lost, command("contact add", "x@shop.example.jp"), command("contact confirm", "4"), now=now).case
    assert DeadlineKind.UNREACHABLE not in dict(due(heard))


def test_clocks_of_a_product() -> None:
    """45 days and one year from the start date; the finder hears when it began and when the details went out."""
    begun = decide(case(State.ACCEPTED, SHOP, track=Track.PRODUCT), replace(first_contact(SHOP), role=Role.VENDOR))
    assert mails(begun) == [("handling-started", FINDER.address, None)]
    assert dict(due(begun))[DeadlineKind.DISCLOSURE] == opening(365).date()
    confirmed = decide(begun.case, command("contact confirm", "1"), now=NOW + 5 * DAY).case
    sent = MailSent("details", SHOP.address, Role.VENDOR, "<details@d>", 1, False)
    told = decide(confirmed, sent, now=NOW + 5 * DAY)
    assert mails(told) == [("handling-started", FINDER.address, None)]
    days = [(kind, day) for kind, day in due(told) if kind in (DeadlineKind.VERIFICATION, DeadlineKind.STATUS_REQUEST)]
    assert days == [
        (DeadlineKind.VERIFICATION, opening(19).date()),
        (DeadlineKind.STATUS_REQUEST, opening(30).date()),
        (DeadlineKind.STATUS_REQUEST, opening(40).date()),
    ]
    assert dict(due(told))[DeadlineKind.FIX] == opening(45).date()
    _, later = watch(told.case, 20)
    assert "verification-request" in [name for _, name, _ in later]


def test_the_reminder_goes_to_whom_the_answer_is_awaited_from() -> None:
    """Not to another contact point that was tried before or has a higher number."""
    tried = case(State.CONTACTING, SHOP, standing(INFO, Standing.TRIED))
    decision = wait(decide(tried, first_contact(SHOP)).case, 10.5)
    assert mails(decision) == [("first-contact-reminder", SHOP.address, None)]


@pytest.mark.parametrize("gone", [Standing.DROPPED, Standing.DEAD])
def test_no_reminder_to_a_contact_that_was_given_up(gone: Standing) -> None:
    """The next one's turn has come."""
    asked = decide(case(State.ACCEPTED), first_contact(SHOP)).case.with_contact(standing(SHOP, gone))
    assert mails(wait(asked, 10.5)) == [("first-contact", INFO.address, "approval")]


def test_downtime_sends_one_reminder_of_a_kind() -> None:
    """Missed reminders collapse into the latest one."""
    missed = tuple(Deadline(DeadlineKind.STATUS_REQUEST, NOW + n * DAY, n) for n in (1, 2))
    case_then = waiting(DeadlineKind.STATUS_REQUEST, *missed)
    (event,) = passed(case_then, NOW + 3 * DAY)
    assert (event.kind, event.step) == (DeadlineKind.STATUS_REQUEST, 2)
    assert [name for name, _, _ in mails(wait(case_then, 3))] == ["status-request"]
    assert DeadlineKind.STATUS_REQUEST not in dict(due(wait(case_then, 3)))


def test_what_comes_together_does_not_double() -> None:
    """A deadline that the one before it made pointless does nothing; coordinators have one day to decide by."""
    more = Deadline(DeadlineKind.TRIAGE, NOW + DAY)
    tried = case(State.CONTACTING, deadlines=(Deadline(DeadlineKind.CONTACT_ANSWER, NOW, 2, SHOP.address), more))
    decision = wait(tried, 2)
    assert (mails(decision), notices(decision)) == ([("first-contact", SHOP.address, "approval")], ["notice-decision"])
    assert [kind for kind, _ in due(decision)] == [DeadlineKind.TRIAGE]


def test_a_stale_event_does_nothing() -> None:
    """A deadline that the case no longer has is not acted on."""
    before = case()
    decision = decide(before, DeadlinePassed(DeadlineKind.STATUS_REQUEST, NOW, 0))
    assert (decision.effects, decision.case.timeline) == ((), before.timeline)


def test_every_reminder_of_a_coordinator_comes() -> None:
    """Two texts for the same morning are both shown."""
    both = decide(case(), command("remind", "2026-11-24", "A"), command("remind", "2026-11-24", "B")).case
    decision = wait(both, 4.5)
    assert [details_of(e)["text"] for e in decision.effects] == ["A", "B"]
    assert DeadlineKind.COORDINATOR not in dict(due(decision))


def test_on_hold_only_coordinators_reminders_come() -> None:
    """The clocks stand still; what a coordinator asked for comes all the same."""
    reminded = decide(case(), command("remind", "2026-11-25", "A"), command("hold")).case
    assert [e.kind for e in passed(reminded, NOW + 30 * DAY)] == [DeadlineKind.COORDINATOR]
    assert next_due(reminded) == POLICY.morning((NOW + 5 * DAY).date())
    assert next_due(decide(case(), command("hold")).case) is None


@pytest.mark.parametrize("state", [State.CLOSED, State.REJECTED])
def test_an_ended_case_sends_no_reminder(state: State) -> None:
    """Whatever deadlines it still had."""
    ended = case(state, deadlines=(Deadline(DeadlineKind.TRIAGE, NOW),))
    assert (passed(ended, NOW + 99 * DAY), next_due(ended)) == ((), None)


def test_next_due() -> None:
    """The earliest deadline; a moment before it nothing happens."""
    before = case()
    moment = next_due(before)
    assert moment == POLICY.after(NOW, 5)
    assert passed(before, moment - timedelta(seconds=1)) == ()
    assert len(passed(before, moment)) == 1


def test_an_unwatched_case_goes_on_for_years() -> None:
    """Nobody acts: the case keeps a deadline, and no week brings more than a few mails."""
    asked = decide(case(State.ACCEPTED), first_contact(SHOP), by=AUTO).case
    bounced = decide(asked, AddressBounced(SHOP.address, "5.1.1", True, ""), by=AUTO).case
    after_all, told = watch(bounced, 400, AUTO)
    assert after_all.deadlines
    assert len(told) < 400 / 5


@pytest.mark.parametrize(
    ("others", "step", "told"),
    [
        ((INFO,), 0, {}),
        ((INFO,), 1, {"last": "yes", "next_channel": "address"}),
        ((), 1, {"last": "yes", "next_channel": "phone"}),
    ],
)
def test_only_the_last_reminder_names_the_next_way(
    others: tuple[Contact, ...], step: int, told: dict[str, str]
) -> None:
    """It says that it is the last, and whether another address is tried next."""
    answer = Deadline(DeadlineKind.CONTACT_ANSWER, NOW, step, SHOP.address)
    tried = case(State.CONTACTING, standing(SHOP, Standing.TRIED), *others, deadlines=(answer,))
    given = details_of(wait(tried, 0).effects[0])
    assert {name: given[name] for name in given if name in ("last", "next_channel")} == told


def test_a_status_request_names_the_day_aimed_at() -> None:
    """The day by which the fix was asked for, while it is ahead."""
    fix = Deadline(DeadlineKind.FIX, NOW + 60 * DAY)
    given = details_of(wait(waiting(DeadlineKind.STATUS_REQUEST, fix), 0).effects[0])
    assert given["fix_by"] == POLICY.today(NOW + 60 * DAY).isoformat()
