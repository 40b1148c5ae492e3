"""What coordinators' commands do to a case."""

from datetime import date, timedelta

import pytest

from mailbot.core.effects import FindContacts
from mailbot.core.events import CommandGiven
from mailbot.core.model import (
    ClosingCode,
    Contact,
    Deadline,
    DeadlineKind,
    FixMethod,
    Milestones,
    RejectionCode,
    Standing,
    State,
)
from mailbot.core.policy import Policy
from tests.builders import (
    AUTO,
    CONFIRMED,
    FINDER,
    INFO,
    NOW,
    ONE,
    SHOP,
    TRIED,
    after,
    case,
    command,
    decide,
    details_of,
    due,
    mails,
    notices,
    policy,
    refused,
    reply,
    standing,
)


def test_accept() -> None:
    """受理: the finder is told, contact points are looked for, coordinators have their time again."""
    decision = decide(case(), command("accept"))
    assert (decision.case.state, decision.case.milestones.accepted) == (State.ACCEPTED, NOW)
    assert mails(decision) == [("acceptance", FINDER.address, None)]
    assert isinstance(decision.effects[-1], FindContacts)
    assert due(decision) == [(DeadlineKind.TRIAGE, after(5))]


def test_accept_while_the_finder_is_asked() -> None:
    """The question is settled; no reminder of it follows."""
    asking = decide(case(), command("ask", "vulnerability.steps")).case
    decision = decide(asking, command("accept"))
    assert [kind for kind, _ in due(decision)] == [DeadlineKind.TRIAGE]


def test_accept_with_a_known_contact_searches_nothing() -> None:
    """A case that was reopened has its contact point already."""
    assert not any(
        isinstance(e, FindContacts) for e in decide(case(State.TRIAGE, CONFIRMED), command("accept")).effects
    )


def test_reject() -> None:
    """不受理: with the reason, and nothing follows."""
    decision = decide(case(), command("reject", "not_a_vuln", "sorry"))
    assert (decision.case.state, decision.case.rejection_code) == (State.REJECTED, RejectionCode.NOT_A_VULN)
    assert (decision.case.milestones.rejected, decision.case.deadlines) == (NOW, ())
    assert mails(decision) == [("rejection", FINDER.address, None)]
    assert details_of(decision.effects[0]) == {"code": "NOT_A_VULN", "text": "sorry"}


def test_ask() -> None:
    """The finder is asked for what is named; their answer is awaited."""
    decision = decide(case(missing=("target.urls",)), command("ask", "vulnerability.steps"))
    assert (decision.case.state, decision.case.missing) == (State.ASKING, ("target.urls", "vulnerability.steps"))
    assert mails(decision) == [("question", FINDER.address, None)]
    assert details_of(decision.effects[0]) == {"missing": "vulnerability.steps", "answer_by": "2026-12-04"}
    assert due(decision) == [(DeadlineKind.FINDER_ANSWER, after(10))]


def test_contact_add() -> None:
    """A named contact point is a candidate with the coordinator's word for it."""
    added = decide(case(), command("contact add", "x@shop.example.jp", "by", "phone"))
    contact = added.case.contact(3)
    assert contact == Contact(3, "x@shop.example.jp", "coordinator", score=0.9, why="by phone", evidence=(ONE.name,))
    assert mails(added) == []
    assert "contact 1 of this case already" in refused(case(), command("contact add", SHOP.address.upper()))


@pytest.mark.parametrize("was", [Standing.DEAD, Standing.DROPPED])
def test_contact_add_takes_up_again(was: Standing) -> None:
    """A contact point that was given up is a candidate again under its number."""
    again = decide(case(State.UNREACHABLE, standing(SHOP, was)), command("contact add", SHOP.address, "works again"))
    (contact,) = again.case.contacts
    assert (contact.n, contact.standing, contact.why) == (1, Standing.CANDIDATE, "works again")


@pytest.mark.parametrize(("by", "held"), [(policy(), "approval"), (AUTO, None)])
def test_contact_use(by: Policy, held: str | None) -> None:
    """The first contact is written to that contact point, and shown first where the policy says so."""
    decision = decide(case(State.ACCEPTED), command("contact use", "1"), by=by)
    assert mails(decision) == [("first-contact", SHOP.address, held)]
    assert notices(decision) == (["notice-decision"] if held else [])
    assert details_of(decision.effects[0]) == {"answer_by": "2026-11-27"}


