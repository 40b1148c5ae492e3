"""How the time of silence is agreed: default, shorter, longer, and the end."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.embargo import (
    DESK,
    FINDER,
    Embargo,
    EmbargoState,
    accepted_by_silence,
    answer,
    leave,
    offered,
    propose,
)
from mailbot.core.model import DeadlineKind, State, Track
from tests.builders import CONFIRMED, NOW, SHOP, case, command, decide, details_of, mails, refused
from tests.builders import FINDER as HANAKO

PARTIES = (FINDER, "1", "2")
SOON, LATER = NOW + timedelta(days=30), NOW + timedelta(days=60)
AGREED = propose(accepted_by_silence(offered(NOW)), FINDER, SOON, NOW, parties=PARTIES)


def test_silence_accepts_the_default() -> None:
    """Without a word the desk's default holds; it has no day."""
    active = accepted_by_silence(offered(NOW))
    assert (active.state, active.until) == (EmbargoState.ACTIVE, None)
    assert [p.settled for p in active.proposals] == ["accepted"]
    assert accepted_by_silence(active) == active


def test_the_shortest_wins() -> None:
    """A first day shortens the default, an earlier one shortens that; nobody is asked."""
    assert (AGREED.state, AGREED.until) == (EmbargoState.ACTIVE, SOON)
    shorter = propose(AGREED, "1", NOW + timedelta(days=10), NOW, parties=PARTIES)
    assert (shorter.state, shorter.until) == (EmbargoState.ACTIVE, NOW + timedelta(days=10))


def test_a_longer_term_is_a_question() -> None:
    """It holds when the last of the others has said yes; one no leaves all as it was."""
    asked = propose(AGREED, DESK, LATER, NOW, parties=PARTIES)
    assert (asked.state, asked.until) == (EmbargoState.REVISE, SOON)
    assert asked.question is not None
    assert asked.question.asked == PARTIES
    one = answer(asked, FINDER, True)
    assert one.until == SOON
    assert one.state is EmbargoState.REVISE
    everyone = answer(answer(one, "1", True), "2", True)
    assert (everyone.state, everyone.until, everyone.question) == (EmbargoState.ACTIVE, LATER, None)
    no = answer(one, "2", False)
    assert (no.state, no.until, no.question) == (EmbargoState.ACTIVE, SOON, None)
    assert answer(no, "1", True) == no


def test_a_new_question_takes_the_place_of_an_open_one() -> None:
    """Nobody is left with two questions."""
    asked = propose(propose(AGREED, DESK, LATER, NOW, parties=PARTIES), "1", LATER + timedelta(1), NOW, parties=PARTIES)
    assert [p.settled for p in asked.proposals][-2:] == ["outdone", ""]
    assert asked.question is not None
    assert asked.question.asked == (FINDER, "2")


def test_with_nobody_to_ask_a_longer_term_holds() -> None:
    """A party that is alone may wait as long as it likes."""
    assert propose(AGREED, FINDER, LATER, NOW, parties=(FINDER,)).until == LATER


@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from((DESK, *PARTIES)), st.integers(1, 400)),
            st.tuples(st.sampled_from(PARTIES), st.booleans()),
        ),
        max_size=20,
    )
)
def test_no_term_grows_without_everybody(steps: list[tuple[str, int | bool]]) -> None:
    """Whatever is proposed and answered, what holds is never longer than a term that all accepted."""
    embargo: Embargo = accepted_by_silence(offered(NOW))
    for party, what in steps:
        before = embargo
        if isinstance(what, bool):
            embargo = answer(embargo, party, what)
        else:
            embargo = propose(embargo, party, NOW + timedelta(days=what), NOW, parties=PARTIES)
        longer = before.until is not None and embargo.until is not None and embargo.until > before.until
        if longer:
            assert before.question is not None
            assert before.question.asked == (party,)
        assert embargo.state is (EmbargoState.REVISE if embargo.question else EmbargoState.ACTIVE)
    over = leave(embargo, NOW, "public")
    assert over.over
    assert leave(over, LATER, "again") == over


# On a case


def test_the_shorter_term_is_told_to_the_others() -> None:
    """Whoever proposed it knows; a deadline stands for its end."""
    before = case(State.FIXING, CONFIRMED)
    decision = decide(before, command("embargo propose", "finder", "2027-01-10", "a talk"))
    assert [(name, to) for name, to, _ in mails(decision)] == [("embargo-counterpart", SHOP.address)]
    assert "text" not in details_of(decision.effects[0]), "the finder's reasons are not ours to tell"
    assert [d.kind for d in decision.case.deadlines].count(DeadlineKind.EMBARGO) == 1


def test_a_longer_term_asks_finder_and_contact() -> None:
    """With a day to answer by; our own reason may be told."""
    before = decide(case(State.FIXING, CONFIRMED), command("embargo propose", "desk", "2027-01-10")).case
    asked = decide(before, command("extend", "2027-02-10", "tests", "go", "on"))
    assert [(name, to) for name, to, _ in mails(asked)] == [
        ("embargo-finder", HANAKO.address),
        ("embargo-counterpart", SHOP.address),
    ]
    said = details_of(asked.effects[0])
    assert (said["answer_by"], said["text"]) == ("2026-12-04", "tests go on")
    assert "no later than what was agreed" in refused(before, command("extend", "2026-12-10", "x"))


def test_more_time_without_an_agreed_day_is_told_at_once() -> None:
    """The aim for the fix moves, and the contact hears of it."""
    decision = decide(case(State.FIXING, CONFIRMED), command("extend", "2027-02-10", "tests", "go", "on"))
    assert mails(decision) == [("progress-counterpart", SHOP.address, None)]
    assert [d.at.date().isoformat() for d in decision.case.deadlines if d.kind is DeadlineKind.FIX] == ["2027-02-10"]


def test_publication_cannot_lie_behind_the_agreed_silence() -> None:
    """A later day has to be asked first."""
    before = decide(
        case(State.FIXING, CONFIRMED, track=Track.PRODUCT), command("embargo propose", "finder", "2027-01-10")
    ).case
    assert "!extend 2027-02-01 why asks everybody first" in refused(before, command("publish", "2027-02-01"))
    earlier = decide(before, command("publish", "2027-01-05")).case
    assert earlier.state is State.SCHEDULED
    assert earlier.publication is not None
    assert earlier.publication == earlier.embargo.until


def test_the_end_is_told_when_a_coordinator_says_so() -> None:
    """Attacks end it; both mails wait for approval. A case that is not accepted tells nobody."""
    ended = decide(case(State.FIXING, CONFIRMED), command("embargo propose", "desk", "2027-01-10"))
    told = decide(ended.case, command("exploited", "yes"))
    assert [(name, held) for name, _, held in mails(told)] == [
        ("embargo-finder", "approval"),
        ("embargo-counterpart", "approval"),
    ]
    assert all(d.kind is not DeadlineKind.EMBARGO for d in told.case.deadlines)
    assert mails(decide(case(), command("embargo propose", "desk", "2027-01-10"), command("public", "yes")))[1:] == []
