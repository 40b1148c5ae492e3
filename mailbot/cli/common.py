"""What the verbs share: the configuration, the bot, and options that several have."""

import getpass
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mailbot.adapters.codec import SealedCodec
from mailbot.adapters.store import TinyStore
from mailbot.bootstrap import build, state_key
from mailbot.bot import Bot
from mailbot.cli.output import safe_block
from mailbot.config import Config, find_config, load
from mailbot.core.desk import Desk

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Now = Annotated[str | None, typer.Option(help="As of this moment (ISO 8601); for rehearsal and tests.")]


def config_of(context: typer.Context, needs: Collection[str] = ()) -> Config:
    """The configuration that the command line, the folder or the environment names; `needs` are secrets to check."""
    option: Any = context.find_root().obj
    return load(find_config(option if isinstance(option, Path) else None), needs)


@contextmanager
def bot_of(context: typer.Context, *, read_only: bool = False) -> Iterator[tuple[Config, Bot]]:
    """The desk, ready to work."""
    config = config_of(context)
    with build(config, read_only=read_only) as bot:
        yield config, bot


@contextmanager
def store_of(context: typer.Context) -> Iterator[tuple[Desk, TinyStore]]:
    """The desk's memory for reading, also while the daemon works on it."""
    config = config_of(context)
    store = TinyStore(config.state.dir, SealedCodec(state_key(config)), read_only=True)
    try:
        yield config.desk_value(), store
    finally:
        store.close()


def moment(text: str | None) -> datetime:
    """The moment that `--now` names, aware and in UTC; without it, now."""
    if text is None:
        return datetime.now(UTC)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as exc:
        raise typer.BadParameter(f"--now {text}: not a moment like 2026-12-24T09:00:00+09:00") from exc
    if parsed.tzinfo is None:
        raise typer.BadParameter(f"--now {text}: say the zone, as in 2026-12-24T09:00:00+09:00")
    return parsed.astimezone(UTC)


def local_user() -> str:
    """Who sits at the local shell, also behind sudo."""
    behind = safe_block(os.environ.get("SUDO_USER", ""))[:64].strip()
    return f"{getpass.getuser()} ({f'sudo by {behind}, ' if behind else ''}local shell)"


def case_id_of(desk: Desk, text: str) -> str:
    """A case id as people type it: the number alone, or with the prefix in any case."""
    digits = text.strip().rpartition("#")[2]
    return f"{desk.case_prefix}#{digits}"
