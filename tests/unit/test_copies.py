"""What a coordinator's own mail does to the clocks of a case."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailbot.core.events import CopyLogged, Meaning
from mailbot.core.model import Case, Deadline, DeadlineKind, Milestones, Role, Standing, State, Track
from tests.builders import (
    CONFIRMED,
    FINDER,
    INFO,
    NOW,
    ONE,
    POLICY,
    SHOP,
    TRIED,
    after,
    case,
    decide,
    due,
    mails,
    notices,
)

SENT = Milestones(accepted=NOW, first_contact=NOW, details_sent=NOW)
K = DeadlineKind


def copy(*to: str, **values: Any) -> CopyLogged:
    """A signed mail of Coordinator One; to the shop unless it says to whom else."""
    roles = tuple(sorted({Role.FINDER if address == FINDER.address else Role.OPERATOR for address in to or ("shop",)}))
    fields = {"attachments": (), "to_roles": roles, "verified": True, "signed": True}
    return CopyLogged("c" * 64, "<copy@desk.example.jp>", ONE.name, to or (SHOP.address,), **{**fields, **values})


def awaiting_details(**values: Any) -> Case:
    """The operator has answered; the details wait for approval."""
    return case(State.CONTACT_CONFIRMED, CONFIRMED, deadlines=(Deadline(K.TRIAGE, POLICY.after(NOW, 5)),), **values)


def test_a_first_contact_by_hand() -> None:
    """The time for an answer runs as after ours; at its end comes the next contact point, not a reminder of ours."""
    decision = decide(case(State.ACCEPTED, SHOP, INFO), copy())
    assert (decision.case.state, decision.case.contacts[0].standing) == (State.CONTACTING, Standing.TRIED)
    assert (decision.case.milestones.first_contact, mails(decision), notices(decision)) == (NOW, [], [])
    assert due(decision) == [(K.CONTACT_ANSWER, after(5))]
    assert decision.case.deadlines[0].step == POLICY.waits.contact_reminders
    assert decision.case.timeline[0].text == "to web@shop.example.jp; it is the first contact"


def test_a_first_contact_by_hand_is_the_start_date_of_a_product() -> None:
    """起算日: the finder hears of it, the year until the silence may end begins."""
    copied = replace(copy(), to_roles=(Role.VENDOR,))
    decision = decide(case(State.ACCEPTED, SHOP, track=Track.PRODUCT), copied)
    assert decision.case.milestones.start_date == NOW
    assert mails(decision) == [("handling-started", FINDER.address, None)]
    assert {kind for kind, _ in due(decision)} == {K.CONTACT_ANSWER, K.DISCLOSURE}


@pytest.mark.parametrize("values", [{"verified": False}, {"to_roles": ()}, {"to_roles": (Role.FINDER,)}])
def test_what_is_not_proven_starts_nothing(values: dict[str, Any]) -> None:
    """Anyone can write in a coordinator's name; and who has no part in the case is not its contact point."""
    before = case(State.ACCEPTED, SHOP)
    after_all = decide(before, copy(**values)).case
    assert (after_all.state, after_all.contacts, after_all.deadlines) == (
        before.state,
        before.contacts,
        before.deadlines,
    )


def test_details_by_hand() -> None:
    """詳細通知日: the three months begin, the finder hears of it; whether it arrived the coordinator is asked."""
    decision = decide(awaiting_details(), copy(details=True, attachments=("report.pdf",)))
    assert (decision.case.state, decision.case.milestones.details_sent) == (State.NOTIFIED, NOW)
    assert mails(decision) == [("handling-started", FINDER.address, None)]
    kinds = [kind for kind, _ in due(decision)]
    assert (kinds.count(K.STATUS_REQUEST), K.FIX in kinds) == (4, True)
    assert K.DETAILS_RECEIPT not in kinds
    assert K.COORDINATOR in kinds
    assert "attachments: report.pdf; it is the details" in decision.case.timeline[0].text


