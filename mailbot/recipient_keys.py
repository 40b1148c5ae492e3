"""With which key a mail to somebody is encrypted, and how keys of others come to be pinned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mailbot import ports
from mailbot.bot import Bot
from mailbot.core.model import Case
from mailbot.ports import Pin

_MAX_KEYS = 5


@dataclass(frozen=True)
class RecipientKey:
    """A usable key, or none; `expected` if mail to them must never go in plain."""

    fingerprint: str | None
    expected: bool


@dataclass(frozen=True)
class Learned:
    """What the keys that came with a mail taught us."""

    fingerprint: str | None
    pins: tuple[Pin, ...] = ()
    refused: tuple[str, ...] = ()  # why keys were not taken


def recipient_key(bot: Bot, case: Case | None, address: str, now: datetime) -> RecipientKey:
    """The pinned key of `address`; whoever wrote encrypted, or has a key pinned, is never answered in plain."""
    wanted = address.lower()
    if coordinator := bot.desk.coordinator_at(wanted):
        usable = bot.keyring.usable(coordinator.fingerprint, now)
        return RecipientKey(coordinator.fingerprint if usable else None, expected=True)
    known = [p for p in case.participants if p.address.lower() == wanted] if case else []
    contact = case.contact_at(wanted) if case else None
    pin = bot.store.pin(wanted)
    # A pinned key that cannot be used is not replaced by one that nobody pinned: the mail waits for a person.
    others = [*(p.fingerprint for p in known), contact.fingerprint if contact else None]
    named = [f for f in ([pin.fingerprint] if pin else others) if f]
    wrote = any(p.wrote_encrypted for p in known) or (contact is not None and contact.wrote_encrypted)
    usable_key = next((f for f in dict.fromkeys(named) if bot.keyring.usable(f, now)), None)
    return RecipientKey(usable_key, expected=bool(named) or wrote)


def learn_keys(bot: Bot, address: str, keys: Iterable[bytes], named: str | None, now: datetime) -> Learned:
    """Pin the first fitting key for `address`; another than the pinned one is never taken by itself."""
    pin = bot.store.pin(address)
    refused: list[str] = []
    for key in list(keys)[:_MAX_KEYS]:
        for info in bot.keyring.inspect(key):
            if pin and pin.fingerprint == info.fingerprint:
                continue
            if why := _unfit(info, address, pin, now):
                refused.append(why)
                continue
            bot.keyring.import_key(key)
            return Learned(info.fingerprint, (Pin(address, info.fingerprint, now, "mail"),), tuple(refused))
    if pin:
        return Learned(pin.fingerprint, refused=tuple(refused))
    for info in bot.keyring.inspect(bot.keyring.export(named)) if named else ():
        if info.fingerprint == named and _unfit(info, address, None, now) is None:
            return Learned(named, (Pin(address, named, now, "named"),), tuple(refused))
    return Learned(None, refused=tuple(refused))


def _unfit(info: ports.KeyInfo, address: str, pin: Pin | None, now: datetime) -> str | None:
    short = info.fingerprint[-16:]
    if info.secret:
        return f"key {short} is a secret key"
    if info.revoked or (info.expires and info.expires <= now):
        return f"key {short} is revoked or expired"
    if not info.can_encrypt:
        return f"key {short} cannot encrypt"
    if not info.names_address(address):
        return f"key {short} does not name {address}"
    if pin:
        return f"key {short} is not the one pinned for {address}: a coordinator decides (mailbot key import)"
    return None
