"""Which keys are fit to be used, and which of those in use are spoken of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mailbot.core.keys import REASONS, End, KeyInfo, Unfit, expiring, is_weak, unfit

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ADDRESS = "hanako@example.com"
GOOD = KeyInfo("AB" * 20, (f"Hanako <{ADDRESS}>",), NOW, None, "ed25519", can_encrypt=True, encryption=("cv25519",))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, None),
        ({"expires": NOW + DAY}, None),
        ({"uids": ("x <other@example.com>", f"Hanako <{ADDRESS.title()}>")}, None),
        ({"algorithm": "rsa2048", "encryption": ("rsa4096",)}, None),
        ({"algorithm": "nistp256", "encryption": ("nistp256",)}, None),
        ({"secret": True}, Unfit.SECRET),
        ({"revoked": True}, Unfit.REVOKED),
        ({"expires": NOW}, Unfit.EXPIRED),
        ({"expires": NOW - DAY}, Unfit.EXPIRED),
        ({"can_encrypt": False}, Unfit.CANNOT_ENCRYPT),
        ({"algorithm": "rsa1024"}, Unfit.WEAK),
        ({"algorithm": "rsa2047"}, Unfit.WEAK),
        ({"algorithm": "dsa1024", "encryption": ("elgamal4096",)}, Unfit.WEAK),
        ({"algorithm": "dsa3072", "encryption": ("elgamal1024",)}, Unfit.WEAK),
        ({"encryption": ("cv25519", "rsa1024")}, Unfit.WEAK),
        ({"uids": ()}, Unfit.OTHER_ADDRESS),
        ({"uids": ("Hanako",)}, Unfit.OTHER_ADDRESS),
        ({"uids": (f"x{ADDRESS}",)}, Unfit.OTHER_ADDRESS),
        ({"uids": (f"Hanako <{ADDRESS}.evil.example>",)}, Unfit.OTHER_ADDRESS),
        ({"uids": (f"{ADDRESS} <evil@evil.example>",)}, Unfit.OTHER_ADDRESS),
        ({"uids": (f"Hanako <{ADDRESS}> <evil@evil.example>",)}, Unfit.OTHER_ADDRESS),
        ({"uids": (f"Hanako <evil@evil.example, {ADDRESS}>",)}, Unfit.OTHER_ADDRESS),
    ],
)
def test_t41_fitness(change: dict[str, Any], why: Unfit | None) -> None:
    """Each way in which a key does not fit, with its reason."""
    assert unfit(replace(GOOD, **change), ADDRESS, NOW) is why


def test_whoever_it_names() -> None:
    """Without an address only the key itself is judged."""
    assert unfit(replace(GOOD, uids=()), None, NOW) is None


def test_every_reason_has_words() -> None:
    """The command line says each in a sentence."""
    assert set(REASONS) == set(Unfit)


@pytest.mark.parametrize("algorithm", ["ed25519", "cv25519", "nistp521", "brainpoolP256r1", "rsa3072", "algorithm 99"])
def test_curves_are_not_counted_in_bits(algorithm: str) -> None:
    """A curve of 256 bits is strong."""
    assert not is_weak(algorithm)


@pytest.mark.parametrize(
    ("change", "end"),
    [
        ({}, None),
        ({"expires": NOW + 31 * DAY}, None),
        ({"expires": NOW + 30 * DAY}, End.SOON),
        ({"expires": NOW + DAY}, End.SOON),
        ({"expires": NOW}, End.EXPIRED),
        ({"expires": NOW - 30 * DAY}, End.EXPIRED),
        ({"expires": NOW - 31 * DAY}, None),
        ({"revoked": True}, End.REVOKED),
        ({"revoked": True, "expires": NOW + DAY}, End.REVOKED),
    ],
)
def test_t42_keys_that_end(change: dict[str, Any], end: End | None) -> None:
    """A month before and a month after; an old one is no news."""
    found = expiring([(ADDRESS, GOOD.fingerprint)], [replace(GOOD, **change)], NOW)
    assert [ending.end for ending in found] == ([end] if end else [])


def test_only_keys_in_use_and_each_once() -> None:
    """With every address that it is used for."""
    ending = replace(GOOD, expires=NOW + DAY)
    used = [(ADDRESS, GOOD.fingerprint), ("h@example.com", GOOD.fingerprint), ("x@example.com", "CD" * 20)]
    (found,) = expiring(used, [ending, replace(ending, fingerprint="EF" * 20)], NOW)
    assert (found.fingerprint, found.addresses) == (GOOD.fingerprint, (ADDRESS, "h@example.com"))
    assert found.expires == ending.expires
