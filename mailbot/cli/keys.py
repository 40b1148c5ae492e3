"""The verb `key`: the desk's key and the pinned keys of others."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from mailbot.adapters.pgp import GnupgKeyring
from mailbot.bootstrap import load_keyring
from mailbot.bootstrap_lookup import key_directory
from mailbot.bot import Bot
from mailbot.cli.common import Json, bot_of, config_of
from mailbot.cli.output import put, put_json, say
from mailbot.cli.tables import put_table
from mailbot.core.armor import in_file
from mailbot.core.keys import REASONS, KeyInfo, Unfit, unfit
from mailbot.core.packets import MAX_KEY_BYTES, holds_secret, oversize
from mailbot.errors import PermanentError, TransientError
from mailbot.key_shapes import KeyShape
from mailbot.key_upkeep import Refreshed, addresses_in_use, refresh
from mailbot.memory import Pin
from mailbot.pending import Pending
from mailbot.recipient_keys import accept, accept_other
from mailbot.turns import in_turn

app = typer.Typer(help="The desk's key and pinned keys of others.", no_args_is_help=True)

_MAX_FILE = 1_000_000


@app.command("show")
def show(
    context: typer.Context,
    wanted: Annotated[str, typer.Argument(metavar="[ADDRESS-or-FINGERPRINT]", help="Another key than ours.")] = "",
    as_json: Json = False,
) -> None:
    """Print the desk's fingerprint and when the key expires, or what is held of somebody else's key."""
    if as_json:
        with bot_of(context, read_only=True) as (_, bot):
            put_json(_keys(bot, wanted or bot.keyring.own))
        return
    if wanted:
        with bot_of(context, read_only=True) as (_, bot):
            for line in _described(bot, wanted):
                put(line)
        return
    with _keyring(context) as keyring:
        expires = keyring.expiry(keyring.own)
        put(f"{keyring.own}  expires {expires:%Y-%m-%d}" if expires else f"{keyring.own}  does not expire")


@app.command("export")
def export(
    context: typer.Context,
    fingerprint: Annotated[str, typer.Argument(help="Another key than the desk's.")] = "",
) -> None:
    """Print a public key, the desk's unless another is named."""
    with _keyring(context) as keyring:
        key = keyring.export(_plain(fingerprint) or keyring.own)
    if not key:
        raise PermanentError(f"the key {fingerprint} is not held; see mailbot key list")
    put(key.decode("ascii").rstrip())


@app.command("import")
def import_(
    context: typer.Context,
    what: Annotated[
        str, typer.Argument(metavar="FILE-or-FINGERPRINT", help="A public key, or one that waits (see key list).")
    ],
) -> None:
    """Import a public key and pin it for the addresses in its user ids, also over an earlier pin."""
    with bot_of(context) as (_, bot):
        now = datetime.now(UTC)
        before = {pin.address: pin.fingerprint for pin in bot.store.pins()}
        waits = any(other.fingerprint == _plain(what) for pin in bot.store.pins() for other in pin.others)
        read = [] if waits else _from_file(bot, Path(what), now)
        pins = in_turn(bot, _pinned, read, _plain(what), now)
    for pin in pins:
        put(f"{pin.address} {pin.fingerprint}")
        if before.get(pin.address, pin.fingerprint) != pin.fingerprint:
            say(f"{pin.address}: in place of {before[pin.address]}")


def _pinned(bot: Bot, read: list[tuple[bytes, tuple[KeyInfo, ...]]], waiting: str, now: datetime) -> tuple[Pin, ...]:
    """The pins, stored, of the keys that were read, or else of the one that waits."""
    accepted = {pin.address: pin for block, infos in read for pin in accept(bot, block, infos, now)}
    pins = tuple(accepted.values()) if read else accept_other(bot, waiting, now)
    pending = Pending(bot, now)
    pending.pin(*pins)
    pending.commit()
    return pins


