"""What replies of finders, operators and vendors do to a case."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mailbot.core.events import Meaning
from mailbot.core.model import (
    Case,
    Contact,
    Deadline,
    DeadlineKind,
    Field,
    FieldValue,
    Milestones,
    Participant,
    Role,
    State,
)
from mailbot.core.model import Standing as S
from mailbot.core.policy import Policy
from tests.builders import (
    AUTO,
    CONFIRMED,
    FINDER,
    INFO,
    NOW,
    POLICY,
    SHOP,
    TRIED,
    after,
    answer,
    case,
    command,
    decide,
    details_of,
    due,
    mails,
    notices,
    policy,
    reply,
    standing,
)

SENT = Milestones(accepted=NOW, details_sent=NOW)
WAITS = (
    Deadline(DeadlineKind.DETAILS_RECEIPT, POLICY.after(NOW, 5)),
    Deadline(DeadlineKind.STATUS_REQUEST, POLICY.after(NOW, 20)),
    Deadline(DeadlineKind.FIX, POLICY.after(NOW, 60)),
)


def notified(state: State = State.NOTIFIED, *contacts: Contact, **values: Any) -> Case:
    """A case whose details went out."""
    return case(state, *(contacts or (CONFIRMED,)), milestones=SENT, deadlines=WAITS, **values)


def stated(name: str, value: FieldValue, derived: bool = False) -> Field:
    return Field(name, value, "rule", 0.9, derived=derived)


def test_every_reply_is_logged_and_shown() -> None:
    """Who wrote and what they seem to say; the mail belongs to the case from now on."""
    decision = decide(notified(), reply(SHOP, Meaning.FIX_REPORTED, text="修正しました。", attachments=("a.pdf",)))
    entry = decision.case.timeline[0]
    assert (entry.what, entry.who, entry.text) == ("reply", SHOP.address, "fix_reported")
    assert entry.message_id in decision.case.message_ids
    assert decision.case.mails == ("d" * 64,)
    told = details_of(decision.effects[0])
    assert (told["sender"], told["text"], told["attachments"]) == (SHOP.address, "修正しました。", "a.pdf")


@pytest.mark.parametrize(("by", "held"), [(POLICY, "approval"), (AUTO, None)])
@pytest.mark.parametrize("state", [State.CONTACTING, State.UNREACHABLE])
def test_answer_confirms_the_contact(by: Policy, held: str | None, state: State) -> None:
    """The address that was mailed, with its token: confirmed by itself, and the details are written."""
    before = case(state, TRIED, deadlines=(Deadline(DeadlineKind.CONTACT_ANSWER, NOW, 0, SHOP.address),))
    decision = decide(before, reply(SHOP, Meaning.IN_CHARGE), by=by)
    assert (decision.case.state, decision.case.contacts[0].standing) == (State.CONTACT_CONFIRMED, S.CONFIRMED)
    assert mails(decision) == [("details", SHOP.address, held)]
    assert due(decision) == [(DeadlineKind.TRIAGE, after(5))]


@pytest.mark.parametrize("by", [POLICY, AUTO])
@pytest.mark.parametrize(
    "meanings",
    [(Meaning.OTHER,), (Meaning.NEEDS_HELP, Meaning.SOUNDS_AUTOMATIC), (Meaning.IN_CHARGE, Meaning.ASKS_TIME)],
)
def test_an_answer_that_no_rule_is_sure_of_confirms_and_a_person_looks(
    by: Policy, meanings: tuple[Meaning, ...]
) -> None:
    """Somebody wrote more than a word and denies nothing: the details wait for a coordinator whatever the policy."""
    decision = decide(case(State.CONTACTING, TRIED), reply(SHOP, *meanings), by=by)
    assert decision.case.contacts[0].standing is S.CONFIRMED
    assert mails(decision) == [("details", SHOP.address, "approval")]


@pytest.mark.parametrize("by", [POLICY, AUTO])
@pytest.mark.parametrize(
    ("meanings", "commands", "waits"),
    [
        (
            (Meaning.NOT_THEIRS,),
            "!contact use 2\n!contact add ADDRESS why\n!contact drop 1 why\n!contact confirm 1",
            False,
        ),
        ((Meaning.NOT_AFFECTED, Meaning.NOT_THEIRS, Meaning.ASKS_DETAILS), "!contact use 2", False),
        ((Meaning.SUSPICIOUS, Meaning.WANTS_NO_MAIL), "!contact use 2", False),
        ((Meaning.SOUNDS_AUTOMATIC,), "!contact confirm 1\n!contact drop 1 why", True),
        ((Meaning.ACKNOWLEDGED, Meaning.SOUNDS_AUTOMATIC), "!contact confirm 1", True),
        ((Meaning.ASKS_STATUS, Meaning.NOTHING), "!contact confirm 1", True),
        ((Meaning.NOTHING,), "!contact confirm 1", True),
    ],
)
def test_t19_no_denial_and_no_empty_answer_confirms(
    by: Policy, meanings: tuple[Meaning, ...], commands: str, waits: bool
) -> None:
    """The contact point stays as it was, nothing agrees to plain text, and the notice has the commands that go on."""
    before = case(
        State.CONTACTING, TRIED, INFO, deadlines=(Deadline(DeadlineKind.CONTACT_ANSWER, NOW, 0, SHOP.address),)
    )
    decision = decide(before, reply(SHOP, *meanings), by=by)
    assert (mails(decision), decision.case.state) == ([], State.CONTACTING)
    assert decision.case.contacts == before.contacts
    assert any(kind is DeadlineKind.CONTACT_ANSWER for kind, _ in due(decision)) is waits
    assert details_of(decision.effects[0])["commands"].startswith(commands)


@pytest.mark.parametrize(
    "event",
    [
        reply(from_that_contact=False),
        reply(contact=None),
        reply(contact=9),
        reply(role=Role.FINDER, sender=FINDER),
    ],
)
def test_t19_no_other_answer_confirms(event: Any) -> None:
    """Another sender, no token, a contact point that is not there: logged and shown, nothing moves."""
    before = case(State.CONTACTING, TRIED)
    decision = decide(before, event)
    assert (mails(decision), notices(decision)) == ([], ["notice-reply"])
    assert (decision.case.state, decision.case.contacts) == (before.state, before.contacts)
    assert decision.case.deadlines == before.deadlines


def test_a_dropped_contact_stays_dropped() -> None:
    """What a coordinator decided an answer does not undo; nor does it move the case."""
    dropped = standing(SHOP, S.DROPPED)
    decision = decide(case(State.CONTACTING, dropped), reply(dropped, Meaning.FIX_REPORTED), by=AUTO)
    assert (mails(decision), notices(decision)) == ([], ["notice-reply"])
    assert (decision.case.state, decision.case.contacts) == (State.CONTACTING, (dropped,))


def test_a_late_answer_does_not_take_over() -> None:
    """While another contact point is the confirmed one, a coordinator decides whether to change."""
    before = notified(State.NOTIFIED, CONFIRMED, standing(INFO, S.TRIED))
    decision = decide(before, reply(INFO, Meaning.WILL_NOT_FIX), by=AUTO)
    assert (decision.case.contacts, decision.case.state, mails(decision)) == (before.contacts, State.NOTIFIED, [])


def test_an_address_that_answers_is_not_dead() -> None:
    """Mail came back, yet they answer: the contact point is alive, and gets the details."""
    before = notified(State.NOTIFIED, standing(SHOP, S.DEAD))
    decision = decide(before, reply())
    assert decision.case.contacts[0].standing is S.CONFIRMED
    assert mails(decision) == [("details", SHOP.address, "approval")]


@pytest.mark.parametrize("by", [POLICY, AUTO])
def test_who_doubts_gets_no_details_unseen(by: Policy) -> None:
    """They ask whether we are who we say: the details wait for a coordinator whatever the policy."""
    decision = decide(case(State.CONTACTING, TRIED), reply(SHOP, Meaning.SUSPICIOUS), by=by)
    free = None if by is AUTO else "approval"
    assert mails(decision) == [("reassurance", SHOP.address, free), ("details", SHOP.address, "approval")]
    assert due(decision) == [(DeadlineKind.TRIAGE, after(5))]


def test_who_doubts_is_reassured_once() -> None:
    """A second doubt is a person's: they call, or write themselves."""
    doubts = reply(SHOP, Meaning.SUSPICIOUS)
    decision = decide(case(State.CONTACTING, TRIED), doubts, doubts)
    assert [name for name, _, _ in mails(decision)].count("reassurance") == 1
    for state in (State.TRIAGE, State.CLOSED):
        assert "reassurance" not in [name for name, _, _ in mails(decide(case(state, TRIED), doubts, by=AUTO))]


