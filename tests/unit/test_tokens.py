"""Tokens: made for one case and one address, and found only where the desk writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.tokens import (
    Token,
    case_digits,
    find_tokens,
    issued_to,
    make_case_id,
    make_message_id,
    make_token,
    plus_address,
)
from tests.builders import DESK, FINDER, ONE, SECRET, SHOP, case

CASE = case()
TOKEN = make_token(SECRET, CASE.id, SHOP.address)


def found(*texts: str) -> tuple[Token, ...]:
    return find_tokens(texts, DESK.domain)


def test_every_address_has_its_own_token() -> None:
    """The token names the case and fits one address, however that is written."""
    assert TOKEN.startswith("12345678.")
    assert make_token(SECRET, CASE.id, SHOP.address.upper()) == TOKEN
    others = {
        make_token(SECRET, CASE.id, FINDER.address),
        make_token(SECRET, "CASE#87654321", SHOP.address),
        make_token(b"another secret", CASE.id, SHOP.address),
    }
    assert len({*others, TOKEN}) == 4


def test_round_trip() -> None:
    """What is written into Reply-To and Message-ID is found again and leads to its recipient."""
    for text in (
        plus_address(DESK.address, TOKEN),
        make_message_id(SECRET, "key", CASE.id, SHOP.address, DESK.domain),
        plus_address(DESK.address, TOKEN).upper(),
    ):
        (token,) = found(text)
        assert issued_to(token, CASE, SECRET) == SHOP.address


@given(st.emails())
def test_any_address_round_trips(address: str) -> None:
    """Whatever the address looks like, its token is found and checks."""
    token = make_token(SECRET, CASE.id, address)
    assert [f"{t.digits}.{t.mac}" for t in found(plus_address(DESK.address, token))] == [token]


@pytest.mark.parametrize(
    "text",
    [
        plus_address("security@other.example", TOKEN),
        f"<x.{TOKEN}@desk.example.jp.evil.example>",
        f"<x.{TOKEN}@evildesk.example.jp>",
        f"security+{TOKEN}",
        f"<{TOKEN[:-1]}@desk.example.jp>",
        f"<{TOKEN}x@desk.example.jp>",
        f"<9{TOKEN}@desk.example.jp>",
        f"<{TOKEN.replace('1', '１')}@desk.example.jp>",
        "",
    ],
)
def test_elsewhere_is_no_token(text: str) -> None:
    """Another domain, a cut or longer token, digits of another width: nothing is found."""
    assert found(text) == ()


def test_t18_a_forged_token_was_issued_to_nobody() -> None:
    """A made-up HMAC, and one made for another case or somebody without a part in this one, lead to nobody."""
    digits = case_digits(CASE.id)
    other_case = make_token(SECRET, "CASE#87654321", SHOP.address).partition(".")[2]
    stranger = make_token(SECRET, CASE.id, "stranger@elsewhere.example").partition(".")[2]
    for mac in ("a" * 16, other_case, stranger):
        assert issued_to(Token(digits, mac), CASE, SECRET) is None


def test_a_coordinator_has_a_token_too() -> None:
    """The desk's own people are found when they are asked for."""
    (token,) = found(plus_address(DESK.address, make_token(SECRET, CASE.id, ONE.address)))
    assert issued_to(token, CASE, SECRET) is None
    assert issued_to(token, CASE, SECRET, [ONE.address]) == ONE.address


def test_same_token_twice_is_one() -> None:
    """A token in To and References is found once."""
    assert len(found(plus_address(DESK.address, TOKEN), f"<x.{TOKEN}@desk.example.jp>")) == 1


def test_case_ids() -> None:
    """The same mail gives the same id again; another attempt, mail or secret gives another; eight digits always."""
    first = make_case_id(SECRET, "CASE", "digest", 0)
    assert first == make_case_id(SECRET, "CASE", "digest", 0)
    assert len({first, make_case_id(SECRET, "CASE", "digest", 1), make_case_id(b"x", "CASE", "digest", 0)}) == 3
    ids = [make_case_id(SECRET, "CASE", str(n), 0) for n in range(200)]
    assert all(len(case_digits(i)) == 8 and case_digits(i).isdigit() for i in ids)


def test_message_id_is_fixed_by_its_effect() -> None:
    """The same effect always has the same Message-ID; without a case it carries no token."""
    same = [make_message_id(SECRET, "key", CASE.id, SHOP.address, DESK.domain) for _ in range(2)]
    assert same[0] == same[1] != make_message_id(SECRET, "key2", CASE.id, SHOP.address, DESK.domain)
    assert found(make_message_id(SECRET, "key", None, SHOP.address, DESK.domain)) == ()
