"""Which address a user id carries."""

import pytest

from mailbot.core.user_ids import address_in, comparable


@pytest.mark.parametrize(
    ("user_id", "address"),
    [
        ("Hanako <hanako@example.com>", "hanako@example.com"),
        ("発見 花子 (work) <Hanako@Example.COM>", "hanako@example.com"),
        ("hanako@example.com", "hanako@example.com"),
        ("<hanako@example.com>", "hanako@example.com"),
        ("Hanako <hanako@日本語.example>", "hanako@xn--wgv71a119e.example"),
        ("Hanako", ""),
        ("", ""),
        ("hanako@example.com hanako@evil.example", ""),
        ("hanako@example.com <evil@evil.example>", "evil@evil.example"),
        ("Hanako <hanako@example.com> <evil@evil.example>", ""),
        ("Hanako <hanako@example.com> evil", ""),
        ("Hanako <hanako@example.com", ""),
        ("Hanako hanako@example.com>", ""),
        ("<evil@evil.example>hanako@example.com", ""),
        ("Hanako < hanako@example.com >", ""),
        ("Hanako <hanako@example.com,evil@evil.example>", ""),
        ("Hanako <hanako@example.com.>", "hanako@example.com"),
        ("Hanako <hanako@exam ple.com>", ""),
    ],
)
def test_t41_a_user_id_carries_one_address_or_none(user_id: str, address: str) -> None:
    """What two readers could take for two addresses carries none."""
    assert address_in(user_id) == address


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Hanako@Example.COM", "hanako@example.com", True),
        ("hanako@example.com", "xhanako@example.com", False),
        ("hanako@example.com", "hanako@example.com.evil.example", False),
        ("hanako+a@example.com", "hanako@example.com", False),
        ("hanaKo@example.com", "hana\N{KELVIN SIGN}o@example.com", False),
        ("hanako@example.com", "h\N{CYRILLIC SMALL LETTER A}nako@example.com", False),
    ],
)
def test_t41_addresses_are_compared_whole(one: str, other: str, same: bool) -> None:
    """Only the size of ASCII letters makes no difference."""
    assert (comparable(one) == comparable(other)) is same
