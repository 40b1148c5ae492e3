"""Where a case goes, and what each event does to it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.core.advance import advance_all, open_case
from mailbot.core.effects import FindContacts
from mailbot.core.events import (
    AddressBounced,
    CaseEvent,
    ContactsFound,
    CopyLogged,
    MailFailed,
    MailHeld,
    MailReleased,
    MailSent,
    MailSetAside,
    MailWithheld,
    ReportReceived,
)
from mailbot.core.lifecycle import ACTS, TRANSITIONS, Decision, Refusal, Step, Trigger, waiting_for
from mailbot.core.model import Case, Contact, DeadlineKind, Milestones, Role, Standing, State, Track
from mailbot.core.views import PURPOSES
from tests.builders import (
    AUTO,
    CONFIRMED,
    FINDER,
    INFO,
    NOW,
    ONE,
    POLICY,
    SHOP,
    TRIED,
    WAITS,
    after,
    answer,
    case,
    command,
    decide,
    details_of,
    due,
    mails,
    notices,
    opening,
    policy,
    refused,
    reply,
    standing,
)


def report(*missing: str, acknowledge: bool = True) -> ReportReceived:
    return ReportReceived("d" * 64, "<r@f.example>", Track.WEBSITE, "ja", FINDER, (), missing, (), (SHOP,), acknowledge)


def opened_by(event: ReportReceived, **by: str) -> Decision:
    return decide(open_case("CASE#12345678", event, NOW), event, by=policy(**by))


def sent(template: str, contact: Contact | None = SHOP) -> MailSent:
    to, role = (contact.address, Role.OPERATOR) if contact else (FINDER.address, Role.FINDER)
    return MailSent(template, to, role, f"<{template}@desk.example.jp>", contact.n if contact else None, False)


def contacting(*contacts: Contact, **values: object) -> Case:
    """A case whose first contact has just gone to contact 1."""
    accepted = case(State.ACCEPTED, *contacts, **values)
    return decide(accepted, sent("first-contact", accepted.contacts[0])).case


@pytest.mark.parametrize("trigger", Trigger)
def test_every_trigger_has_its_clause(trigger: Trigger) -> None:
    """Who acts, by which clause, with mails that exist and a clock that the policy knows."""
    act = ACTS[trigger]
    assert act.clause
    assert act.actor in ("desk", "finder", "contact", "coordinator")
    assert set(act.mails) <= set(PURPOSES)
    assert not act.timer or hasattr(WAITS, act.timer)


@pytest.mark.parametrize("trigger", Trigger)
def test_the_table_is_whole(trigger: Trigger) -> None:
    """Every trigger leads somewhere from somewhere; from an ended case only reopening does."""
    table = TRANSITIONS[trigger]
    assert table
    assert trigger is Trigger.REOPEN or not any(state.ended for state in table)


def test_every_state_can_be_reached_and_left() -> None:
    """No state is a dead end, and none but the first has no way in."""
    reached = {target for table in TRANSITIONS.values() for source, target in table.items() if source is not target}
    left = {source for table in TRANSITIONS.values() for source, target in table.items() if source is not target}
    assert reached == left == set(State)


@pytest.mark.parametrize("state", State)
def test_who_is_waited_for(state: State) -> None:
    """An ended case waits for nobody, an open one for somebody."""
    assert (waiting_for(case(state)) == "none") == state.ended


def test_report_is_acknowledged_and_shown() -> None:
    """A whole report: receipt to the finder, notice to coordinators, a day by which they decide."""
    decision = opened_by(report())
    assert mails(decision) == [("receipt", FINDER.address, None)]
    assert notices(decision) == ["notice-new-case"]
    assert (decision.case.state, due(decision)) == (State.TRIAGE, [(DeadlineKind.TRIAGE, after(5))])
    assert decision.case.message_ids == ("<r@f.example>",)
    assert decision.case.contacts == (SHOP,)


def test_report_that_lacks_something() -> None:
    """The finder is asked at once, and coordinators still have their day."""
    decision = opened_by(report("target.urls", "vulnerability.steps"))
    assert [name for name, _, _ in mails(decision)] == ["receipt", "question"]
    assert details_of(decision.effects[1])["missing"] == "target.urls\nvulnerability.steps"
    assert decision.case.state is State.ASKING
    assert {kind for kind, _ in due(decision)} == {DeadlineKind.FINDER_ANSWER, DeadlineKind.TRIAGE}


def test_t48_no_acknowledgement_beyond_the_limit() -> None:
    """An address that had its acknowledgements gets neither receipt nor question; coordinators see the case."""
    decision = opened_by(report("target.urls", acknowledge=False))
    assert mails(decision) == []
    assert (decision.case.state, notices(decision)) == (State.TRIAGE, ["notice-new-case"])


def test_acknowledgements_wait_where_the_policy_says_so() -> None:
    """Receipt and question are held for approval."""
    held = [why for _, _, why in mails(opened_by(report("target.urls"), acknowledge="approve"))]
    assert held == ["approval", "approval"]


def test_found_contacts_lead_to_first_contact() -> None:
    """The best address is proposed, held or sent as the policy says; a form or phone is not mailed."""
    form = Contact(1, "https://shop.example.jp/form", "security.txt", score=1.0)
    accepted = case(State.ACCEPTED, form, INFO)
    found = ContactsFound((SHOP, replace(INFO, score=0.95)))
    decision = decide(accepted, found)
    assert mails(decision) == [("first-contact", INFO.address, "approval")]
    assert notices(decision) == ["notice-decision"]
    assert [(c.n, c.address, c.score) for c in decision.case.contacts] == [
        (1, form.address, 1.0),
        (2, INFO.address, 0.95),
        (3, SHOP.address, 0.9),
    ]
    assert mails(decide(accepted, found, by=AUTO)) == [("first-contact", INFO.address, None)]


def test_a_doubtful_contact_waits_for_a_person() -> None:
    """Under the freest policy a contact point with a low score is not written to unseen."""
    assert mails(decide(case(State.ACCEPTED, INFO), ContactsFound(()), by=AUTO)) == [
        ("first-contact", INFO.address, "approval")
    ]


def test_nothing_found() -> None:
    """Without a contact point coordinators are asked for one."""
    lost = case(State.ACCEPTED, standing(SHOP, Standing.DROPPED))
    assert (mails(decide(lost, ContactsFound(()))), notices(decide(lost, ContactsFound(())))) == (
        [],
        ["notice-problem"],
    )


def test_a_search_that_comes_late_only_adds() -> None:
    """Contact points found when the case has gone on are noted, nobody is written to."""
    decision = decide(case(State.NOTIFIED, CONFIRMED), ContactsFound((INFO,)))
    assert (decision.effects, len(decision.case.contacts)) == ((), 2)


def test_first_contact_sent() -> None:
    """The contact point is tried, its answer awaited, the clock of the first contact noted; 起算日 for products."""
    website, product = contacting(), contacting(track=Track.PRODUCT)
    assert (website.state, website.contacts[0].standing) == (State.CONTACTING, Standing.TRIED)
    assert due(website) == [(DeadlineKind.CONTACT_ANSWER, after(5))]
    assert website.milestones == Milestones(accepted=NOW, first_contact=NOW)
    assert product.milestones == Milestones(accepted=NOW, first_contact=NOW, start_date=NOW)


def test_details_sent() -> None:
    """Receipts and requests are planned, the three months of V-4-1 begin."""
    decision = decide(case(State.CONTACT_CONFIRMED, CONFIRMED), sent("details"))
    assert (decision.case.state, decision.case.milestones.details_sent) == (State.NOTIFIED, NOW)
    assert due(decision) == [
        (DeadlineKind.DETAILS_RECEIPT, after(5)),
        (DeadlineKind.DETAILS_RECEIPT, after(10)),
        *((DeadlineKind.STATUS_REQUEST, opening(days).date()) for days in (30, 60, 80, 90)),
        (DeadlineKind.FIX, opening(90).date()),
    ]


@pytest.mark.parametrize(("began", "left"), [(10, 35), (44, 1), (46, 45), (400, 45)])
def test_time_for_a_product(began: int, left: int) -> None:
    """45 days from the start date (IV-4-3); where they are over, from the details."""
    start = Milestones(accepted=NOW, start_date=NOW - timedelta(days=began))
    told = case(State.CONTACT_CONFIRMED, CONFIRMED, track=Track.PRODUCT, milestones=start)
    after = decide(told, sent("details"))
    assert [d.at for d in after.case.deadlines if d.kind is DeadlineKind.FIX] == [opening(left)]


def test_details_leave_a_coordinators_reminder_alone() -> None:
    """What a coordinator wants to be reminded of stays."""
    reminded = decide(case(State.CONTACT_CONFIRMED, CONFIRMED), command("remind", "2026-12-24", "call"))
    kinds = [kind for kind, _ in due(decide(reminded.case, sent("details")))]
    assert kinds.count(DeadlineKind.COORDINATOR) == 1


def test_details_to_another_contact_do_not_begin_the_time_anew() -> None:
    """A second contact point's details only ask for a receipt."""
    told = decide(case(State.CONTACT_CONFIRMED, CONFIRMED, INFO), sent("details")).case
    later = NOW + timedelta(days=40)
    again = decide(told, command("contact confirm", "2"), sent("details", INFO), now=later).case
    assert again.milestones.details_sent == NOW
    assert [d.at for d in again.deadlines if d.kind is DeadlineKind.FIX] == [opening(90)]


