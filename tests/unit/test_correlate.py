"""Which case a mail belongs to, and what its sender is in it."""

from dataclasses import replace
from typing import Any

import pytest

from mailbot.core.correlate import Correlation, How, correlate, role_in, subject_tags
from mailbot.core.messages import Address
from mailbot.core.model import Contact, Participant, Role
from mailbot.core.tokens import make_token, plus_address
from tests.builders import DESK, FINDER, INFO, ONE, SECRET, SHOP, case, opened

FIRST = case()
SECOND = case(
    id="CASE#87654321",
    participants=(Participant(Role.FINDER, "other@finder.example.org"),),
    contacts=(Contact(1, "web@other.example.jp", "report"),),
    message_ids=("<other@finder.example.org>",),
)
CASES = {c.id: c for c in (FIRST, SECOND)}
OURS = "<ours@desk.example.jp>"
MESSAGES = {m: c.id for c in CASES.values() for m in c.message_ids} | {OURS: FIRST.id}
STRANGER = "stranger@elsewhere.example"


def look(sender: str, subject: str = "Re: your mail", **mail: Any) -> Correlation:
    return correlate(opened(sender, subject, **mail), DESK, SECRET, CASES.get, MESSAGES.get)


def to(address: str, case_id: str = FIRST.id) -> str:
    return plus_address(DESK.address, make_token(SECRET, case_id, address))


def test_token_leads_to_case_and_contact() -> None:
    """The token's holder answers: case, role, contact point."""
    found = look(SHOP.address, to=[to(SHOP.address)])
    assert (found.case, found.how, found.role, found.contact) == (FIRST, How.TOKEN, Role.OPERATOR, 1)
    assert found.from_token_holder


@pytest.mark.parametrize("place", ["to", "cc", "in_reply_to", "references"])
def test_token_is_found_wherever_a_reply_carries_it(place: str) -> None:
    """In To or Cc as address, in In-Reply-To or References as Message-ID."""
    address = to(FINDER.address)
    value = address if place in ("to", "cc") else f"<0123.{address.partition('+')[2]}>"
    found = look(FINDER.address.upper(), **{place: (value,)})
    assert (found.case, found.how, found.role, found.contact) == (FIRST, How.TOKEN, Role.FINDER, None)
    assert found.from_token_holder


def test_t19_token_from_another_sender_makes_nobody_a_participant() -> None:
    """Who writes with the token of somebody else has no role, but it is known whose token it is."""
    found = look(STRANGER, to=[to(SHOP.address)])
    assert (found.case, found.how, found.role, found.issued_to, found.contact) == (FIRST, How.TOKEN, None, None, 1)
    assert not found.from_token_holder


def test_token_of_another_participant_is_not_the_senders_own() -> None:
    """The finder writing with the operator's token is the finder, but does not hold that token."""
    found = look(FINDER.address, to=[to(SHOP.address)])
    assert (found.role, found.from_token_holder) == (Role.FINDER, False)


@pytest.mark.parametrize("order", [1, -1])
def test_own_token_counts_among_several(order: int) -> None:
    """A thread with tokens of several people of one case: the sender's own decides, wherever it stands."""
    found = look(SHOP.address, to=[to(SHOP.address), to(INFO.address), to(ONE.address)][::order])
    assert (found.case, found.from_token_holder, found.contact) == (FIRST, True, 1)


def test_t18_forged_in_reply_to_makes_no_participant() -> None:
    """A stranger who knows a Message-ID of the case names it, and is a stranger still."""
    found = look(STRANGER, in_reply_to=(OURS,))
    assert (found.case, found.how, found.role, found.from_token_holder) == (FIRST, How.REFERENCES, None, False)


def test_t18_forged_token_falls_through_to_the_next_rung() -> None:
    """A token with a made-up HMAC counts for nothing."""
    forged = plus_address(DESK.address, "12345678." + "a" * 16)
    assert look(STRANGER, to=[forged]) == Correlation()
    assert look(STRANGER, to=[forged], references=(OURS,)).how is How.REFERENCES