LATER = POLICY.after(NOW, 10)


@pytest.mark.parametrize(
    ("told", "until"),
    [
        ((), LATER),
        ((("until", "2026-11-30"),), POLICY.after(POLICY.morning(NOW.date().replace(day=30)), 0)),
        ((("until", "2027-06-30"),), NOW + timedelta(days=30)),
        ((("until", "2026-11-01"),), POLICY.after(NOW, 0)),
    ],
)
@pytest.mark.parametrize("state", [State.CONTACTING, State.UNREACHABLE])
def test_who_only_needs_time_is_not_confirmed(state: State, told: tuple[tuple[str, str], ...], until: Any) -> None:
    """ "③ 確認に時間がかかります" names nobody: no details, whatever the policy; the answer is awaited for as long."""
    waits = (Deadline(DeadlineKind.CONTACT_ANSWER, NOW, 1, SHOP.address),)
    decision = decide(case(state, TRIED, deadlines=waits), reply(SHOP, Meaning.ASKS_TIME, told=told), by=AUTO)
    assert (decision.case.state, decision.case.contacts[0].standing) == (State.CONTACTING, S.TRIED)
    assert mails(decision) == []
    assert decision.case.deadlines == (Deadline(DeadlineKind.CONTACT_ANSWER, until, 1, SHOP.address),)
    assert details_of(decision.effects[0])["commands"].startswith("!contact confirm 1\n")


