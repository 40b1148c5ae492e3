"""The key in the Autocrypt header."""

import pytest

from mailbot.core.autocrypt import autocrypt_keys
from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail
from mailbot.core.parse import parse

MINE = "addr=hanako@example.com; keydata=a2V5"


def keys(*headers: str, sender: str = "From: Hanako <hanako@example.com>") -> tuple[bytes, ...]:
    mail = "\r\n".join((sender, *headers, "", "text"))
    return autocrypt_keys(parse(RawMail(mail.encode(), "test"), Limits()))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (MINE, True),
        ("addr=Hanako@Example.com; prefer-encrypt=mutual; keydata=\r\n a2\r\n V5", True),
        (f"_new=1; {MINE}", True),
        (f"critical=1; {MINE}", False),
        (f"addr=hanako@example.com; {MINE}", False),
        ("addr=other@example.com; keydata=a2V5", False),
        ("addr=xhanako@example.com; keydata=a2V5", False),
        ("addr=hanako@example.com.evil.example; keydata=a2V5", False),
        ("addr=hanako@example.com; keydata=", False),
        ("addr=hanako@example.com; keydata=a2V", False),
        ("keydata=a2V5", False),
        ("", False),
    ],
)
def test_t41_only_the_senders_own_valid_header(value: str, found: bool) -> None:
    """For exactly the address in From, whole, and with nothing in it that may mean more than we know."""
    assert keys(f"Autocrypt: {value}") == ((b"key",) if found else ())


def test_t41_two_headers_are_none() -> None:
    """Which of them is right, nobody can say; one for somebody else is no second."""
    assert keys(f"Autocrypt: {MINE}", f"Autocrypt: {MINE}") == ()
    assert keys(f"Autocrypt: {MINE}", "Autocrypt: addr=x@example.com; keydata=a2V5") == (b"key",)


def test_t41_gossip_is_not_looked_at() -> None:
    """What the sender says of others' keys."""
    assert keys("Autocrypt-Gossip: " + MINE) == ()


def test_no_sender() -> None:
    """Nobody's header counts."""
    assert keys(f"Autocrypt: {MINE}", sender="To: x@example.com") == ()