@app.command("list")
def list_(context: typer.Context, as_json: Json = False) -> None:
    """List the desk's key, those of the coordinators, pinned ones, and keys that wait for a decision."""
    with bot_of(context, read_only=True) as (_, bot):
        rows = list(_rows(bot, datetime.now(UTC)))
    if as_json:
        put_json(rows)
        return
    columns = ("address", "fingerprint", "source", "expires", "")
    put_table(columns, ([*(str(row[name] or "") for name in columns[:3]), _day(row), _remark(row)] for row in rows))
    if not all(row["usable"] for row in rows):
        say("mail to a key that is not usable is held: mailbot key refresh, or mailbot key import FILE")
    if any(row["waiting"] for row in rows):
        say("check the fingerprint with its owner by another way, then: mailbot key import FINGERPRINT")


@app.command("refresh")
def refresh_(
    context: typer.Context,
    addresses: Annotated[list[str] | None, typer.Argument(metavar="[ADDRESS…]", help="Only these.")] = None,
    as_json: Json = False,
) -> int:
    """Ask the domains of pinned addresses for newer keys (Web Key Directory). A key that differs is never swapped."""
    if bad := [address for address in addresses or () if "@" not in address]:
        raise PermanentError(f"{', '.join(bad)}: not a mail address")
    with bot_of(context) as (config, bot):
        wanted = tuple(dict.fromkeys(addresses or ())) or addresses_in_use(bot)
        found = list(refresh(bot, key_directory(config), wanted, datetime.now(UTC)))
    if as_json:
        put_json([_refreshed(result) for result in found])
    else:
        put_table(("address", "fingerprint", "", ""), ((r.address, r.fingerprint, r.what, _words(r)) for r in found))
    if any(result.what == "held" for result in found):
        say("check the fingerprint with its owner by another way, then: mailbot key import FINGERPRINT")
    if found and all(result.why.startswith("not reached") for result in found):
        raise TransientError("no key directory could be reached")
    return 0 if all(result.ok for result in found) else 1


@contextmanager
def _keyring(context: typer.Context) -> Iterator[GnupgKeyring]:
    keyring = load_keyring(config_of(context))
    try:
        yield keyring
    finally:
        keyring.close()


def _plain(fingerprint: str) -> str:
    return "".join(fingerprint.split()).upper().removeprefix("0X")


def _from_file(bot: Bot, file: Path, now: datetime) -> list[tuple[bytes, tuple[KeyInfo, ...]]]:
    """The blocks of keys in a file. Raises PermanentError with the reason for each that is not taken."""
    try:
        with file.open("rb") as opened:
            content = opened.read(_MAX_FILE + 1)
    except OSError as exc:
        raise PermanentError(f"{file}: cannot be read: {exc.strerror}") from exc
    if len(content) > _MAX_FILE:
        raise PermanentError(f"{file}: {REASONS[Unfit.TOO_LARGE]}")
    if holds_secret(content):
        raise PermanentError(f"{file}: {REASONS[Unfit.SECRET]}")
    blocks = [part.payload for part in in_file(f"{file.name}.asc", "", content).parts] or [content]
    read = [(block, _fit(bot, file, block, now)) for block in blocks]
    for info in (info for _, infos in read for info in infos if not info.addresses()):
        say(f"{info.fingerprint}: imported; it names no address that it could be pinned for")
    return read


def _fit(bot: Bot, file: Path, block: bytes, now: datetime) -> tuple[KeyInfo, ...]:
    """The keys of a block. One that is held already may come revoked or expired: that is news of it."""
    if why := oversize(block):
        raise PermanentError(f"{file}: {why} (at most {MAX_KEY_BYTES} bytes are read)")
    infos = bot.keyring.inspect(block)
    held = {info.fingerprint for info in bot.keyring.all_keys()}
    if not infos:
        raise PermanentError(f"{file}: {REASONS[Unfit.UNREADABLE]}")
    bad = [(info, why) for info in infos if (why := unfit(info, None, now))]
    if refused := [f"{info.fingerprint}: {REASONS[why]}" for info, why in bad if info.fingerprint not in held]:
        raise PermanentError(f"{file}: {'; '.join(refused)}; nothing was imported")
    for info, why in bad:
        say(f"{info.fingerprint}: {REASONS[why]}; mail to it is held")
    return infos


