"""What is said to log in with an access token, and what is made of a refusal."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.adapters.sasl import BearerLogin, decoded, pick, told


@pytest.mark.parametrize(
    ("mechanism", "user", "said", "last"),
    [
        ("XOAUTH2", "desk@a.test", b"user=desk@a.test\x01auth=Bearer tok\x01\x01", b""),
        (
            "OAUTHBEARER",
            "desk@a.test",
            b"n,a=desk@a.test,\x01host=mail.test\x01port=993\x01auth=Bearer tok\x01\x01",
            b"\x01",
        ),
        ("OAUTHBEARER", "a=b,c", b"n,a=a=3Db=2Cc,\x01host=mail.test\x01port=993\x01auth=Bearer tok\x01\x01", b"\x01"),
    ],
)
def test_the_dialogue(mechanism: str, user: str, said: bytes, last: bytes) -> None:
    """The token goes once; a challenge after it is a refusal and gets the answer that ends the dialogue."""
    login = BearerLogin(mechanism, user, "tok", "mail.test", 993)  # type: ignore[arg-type]
    assert login.respond(b"") == said
    assert login.respond(b'{"status": "401", "scope": "mail"}') == last
    assert login.said("NO failed") == "NO failed; status 401, scope mail"


@pytest.mark.parametrize(
    ("challenge", "text"),
    [
        (b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}', "status 400, schemes Bearer, "),
        (b'{"status": 401}', "status 401"),
        (b'{"status": {"a": 1}, "more": "x"}', ""),
        (b"[1]", ""),
        (b"\xff", ""),
        (b"", ""),
        (b"[" * 5000, ""),
    ],
)
def test_a_refusal_is_told(challenge: bytes, text: str) -> None:
    """What a challenge holds is shown as far as it is the JSON that it should be."""
    assert told(challenge).startswith(text)
    assert bool(told(challenge)) == bool(text)


def test_the_token_is_not_repeated() -> None:
    """A server that quotes what we sent puts no token into an error."""
    login = BearerLogin("XOAUTH2", "desk", "tok-secret")
    sent = base64.b64encode(login.first()).decode()
    said = login.said(f"535 {sent} and tok-secret\r\nare wrong")
    assert "tok-secret" not in said
    assert sent not in said
    assert "tok-secret" not in repr(login)


@pytest.mark.parametrize(
    ("offered", "picked"),
    [({"OAUTHBEARER", "XOAUTH2"}, "OAUTHBEARER"), ({"XOAUTH2", "PLAIN"}, "XOAUTH2"), (set(), "XOAUTH2")],
)
def test_the_standard_goes_first(offered: set[str], picked: str) -> None:
    """OAUTHBEARER where it is offered, else XOAUTH2."""
    assert pick(offered) == picked


@given(st.binary(max_size=200))
def test_any_challenge_is_survived(challenge: bytes) -> None:
    """Nothing that a server sends raises or reaches a line of its own."""
    login = BearerLogin("OAUTHBEARER", "desk", "tok")
    login.first()
    assert login.respond(decoded(challenge)) == b"\x01"
    assert login.respond(challenge) == b"\x01"
    assert login.said("no").isprintable()