def test_failed_first_contact_leads_to_the_next() -> None:
    """An address that the relay refuses at once is dead, and the next one's turn has come."""
    failed = MailFailed("first-contact", SHOP.address, "550", 1)
    decision = decide(case(State.ACCEPTED), failed)
    assert decision.case.contacts[0].standing is Standing.DEAD
    assert mails(decision) == [("first-contact", INFO.address, "approval")]
    last = decide(case(State.ACCEPTED, SHOP), failed)
    assert (last.case.state, mails(last), notices(last)[-1]) == (State.ACCEPTED, [], "notice-channel")


def test_uncertain_mail_buries_nobody() -> None:
    """A mail whose fate is unknown is a person's to judge."""
    decision = decide(case(State.ACCEPTED), MailFailed("first-contact", SHOP.address, "time-out", 1, uncertain=True))
    assert (decision.case.contacts[0].standing, mails(decision)) == (Standing.CANDIDATE, [])
    assert notices(decision) == ["notice-problem"]


def test_failed_mail_to_the_finder() -> None:
    """Coordinators are told; no contact point is touched."""
    decision = decide(case(), MailFailed("receipt", FINDER.address, "550", None))
    assert (notices(decision), decision.case.contacts) == (["notice-problem"], case().contacts)


def test_t47_bounce_of_the_awaited_contact() -> None:
    """Mail that came back suspends the address, tells coordinators, and the next contact point is proposed."""
    decision = decide(contacting(), AddressBounced(SHOP.address, "5.1.1", True, "unknown"))
    assert decision.case.contacts[0].standing is Standing.DEAD
    assert mails(decision) == [("first-contact", INFO.address, "approval")]
    assert "notice-problem" in notices(decision)
    assert DeadlineKind.CONTACT_ANSWER not in dict(due(decision))