FORM = Contact(1, "https://shop.example.jp/form", "security.txt")
PHONE = Contact(1, "tel:+81-3-0000-0000", "security.txt")


@pytest.mark.parametrize(
    ("contact", "state", "why"),
    [
        (standing(SHOP, Standing.DEAD), State.CONTACTING, "came back"),
        (standing(SHOP, Standing.DROPPED), State.CONTACTING, "was dropped"),
        (CONFIRMED, State.ACCEPTED, "!contact confirm 1 writes the details"),
        (SHOP, State.TRIAGE, "follows acceptance"),
        (SHOP, State.CONTACT_CONFIRMED, "before details"),
        (SHOP, State.NOTIFIED, "before details"),
    ],
)
def test_contact_use_refused(contact: Contact, state: State, why: str) -> None:
    """No first contact to what is dead, dropped or confirmed, nor outside the search."""
    assert why in refused(case(state, contact), command("contact use", "1"))


@pytest.mark.parametrize("contact", [FORM, PHONE])
def test_contact_use_of_a_way_by_hand(contact: Contact) -> None:
    """A coordinator says that they went it: nothing is mailed, and the answer is awaited as after a mail."""
    decision = decide(case(State.ACCEPTED, contact), command("contact use", "1"))
    assert (decision.effects, decision.case.state) == ((), State.CONTACTING)
    assert (decision.case.contacts[0].standing, decision.case.milestones.first_contact) == (Standing.TRIED, NOW)
    assert due(decision) == [(DeadlineKind.CONTACT_ANSWER, after(10))]
    assert "no mail address" in refused(decision.case, command("contact confirm", "1"))


def test_contact_confirm() -> None:
    """The contact point gets the details once they are approved; another that was confirmed steps back."""
    accepted = case(State.CONTACTING, CONFIRMED, INFO)
    decision = decide(accepted, command("contact confirm", "2"))
    assert [c.standing for c in decision.case.contacts] == [Standing.TRIED, Standing.CONFIRMED]
    assert decision.case.state is State.CONTACT_CONFIRMED
    assert mails(decision) == [("details", INFO.address, "approval")]
    assert mails(decide(accepted, command("contact confirm", "2"), by=AUTO)) == [("details", INFO.address, None)]


def test_contact_confirm_after_the_details() -> None:
    """A contact point that is new to the case gets the details too; one that has them, not twice."""
    told = case(State.NOTIFIED, CONFIRMED, INFO, milestones=Milestones(accepted=NOW, details_sent=NOW))
    assert mails(decide(told, command("contact confirm", "2"))) == [("details", INFO.address, "approval")]
    assert mails(decide(told, command("contact confirm", "1"))) == []


def test_contact_confirm_in_a_reopened_case() -> None:
    """After reopening the confirmed contact point can be sent the details again."""
    told = case(State.CLOSED, CONFIRMED, milestones=Milestones(accepted=NOW, details_sent=NOW, closed=NOW))
    decision = decide(told, command("reopen", "not mended"), command("accept"), command("contact confirm", "1"))
    assert ("details", SHOP.address, "approval") in mails(decision)


@pytest.mark.parametrize(
    ("state", "contact", "why"),
    [
        (State.TRIAGE, SHOP, "not accepted yet"),
        (State.ASKING, SHOP, "not accepted yet"),
        (State.ACCEPTED, FORM, "no mail address"),
    ],
)
def test_contact_confirm_refused(state: State, contact: Contact, why: str) -> None:
    """Nothing is confirmed before acceptance, nor what cannot be mailed."""
    assert why in refused(case(state, contact), command("contact confirm", "1"))


def test_contact_that_is_not_there() -> None:
    """The number must be one of the case."""
    for name in ("contact use", "contact confirm", "contact drop"):
        assert "there is no contact 9" in refused(case(State.ACCEPTED), command(name, "9", "why"))


def test_contact_drop() -> None:
    """A dropped contact point is not tried again; a form may be dropped too."""
    decision = decide(case(State.ACCEPTED, FORM), command("contact drop", "1", "wrong", "firm"))
    assert (decision.case.contacts[0].standing, decision.case.contacts[0].why) == (Standing.DROPPED, "wrong firm")


