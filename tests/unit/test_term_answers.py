"""Which mails answer a question about the time of silence, and what a finder's own day or publication does to it."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from mailbot.core.embargo import DESK, FINDER, Embargo, EmbargoState, accepted_by_silence, offered, propose
from mailbot.core.events import Meaning
from mailbot.core.model import Case, Entry, Role, State, Track
from mailbot.core.replies import read_reply
from mailbot.core.term_answers import term_answer
from tests.builders import CONFIRMED, NOW, SHOP, answer, case, decide, details_of, mails, opened, reply
from tests.builders import FINDER as HANAKO
from tests.shipped_rules import shipped_rules

RULES = shipped_rules()
YES, NO = Meaning.AGREES, Meaning.DISAGREES
SOON, LATER = NOW + timedelta(days=30), NOW + timedelta(days=60)
PARTIES = (FINDER, "contact")
ASKED = "<question@desk.example.jp>"
QUESTION = propose(
    propose(accepted_by_silence(offered(NOW)), FINDER, SOON, NOW, parties=PARTIES), DESK, LATER, NOW, parties=PARTIES
)


def asking(embargo: Embargo = QUESTION) -> Case:
    """A case whose parties were asked, by mail, whether silence may last until LATER."""
    sent = tuple(
        Entry(NOW, "sent", "mailbot", f"{name} to {address} (signed)", ASKED)
        for name, address in (("embargo-finder", HANAKO.address), ("embargo-counterpart", SHOP.address))
    )
    return case(State.NOTIFIED, CONFIRMED, track=Track.PRODUCT, embargo=embargo, timeline=sent)


def read(text: str, *, thread: bool = True, sender: str = HANAKO.address, role: Role = Role.FINDER) -> Meaning | None:
    """What the mail answers."""
    mail = opened(sender, "Re: [CASE#12345678]", text, in_reply_to=(ASKED,) if thread else ())
    return term_answer(mail, text, asking(), role, RULES, LATER.date(), NOW.date())


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("同意します", YES),
        ("同意します。\n", YES),
        ("窓口御中\n\n発見 花子です。\nご連絡ありがとうございます。\n期限の延長について、同意します。\n"
        "よろしくお願いいたします。\n", YES),
        ("はい。", YES),
        ("了承しました。", YES),
        ("異存ありません。よろしくお願いいたします。", YES),
        ("延長の件、承知しました。", None),
        ("延長について、了承しました。", YES),
        ("同意します。よろしくお願いいたします。", YES),
        ("2027年1月19日までの延長に同意します。", YES),
        ("I agree", YES),
        ("Hello,\n\nthank you for asking. We agree to the extension.\n\nBest regards,\nHanako\n", YES),
        ("Yes, that's fine with me.", YES),
        ("同意しません", NO),
        ("いいえ。", NO),
        ("延長には同意できません。", NO),
        ("I do not agree", NO),
        ("No.", NO),
        ("承知しました。", None),
        ("確認して、改めてご連絡します。", None),
        ("同意します。ただし、これが最後です。", None),
        ("修正されるのであれば同意します。", None),
        ("同意しますが、条件があります。", None),
        ("同意します。2027年1月5日に公開します。", None),
        ("同意するかどうかは、来週お返事します。", None),
        ("同意してもよいですか？", None),
        ("同意しません。いや、同意します。", None),
        ("はい。上司に確認します。", None),
        ("Yes, if it is mended by then.", None),
        ("I agree, but only until 2027-01-05.", None),
        ("Noted.", None),
        ("OK", None),
        ("Yes. I will check with my boss.", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_yes_is_one_only_when_nothing_else_is_said(text: str, meant: Meaning | None) -> None:
    """Courtesy may stand beside it; a condition, another day or an unknown sentence makes it a person's matter."""
    assert read(text) is meant


def test_it_answers_this_question_or_none() -> None:
    """Without the thread it has to name the very day."""
    assert read("同意します", thread=False) is None
    assert read("2027-01-19までの延長に同意します。", thread=False) is YES
    assert read("2027-01-20までの延長に同意します。", thread=False) is None
    assert read("2027-01-20までの延長に同意します。") is None


def test_only_who_was_asked_can_answer() -> None:
    """Somebody else's yes is none, nor is one to a question that was answered."""
    assert read("I agree", sender="mallory@evil.example.net") is None
    assert read("I agree", sender=SHOP.address, role=Role.VENDOR) is YES
    settled = replace(QUESTION, proposals=tuple(replace(p, settled="accepted") for p in QUESTION.proposals))
    mail = opened(HANAKO.address, "Re", "I agree", in_reply_to=(ASKED,))
    assert term_answer(mail, "I agree", asking(settled), Role.FINDER, RULES, LATER.date(), NOW.date()) is None