def test_who_needs_time_and_says_that_it_is_theirs_is_confirmed() -> None:
    """The answer to the question is there; what it tells of time lets a person look at the details first."""
    decision = decide(case(State.CONTACTING, TRIED), reply(SHOP, Meaning.ACKNOWLEDGED, Meaning.ASKS_TIME), by=AUTO)
    assert decision.case.contacts[0].standing is S.CONFIRMED
    assert mails(decision) == [("details", SHOP.address, "approval")]


def test_who_needs_time_does_not_stop_the_clock_of_another() -> None:
    """A late "later" leaves the one alone who is being asked now."""
    waits = (Deadline(DeadlineKind.CONTACT_ANSWER, LATER, 0, INFO.address),)
    before = case(State.CONTACTING, TRIED, standing(INFO, S.TRIED), deadlines=waits)
    assert decide(before, reply(SHOP, Meaning.ASKS_TIME)).case.deadlines == waits


def test_who_needs_time_and_encryption_is_not_written_to_in_plain() -> None:
    """The wish counts from now on, though they are not confirmed yet."""
    decision = decide(case(State.CONTACTING, TRIED), reply(SHOP, Meaning.ASKS_TIME, Meaning.WANTS_ENCRYPTION))
    contact = decision.case.contacts[0]
    assert (contact.standing, contact.asked_for_encryption, contact.plaintext_agreed) == (S.TRIED, True, False)


def test_nothing_is_confirmed_before_acceptance() -> None:
    """In a reopened case an old token opens no door."""
    before = case(State.TRIAGE, TRIED)
    decision = decide(before, reply(), by=AUTO)
    assert (decision.case.state, decision.case.contacts[0].standing, mails(decision)) == (State.TRIAGE, S.TRIED, [])


@pytest.mark.parametrize(
    ("meanings", "encrypted", "agreed"),
    [
        ((Meaning.ACKNOWLEDGED,), False, True),
        ((Meaning.WANTS_ENCRYPTION,), False, False),
        ((Meaning.ACKNOWLEDGED,), True, False),
    ],
)
def test_plain_text_is_agreed_by_a_plain_answer(meanings: tuple[Meaning, ...], encrypted: bool, agreed: bool) -> None:
    """Who answers in plain and does not ask for encryption may get plain text."""
    sender = Participant(Role.OPERATOR, SHOP.address, fingerprint="EF" * 20, wrote_encrypted=encrypted)
    (contact,) = decide(case(State.CONTACTING, TRIED), reply(SHOP, *meanings, sender=sender)).case.contacts
    assert (contact.plaintext_agreed, contact.wrote_encrypted, contact.fingerprint) == (agreed, encrypted, "EF" * 20)


