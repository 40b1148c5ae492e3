"""Which key a mail is encrypted with, and which keys are pinned."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mailbot.bot import Bot
from mailbot.core.keys import Unfit
from mailbot.core.model import Case, Standing, State
from mailbot.errors import TransientError
from mailbot.memory import Change, Pin
from mailbot.ports import Published
from mailbot.recipient_keys import (
    Learned,
    RecipientKey,
    Refused,
    accept,
    accept_other,
    learn_keys,
    recipient_key,
)
from tests.builders import DESK, FINDER, NOW, ONE, POLICY, SHOP, case, standing
from tests.fakes_keyring import FakeKeyring
from tests.fakes_store import MemoryStore
from tests.unit.test_packets import KEY, PRIMARY, SECRET, SIGNATURE, armored, packet

YEAR = timedelta(days=365)


class FakeDirectory:
    """Publishes keys by address, or fails; knows whom it was asked for."""

    def __init__(self, keys: dict[str, bytes | Exception]) -> None:
        self.keys = keys
        self.asked: list[str] = []

    def find(self, address: str) -> Published:
        """What is published for the address."""
        self.asked.append(address)
        key = self.keys.get(address, b"")
        if isinstance(key, Exception):
            raise key
        return Published(key) if key else Published(why="not in the domain's directory")


class World:
    """A desk with a keyring and a memory, and the keys of people who write to it."""

    def __init__(self) -> None:
        self.keyring, self.store = FakeKeyring(now=NOW), MemoryStore()
        desk = SimpleNamespace(desk=DESK, policy=POLICY, keyring=self.keyring, store=self.store, directory=None)
        self.bot = cast(Bot, desk)

    def key(self, address: str, name: str = "x", **fields: Any) -> tuple[bytes, str]:
        """Somebody's public key and its fingerprint."""
        owner = FakeKeyring(name, address)
        owner.hold(replace(owner.held[owner.own], **fields))
        return owner.export(owner.own), owner.own

    def pin(self, address: str, fingerprint: str) -> None:
        self.store.apply(Change(pins=(Pin(address, fingerprint, NOW, "mail"),)))

    def publish(self, keys: dict[str, bytes | Exception]) -> FakeDirectory:
        """Have the desk look keys up among these."""
        directory = FakeDirectory(keys)
        self.bot.directory = directory  # type: ignore[misc]  # the namespace that stands for it is not frozen
        return directory

    def learn(self, keys: list[bytes], named: str | None = None, *, look_up: bool = False) -> Learned:
        """What a mail of the finder with these keys teaches, stored."""
        learned = learn_keys(self.bot, FINDER.address, keys, named, NOW, look_up=look_up)
        self.store.apply(Change(pins=learned.pins))
        return learned

    def to(self, address: str, of: Case | None = None) -> RecipientKey:
        return recipient_key(self.bot, of or case(), address, NOW)


@pytest.fixture
def world() -> World:
    return World()


def test_nobody_known(world: World) -> None:
    """Without any key plain mail may be possible."""
    assert world.to(SHOP.address) == RecipientKey(None, expected=False)


def test_coordinators_are_never_written_to_in_plain(world: World) -> None:
    """Their configured key or none; the mail is held then."""
    assert world.to(ONE.address.upper()) == RecipientKey(None, expected=True)


def test_t42_a_pinned_key_that_expired_is_not_replaced(world: World) -> None:
    """Neither by another key that the case names nor by plain text: the mail waits."""
    old, old_print = world.key(SHOP.address, "old", expires=NOW - YEAR)
    new, new_print = world.key(SHOP.address, "new")
    for key in (old, new):
        world.keyring.import_key(key)
    world.pin(SHOP.address, old_print)
    known = case(State.NOTIFIED, standing(SHOP, Standing.CONFIRMED, fingerprint=new_print))
    assert world.to(SHOP.address, known) == RecipientKey(None, expected=True)
    world.pin(SHOP.address, new_print)
    assert world.to(SHOP.address.title(), known) == RecipientKey(new_print, expected=True)


def test_key_that_only_the_case_knows(world: World) -> None:
    """Without a pin the key that finder or contact point came with is used."""
    key, fingerprint = world.key(FINDER.address)
    world.keyring.import_key(key)
    known = case(participants=(replace(FINDER, fingerprint=fingerprint),))
    assert world.to(FINDER.address, known) == RecipientKey(fingerprint, expected=True)


@pytest.mark.parametrize("who", ["finder", "contact"])
def test_who_wrote_encrypted_is_not_answered_in_plain(world: World, who: str) -> None:
    """Even if no key of theirs is known."""
    known = case(participants=(replace(FINDER, wrote_encrypted=who == "finder"),)).with_contact(
        replace(SHOP, wrote_encrypted=who == "contact")
    )
    address = FINDER.address if who == "finder" else SHOP.address
    assert world.to(address, known) == RecipientKey(None, expected=True)


