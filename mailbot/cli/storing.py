"""The verb that moves the desk's memory: `store migrate`."""

from contextlib import closing
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from mailbot import verifying
from mailbot.adapters import moving
from mailbot.adapters.codec import SealedCodec, derive
from mailbot.adapters.durable import make_private_folder
from mailbot.adapters.erasing import ErasingStore
from mailbot.adapters.inspection import Inspected, inspect
from mailbot.adapters.layout import LOCK_NAME
from mailbot.adapters.lock import hold
from mailbot.adapters.moving import FileState, State
from mailbot.adapters.shared_keyring import SharedKeyring
from mailbot.bootstrap import load_keyring
from mailbot.bootstrap_memory import PATIENCE, existing_key, open_database
from mailbot.cli.common import config_of, local_user
from mailbot.cli.output import put, say
from mailbot.config import Config
from mailbot.core.desk import Desk
from mailbot.errors import ConfigError, PermanentError

store_app = typer.Typer(
    help="Where the desk's memory lies: move it to a database, or back to files.", no_args_is_help=True
)


class Backend(StrEnum):
    """As [store].backend names it."""

    TINYDB = "tinydb"
    POSTGRESQL = "postgresql"


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.add_typer(store_app, name="store")


@store_app.command("migrate")
def migrate(
    context: typer.Context, to: Annotated[Backend, typer.Option("--to", help="Where it is to lie from now on.")]
) -> int:
    """Move the whole memory, checked before and after; what was there stays, but nobody works with it any more.

    Stop every `run` before. Afterwards say in [store].backend where it lies now.
    """
    config = config_of(context)
    key = existing_key(config)
    if key is None:
        raise ConfigError((f"{config.secret('state').file}: the key is missing; without it nothing can be moved",))
    if to == config.store.backend:
        raise ConfigError((f'[store].backend: is "{to}" already; there is nothing to move',))
    if not config.secret("store").is_given:
        raise ConfigError(("[store]: nothing says where the database is; give url_env, url_file or url_command",))
    make_private_folder(config.state.dir)
    lock = hold(config.state.dir / LOCK_NAME, PATIENCE)
    try:
        gaps = _to_database(config, key) if to is Backend.POSTGRESQL else _to_files(config, key)
    finally:
        lock.release()
    if gaps:
        say("nothing was moved: mend this first")
        return 1
    if to is Backend.TINYDB:
        with closing(ErasingStore(config.state.dir, SealedCodec(key), patience=PATIENCE)) as files:
            files.note([_said("files")])
    say(f'now say [store].backend = "{to}" in every mailbot.toml of this desk; nothing works before')
    return 0


def _to_database(config: Config, key: bytes) -> bool:
    """Whether something kept it from being moved; then it was told."""
    state, codec = config.state.dir, SealedCodec(key)
    found = inspect(state, codec, (config.pgp.home,))
    if _told(found, config.desk_value(), key):
        return True
    with open_database(config, key) as (store, shelf, _):
        files = FileState(state, codec)
        store.load(files)
        _compare(files, store)
        with closing(load_keyring(config)) as keyring:
            for info in keyring.all_keys():
                shelf.keep_keys(info.fingerprint, keyring.export(info.fingerprint))
        aside = moving.put_aside(state, datetime.now(UTC))
        store.note([_said("a database")])
    put(f"{_counted(found)}: moved to the database, and compared")
    say(f"what was here lies in {aside}/: keep it until the next backup of the database, then remove it")
    return False


def _to_files(config: Config, key: bytes) -> bool:
    """Whether something kept it from being moved; then it was told."""
    from mailbot.adapters.postgres.inspecting import inspect_database

    state, codec = config.state.dir, SealedCodec(key)
    with open_database(config, key) as (store, shelf, _), store.still():
        if others := store.workers():
            raise ConfigError((f"[store]: {others} workers have it open; stop every `run` first",))
        found = inspect_database(store)
        if _told(found, config.desk_value(), key):
            return True
        moving.load_files(state, codec, store)
        _compare(store, FileState(state, codec))
        with closing(load_keyring(config)) as keyring:
            SharedKeyring(keyring, shelf).catch_up()
        store.leave()
    put(f"{_counted(found)}: moved to {state}/, and compared")
    say(f"the schema {config.store.schema_name} stays as it was, sealed; nobody opens it any more: drop it")
    return False


def _told(found: Inspected, desk: Desk, key: bytes) -> bool:
    """Whether there are gaps in what was read; each is printed."""
    gaps = list(found.gaps)
    if found.readable:
        gaps += verifying.agreement(found, desk, found.token_secret or derive(key, "tokens"))
    for gap in sorted(set(gaps)):
        put(f"{gap.kind} {gap.where}: {gap.what}; {gap.advice}")
    return bool(gaps)


def _compare(one: State, other: State) -> None:
    if unlike := list(moving.differences(one, other)):
        raise PermanentError(f"what arrived is not what was there: {'; '.join(unlike)}. Nothing is taken out of use")


def _said(where: str) -> str:
    return f"{datetime.now(UTC).isoformat(timespec='seconds')} moved to {where} by {local_user()}"


def _counted(found: Inspected) -> str:
    return (
        f"{len(found.dispositions)} mails, {len(found.cases)} cases, {len(found.items)} outbox items, "
        f"{len(found.log)} journal lines"
    )