def test_who_once_asked_for_encryption_asked() -> None:
    """A later plain mail does not take the wish back; a later wish takes the agreement back."""
    wish, plain = reply(SHOP, Meaning.WANTS_ENCRYPTION), reply(SHOP, Meaning.ACKNOWLEDGED)
    start = case(State.CONTACTING, TRIED)
    assert not decide(start, wish, plain).case.contacts[0].plaintext_agreed
    assert not decide(start, plain, wish).case.contacts[0].plaintext_agreed
    assert decide(start, plain, plain).case.contacts[0].plaintext_agreed


@pytest.mark.parametrize(
    ("meaning", "state", "left"),
    [
        (Meaning.OTHER, State.FIXING, {DeadlineKind.STATUS_REQUEST, DeadlineKind.FIX}),
        (Meaning.ACKNOWLEDGED, State.FIXING, {DeadlineKind.STATUS_REQUEST, DeadlineKind.FIX}),
        (Meaning.FIX_REPORTED, State.FIX_REPORTED, {DeadlineKind.FIX_CHECK}),
        (Meaning.NOT_AFFECTED, State.REVIEW, {DeadlineKind.TRIAGE}),
        (Meaning.WILL_NOT_FIX, State.REVIEW, {DeadlineKind.TRIAGE}),
        (Meaning.PAGE_REMOVED, State.REVIEW, {DeadlineKind.TRIAGE}),
        (Meaning.FIX_PLANNED, State.FIXING, {DeadlineKind.STATUS_REQUEST, DeadlineKind.FIX}),
        (Meaning.ASKS_TIME, State.FIXING, {DeadlineKind.STATUS_REQUEST, DeadlineKind.FIX}),
        (Meaning.SUSPICIOUS, State.NOTIFIED, {DeadlineKind.TRIAGE, *(d.kind for d in WAITS)}),
    ],
)
def test_what_a_confirmed_contact_says(meaning: Meaning, state: State, left: set[DeadlineKind]) -> None:
    """Work began, a fix, a no that a person judges; reminders that are answered stop."""
    decision = decide(notified(), reply(CONFIRMED, meaning))
    assert (decision.case.state, set(dict(due(decision)))) == (state, left)
    thanked = [("fix-thanks", CONFIRMED.address, None), ("fix-check", FINDER.address, None)]
    expected = thanked if meaning is Meaning.FIX_REPORTED else []
    reassured = [("reassurance", CONFIRMED.address, "approval")] if meaning is Meaning.SUSPICIOUS else []
    assert mails(decision) == expected + reassured
    assert decision.case.milestones.fix_reported == (NOW if expected else None)


def test_the_wrong_window_is_not_confirmed() -> None:
    """Who names another window gets no details and no reminder; a person adds the one that is named."""
    before = case(State.CONTACTING, TRIED, deadlines=(Deadline(DeadlineKind.CONTACT_ANSWER, NOW, 0, SHOP.address),))
    event = reply(SHOP, Meaning.WRONG_WINDOW, told=(("window", "security@example.jp"),))
    decision = decide(before, event, by=AUTO)
    assert (decision.case.state, decision.case.contacts, mails(decision)) == (State.CONTACTING, (TRIED,), [])
    assert (notices(decision), due(decision)) == (["notice-reply"], [(DeadlineKind.TRIAGE, after(5))])
    assert details_of(decision.effects[0])["window"] == "security@example.jp"
    assert decision.case.timeline[0].text == "wrong_window; window security@example.jp"


def test_a_window_that_names_itself_is_the_right_one() -> None:
    """ "Please write to …" with the address that answers confirms it."""
    event = reply(SHOP, Meaning.WRONG_WINDOW, told=(("window", SHOP.address.upper()),))
    assert decide(case(State.CONTACTING, TRIED), event).case.contacts[0].standing is S.CONFIRMED


def test_a_fix_beside_a_plan_is_for_a_person() -> None:
    """One part is mended, another will be: nobody is thanked or asked to check yet."""
    decision = decide(notified(), reply(CONFIRMED, Meaning.FIX_REPORTED, Meaning.FIX_PLANNED))
    assert (decision.case.state, mails(decision)) == (State.FIXING, [])
    assert DeadlineKind.TRIAGE in dict(due(decision))


