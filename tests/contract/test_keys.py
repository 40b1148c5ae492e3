"""What gpg makes of strangers' keys: those that fit, those that do not, and those that change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from mailbot.bot import Bot
from mailbot.core.keys import Unfit, unfit
from mailbot.core.packets import packets
from mailbot.core.roles import Part
from mailbot.memory import Change
from mailbot.recipient_keys import Learned, learn_keys, recipient_key
from tests.builders import DESK, case
from tests.fakes_store import MemoryStore
from tests.pgp_home import gpg, keyring_in, needs_gpg, new_home
from tests.unit.test_packets import SIGNATURE, SUBKEY, USER_ID, armored

pytestmark = needs_gpg

NOW = datetime.now(UTC)
ADDRESS = "hanako@example.com"
UID = f"Hanako <{ADDRESS}>"
LONG_AGO = ("--faked-system-time", "20200101T000000")


@dataclass(frozen=True)
class Owner:
    """Somebody who makes keys in a home of their own."""

    home: Path

    def gpg(self, *words: str, stdin: bytes = b"") -> bytes:
        return gpg(self.home, "--passphrase", "", *words, stdin=stdin)

    def make(self, uid: str = UID, algorithm: str = "ed25519", usage: str = "sign", *extra: str) -> str:
        """A key, and its fingerprint."""
        before = set(self.fingerprints())
        self.gpg(*extra, "--quick-gen-key", uid, algorithm, usage, "2y")
        (made,) = set(self.fingerprints()) - before
        return made

    def make_usable(self, uid: str = UID) -> str:
        """A key that mail can be encrypted to."""
        fingerprint = self.make(uid)
        self.gpg("--quick-add-key", fingerprint, "cv25519", "encr", "1y")
        return fingerprint

    def fingerprints(self) -> list[str]:
        """Of the primary keys."""
        lines = [line.split(":") for line in self.gpg("--list-keys", "--with-colons").decode().split("\n")]
        return [fields[9] for last, fields in pairwise(lines) if last[0] == "pub"]

    def export(self, fingerprint: str) -> bytes:
        return self.gpg("--export", fingerprint)

    def revoke(self, fingerprint: str) -> None:
        """By the certificate that gpg makes with each key."""
        certificate = (self.home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_bytes()
        self.gpg("--import", stdin=certificate.replace(b":-----BEGIN", b"-----BEGIN"))


@pytest.fixture
def owner() -> Iterator[Owner]:
    home = new_home()
    yield Owner(home)
    keyring_in(home, "0" * 40).close()


class DeskWithGpg:
    """The desk's keyring and memory."""

    def __init__(self) -> None:
        self.keyring, self.store = keyring_in(new_home(), "0" * 40), MemoryStore()
        space = SimpleNamespace(
            desk=DESK, keyring=self.keyring, store=self.store, directory=None, policy=SimpleNamespace(part=Part())
        )
        self.bot = cast(Bot, space)

    def learn(self, *keys: bytes) -> Learned:
        """What a mail with these keys teaches, stored."""
        learned = learn_keys(self.bot, ADDRESS, keys, None, datetime.now(UTC))
        self.store.apply(Change(pins=learned.pins))
        return learned

    def key(self) -> str | None:
        """With which key mail to the address goes now."""
        return recipient_key(self.bot, case(), ADDRESS, datetime.now(UTC)).fingerprint


@pytest.fixture
def desk() -> Iterator[DeskWithGpg]:
    made = DeskWithGpg()
    yield made
    made.keyring.close()


def reason(desk: DeskWithGpg, key: bytes) -> Unfit | None:
    (info,) = desk.keyring.inspect(key)
    return unfit(info, ADDRESS, NOW)


def test_a_fitting_key_is_pinned(desk: DeskWithGpg, owner: Owner) -> None:
    """It tells when mail can no longer be encrypted to it, which is before it ends as a whole."""
    fingerprint = owner.make_usable()
    assert desk.learn(owner.export(fingerprint)).fingerprint == fingerprint == desk.key()
    (info,) = desk.keyring.all_keys()
    assert info.expires
    assert timedelta(days=360) < info.expires - NOW < timedelta(days=370)
    assert (info.algorithm, info.encryption) == ("ed25519", ("cv25519",))


@pytest.mark.parametrize("subkey", ["rsa1024", "elg1024"])
def test_t41_weak_subkeys(desk: DeskWithGpg, owner: Owner, subkey: str) -> None:
    """A weak subkey beside a strong one is refused: gpg would choose the newer of the two."""
    fingerprint = owner.make_usable()
    owner.gpg("--quick-add-key", fingerprint, subkey, "encr", "1y")
    assert reason(desk, owner.export(fingerprint)) is Unfit.WEAK


@pytest.mark.parametrize(("algorithm", "usage"), [("rsa1024", "sign,encr"), ("dsa1024", "sign")])
def test_t41_weak_keys(desk: DeskWithGpg, owner: Owner, algorithm: str, usage: str) -> None:
    """Of RSA and DSA with 1024 bits, also where its subkey is strong."""
    fingerprint = owner.make(UID, algorithm, usage)
    owner.gpg("--quick-add-key", fingerprint, "cv25519", "encr", "1y")
    assert reason(desk, owner.export(fingerprint)) is Unfit.WEAK


def test_t41_a_key_for_signing_only(desk: DeskWithGpg, owner: Owner) -> None:
    """Nothing can be encrypted to it."""
    assert reason(desk, owner.export(owner.make())) is Unfit.CANNOT_ENCRYPT


