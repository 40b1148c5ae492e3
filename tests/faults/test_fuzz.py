"""No mail, however made or damaged, breaks the reading; T2, T3, T7 and T9 in small, many at a time."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mailbot.core.limits import Limits
from tests.faults.mail_grammar import MAILS, damaged_mails, written_mails
from tests.faults.reading_claims import take

_SETTINGS = settings(
    derandomize=True, deadline=None, database=None, max_examples=200, suppress_health_check=list(HealthCheck)
)
_SMALL = Limits(
    mail_bytes=3_000, header_bytes=200, parts=3, depth=2, addresses=1, text_characters=100, decrypted_bytes=100
)


@pytest.mark.parametrize("path", sorted(MAILS.rglob("*.eml")), ids=lambda path: path.stem)
def test_the_claims_hold_of_the_mails_of_the_tests(path: Path) -> None:
    """Among them is every mail that once broke the reading."""
    take(path.read_bytes())


@_SETTINGS
@given(st.binary(max_size=400))
@example(b"")
@example(b"\r\n\r\n\x00")
def test_any_bytes_can_be_read(content: bytes) -> None:
    """Also what is no mail at all."""
    take(content)


@_SETTINGS
@given(written_mails())
def test_any_mixture_of_what_mailers_write_can_be_read(content: bytes) -> None:
    """Headers, structures, charsets and encodings in every combination, with hostile bits between."""
    take(content)


@_SETTINGS
@given(damaged_mails(every=7))
def test_any_damage_to_a_real_mail_can_be_read(content: bytes) -> None:
    """Bits flipped, pieces cut out, doubled, swapped, put in from other mails."""
    take(content)


@_SETTINGS
@given(written_mails() | damaged_mails(every=7))
def test_limits_break_nothing(content: bytes) -> None:
    """With every limit far too small a mail is read as far as it goes, and says so."""
    take(content, _SMALL)


@pytest.mark.parametrize(
    "content",
    [
        b"Return-Path: <>\n" + b"Content-Type: message/rfc822\n\n" * 2_000,
        b"Return-Path: <>\nContent-Type: multipart/mixed; boundary=B\n\n" + b"--B\n\na\n" * 10_000,
        b"Return-Path: <>\nContent-Type: multipart/report; boundary=B\n\n"
        + b"--B\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.example\n\n" * 2_000,
        b"Subject: x\n\n" + b"-----BEGIN PGP MESSAGE-----\n" * 10_000,
        b"Subject: x\n\n" + b"-----BEGIN PGP SIGNED MESSAGE-----\n" * 10_000,
        b"Content-Type: text/html\n\n" + b"<div>" * 50_000,
        b"Subject: x\n\n" + b"> " * 50_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 4_000 + b"\n\n",
    ],
    ids=["messages", "parts", "statuses", "beginnings", "clearsigned", "tags", "quotation", "words"],
)
def test_t2_t3_much_of_the_same_breaks_nothing(content: bytes) -> None:
    """Thousands of one thing, one after or inside the other."""
    take(content)