def test_a_fix_before_the_details_is_only_shown() -> None:
    """Nobody can have mended what they were not told; a coordinator judges."""
    decision = decide(case(State.CONTACTING, TRIED), reply(SHOP, Meaning.FIX_REPORTED))
    assert (decision.case.state, decision.case.milestones.fix_reported) == (State.CONTACT_CONFIRMED, None)


def test_closing_is_never_the_contacts() -> None:
    """Whatever is said, the case stays open."""
    for meaning in Meaning:
        assert not decide(notified(), reply(CONFIRMED, meaning)).case.state.ended


def test_finder_answers_the_question() -> None:
    """What was missing is filled in, what was stated stays, and coordinators decide again."""
    before = case(
        fields=(stated("target.urls", ("https://a.example/",)), stated("vulnerability.cwe", ("CWE-79",), derived=True)),
        missing=("vulnerability.steps", "product.version"),
    )
    asked = decide(before, command("ask", "vulnerability.steps")).case
    news = (stated("vulnerability.steps", "1. open"), stated("target.urls", ("https://evil.example/",)))
    after_all = decide(asked, answer(fields=news)).case
    assert (after_all.state, after_all.missing) == (State.TRIAGE, ("product.version",))
    assert after_all.field("target.urls") == ("https://a.example/",)
    assert after_all.field("vulnerability.steps") == "1. open"
    assert after_all.field("vulnerability.cwe") == ("CWE-79",)
    assert due(after_all) == [(DeadlineKind.TRIAGE, after(5))]


def test_answer_replaces_what_was_only_derived() -> None:
    """A stated value comes in place of one that we derived."""
    before = case(State.ASKING, fields=(stated("vulnerability.cwe", ("CWE-79",), derived=True),))
    after_all = decide(before, answer(fields=(stated("vulnerability.cwe", ("CWE-89",)),))).case
    assert [(f.value, f.derived) for f in after_all.fields] == [(("CWE-89",), False)]


@pytest.mark.parametrize("proven", [True, False])
def test_t26_consent_needs_the_finders_own_token(proven: bool) -> None:
    """Whoever writes in the finder's name without the token that only they were sent agrees to nothing."""
    fields = (stated("consent.share_identity", True), stated("vulnerability.steps", "1. open"))
    after_all = decide(case(State.ASKING), answer(fields=fields, from_that_contact=proven)).case
    assert after_all.agreed("share_identity") is proven
    assert (after_all.state, after_all.field_text("vulnerability.steps")) == (State.TRIAGE, "1. open")


@pytest.mark.parametrize("state", [s for s in State if s is not State.ASKING])
def test_a_finder_who_was_not_asked_moves_nothing(state: State) -> None:
    """The report stays as it was read; coordinators see the mail."""
    before = case(state)
    after_all = decide(before, answer(Meaning.WITHDRAWN, fields=(stated("target.urls", ("x",)),))).case
    assert (after_all.state, after_all.fields, after_all.deadlines) == (state, (), before.deadlines)


def test_finder_who_begins_to_encrypt() -> None:
    """From then on no answer may go in plain; the first key stays."""
    sender = replace(FINDER, fingerprint="EF" * 20, wrote_encrypted=True)
    after_all = decide(case(), answer(sender=sender)).case
    assert after_all.finder == replace(FINDER, fingerprint="EF" * 20, wrote_encrypted=True)
    again = decide(after_all, answer(sender=replace(FINDER, fingerprint="CC" * 20))).case
    assert again.finder == after_all.finder


def test_who_asks_how_it_stands_and_says_more_is_heard() -> None:
    """A field, a file or a long text beside the question goes its usual way, to coordinators."""
    asks = Meaning.ASKS_STATUS
    field = Field("product.version", "2.1", "r", 1.0)
    for more in (
        {"fields": (field,)},
        {"attachments": ("log.txt",)},
        {"text": "x" * 400},
        {"told": (("window", "a"),)},
    ):
        decision = decide(case(State.FIXING), answer(asks, **more))
        assert [name for name, _, _ in mails(decision)] == []
        assert notices(decision) == ["notice-reply"]
    alone = decide(case(State.FIXING), answer(asks))
    assert mails(alone) == [("progress-finder", FINDER.address, None)]
    assert notices(alone) == []
    held = decide(case(State.FIXING), answer(asks), by=policy(acknowledge="approve"))
    assert mails(held) == [("progress-finder", FINDER.address, "approval")]
