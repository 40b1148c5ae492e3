"""What a key is, which keys of others are fit for an address, and which of those in use come to their end."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mailbot.core.user_ids import address_in, comparable

LEAST_BITS = 2_048
"""Of RSA, DSA and ElGamal (RFC 9580 section 9.1 warns of less)."""

NOTICE = timedelta(days=30)
"""How long before its end a key is spoken of; one that ended longer ago than this is no news."""

_COUNTED_IN_BITS = re.compile(r"(?:rsa|dsa|elgamal)(\d+)")


@dataclass(frozen=True)
class KeyInfo:
    """A key: 40 hex upper case fingerprint, the user ids that count, algorithms and times."""

    fingerprint: str
    uids: tuple[str, ...]
    created: datetime | None
    expires: datetime | None  # when mail can no longer be encrypted to it, or it ends as a whole
    algorithm: str
    can_encrypt: bool
    revoked: bool = False
    secret: bool = False
    encryption: tuple[str, ...] = ()  # the algorithms of the keys in it that mail may be encrypted to

    def names_address(self, address: str) -> bool:
        """Whether a user id carries exactly `address`."""
        return comparable(address) in self.addresses()

    def addresses(self) -> frozenset[str]:
        """The addresses that its user ids carry, comparable."""
        return frozenset(filter(None, map(address_in, self.uids)))

    def usable(self, now: datetime) -> bool:
        """Whether mail can be encrypted to it at `now`."""
        return self.can_encrypt and not self.revoked and (self.expires is None or self.expires > now)


class Unfit(StrEnum):
    """Why a key is not taken; codes of `[problems]` in labels.toml."""

    SECRET = "secret_key"
    TOO_LARGE = "key_too_large"
    UNREADABLE = "key_unreadable"
    REVOKED = "key_revoked"
    EXPIRED = "key_expired"
    CANNOT_ENCRYPT = "key_cannot_encrypt"
    WEAK = "key_weak"
    OTHER_ADDRESS = "key_other_address"


REASONS = {
    Unfit.SECRET: "it is a secret key; keep that to its owner, and give the public one",
    Unfit.TOO_LARGE: "it is too large, or has too many signatures, user ids or subkeys",
    Unfit.UNREADABLE: "no key can be read in it",
    Unfit.REVOKED: "its owner revoked it",
    Unfit.EXPIRED: "it has expired",
    Unfit.CANNOT_ENCRYPT: "mail cannot be encrypted to it",
    Unfit.WEAK: f"it is too weak: RSA, DSA and ElGamal need {LEAST_BITS} bits",
    Unfit.OTHER_ADDRESS: "it does not name that address",
}
"""The same in words, for the command line."""


def unfit(info: KeyInfo, address: str | None, now: datetime) -> Unfit | None:
    """Why mail to `address` (None: to whoever its user ids name) should not be encrypted to it; None if it may be."""
    if info.secret:
        return Unfit.SECRET
    if info.revoked:
        return Unfit.REVOKED
    if info.expires and info.expires <= now:
        return Unfit.EXPIRED
    if not info.can_encrypt:
        return Unfit.CANNOT_ENCRYPT
    if any(map(is_weak, (info.algorithm, *info.encryption))):
        # gpg encrypts to the newest of several subkeys, so one weak one is enough.
        return Unfit.WEAK
    return Unfit.OTHER_ADDRESS if address is not None and not info.names_address(address) else None


def is_weak(algorithm: str) -> bool:
    """Whether a key of that algorithm ("rsa1024") is too short to be relied on."""
    found = _COUNTED_IN_BITS.fullmatch(algorithm)
    return found is not None and int(found[1]) < LEAST_BITS


class End(StrEnum):
    """How far a key in use is from its end; codes of `[problems]` in labels.toml."""

    SOON = "key_expires_soon"
    EXPIRED = "key_expired"
    REVOKED = "key_revoked"


@dataclass(frozen=True)
class Ending:
    """A key in use that ends, for whom it is used, and when; None if its owner revoked it."""

    fingerprint: str
    addresses: tuple[str, ...]
    end: End
    expires: datetime | None


def expiring(used: Iterable[tuple[str, str]], infos: Iterable[KeyInfo], now: datetime) -> tuple[Ending, ...]:
    """The keys in use (address, fingerprint) that end within 30 days, or did within the last 30, or were revoked."""
    addresses: dict[str, list[str]] = {}
    for address, fingerprint in used:
        addresses.setdefault(fingerprint, []).append(address)
    endings = ((info, end) for info in infos if info.fingerprint in addresses and (end := _end(info, now)))
    return tuple(
        Ending(info.fingerprint, tuple(dict.fromkeys(addresses[info.fingerprint])), end, info.expires)
        for info, end in endings
    )


def _end(info: KeyInfo, now: datetime) -> End | None:
    if info.revoked:
        return End.REVOKED
    if info.expires is None or abs(info.expires - now) > NOTICE:
        return None
    return End.SOON if info.expires > now else End.EXPIRED
