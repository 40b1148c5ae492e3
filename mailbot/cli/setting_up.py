"""Verbs that set the desk up and look after it: demo, init, doctor, health, auth, kit, key."""

import time
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
from mailbot.cli.output import put, put_json
from mailbot.cli.tables import Cell, Column, put_table
from mailbot.shapes import CheckShape
from mailbot.watching import heartbeat_age


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.command("demo")(demo)
    app.command("init")(init)
    app.command("doctor")(doctor)
    app.command("health")(health)
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
            ("", Column("check", least=10), Column("detail", least=24), Column("what to do", least=24)),
            ((_verdict(c), c.check, c.detail, c.advice) for c in found),
        )
    return 0 if all(c.ok for c in found) else 1


def _verdict(check: CheckShape) -> Cell:
    word, style = ("note", "yellow") if check.advice else ("ok", "green")
    return Cell(word, word, style) if check.ok else Cell("FAIL", "FAIL", "bold red")


def health(
    context: typer.Context,
    seconds: Annotated[int, typer.Option("--within", min=1, help="How long ago it may have shown so.")] = 600,
    as_json: Json = False,
) -> int:
    """Say whether `run` goes on, for a container's or a monitor's probe; exit 1 if not."""
    age = heartbeat_age(config_of(context).state.dir, time.time())
    if as_json:
        put_json({"alive": age is not None and age <= seconds, "seconds": age})
        return 0 if age is not None and age <= seconds else 1
    if age is None:
        put("run has never been started on this state")
        return 1
    put(f"run showed that it goes on {age:.0f} s ago")
    return 0 if age <= seconds else 1
