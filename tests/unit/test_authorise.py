"""Which mails may command the bot."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mailbot.core.authorise import Authorised, authorise
from mailbot.core.desk import Coordinator
from mailbot.core.lifecycle import Refusal
from mailbot.core.limits import Limits
from mailbot.core.messages import Crypto, OpenedMail, Signature
from tests.builders import DESK, NOW, ONE, TWO, opened, signed, signed_mail

TEXT = "!case CASE#12345678\n!accept\n"


def ask(mail: OpenedMail, *clocks: datetime, seen: bool = False) -> Authorised | Refusal:
    return authorise(mail, DESK, Limits(), clocks or (NOW,), seen)


def why_not(mail: OpenedMail, *clocks: datetime, seen: bool = False) -> str:
    verdict = ask(mail, *clocks, seen=seen)
    assert isinstance(verdict, Refusal), verdict
    return verdict.reason


def test_a_coordinators_fresh_signature() -> None:
    """Signed by a listed key, sent from its owner's address, new: the commands of the signed text count."""
    verdict = ask(signed_mail(TEXT))
    assert isinstance(verdict, Authorised)
    assert (verdict.coordinator, verdict.signature_id) == (ONE, f"id of {TEXT}")
    assert [(c.name, c.case) for c in verdict.orders.commands] == [("accept", "CASE#12345678")]
    assert isinstance(ask(signed_mail(TEXT, sender=ONE.address.title())), Authorised)


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (Signature.NONE, "not signed"),
        (Signature.BAD, "bad"),
        (Signature.UNKNOWN_KEY, "unknown"),
        (Signature.EXPIRED, "expired"),
        (Signature.REVOKED, "revoked"),
        (Signature.GOOD, "does not cover"),
    ],
)
def test_t28_t29_without_a_good_signature_over_the_text(status: Signature, why: str) -> None:
    """Unsigned, badly signed, signed by an unknown, expired or revoked key, or over something else."""
    mail = opened(ONE.address, text=TEXT, crypto=Crypto(signature=status, signer=ONE.fingerprint))
    assert why in why_not(mail)


def test_t29_a_key_that_is_not_listed() -> None:
    """A good signature of somebody else, though From names a coordinator."""
    stranger = Coordinator("x", ONE.address, "EF" * 20)
    assert "belongs to no coordinator" in why_not(signed_mail(TEXT, by=stranger))


@pytest.mark.parametrize("sender", [TWO.address, "evil@elsewhere.example", "", "security@desk.example.jp"])
def test_t29_signed_by_one_sent_by_another(sender: str) -> None:
    """The signer's own address must be in From."""
    assert "another address" in why_not(signed_mail(TEXT, by=ONE, sender=sender))


def test_t30_t31_only_the_signed_text_is_read() -> None:
    """Commands in another part, or around the signed block, are nobody's."""
    mail = signed_mail("!case CASE#12345678\n!note inside")
    outside = replace(mail, text="!case CASE#12345678\n!close fixed\n" + mail.text, new_text="!close fixed")
    verdict = ask(outside)
    assert isinstance(verdict, Authorised)
    assert [c.name for c in verdict.orders.commands] == ["note"]
    nothing = ask(replace(signed_mail("hello"), text="!case CASE#12345678\n!close fixed"))
    assert isinstance(nothing, Authorised)
    assert (nothing.orders.commands, len(nothing.orders.problems)) == ((), 1)


def test_t32_a_text_that_was_run_is_not_run_again() -> None:
    """The same signed text a second time."""
    assert "run before" in why_not(signed_mail(TEXT), seen=True)


@pytest.mark.parametrize(
    ("age", "why"),
    [
        (timedelta(days=3), None),
        (timedelta(minutes=-10), None),
        (timedelta(days=3, seconds=1), "older than 3 days"),
        (timedelta(days=365), "older than 3 days"),
        (timedelta(minutes=-11), "in the future"),
    ],
)
def test_t32_freshness(age: timedelta, why: str | None) -> None:
    """A signature is good for three days, and for clocks that are ten minutes apart."""
    verdict = ask(signed_mail(TEXT, made_at=NOW - age))
    assert (why is None) == isinstance(verdict, Authorised)
    assert why is None or (isinstance(verdict, Refusal) and why in verdict.reason)


def test_freshness_by_either_clock() -> None:
    """In a round that is run as of another day the real time counts as well."""
    later = NOW + timedelta(days=30)
    assert isinstance(ask(signed_mail(TEXT, made_at=NOW), later, NOW), Authorised)
    assert isinstance(ask(signed_mail(TEXT, made_at=later), later, NOW), Authorised)
    assert "older" in why_not(signed_mail(TEXT, made_at=NOW), later)


@pytest.mark.parametrize(
    ("protected", "case"),
    [
        ("[CASE#12345678] do this", "CASE#12345678"),
        (None, None),
        ("do this", None),
        ("[CASE#12345678] [CASE#87654321]", None),
    ],
)
def test_t24_the_case_must_be_named_inside_the_signature(protected: str | None, case: str | None) -> None:
    """A protected Subject names the case; the outer one, which anyone can change, does not."""
    mail = replace(signed_mail("!accept", protected=protected), subject="[CASE#87654321]")
    verdict = ask(mail)
    assert isinstance(verdict, Authorised)
    assert [c.case for c in verdict.orders.commands] == ([case] if case else [])
    assert bool(verdict.orders.problems) == (case is None)


def test_limit_of_commands() -> None:
    """The configured number of commands a mail is kept to."""
    limits = Limits(commands_per_mail=2)
    verdict = authorise(signed_mail("!case CASE#12345678\n" + "!hold\n" * 3), DESK, limits, (NOW,), False)
    assert isinstance(verdict, Authorised)
    assert len(verdict.orders.problems) == 1


def test_signature_of_a_good_text_in_a_bad_mail() -> None:
    """`signed` is only there for a good signature; its signer decides, not what `crypto` claims."""
    mail = opened(ONE.address, text=TEXT, signed=signed(TEXT, TWO), crypto=Crypto(signature=Signature.GOOD))
    assert "another address" in why_not(mail)
