"""Verbs that set the desk up and look after it: demo, init, doctor, key."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from mailbot import doctor as checks
from mailbot import setup
from mailbot.bootstrap import load_keyring
from mailbot.cli.common import Json, bot_of, config_of
from mailbot.cli.output import put, put_json, put_table, say
from mailbot.errors import PermanentError
from mailbot.pending import Pending
from mailbot.ports import Pin

key_app = typer.Typer(help="The desk's key and pinned keys of others.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.command("demo")(demo)
    app.command("init")(init)
    app.command("doctor")(doctor)
    app.add_typer(key_app, name="key")


def demo(
    keep: Annotated[Path | None, typer.Option(help="Put everything into this folder and leave it there.")] = None,
) -> int:
    """See the whole main job on this machine: no account, no server, no root."""
    from mailbot.demo.story import play  # its servers cost every other verb a third of its start

    return play(keep)


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]")] = Path("."),
    name: Annotated[str, typer.Option(help="The desk's name.")] = "Example Vulnerability Desk",
    address: Annotated[str, typer.Option(help="The desk's address.")] = "security@desk.example.jp",
    key: Annotated[Path | None, typer.Option(help="Import this secret key instead of making one.")] = None,
) -> None:
    """Write mailbot.toml, state/, rules/, templates/ and the desk's key; never overwrites."""
    for line in setup.init(folder, name, address, key):
        put(line)


def doctor(
    context: typer.Context,
    probe: Annotated[bool, typer.Option("--probe", help="Also send a mail to the desk and wait for it.")] = False,
    as_json: Json = False,
) -> int:
    """Check everything that a run needs, each with what to do."""
    found = checks.examine(config_of(context), datetime.now(UTC), probe=probe)
    if as_json:
        put_json(found)
    else:
        put_table(
            ("", "check", "detail", "what to do"),
            (("FAIL" if not c.ok else "note" if c.advice else "ok", c.check, c.detail, c.advice) for c in found),
        )
    return 0 if all(c.ok for c in found) else 1


@key_app.command("show")
def key_show(context: typer.Context) -> None:
    """Print the desk's fingerprint and when the key expires."""
    keyring = load_keyring(config_of(context))
    expires = keyring.expiry(keyring.own)
    put(f"{keyring.own}  expires {expires:%Y-%m-%d}" if expires else f"{keyring.own}  does not expire")
    keyring.close()


@key_app.command("export")
def key_export(
    context: typer.Context,
    fingerprint: Annotated[str, typer.Argument(help="Another key than the desk's.")] = "",
) -> None:
    """Print a public key, the desk's unless another is named."""
    keyring = load_keyring(config_of(context))
    key = keyring.export("".join(fingerprint.split()).upper() or keyring.own)
    keyring.close()
    if not key:
        raise PermanentError(f"the key {fingerprint} is not held; see mailbot key list")
    put(key.decode("ascii").rstrip())


@key_app.command("import")
def key_import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A public key.")],
) -> None:
    """Import a public key and pin it for the addresses in its user ids, also over an earlier pin."""
    try:
        content = file.read_bytes()[:1_000_000]
    except OSError as exc:
        raise PermanentError(f"{file}: cannot be read: {exc.strerror}") from exc
    with bot_of(context) as (_, bot):
        infos = bot.keyring.import_key(content)
        if not infos:
            raise PermanentError(f"{file}: holds no public key that can be imported")
        pending = Pending(bot, datetime.now(UTC))
        for info in infos:
            for address in sorted(info.addresses()):
                pending.pin(Pin(address, info.fingerprint, pending.now, "imported"))
                put(f"{address} {info.fingerprint}")
        pending.commit()


@key_app.command("list")
def key_list(context: typer.Context, as_json: Json = False) -> None:
    """List pinned keys and those of the coordinators."""
    with bot_of(context, read_only=True) as (_, bot):
        now = datetime.now(UTC)
        rows = [(bot.desk.address, bot.keyring.own, "desk")]
        rows += [(c.address, c.fingerprint, "coordinator") for c in bot.desk.coordinators]
        rows += [(pin.address, pin.fingerprint, pin.source) for pin in bot.store.pins()]
        shown = [(*row, "usable" if bot.keyring.usable(row[1], now) else "NOT USABLE") for row in rows]
    if as_json:
        names = ("address", "fingerprint", "source", "usable")
        put_json([dict(zip(names, (*row[:3], row[3] == "usable"), strict=True)) for row in shown])
        return
    put_table(("address", "fingerprint", "source", ""), shown)
    if any(row[3] != "usable" for row in shown):
        say("mail to a key that is not usable is held: mailbot key import FILE")
