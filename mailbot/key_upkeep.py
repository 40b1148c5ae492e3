"""Keys that are in use: their end is told in time, and their owners' directories are asked for newer ones."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from mailbot.bot import Bot
from mailbot.core.keys import Ending, KeyInfo, expiring
from mailbot.core.model import Standing
from mailbot.errors import TransientError, place_of
from mailbot.key_notices import ending_key, tell_of_ending
from mailbot.pending import Pending
from mailbot.ports import KeyDirectory
from mailbot.recipient_keys import Learned, learn_published
from mailbot.rendering import item_id
from mailbot.round import Round
from mailbot.turns import in_turn

log = logging.getLogger(__name__)


def watch_keys(bot: Bot, now: datetime, done: Round) -> Iterator[str]:
    """Tell coordinators once of each key in use that ends within 30 days, and once more when it has; a line for each.

    Costs one listing of the keyring, which remembers it; what was told stands in the outbox. A bug here keeps nothing
    else waiting. Raises TransientError when the memory fails.
    """
    try:
        yield from _watch(bot, now)
    except TransientError:
        raise
    except Exception as exc:
        log.error("the end of keys could not be told: %s at %s", type(exc).__name__, place_of(exc))
        done.problems.append(f"the end of keys could not be told ({type(exc).__name__})")


def _watch(bot: Bot, now: datetime) -> Iterator[str]:
    if _untold(bot, now):
        for ending in in_turn(bot, _tell, now):
            yield f"{ending.end} {ending.fingerprint}"


def _untold(bot: Bot, now: datetime) -> list[Ending]:
    """The keys in use that end, as far as nobody was told."""
    used = [(bot.desk.address, bot.keyring.own)]
    used += [(coordinator.address, coordinator.fingerprint) for coordinator in bot.desk.coordinators]
    used += [(pin.address, pin.fingerprint) for pin in bot.store.pins()]
    return [ending for ending in expiring(used, bot.keyring.all_keys(), now) if not _told(bot, ending_key(ending))]


def _tell(bot: Bot, now: datetime) -> list[Ending]:
    untold = _untold(bot, now)
    pending = Pending(bot, now)
    for ending in untold:
        tell_of_ending(pending, ending, own=ending.fingerprint == bot.keyring.own)
        pending.note(f"key {ending.fingerprint} {ending.end}")
    if untold:
        pending.commit()
    return untold


def _told(bot: Bot, key: str) -> bool:
    """Whether every coordinator was told; without any there is nobody to tell."""
    return all(bot.store.item(item_id(f"{key}/{coordinator.address}")) for coordinator in bot.desk.coordinators)


@dataclass(frozen=True)
class Refreshed:
    """What asking for the key of one address came to."""

    address: str
    fingerprint: str  # that mail is encrypted to; "" if none
    what: str  # unchanged, renewed, pinned, held, refused, kept
    why: str = ""

    @property
    def ok(self) -> bool:
        """Whether nobody has to look."""
        return self.what not in ("held", "refused")


def addresses_in_use(bot: Bot) -> tuple[str, ...]:
    """Every address with a pinned key, and every confirmed contact point of an open case."""
    contacts = (
        contact.address
        for case in bot.store.cases()
        if not case.state.ended
        for contact in case.contacts
        if contact.standing is Standing.CONFIRMED and "@" in contact.address
    )
    return tuple(dict.fromkeys(address.lower() for address in (*(pin.address for pin in bot.store.pins()), *contacts)))


def refresh(bot: Bot, directory: KeyDirectory, addresses: Iterable[str], now: datetime) -> Iterator[Refreshed]:
    """Ask the directory of each address's domain and keep what fits; a key that differs waits for a coordinator."""
    for address in addresses:
        before = _pinned(bot, address)
        try:
            published = directory.find(address)
        except TransientError as exc:
            yield Refreshed(address, before.fingerprint if before else "", "kept", f"not reached: {exc}")
            continue
        if not published.key:
            yield Refreshed(address, before.fingerprint if before else "", "kept", published.why)
            continue
        learned = in_turn(bot, _kept, address, published.key, now)
        yield _compared(address, before, _pinned(bot, address), learned)


def _kept(bot: Bot, address: str, key: bytes, now: datetime) -> Learned:
    pending = Pending(bot, now)
    learned = learn_published(bot, address, key, now)
    pending.pin(*learned.pins)
    pending.commit()
    return learned


def _pinned(bot: Bot, address: str) -> KeyInfo | None:
    """The pinned key as it is held now; one that the keyring lost shows its fingerprint only."""
    pin = bot.store.pin(address)
    if pin is None:
        return None
    lost = KeyInfo(pin.fingerprint, (), None, None, "", can_encrypt=False)
    return next((info for info in bot.keyring.all_keys() if info.fingerprint == pin.fingerprint), lost)


def _compared(address: str, before: KeyInfo | None, after: KeyInfo | None, learned: Learned) -> Refreshed:
    fingerprint = after.fingerprint if after else ""
    if learned.differing:
        return Refreshed(address, fingerprint, "held", f"another key is published: {learned.differing[0]}")
    if before is None and after is not None:
        return Refreshed(address, fingerprint, "pinned", _until(after))
    if before != after and after is not None:
        return Refreshed(address, fingerprint, "renewed", _until(after))
    if learned.refused and not learned.renewed:
        return Refreshed(address, fingerprint, "refused", learned.refused[0].why)
    return Refreshed(address, fingerprint, "unchanged", _until(after) if after else "")


def _until(info: KeyInfo) -> str:
    if info.revoked:
        return "revoked by its owner"
    return f"expires {info.expires:%Y-%m-%d}" if info.expires else "does not expire"