def test_t47_late_bounce_of_an_earlier_contact() -> None:
    """While another contact point's answer is awaited, a late bounce stops nothing."""
    third = Contact(3, "third@shop.example.jp", "report")
    first = contacting(SHOP, INFO, third)
    second = decide(first, sent("first-contact", INFO)).case
    decision = decide(second, AddressBounced(SHOP.address, "5.1.1", True, ""))
    assert mails(decision) == []
    assert decision.case.deadlines == second.deadlines
    assert decision.case.contacts[0].standing is Standing.DEAD


def test_t47_delay_is_only_noted() -> None:
    """A delay (4.x) changes nothing but the history."""
    before = contacting()
    after = decide(before, AddressBounced(SHOP.address, "4.4.1", False, ""))
    assert (after.effects, after.case.contacts, after.case.timeline[-1].what) == ((), before.contacts, "delayed")


def test_t47_bounce_after_the_details() -> None:
    """The state stays, coordinators are told; nobody else gets the details by itself."""
    told = decide(case(State.CONTACT_CONFIRMED, CONFIRMED, INFO), sent("details")).case
    decision = decide(told, AddressBounced(SHOP.address, "5.1.1", True, ""))
    assert (decision.case.state, mails(decision), notices(decision)) == (State.NOTIFIED, [], ["notice-problem"])


def copied(verified: bool = True, *roles: Role) -> CopyLogged:
    return CopyLogged("c" * 64, "<copy@desk.example.jp>", ONE.name, (SHOP.address,), ("a.pdf",), roles, verified)


def test_copy_is_logged_and_answered_by_nobody() -> None:
    """Who wrote to whom, with which attachments; and reminders that it makes pointless stop."""
    decision = decide(contacting(), copied(True, Role.OPERATOR))
    entry = decision.case.timeline[-1]
    assert (entry.what, entry.who, entry.text) == ("copy", ONE.name, "to web@shop.example.jp; attachments: a.pdf")
    assert decision.effects == ()
    assert [kind for kind, _ in due(decision)] == [DeadlineKind.COORDINATOR]
    again = decide(decision.case, copied(True, Role.OPERATOR), now=NOW + timedelta(days=3))
    assert [kind for kind, _ in due(again)] == [DeadlineKind.COORDINATOR]


@pytest.mark.parametrize("copy", [copied(False, Role.OPERATOR), copied(True, Role.FINDER), copied(True)])
def test_copy_that_stops_nothing(copy: CopyLogged) -> None:
    """One that is not proven, or did not go to the counterpart."""
    before = contacting()
    assert decide(before, copy).case.deadlines == before.deadlines


def test_t19_mail_with_a_token_from_another_address() -> None:
    """A coordinator decides whether it is a contact point; it is one more candidate, nothing else moves."""
    aside = MailSetAside("e" * 64, "<x@y.example>", "tanaka@shop.example.jp", "why", "text", may_be_contact=True)
    before = contacting()
    decision = decide(before, aside)
    added = decision.case.contacts[-1]
    assert (added.n, added.address, added.source, added.standing) == (3, aside.sender, "reply", Standing.CANDIDATE)
    assert details_of(decision.effects[0])["commands"] == "!contact confirm 3\n!contact drop 3 why"
    assert (decision.case.state, decision.case.deadlines) == (before.state, before.deadlines)
    twice = decide(decision.case, aside)
    assert len(twice.case.contacts) == 3


