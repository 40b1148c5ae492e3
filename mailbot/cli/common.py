"""What the verbs share: the configuration, the bot, and options that several have."""

import getpass
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailbot.bootstrap_memory import open_store
from mailbot.cli.output import one_line, safe_block
from mailbot.config import Config, find_config, load
from mailbot.core.desk import Desk
from mailbot.core.model import Case
from mailbot.errors import PermanentError
from mailbot.memory import DeskStore, Store

if TYPE_CHECKING:
    from mailbot.bot import Bot

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Now = Annotated[str | None, typer.Option(help="As of this moment (ISO 8601); for rehearsal and tests.")]


def config_of(context: typer.Context, needs: Collection[str] = ()) -> Config:
    """The configuration that the command line, the folder or the environment names; `needs` are secrets to check."""
    option: Any = context.find_root().obj
    return load(find_config(option if isinstance(option, Path) else None), needs)


@contextmanager
def bot_of(context: typer.Context, *, read_only: bool = False) -> Iterator[tuple[Config, "Bot"]]:
    """The desk, ready to work."""
    from mailbot.bootstrap import build  # takes a while, and the verbs that only look need none of it

    config = config_of(context)
    with build(config, read_only=read_only) as bot:
        yield config, bot


@contextmanager
def store_of(context: typer.Context) -> Iterator[tuple[Desk, DeskStore]]:
    """The desk's memory for reading, also while the daemon works on it."""
    config = config_of(context)
    with open_store(config, read_only=True) as store:
        yield config.desk_value(), store


_YEARS = range(1970, 9_000)
"""Years of `--now`: terms and quarters around them must be days of the calendar too."""


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
    if parsed.year not in _YEARS:
        raise typer.BadParameter(f"--now {text}: not a year from {_YEARS[0]} to {_YEARS[-1]}")
    return parsed.astimezone(UTC)


def local_user() -> str:
    """Who sits at the local shell, also behind sudo."""
    behind = safe_block(os.environ.get("SUDO_USER", ""))[:64].strip()
    return f"{getpass.getuser()} ({f'sudo by {behind}, ' if behind else ''}local shell)"


def case_id_of(desk: Desk, text: str) -> str:
    """A case id as people type it: the number alone, or with the prefix in any case. Raises PermanentError."""
    prefix, _, number = text.strip().rpartition("#")
    if not re.fullmatch(r"[0-9]{1,20}", number) or prefix.upper() not in ("", desk.case_prefix.upper()):
        raise PermanentError(
            f"“{one_line(text)[:80]}” is not a case like {desk.case_prefix}#12345678; see mailbot case list"
        )
    return f"{desk.case_prefix}#{number}"


def known_case(store: Store, case_id: str) -> Case:
    """That case. Raises PermanentError if there is none."""
    case = store.case(case_id)
    if case is None:
        raise PermanentError(f"there is no case {one_line(case_id)[:80]}; see mailbot case list")
    return case