def test_a_mail_without_details_is_not_the_details() -> None:
    """ "We send them tomorrow" starts no clock."""
    after_all = decide(awaiting_details(), copy()).case
    assert (after_all.state, after_all.milestones.details_sent) == (State.CONTACT_CONFIRMED, None)


def test_t19_details_by_hand_confirm_nobody() -> None:
    """Who may get details of ours is an order's to say; the coordinator is asked for it."""
    waits = (Deadline(K.CONTACT_ANSWER, NOW, 0, SHOP.address),)
    after_all = decide(case(State.CONTACTING, TRIED, deadlines=waits), copy(details=True)).case
    assert (after_all.contacts[0].standing, after_all.milestones.details_sent) == (Standing.TRIED, None)
    assert "!contact confirm 1" in after_all.deadlines[0].note


def test_a_question_by_hand_lets_ours_wait() -> None:
    """A request of ours that would follow within days is left out; those after it come."""
    waits = tuple(Deadline(K.STATUS_REQUEST, NOW + timedelta(days=days), n) for n, days in enumerate((2, 30)))
    receipt = Deadline(K.DETAILS_RECEIPT, NOW + timedelta(days=3))
    before = case(State.NOTIFIED, CONFIRMED, milestones=SENT, deadlines=(waits[0], receipt, waits[1]))
    after_all = decide(before, copy()).case
    assert [(d.kind, d.step) for d in after_all.deadlines] == [(K.COORDINATOR, 0), (K.STATUS_REQUEST, 1)]


def test_a_question_to_the_finder_by_hand() -> None:
    """While an answer of theirs is awaited, a mail by hand gives them the whole time again."""
    asked = case(State.ASKING, deadlines=(Deadline(K.FINDER_ANSWER, NOW + timedelta(days=1), 0, "product.name"),))
    (waits,) = decide(asked, copy(FINDER.address)).case.deadlines
    assert (waits.at, waits.note) == (POLICY.after(NOW, 10), "product.name")


@pytest.mark.parametrize("to", [SHOP.address, FINDER.address])
def test_word_of_the_fix_by_hand(to: str) -> None:
    """The requests stop, the time to check begins, and nobody is written to a second time."""
    waits = (Deadline(K.STATUS_REQUEST, NOW + timedelta(days=30)), Deadline(K.FIX, NOW + timedelta(days=90)))
    before = case(State.FIXING, CONFIRMED, milestones=SENT, deadlines=waits)
    decision = decide(before, copy(to, meanings=(Meaning.FIX_REPORTED,)))
    assert (decision.case.state, decision.case.milestones.fix_reported) == (State.FIX_REPORTED, NOW)
    assert {kind for kind, _ in due(decision)} <= {K.FIX_CHECK, K.COORDINATOR}
    assert (mails(decision), notices(decision)) == ([], [])
    planned = decide(before, copy(to, meanings=(Meaning.FIX_REPORTED, Meaning.FIX_PLANNED)))
    assert planned.case.state is State.FIXING


def test_a_fix_that_does_not_hold_told_by_hand() -> None:
    """As the desk's own mail would: the next report of a fix is awaited."""
    reached = replace(SENT, fix_reported=NOW)
    before = case(State.FIX_REPORTED, CONFIRMED, milestones=reached, deadlines=(Deadline(K.FIX_CHECK, NOW),))
    after_all = decide(before, copy(meanings=(Meaning.STILL_THERE,))).case
    assert (after_all.state, after_all.milestones.fix_reported) == (State.FIXING, None)
    unchanged = decide(before, copy(FINDER.address, meanings=(Meaning.STILL_THERE,))).case
    assert unchanged.state is State.FIX_REPORTED


@pytest.mark.parametrize("state", [State.CLOSED, State.REJECTED])
def test_a_copy_on_an_ended_case_is_only_logged(state: State) -> None:
    """Nothing starts again."""
    decision = decide(case(state, SHOP), copy(details=True))
    assert (decision.case.state, decision.case.deadlines, decision.effects) == (state, (), ())
    assert decision.case.timeline[0].what == "copy"