def test_participant_is_known_by_reference_or_subject() -> None:
    """Without a token a participant's mail is found all the same, and proves less."""
    for found in (
        look(FINDER.address, references=("<x@y.example>", "<report@finder.example.org>")),
        look(FINDER.address, "Re: [CASE#12345678] 受付"),
    ):
        assert (found.case, found.role, found.from_token_holder) == (FIRST, Role.FINDER, False)


def test_t20_guessed_case_id_in_subject() -> None:
    """A stranger who guesses an id has no role; an id that does not exist leads nowhere."""
    found = look(STRANGER, "[CASE#12345678] hello")
    assert (found.case, found.how, found.role) == (FIRST, How.SUBJECT, None)
    assert look(STRANGER, "[CASE#11111111] hello") == Correlation()


def test_t21_two_cases_are_ambiguous() -> None:
    """Two ids in the Subject, or tokens of two cases, name no case; the same one twice is no doubt."""
    both = (FIRST.id, SECOND.id)
    assert look(FINDER.address, "[CASE#12345678] [CASE#87654321]").ambiguous == both
    assert look(FINDER.address, to=[to(FINDER.address), to("web@other.example.jp", SECOND.id)]).ambiguous == both
    assert look(FINDER.address, "[CASE#12345678] [CASE#11111111] [CASE#12345678]").case == FIRST
    assert look(FINDER.address, "[CASE#12345678] [CASE#87654321]").case is None


def test_t21_token_settles_what_the_subject_leaves_open() -> None:
    """The upper rung decides alone."""
    found = look(
        SHOP.address, "[CASE#87654321] ours", to=[to(SHOP.address)], references=("<other@finder.example.org>",)
    )
    assert (found.case, found.ambiguous) == (FIRST, ())


def test_t23_another_desks_number_is_not_ours() -> None:
    """Ticket numbers of others name no case."""
    assert look(SHOP.address, "[OTHER#12345678] [VU#12345678] [XCASE#12345678] Ticket 12345678").case is None


def test_t24_the_protected_subject_is_the_one_that_is_read() -> None:
    """The Subject inside the encryption names the case; the one outside says nothing."""
    mail = replace(opened(FINDER.address, "[CASE#87654321] outside"), subject="[CASE#12345678] inside")
    assert correlate(mail, DESK, SECRET, CASES.get, MESSAGES.get).case == FIRST


@pytest.mark.parametrize(
    ("subject", "ids"),
    [
        ("[CASE#12345678] x", ("CASE#12345678",)),
        ("Re: 【ＣＡＳＥ＃１２３４５６７８】", ("CASE#12345678",)),
        ("re: case # 12345678", ("CASE#12345678",)),
        ("CASE#123456789", ()),
        ("CASE#1234567", ()),
        ("x" * 1000 + "CASE#12345678", ()),
        ("", ()),
    ],
)
def test_subject_tags(subject: str, ids: tuple[str, ...]) -> None:
    """Eight digits after the desk's own prefix, in any width and case, near the beginning."""
    assert subject_tags(subject, DESK) == ids


@pytest.mark.parametrize(
    ("address", "role"),
    [
        (FINDER.address.title(), Role.FINDER),
        (SHOP.address, Role.OPERATOR),
        (STRANGER, None),
        (ONE.address, None),
        ("", None),
    ],
)
def test_role_in(address: str, role: Role | None) -> None:
    """Participants by their role, contact points as the counterpart, everybody else a stranger."""
    assert role_in(FIRST, address) is role


def test_t26_the_display_name_is_nobody() -> None:
    """An address in the display name gives no role: only the addr-spec counts."""
    spoofed = opened(STRANGER, "[CASE#12345678]")
    named = replace(spoofed, mail=replace(spoofed.mail, sender=Address(FINDER.address, STRANGER)))
    assert correlate(named, DESK, SECRET, CASES.get, MESSAGES.get).role is None


def test_a_finder_who_is_also_a_contact_stays_the_finder() -> None:
    """Naming oneself as the operator's contact does not make a finder the operator."""
    both = case(contacts=(Contact(1, FINDER.address, "report"),))
    found = correlate(opened(FINDER.address, to=[to(FINDER.address)]), DESK, SECRET, {both.id: both}.get, {}.get)
    assert found.role is Role.FINDER