def test_t18_mail_that_only_names_the_case() -> None:
    """It is noted, and neither a contact point nor something that later mails may refer to."""
    aside = MailSetAside("e" * 64, "<x@y.example>", "evil@elsewhere.example", "why")
    decision = decide(contacting(), aside)
    assert len(decision.case.contacts) == 2
    assert "<x@y.example>" not in decision.case.message_ids


def test_finders_other_address_is_no_contact() -> None:
    """Somebody who has a part already does not become a contact point."""
    aside = MailSetAside("e" * 64, "<x@y.example>", FINDER.address.upper(), "why", may_be_contact=True)
    assert len(decide(contacting(), aside).case.contacts) == 2


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (MailReleased("details", SHOP.address, "abc", ONE.name), "approved"),
        (MailWithheld("details", SHOP.address, "abc", ONE.name, "wrong"), "withheld"),
        (MailHeld("details", SHOP.address, "no_usable_key"), "held"),
        (sent("receipt", None), "sent"),
    ],
)
def test_what_is_only_logged(event: CaseEvent, what: str) -> None:
    """Decisions about mails and mails to the finder are lines of the history."""
    before = contacting()
    after = decide(before, event).case
    assert [e.what for e in after.timeline[len(before.timeline) :]] == [what]
    assert (after.state, after.contacts, after.deadlines) == (before.state, before.contacts, before.deadlines)


@pytest.mark.parametrize("state", [State.CLOSED, State.REJECTED])
@pytest.mark.parametrize(
    "event",
    [
        sent("first-contact"),
        sent("details"),
        reply(),
        answer(),
        copied(True, Role.OPERATOR),
        ContactsFound((INFO,)),
        AddressBounced(SHOP.address, "5.1.1", True, ""),
        MailFailed("details", SHOP.address, "550", 1),
        MailSetAside("e" * 64, "<x@y.example>", "x@y.example", "why", may_be_contact=True),
    ],
)
def test_t22_an_ended_case_asks_for_nothing(state: State, event: CaseEvent) -> None:
    """Whatever comes is logged and shown to coordinators; nobody is written to, nothing becomes due."""
    decision = decide(case(state, TRIED), event, by=AUTO)
    assert (mails(decision), decision.case.deadlines, decision.case.state) == ([], (), state)
    assert not any(isinstance(effect, FindContacts) for effect in decision.effects)
    assert decision.case.timeline


def test_an_open_case_is_never_forgotten() -> None:
    """An open case without a deadline gets one with the next thing that happens."""
    lost = case(State.NOTIFIED, CONFIRMED, deadlines=())
    assert due(decide(lost, command("note", "x"))) == [(DeadlineKind.TRIAGE, after(5))]


def test_all_or_nothing() -> None:
    """One refused event undoes those before it."""
    assert isinstance(advance_all(case(), [command("accept"), command("accept")], NOW, POLICY), Refusal)
    assert "triage" in refused(case(State.ACCEPTED), command("accept"))


def test_effect_keys() -> None:
    """The same event on the same case gives the same keys; the next event gives others."""
    first, same = decide(case(), command("accept")), decide(case(), command("accept"))
    assert [e.key for e in first.effects] == [e.key for e in same.effects]
    events = [command("hold"), command("release"), command("reject", "incomplete")]
    keys = [e.key for e in decide(first.case, command("close", "fixed")).effects] + [e.key for e in first.effects]
    keys += [e.key for e in decide(case(), *events).effects]
    assert len(keys) == len(set(keys))


def test_milestones_keep_the_first_time() -> None:
    """What was reached once is not moved."""
    step = Step(case(), NOW, POLICY)
    step.mark(accepted=NOW)
    step.mark(accepted=NOW + timedelta(days=1), closed=NOW)
    assert step.case.milestones == Milestones(accepted=NOW, closed=NOW)


def test_details_without_a_first_contact_begin_a_products_clock() -> None:
    """Of a vendor whose window was known 起算日 is the day of the details; the year of the finder counts from it."""
    known = case(State.ACCEPTED, SHOP, track=Track.PRODUCT)
    decision = decide(known, command("contact confirm", "1"), sent("details"))
    assert decision.case.milestones.start_date == decision.case.milestones.details_sent == NOW
    assert DeadlineKind.DISCLOSURE in dict(due(decision))
    assert [m for m in mails(decision) if m[0] == "handling-started"] == [("handling-started", FINDER.address, None)]
