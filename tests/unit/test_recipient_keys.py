"""Which key a mail is encrypted with, and which keys are pinned."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mailbot.bot import Bot
from mailbot.core.model import Case, Standing, State
from mailbot.ports import Change, Pin
from mailbot.recipient_keys import RecipientKey, learn_keys, recipient_key
from tests.builders import DESK, FINDER, NOW, ONE, SHOP, case, standing
from tests.fakes_keyring import FakeKeyring
from tests.fakes_store import MemoryStore

YEAR = timedelta(days=365)


class World:
    """A desk with a keyring and a memory, and the keys of people who write to it."""

    def __init__(self) -> None:
        self.keyring, self.store = FakeKeyring(now=NOW), MemoryStore()
        self.bot = cast(Bot, SimpleNamespace(desk=DESK, keyring=self.keyring, store=self.store))

    def key(self, address: str, name: str = "x", **fields: Any) -> tuple[bytes, str]:
        """Somebody's public key and its fingerprint."""
        owner = FakeKeyring(name, address)
        owner.hold(replace(owner.held[owner.own], **fields))
        return owner.export(owner.own), owner.own

    def pin(self, address: str, fingerprint: str) -> None:
        self.store.apply(Change(pins=(Pin(address, fingerprint, NOW, "mail"),)))

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


def test_t41_a_second_key_is_refused(world: World) -> None:
    """Another than the pinned key is not taken, nor imported; the pinned one stays and says nothing new."""
    first, first_print = world.key(FINDER.address, "first")
    second, second_print = world.key(FINDER.address, "second")
    world.pin(FINDER.address, first_print)
    learned = learn_keys(world.bot, FINDER.address, [second, first], second_print, NOW)
    assert (learned.fingerprint, learned.pins, len(learned.refused)) == (first_print, (), 1)
    assert second_print not in world.keyring.held


@pytest.mark.parametrize(
    ("owner", "fields", "why"),
    [
        ("other@elsewhere.example", {}, "does not name"),
        (FINDER.address, {"expires": NOW - YEAR}, "expired"),
        (FINDER.address, {"revoked": True}, "revoked"),
        (FINDER.address, {"can_encrypt": False}, "cannot encrypt"),
    ],
)
def test_t41_unfit_keys(world: World, owner: str, fields: dict[str, Any], why: str) -> None:
    """A key of another address, an expired or revoked one, one for signing only."""
    key, fingerprint = world.key(owner, **fields)
    learned = learn_keys(world.bot, FINDER.address, [key], None, NOW)
    assert (learned.fingerprint, learned.pins) == (None, ())
    assert why in learned.refused[0]
    assert fingerprint not in world.keyring.held


def test_t41_a_secret_key_is_refused(world: World) -> None:
    """A secret key that somebody mails is not imported, and that is said."""
    secret = FakeKeyring("x", FINDER.address).export_secret()
    assert "secret key" in learn_keys(world.bot, FINDER.address, [secret], None, NOW).refused[0]


@pytest.mark.parametrize(("owner", "pinned"), [(FINDER.address, True), ("other@elsewhere.example", False)])
def test_key_that_the_report_names(world: World, owner: str, pinned: bool) -> None:
    """A fingerprint in the report is pinned if we hold the key and it is the sender's own."""
    key, fingerprint = world.key(owner)
    assert learn_keys(world.bot, FINDER.address, [], fingerprint, NOW).pins == ()
    world.keyring.import_key(key)
    assert bool(learn_keys(world.bot, FINDER.address, [], fingerprint, NOW).pins) is pinned


def test_many_keys(world: World) -> None:
    """Of hundreds of keys in one mail only a few are looked at."""
    keys = [world.key("other@elsewhere.example", str(n))[0] for n in range(100)]
    assert len(learn_keys(world.bot, FINDER.address, keys, None, NOW).refused) == 5
