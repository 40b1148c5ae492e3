"""With which key a mail to somebody is encrypted, and how keys of others come to be pinned."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from mailbot.bot import Bot
from mailbot.core.keys import KeyInfo, Unfit, unfit
from mailbot.core.model import Case
from mailbot.core.packets import holds_secret, oversize
from mailbot.errors import TransientError
from mailbot.memory import OtherKey, Pin

log = logging.getLogger(__name__)

_MAX_KEYS = 5  # looked at of one mail: each costs a run of gpg
_LOOKED_INTO = 20_000  # bytes of what is too large to be read
_MAX_OTHERS = 5  # that wait for a coordinator, for one address


@dataclass(frozen=True)
class RecipientKey:
    """A usable key, or none; `expected` if mail to them must never go in plain."""

    fingerprint: str | None
    expected: bool


@dataclass(frozen=True)
class Refused:
    """A key that was not taken, and why; no fingerprint where it could not be read."""

    why: Unfit
    fingerprint: str = ""


@dataclass(frozen=True)
class Learned:
    """What keys that came for an address taught us."""

    fingerprint: str | None
    pins: tuple[Pin, ...] = ()  # to be stored
    refused: tuple[Refused, ...] = ()
    held: tuple[OtherKey, ...] = ()  # newly waiting for a coordinator
    pinned: Pin | None = None  # as it stood before
    differing: tuple[str, ...] = ()  # fitting keys that are not the pinned one, also those that wait already
    renewed: bool = False  # the pinned key was among them

    @property
    def had_secret(self) -> bool:
        """Whether one of them was a secret key."""
        return any(refused.why is Unfit.SECRET for refused in self.refused)


def recipient_key(bot: Bot, case: Case | None, address: str, now: datetime) -> RecipientKey:
    """The pinned key of `address`; whoever wrote encrypted, or has a key pinned, is never answered in plain."""
    wanted = address.lower()
    if coordinator := bot.desk.coordinator_at(wanted):
        usable = bot.keyring.usable(coordinator.fingerprint, now)
        return RecipientKey(coordinator.fingerprint if usable else None, expected=True)
    if (partner := bot.policy.part.partner_at(wanted)) and partner.fingerprint:
        usable = bot.keyring.usable(partner.fingerprint, now)
        return RecipientKey(partner.fingerprint if usable else None, expected=True)
    known = [p for p in case.participants if p.address.lower() == wanted] if case else []
    contact = case.contact_at(wanted) if case else None
    pin = bot.store.pin(wanted)
    # A pinned key that cannot be used is not replaced by one that nobody pinned: the mail waits for a person.
    others = [*(p.fingerprint for p in known), contact.fingerprint if contact else None]
    named = [f for f in ([pin.fingerprint] if pin else others) if f]
    wrote = any(p.wrote_encrypted for p in known) or (contact is not None and contact.wrote_encrypted)
    usable_key = next((f for f in dict.fromkeys(named) if bot.keyring.usable(f, now)), None)
    return RecipientKey(usable_key, expected=bool(named) or wrote)


def learn_keys(
    bot: Bot, address: str, keys: Iterable[bytes], named: str | None, now: datetime, *, look_up: bool = False
) -> Learned:
    """What the keys that came with a mail of `address` change.

    The first fitting key is pinned; another than the pinned one waits for a coordinator. A fingerprint that the mail
    names is only a hint where to look: among the keys that are held, and in the directory of the address's domain if
    the desk uses that. `look_up` asks there in any case.
    """
    learner = _Learner(bot, address, now)
    for key in list(keys)[:_MAX_KEYS]:
        learner.take(key, "mail")
    if not learner.known and named and (held := bot.keyring.export(named)):
        learner.take(held, "named", only=named)
    if not learner.known and bot.directory and (look_up or named):
        try:
            learner.take(bot.directory.find(address).key, "directory", only=named)
        except TransientError as exc:
            log.warning("the key directory could not be asked: %s", exc)
    return learner.learned()


def learn_published(bot: Bot, address: str, key: bytes, now: datetime) -> Learned:
    """What a key that the domain of `address` publishes changes: as one that came by mail."""
    learner = _Learner(bot, address, now)
    learner.take(key, "directory")
    return learner.learned()


@dataclass
class _Learner:
    """Goes through keys for one address; imports at once what it pins, since that alone gives nobody anything."""

    bot: Bot
    address: str
    now: datetime
    pin: Pin | None = field(init=False)
    new: Pin | None = None
    held: list[OtherKey] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    renewed: bool = False

    def __post_init__(self) -> None:
        self.pin = self.bot.store.pin(self.address)

    @property
    def known(self) -> bool:
        """Whether there is a pinned key now."""
        return (self.pin or self.new) is not None

    def take(self, key: bytes, source: str, only: str | None = None) -> None:
        """Look at a block of keys, or at the one in it with the fingerprint `only`."""
        if not key:
            return
        if oversize(key):
            self.refused.append(Refused(Unfit.SECRET if holds_secret(key[:_LOOKED_INTO]) else Unfit.TOO_LARGE))
            return
        infos = self.bot.keyring.inspect(key)
        if any(info.secret for info in infos):
            self.refused.append(Refused(Unfit.SECRET, infos[0].fingerprint))
        elif not infos:
            self.refused.append(Refused(Unfit.UNREADABLE))
        else:
            for info in infos:
                if only in (None, info.fingerprint):
                    self._consider(info, key, source)

    def _consider(self, info: KeyInfo, key: bytes, source: str) -> None:
        pinned = self.pin or self.new
        if pinned and pinned.fingerprint == info.fingerprint:
            # The same key: what its owner added to it counts, a later expiry as well as a revocation.
            self.bot.keyring.import_key(key, info.fingerprint)
            self.renewed = True
        elif why := unfit(info, self.address, self.now):
            self.refused.append(Refused(why, info.fingerprint))
        elif pinned is None:
            if self.bot.keyring.import_key(key, info.fingerprint):
                self.new = Pin(self.address, info.fingerprint, self.now, source)
        elif self.pin:
            self.differing.append(info.fingerprint)
            if self._waits_not_yet(info.fingerprint):
                self.held.append(OtherKey(info.fingerprint, key, self.now, source))

    def _waits_not_yet(self, fingerprint: str) -> bool:
        waiting = [*(self.pin.others if self.pin else ()), *self.held]
        return len(waiting) < _MAX_OTHERS and all(other.fingerprint != fingerprint for other in waiting)

    def learned(self) -> Learned:
        changed = self.new
        if self.pin and self.held:
            changed = replace(self.pin, others=(*self.pin.others, *self.held))
        pinned = self.pin or self.new
        return Learned(
            fingerprint=pinned.fingerprint if pinned else None,
            pins=(changed,) if changed else (),
            refused=tuple(self.refused),
            held=tuple(self.held),
            pinned=self.pin,
            differing=tuple(self.differing),
            renewed=self.renewed,
        )


def accept(bot: Bot, key: bytes, infos: Iterable[KeyInfo], now: datetime) -> tuple[Pin, ...]:
    """Import keys that a coordinator vouches for; the pins for every address in their user ids."""
    pins: dict[str, Pin] = {}
    for info in infos:
        if bot.keyring.import_key(key, info.fingerprint):
            pins |= {address: Pin(address, info.fingerprint, now, "imported") for address in info.addresses()}
    return tuple(pins[address] for address in sorted(pins))


def accept_other(bot: Bot, fingerprint: str, now: datetime) -> tuple[Pin, ...]:
    """Import the key that waits under this fingerprint; its pins for the addresses that it waits for, () if none."""
    pins = []
    for pin in bot.store.pins():
        other = next((other for other in pin.others if other.fingerprint == fingerprint), None)
        if other and bot.keyring.import_key(other.key, fingerprint):
            pins.append(Pin(pin.address, fingerprint, now, "imported"))
    return tuple(pins)