def _rows(bot: Bot, now: datetime) -> Iterator[dict[str, JsonValue]]:
    """Every key in use, and those that wait for a decision."""
    infos = {info.fingerprint: info for info in bot.keyring.all_keys()}
    rows: list[tuple[str, str, str, list[str]]] = [(bot.desk.address, bot.keyring.own, "desk", [])]
    rows += [(c.address, c.fingerprint, "coordinator", []) for c in bot.desk.coordinators]
    rows += [(p.address, p.fingerprint, p.source, [o.fingerprint for o in p.others]) for p in bot.store.pins()]
    for address, fingerprint, source, waiting in rows:
        info = infos.get(fingerprint)
        yield {
            "address": address,
            "fingerprint": fingerprint,
            "source": source,
            "expires": info.expires.isoformat() if info and info.expires else None,
            "usable": bot.keyring.usable(fingerprint, now),
            "waiting": list[JsonValue](waiting),
        }


def _day(row: dict[str, JsonValue]) -> str:
    return str(row["expires"] or "")[:10]


def _remark(row: dict[str, JsonValue]) -> str:
    waiting = row["waiting"] if isinstance(row["waiting"], list) else []
    return "; ".join(["usable" if row["usable"] else "NOT USABLE", *(f"waiting: {other}" for other in waiting)])


def _held(bot: Bot, wanted: str) -> tuple[list[KeyInfo], list[Pin]]:
    """The keys of an address, or the one of a fingerprint, and what they are pinned for. Raises PermanentError."""
    pins = [pin for pin in bot.store.pins() if pin.address == wanted.lower() or pin.fingerprint == _plain(wanted)]
    names = dict.fromkeys([pin.fingerprint for pin in pins] or [_plain(wanted)])
    found = [info for info in bot.keyring.all_keys() if info.fingerprint in names]
    if not found and not pins:
        raise PermanentError(f"no key of {wanted} is held; see mailbot key list")
    return found, pins


def _keys(bot: Bot, wanted: str) -> list[KeyShape]:
    now, (found, pins) = datetime.now(UTC), _held(bot, wanted)
    return [
        KeyShape(
            fingerprint=info.fingerprint,
            algorithm=info.algorithm,
            user_ids=list(info.uids),
            created=info.created,
            expires=info.expires,
            usable=(why := unfit(info, None, now)) is None,
            why=REASONS[why] if why else "",
            pinned_for=[pin.address for pin in pins if pin.fingerprint == info.fingerprint],
            waiting=[o.fingerprint for pin in pins if pin.fingerprint == info.fingerprint for o in pin.others],
        )
        for info in found
    ]


def _described(bot: Bot, wanted: str) -> Iterator[str]:
    """All that is known of the keys of an address, or of one key."""
    now, (found, pins) = datetime.now(UTC), _held(bot, wanted)
    for info in found:
        yield f"{info.fingerprint}  {info.algorithm}"
        yield from (f"  {uid}" for uid in info.uids)
        made = f"  made {info.created:%Y-%m-%d}, " if info.created else "  "
        yield made + (f"expires {info.expires:%Y-%m-%d}" if info.expires else "does not expire")
        yield f"  {REASONS[why]}" if (why := unfit(info, None, now)) else "  usable"
    for pin in pins:
        yield f"  pinned for {pin.address} since {pin.since:%Y-%m-%d} ({pin.source})"
        yield from (f"  waiting since {o.since:%Y-%m-%d} ({o.source}): {o.fingerprint}" for o in pin.others)


def _words(result: Refreshed) -> str:
    return REASONS[Unfit(result.why)] if result.what == "refused" else result.why


def _refreshed(result: Refreshed) -> dict[str, JsonValue]:
    names = ("address", "fingerprint", "what", "why")
    return dict(zip(names, (result.address, result.fingerprint, result.what, _words(result)), strict=True))