def test_first_key_is_pinned(world: World) -> None:
    """The first fitting key that comes with a mail of its owner is imported and pinned."""
    key, fingerprint = world.key(FINDER.address)
    learned = learn_keys(world.bot, FINDER.address, [key], None, NOW)
    assert (learned.fingerprint, learned.pins) == (fingerprint, (Pin(FINDER.address, fingerprint, NOW, "mail"),))
    assert world.keyring.usable(fingerprint, NOW)


def test_t41_a_second_key_is_held(world: World) -> None:
    """Another than the pinned key waits for a coordinator, not imported; mail goes on to the pinned one."""
    first, first_print = world.key(FINDER.address, "first")
    second, second_print = world.key(FINDER.address, "second")
    world.keyring.import_key(first)
    world.pin(FINDER.address, first_print)
    learned = world.learn([second, first], second_print)
    assert (learned.fingerprint, [other.fingerprint for other in learned.held]) == (first_print, [second_print])
    assert [(pin.fingerprint, len(pin.others)) for pin in learned.pins] == [(first_print, 1)]
    assert second_print not in world.keyring.held
    assert world.to(FINDER.address) == RecipientKey(first_print, expected=True)


def test_t41_a_key_that_waits_is_held_once(world: World) -> None:
    """Sent again, it is no news."""
    world.pin(FINDER.address, world.key(FINDER.address, "first")[1])
    second, second_print = world.key(FINDER.address, "second")
    assert world.learn([second]).held
    again = world.learn([second])
    assert (again.held, again.pins, again.differing) == ((), (), (second_print,))


def test_t41_a_flood_of_second_keys_ends(world: World) -> None:
    """Five wait for a coordinator, and no more."""
    world.pin(FINDER.address, world.key(FINDER.address, "first")[1])
    held = [len(world.learn([world.key(FINDER.address, str(n))[0]]).held) for n in range(20)]
    assert sum(held) == 5
    pin = world.store.pin(FINDER.address)
    assert pin
    assert len(pin.others) == 5


def test_t41_an_expired_pin_is_not_replaced_by_mail(world: World) -> None:
    """Not even then is a stranger's second key taken."""
    old, old_print = world.key(FINDER.address, "old", expires=NOW - YEAR)
    world.keyring.import_key(old)
    world.pin(FINDER.address, old_print)
    learned = world.learn([world.key(FINDER.address, "new")[0]])
    assert (learned.fingerprint, len(learned.held)) == (old_print, 1)
    assert world.to(FINDER.address) == RecipientKey(None, expected=True)


def test_t42_a_later_expiry_of_the_pinned_key_counts(world: World) -> None:
    """The same key, renewed by its owner, can be used again at once; so does its revocation end it at once."""
    old, fingerprint = world.key(FINDER.address, expires=NOW - YEAR)
    world.keyring.import_key(old)
    world.pin(FINDER.address, fingerprint)
    assert world.to(FINDER.address) == RecipientKey(None, expected=True)
    renewed = world.learn([world.key(FINDER.address, expires=NOW + YEAR)[0]])
    assert (renewed.renewed, renewed.pins, renewed.held) == (True, (), ())
    assert world.to(FINDER.address) == RecipientKey(fingerprint, expected=True)
    world.learn([world.key(FINDER.address, revoked=True)[0]])
    assert world.to(FINDER.address) == RecipientKey(None, expected=True)


@pytest.mark.parametrize(
    ("owner", "fields", "why"),
    [
        ("other@elsewhere.example", {}, Unfit.OTHER_ADDRESS),
        (f"x{FINDER.address}", {}, Unfit.OTHER_ADDRESS),
        (f"{FINDER.address}.evil.example", {}, Unfit.OTHER_ADDRESS),
        (FINDER.address, {"expires": NOW - YEAR}, Unfit.EXPIRED),
        (FINDER.address, {"revoked": True}, Unfit.REVOKED),
        (FINDER.address, {"can_encrypt": False}, Unfit.CANNOT_ENCRYPT),
        (FINDER.address, {"algorithm": "rsa1024"}, Unfit.WEAK),
        (FINDER.address, {"algorithm": "dsa3072", "encryption": ("elgamal1024",)}, Unfit.WEAK),
    ],
)
def test_t41_unfit_keys(world: World, owner: str, fields: dict[str, Any], why: Unfit) -> None:
    """A key of another address, an expired or revoked one, one for signing only, a weak one."""
    key, fingerprint = world.key(owner, **fields)
    learned = world.learn([key])
    assert (learned.fingerprint, learned.pins, learned.refused) == (None, (), (Refused(why, fingerprint),))
    assert fingerprint not in world.keyring.held