def test_the_last_yes_makes_it_hold() -> None:
    """Finder and vendor answer by mail; then all are told; nothing else of the case moves."""
    one = decide(asking(), answer(YES)).case
    assert one.embargo.until == SOON
    both = decide(one, reply(CONFIRMED, YES, role=Role.VENDOR))
    assert (both.case.embargo.state, both.case.embargo.until) == (EmbargoState.ACTIVE, LATER)
    assert [name for name, _, _ in mails(both)] == ["embargo-finder", "embargo-counterpart"]
    assert both.case.state is State.NOTIFIED


def test_a_no_leaves_it_and_moves_no_publication() -> None:
    """The day that was agreed stays."""
    agreed = replace(asking(), publication=SOON)
    no = decide(agreed, answer(NO)).case
    assert (no.embargo.until, no.publication, no.embargo.question) == (SOON, SOON, None)
    yes = decide(agreed, answer(YES), reply(CONFIRMED, YES, role=Role.VENDOR)).case
    assert yes.publication == LATER


@pytest.mark.parametrize("meaning", [YES, NO, Meaning.PLANS_DISCLOSURE, Meaning.PUBLISHED])
def test_without_the_token_nothing_changes(meaning: Meaning) -> None:
    """Anybody can write in the finder's name; a person gets the command for it."""
    told = (("publishes_on", "2026-12-01"),)
    decision = decide(asking(), answer(meaning, from_that_contact=False, told=told))
    assert decision.case.embargo == QUESTION
    assert not decision.case.public
    (notice,) = [d for d in map(details_of, decision.effects) if "sender" in d]
    commands = {
        Meaning.PLANS_DISCLOSURE: "!embargo propose finder 2026-12-01",
        Meaning.PUBLISHED: "!public yes",
    }
    assert commands.get(meaning, "") in notice.get("commands", "")


ACTIVE = accepted_by_silence(offered(NOW))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I will publish on 2027-03-01.", "2027-03-01"),
        ("3月1日に公開する予定です。", "2027-03-01"),
        ("2027年3月1日にブログで公表します。", "2027-03-01"),
        ("90日後に公表する予定です。", "2027-02-18"),
        ("If it is not mended I'll publish it on March 1, 2027.", "2027-03-01"),
        ("3月1日に公開する予定はありません。", None),
        ("I will not publish before 2027-03-01.", None),
        ("公開日はいつですか？", None),
        ("修正版を3月1日に公開する予定だそうです。", None),
    ],
)
def test_a_finders_own_day_is_a_proposal(text: str, day: str | None) -> None:
    """The shortest wins, so it holds at once; the operator hears the day, not whose wish it is."""
    said = read_reply(text, RULES, NOW.date(), from_finder=True)
    assert dict(said.told).get("publishes_on") == day
    open_case = case(State.NOTIFIED, CONFIRMED, embargo=ACTIVE)
    decision = decide(open_case, answer(*said.meanings, told=said.told))
    until = decision.case.embargo.until
    assert until == (datetime.combine(date.fromisoformat(day), NOW.time(), NOW.tzinfo).replace(hour=9, minute=0)
                     if day else None)  # fmt: skip
    told = [name for name, _, _ in mails(decision) if name.startswith("embargo")]
    assert told == (["embargo-counterpart"] if day else [])
    assert "publishes_on" not in dict(read_reply(text, RULES, NOW.date()).told)


def test_a_later_day_than_what_holds_asks_nobody_to_wait() -> None:
    """A talk after the day of publication is no wish for longer silence; a person hears of it."""
    shorter = propose(ACTIVE, DESK, SOON, NOW, parties=PARTIES)
    decision = decide(
        case(State.NOTIFIED, CONFIRMED, embargo=shorter),
        answer(Meaning.PLANS_DISCLOSURE, told=(("publishes_on", LATER.date().isoformat()),)),
    )
    assert decision.case.embargo == shorter
    assert mails(decision) == []
    (notice,) = [d for d in map(details_of, decision.effects) if "sender" in d]
    assert f"!embargo propose finder {LATER.date()}" in notice["commands"]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("本日、ブログで内容を公開しました。", True),
        ("I published it today.", True),
        ("We have disclosed the details on our blog.", True),
        ("まだ公開していません。", False),
        ("開発者が修正版を公開しました。", False),
        ("I have not published it.", False),
        ("Have you published it?", False),
        ("We published another bug earlier.", False),
    ],
)
def test_a_finder_who_published_ends_the_silence(text: str, ends: bool) -> None:
    """It is public then; what the operator is told of it shows a coordinator first."""
    said = read_reply(text, RULES, NOW.date(), from_finder=True)
    decision = decide(case(State.NOTIFIED, CONFIRMED, embargo=ACTIVE), answer(*said.meanings, told=said.told))
    assert (decision.case.embargo.over, decision.case.public) == (ends, ends)
    held = [(name, hold) for name, _, hold in mails(decision) if name.startswith("embargo")]
    assert held == ([("embargo-counterpart", "approval")] if ends else [])


def test_what_an_operator_calls_published_ends_nothing() -> None:
    """Only a finder's words are read so; a notice of maintenance is no publication of the vulnerability."""
    assert Meaning.PUBLISHED not in read_reply("メンテナンス情報を公開しました。", RULES, NOW.date()).meanings