def test_t41_expired_keys(desk: DeskWithGpg, owner: Owner) -> None:
    """As a whole, or the only subkey that mail could be encrypted to."""
    old = owner.make(UID, "rsa2048", "sign,encr", *LONG_AGO)
    assert reason(desk, owner.export(old)) is Unfit.EXPIRED
    mixed = owner.make("Hanako again <hanako@example.com>")
    owner.gpg("--quick-add-key", mixed, "cv25519", "encr", "seconds=1")
    (info,) = desk.keyring.inspect(owner.export(mixed))
    assert unfit(info, ADDRESS, datetime.now(UTC) + timedelta(seconds=5)) is Unfit.EXPIRED


def test_t41_revoked_keys_and_user_ids(desk: DeskWithGpg, owner: Owner) -> None:
    """A revoked user id counts no longer; nor does a revoked key."""
    fingerprint = owner.make_usable()
    owner.gpg("--quick-add-uid", fingerprint, "Other <other@example.com>")
    owner.gpg("--quick-revoke-uid", fingerprint, UID)
    assert reason(desk, owner.export(fingerprint)) is Unfit.OTHER_ADDRESS
    owner.revoke(fingerprint)
    assert reason(desk, owner.export(fingerprint)) is Unfit.REVOKED


def test_t41_a_user_id_that_its_owner_did_not_sign(desk: DeskWithGpg, owner: Owner) -> None:
    """Written into the block by somebody: it is none."""
    found = list(packets(owner.export(owner.make_usable("Other <other@example.com>"))))
    signature = next(packet for packet in found if packet.tag == SIGNATURE)
    forged = bytes([0xC0 | USER_ID, len(UID)]) + UID.encode()
    for extra in (forged, forged + signature.framed):
        at = next(n for n, packet in enumerate(found) if packet.tag == SUBKEY)
        parts = [packet.framed for packet in found]
        assert reason(desk, b"".join([*parts[:at], extra, *parts[at:]])) is Unfit.OTHER_ADDRESS


@pytest.mark.parametrize(
    "uid",
    [
        f"{ADDRESS} <evil@evil.example>",
        f"Hanako <{ADDRESS}> <evil@evil.example>",
        f"x{ADDRESS}",
        f"Hanako <{ADDRESS}.evil.example>",
        f"Hanako <{ADDRESS}\u2028>",
    ],
)
def test_t41_user_ids_that_only_look_right(desk: DeskWithGpg, owner: Owner, uid: str) -> None:
    """The address is compared as a whole, and gpg's listing cannot be led astray."""
    owner.gpg("--allow-freeform-uid", "--quick-gen-key", uid, "ed25519", "sign", "2y")
    (fingerprint,) = owner.fingerprints()
    owner.gpg("--quick-add-key", fingerprint, "cv25519", "encr", "1y")
    assert reason(desk, owner.export(fingerprint)) is Unfit.OTHER_ADDRESS


def test_t41_flooded_keys(desk: DeskWithGpg, owner: Owner) -> None:
    """With a hundred thousand signatures, or as many as fit into the size, gpg does not get to see it."""
    key = owner.export(owner.make_usable())
    signature = next(packet.framed for packet in packets(key) if packet.tag == SIGNATURE)
    for flooded in (key + signature * 100_000, key + signature * 1_001):
        assert desk.keyring.inspect(flooded) == desk.keyring.import_key(flooded) == ()
        assert [refused.why for refused in desk.learn(flooded, armored(flooded)).refused] == [Unfit.TOO_LARGE] * 2


@pytest.mark.parametrize("armor", ["PRIVATE", "PUBLIC", None])
def test_t41_secret_keys(desk: DeskWithGpg, owner: Owner, armor: str | None) -> None:
    """Never imported, whatever they are wrapped in, and not together with a public one either."""
    secret = owner.gpg("--export-secret-keys", owner.make_usable())
    public = owner.export(owner.make_usable("Hanako again <hanako@example.com>"))
    for block in (secret, public + secret):
        learned = desk.learn(armored(block, armor) if armor else block)
        assert learned.had_secret
        assert learned.pins == ()
    assert desk.keyring.all_keys() == ()


def test_only_the_key_that_was_judged_is_imported(desk: DeskWithGpg, owner: Owner) -> None:
    """Others in the same block stay out, a coordinator's look-alike among them."""
    mine, other = owner.make_usable(), owner.make_usable("Coordinator One <one@desk.example.jp>")
    desk.learn(owner.export(other) + owner.export(mine))
    assert [info.fingerprint for info in desk.keyring.all_keys()] == [mine]


def test_t41_a_second_key_waits(desk: DeskWithGpg, owner: Owner) -> None:
    """Mail goes on to the first one."""
    first, second = owner.make_usable(), owner.make_usable("Hanako again <hanako@example.com>")
    desk.learn(owner.export(first))
    learned = desk.learn(owner.export(second))
    assert [other.fingerprint for other in learned.held] == [second]
    assert desk.key() == first
    assert [info.fingerprint for info in desk.keyring.all_keys()] == [first]


def test_t42_what_the_owner_changes_counts(desk: DeskWithGpg, owner: Owner) -> None:
    """A later expiry, which an old copy of the key does not take back; a new subkey; at last the revocation."""
    fingerprint = owner.make_usable()
    first = owner.export(fingerprint)
    desk.learn(first)
    owner.gpg("--quick-set-expire", fingerprint, "5y")
    owner.gpg("--quick-set-expire", fingerprint, "5y", "*")
    assert desk.learn(owner.export(fingerprint)).renewed
    assert desk.keyring.usable(fingerprint, NOW + timedelta(days=4 * 365))
    desk.learn(first)
    assert desk.keyring.usable(fingerprint, NOW + timedelta(days=4 * 365))
    owner.revoke(fingerprint)
    desk.learn(owner.export(fingerprint))
    assert desk.key() is None
    desk.learn(first)
    assert desk.key() is None