def test_t41_a_secret_key_is_refused(world: World) -> None:
    """A secret key that somebody mails is not imported, and that is said."""
    secret = FakeKeyring("x", FINDER.address).export_secret()
    learned = world.learn([secret])
    assert learned.had_secret
    assert learned.pins == ()


@pytest.mark.parametrize(
    ("key", "why"),
    [
        (b"x" * 200_001, Unfit.TOO_LARGE),
        (armored(packet(PRIMARY, KEY) + packet(SIGNATURE) * 1_001), Unfit.TOO_LARGE),
        (armored(packet(SECRET, KEY) + packet(SIGNATURE) * 1_001, "PRIVATE"), Unfit.SECRET),
        (b"junk", Unfit.UNREADABLE),
    ],
)
def test_t41_what_is_not_even_shown_to_gpg(world: World, key: bytes, why: Unfit) -> None:
    """Too much of anything; a secret key is named as one whatever its size."""
    assert world.learn([key]).refused == (Refused(why),)


@pytest.mark.parametrize(("owner", "pinned"), [(FINDER.address, True), ("other@elsewhere.example", False)])
def test_key_that_the_report_names(world: World, owner: str, pinned: bool) -> None:
    """A fingerprint in the report is pinned if we hold the key and it is the sender's own."""
    key, fingerprint = world.key(owner)
    assert world.learn([], fingerprint).pins == ()
    world.keyring.import_key(key)
    assert bool(world.learn([], fingerprint).pins) is pinned


def test_many_keys(world: World) -> None:
    """Of hundreds of keys in one mail only a few are looked at."""
    keys = [world.key("other@elsewhere.example", str(n))[0] for n in range(100)]
    assert len(world.learn(keys).refused) == 5


# Looking keys up.


def test_no_look_up_unless_configured(world: World) -> None:
    """Without a directory a named fingerprint that is not held leads nowhere."""
    assert world.learn([], world.key(FINDER.address)[1], look_up=True).pins == ()


@pytest.mark.parametrize("named", [True, False])
def test_look_up(world: World, named: bool) -> None:
    """A fingerprint in the text only picks from what the domain publishes; a contact's key needs none."""
    key, fingerprint = world.key(FINDER.address)
    directory = world.publish({FINDER.address: key})
    learned = world.learn([], fingerprint if named else None, look_up=not named)
    assert [(pin.fingerprint, pin.source) for pin in learned.pins] == [(fingerprint, "directory")]
    assert directory.asked == [FINDER.address]


@pytest.mark.parametrize(
    ("owner", "named"),
    [(FINDER.address, "0" * 40), ("other@elsewhere.example", None), (f"x{FINDER.address}", None)],
)
def test_t41_what_is_published_must_fit(world: World, owner: str, named: str | None) -> None:
    """Neither another key than the named one, nor one of another address."""
    world.publish({FINDER.address: world.key(owner)[0]})
    assert world.learn([], named, look_up=True).pins == ()


def test_no_look_up_without_need(world: World) -> None:
    """Whose key came along or is pinned, is not asked for; nor whoever names no fingerprint."""
    key, fingerprint = world.key(FINDER.address)
    directory = world.publish({FINDER.address: key})
    world.learn([])
    world.learn([key], fingerprint, look_up=True)
    world.learn([], fingerprint, look_up=True)
    assert directory.asked == []


def test_a_look_up_that_fails_is_none(world: World) -> None:
    """The mail is handled all the same."""
    world.publish({FINDER.address: TransientError("down")})
    assert world.learn([], look_up=True).pins == ()


# What a coordinator vouches for.


def test_a_coordinator_accepts_the_key_that_waits(world: World) -> None:
    """By its fingerprint: it is imported, pinned in place of the old one, and nothing waits any more."""
    first, first_print = world.key(FINDER.address, "first")
    second, second_print = world.key(FINDER.address, "second")
    world.keyring.import_key(first)
    world.pin(FINDER.address, first_print)
    world.learn([second])
    assert accept_other(world.bot, "0" * 40, NOW) == ()
    world.store.apply(Change(pins=accept_other(world.bot, second_print, NOW)))
    assert world.store.pin(FINDER.address) == Pin(FINDER.address, second_print, NOW, "imported")
    assert world.to(FINDER.address) == RecipientKey(second_print, expected=True)


def test_a_file_is_pinned_for_every_address_in_it(world: World) -> None:
    """As they are compared: in small letters."""
    key, fingerprint = world.key("x@x", uids=("A <A@One.example>", "B <b@two.example>", "no address"))
    pins = accept(world.bot, key, world.keyring.inspect(key), NOW)
    assert [(pin.address, pin.fingerprint) for pin in pins] == [
        ("a@one.example", fingerprint),
        ("b@two.example", fingerprint),
    ]
