"""Verbs that set the desk up and look after it: demo, init, doctor, auth, kit, key."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from mailbot import doctor as checks
from mailbot import setup
from mailbot.cli import keys
from mailbot.cli.auth import auth
from mailbot.cli.common import Json, config_of
from mailbot.cli.kit import kit
from mailbot.cli.output import put, put_json, put_table


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.command("demo")(demo)
    app.command("init")(init)
    app.command("doctor")(doctor)
    app.command("auth")(auth)
    app.command("kit")(kit)
    app.add_typer(keys.app, name="key")


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