def test_fix_reported() -> None:
    """修正の報告: the finder checks, and the contact point is left in peace."""
    told = case(State.FIXING, CONFIRMED, deadlines=(Deadline(DeadlineKind.STATUS_REQUEST, NOW),))
    decision = decide(told, command("fix", "reported", "page_removed"))
    assert (decision.case.state, decision.case.milestones.fix_reported) == (State.FIX_REPORTED, NOW)
    assert decision.case.fix_method is FixMethod.PAGE_REMOVED
    assert [name for name, _, _ in mails(decision)] == ["fix-thanks", "fix-check"]
    assert due(decision) == [(DeadlineKind.FIX_CHECK, after(10))]
    unchecked = decide(told, command("fix", "reported"), by=policy(finder_checks_fix=False))
    assert [name for name, _, _ in mails(unchecked)] == ["fix-thanks"]
    assert "fix-thanks" not in [name for name, _, _ in mails(decide(decision.case, command("fix", "confirmed")))]


@pytest.mark.parametrize(
    ("arguments", "method"),
    [((), FixMethod.CORRECTED), (("avoided",), FixMethod.AVOIDED), (("page_removed",), FixMethod.PAGE_REMOVED)],
)
def test_fix_confirmed(arguments: tuple[str, ...], method: FixMethod) -> None:
    """修正の確認: both sides are told, closing is the coordinator's."""
    decision = decide(case(State.FIX_REPORTED, CONFIRMED), command("fix", "confirmed", *arguments))
    assert (decision.case.milestones.fix_confirmed, decision.case.fix_method) == (NOW, method)
    assert [name for name, _, _ in mails(decision)] == ["fix-thanks", "fix-notice"]
    assert (decision.case.state, due(decision)[0][0]) == (State.FIX_REPORTED, DeadlineKind.COORDINATOR)


def test_fix_method_that_was_reported_counts() -> None:
    """What the report of the fix said is not overwritten by a bare confirmation."""
    done = decide(case(State.FIXING, CONFIRMED), command("fix", "reported", "avoided"), command("fix", "confirmed"))
    assert done.case.fix_method is FixMethod.AVOIDED


def test_fix_before_acceptance() -> None:
    """Nothing can be mended before acceptance."""
    assert "before acceptance" in refused(case(), command("fix", "reported"))


def test_close() -> None:
    """取扱い終了: both sides are told, nothing is due any more."""
    decision = decide(case(State.FIX_REPORTED, CONFIRMED), command("close", "fixed", "thanks"))
    assert (decision.case.state, decision.case.closing_code) == (State.CLOSED, ClosingCode.FIXED)
    assert (decision.case.milestones.closed, decision.case.deadlines) == (NOW, ())
    assert mails(decision) == [("closure-finder", FINDER.address, None), ("closure-counterpart", SHOP.address, None)]
    assert details_of(decision.effects[0]) == {"code": "fixed", "text": "thanks"}


def test_close_tells_only_a_confirmed_contact() -> None:
    """Somebody who never answered does not hear of the end."""
    assert [name for name, _, _ in mails(decide(case(State.CONTACTING, TRIED), command("close", "unreachable")))] == [
        "closure-finder"
    ]


def test_close_of_a_case_that_was_reopened_by_mistake() -> None:
    """The counterpart was told of the first end, and of nothing since."""
    again = case(State.TRIAGE, CONFIRMED, milestones=Milestones(details_sent=NOW))
    assert [name for name, _, _ in mails(decide(again, command("close", "withdrawn")))] == ["closure-finder"]


def test_close_before_acceptance() -> None:
    """A case in triage can only be withdrawn; every other reason is a rejection."""
    assert "!reject CODE" in refused(case(), command("close", "fixed"))
    assert decide(case(), command("close", "withdrawn")).case.state is State.CLOSED


@pytest.mark.parametrize("end", [command("close", "withdrawn"), command("reject", "incomplete")])
def test_reopen(end: CommandGiven) -> None:
    """An ended case begins again with triage, its codes taken back, no hold left."""
    ended = decide(case(), command("hold"), end).case
    again = decide(ended, command("reopen", "new", "facts")).case
    assert (again.state, again.closing_code, again.rejection_code, again.on_hold) == (State.TRIAGE, None, None, False)
    assert again.milestones == Milestones()
    assert due(again) == [(DeadlineKind.TRIAGE, after(5))]
    assert "is open" in refused(again, command("reopen", "x"))


@pytest.mark.parametrize("name", ["accept", "ask", "contact use", "fix", "remind", "hold", "close", "priority"])
def test_an_ended_case_takes_few_commands(name: str) -> None:
    """What would make an ended case act again needs !reopen first."""
    assert "!reopen" in refused(case(State.CLOSED), command(name, "1"))


@pytest.mark.parametrize(
    "given", [command("note", "x"), command("assign", "Taro"), command("public", "yes"), command("exploited", "yes")]
)
def test_facts_can_be_added_to_an_ended_case(given: CommandGiven) -> None:
    """Notes and facts are taken, and cause nothing."""
    decision = decide(case(State.CLOSED), given)
    assert (decision.effects, decision.case.deadlines, decision.case.state) == ((), (), State.CLOSED)


def test_remind() -> None:
    """A reminder at nine of that day; a day that is over is refused."""
    decision = decide(case(), command("remind", "2026-12-24", "call", "them"))
    (reminder,) = [d for d in decision.case.deadlines if d.kind is DeadlineKind.COORDINATOR]
    assert (reminder.at.date(), reminder.note) == (date(2026, 12, 24), "call them")
    assert "not in the future" in refused(case(), command("remind", "2026-11-19"))


def test_hold_stops_the_clocks() -> None:
    """On release everything is due as much later as the case was held; a coordinator's own reminders are not moved."""
    before = decide(case(), command("remind", "2026-12-24", "call")).case
    held = decide(before, command("hold", "talks"), now=NOW).case
    assert held.on_hold
    assert "already" in refused(held, command("hold"))
    after = decide(held, command("release"), now=NOW + timedelta(days=30)).case
    assert not after.on_hold
    was, now = ({d.kind: d.at for d in c.deadlines} for c in (before, after))
    assert now[DeadlineKind.TRIAGE] == was[DeadlineKind.TRIAGE] + timedelta(days=30)
    assert now[DeadlineKind.COORDINATOR] == was[DeadlineKind.COORDINATOR]
    assert list(after.deadlines) == sorted(after.deadlines, key=lambda d: d.at)
    assert "not on hold" in refused(after, command("release"))


def test_on_hold_no_mail_goes_by_itself() -> None:
    """What the freest policy would send at once waits for a coordinator while the case is on hold."""
    contacting = decide(case(State.CONTACTING, TRIED), command("hold")).case
    assert mails(decide(contacting, reply(TRIED), by=AUTO)) == [("details", SHOP.address, "approval")]
    assert mails(decide(case(State.ACCEPTED, on_hold=True), command("contact use", "1"), by=AUTO)) == [
        ("first-contact", SHOP.address, "approval")
    ]


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        (command("assign", "Taro", "Yamada"), "assigned", "Taro Yamada"),
        (command("priority", "high"), "priority", "high"),
        (command("exploited", "yes", "JPCERT"), "exploited", True),
        (command("exploited", "no"), "exploited", False),
        (command("public", "yes"), "public", True),
    ],
)
def test_facts(given: CommandGiven, name: str, value: object) -> None:
    """A fact is noted on the case and in its history, and causes no mail."""
    decision = decide(case(), given)
    assert getattr(decision.case, name) == value
    entry = decision.case.timeline[-1]
    assert (entry.what, entry.who, entry.text) == ("command", ONE.name, " ".join((f"!{given.name}", *given.arguments)))
    assert decision.effects == ()


def test_a_refusal_leaves_no_trace() -> None:
    """The case that was refused is as it was."""
    before = case(State.ACCEPTED)
    refused(before, command("accept"))
    assert before == case(State.ACCEPTED)


@pytest.mark.parametrize("again", ["reported", "confirmed"])
def test_a_fix_is_told_once(again: str) -> None:
    """What is known already is refused; how it was mended can still be added, and writes to nobody."""
    before = case(State.FIXING, standing(SHOP, Standing.CONFIRMED), milestones=Milestones(accepted=NOW))
    told = decide(before, command("fix", again)).case
    assert "since 2026-11-20" in refused(told, command("fix", again))
    noted = decide(told, command("fix", again, "avoided"))
    assert (mails(noted), noted.case.fix_method) == ([], FixMethod.AVOIDED)
    confirmed = decide(told, command("fix", "confirmed", "avoided")).case
    assert "confirmed since" in refused(confirmed, command("fix", "reported"))
    assert decide(confirmed, command("fix", "incomplete"), command("fix", "reported")).case.milestones.fix_reported
    reopened = decide(told, command("close", "fixed"), command("reopen", "why"), command("accept")).case
    assert decide(reopened, command("fix", again)).case.state is State.FIX_REPORTED
