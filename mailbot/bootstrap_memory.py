"""Opens the desk's memory where the configuration says that it lies: in files or in a database."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailbot import secrets
from mailbot.adapters import postgres
from mailbot.adapters.codec import SPOOL_NAME, SealedCodec, load_or_make_key, parse_key, the_key_in
from mailbot.adapters.erasing import Erasing, ErasingStore
from mailbot.adapters.layout import check_state
from mailbot.adapters.spool import FileSpool
from mailbot.adapters.store import TinyStore
from mailbot.config import Config
from mailbot.errors import ConfigError
from mailbot.memory import DeskStore, KeyShelf, Spool

if TYPE_CHECKING:
    from mailbot.adapters.postgres.keys import PostgresKeyShelf
    from mailbot.adapters.postgres.moving import MovingPostgresStore
    from mailbot.adapters.postgres.spool import PostgresSpool

PATIENCE = 30.0
"""Seconds that a process waits for another one to let go of the state; `run` does whenever it waits for mail."""


@dataclass(frozen=True)
class Memory:
    """All that the desk remembers, opened."""

    store: DeskStore
    spool: Spool
    shelf: KeyShelf | None = None  # of public keys, where several hosts share them


def is_shared(config: Config) -> bool:
    """Whether several processes work on it at a time."""
    return config.store.backend == "postgresql"


def state_key(config: Config) -> bytes:
    """The key that seals report text; made where nothing was sealed yet, but never for a database.

    Raises ConfigError, also for a state that others may read or in which something foreign lies.
    """
    check_state(config.state.dir, (config.pgp.home,))
    secret = config.secret("state")
    if secret.env or secret.command:
        return parse_key(secrets.resolve(secret), secret.key)
    if not is_shared(config):
        return load_or_make_key(config.state.key_file, config.state.dir)
    key = existing_key(config)
    if key is None:
        advice = "bring it from the host on which mailbot init made it"
        raise ConfigError((f"{secret.file}: the key is missing, and the database is sealed with it; {advice}",))
    return key


def existing_key(config: Config) -> bytes | None:
    """The key, or None if its file is not there; none is made, and nothing else is looked at. Raises ConfigError."""
    secret = config.secret("state")
    if secret.file and not secret.file.exists():
        return None
    if secret.file:
        return the_key_in(secret.file)
    return parse_key(secrets.resolve(secret), secret.key)


@contextmanager
def open_memory(config: Config, key: bytes, *, read_only: bool = False) -> Iterator[Memory]:
    """The memory; closed on leaving. Raises ConfigError, TransientError, PermanentError for a damaged one."""
    opened = _in_database if is_shared(config) else _in_files
    with opened(config, key, read_only) as memory:
        yield memory


@contextmanager
def open_store(config: Config, *, read_only: bool = False) -> Iterator[DeskStore]:
    """The store alone, with the key that the configuration names."""
    with open_memory(config, state_key(config), read_only=read_only) as memory:
        yield memory.store


@contextmanager
def open_erasing(config: Config, key: bytes, *, read_only: bool = False) -> Iterator[tuple[Erasing, Spool]]:
    """The store for the verbs that remove, and the spool."""
    if is_shared(config):
        with open_database(config, key, read_only=read_only) as (store, _, spool):
            yield store, spool
        return
    codec = SealedCodec(key)
    with closing(ErasingStore(config.state.dir, codec, read_only=read_only, patience=PATIENCE)) as files:
        yield files, FileSpool(config.state.dir / SPOOL_NAME, codec)


@contextmanager
def open_database(
    config: Config, key: bytes, *, read_only: bool = False
) -> Iterator[tuple["MovingPostgresStore", "PostgresKeyShelf", "PostgresSpool"]]:
    """The database's store with all that it can do, its shelf and spool, whatever the configuration's backend is."""
    with _aside(config, key, read_only) as (url, schema, shelf, spool):
        from mailbot.adapters.postgres.moving import MovingPostgresStore

        with closing(MovingPostgresStore(url, key, schema=schema, read_only=read_only)) as store:
            yield store, shelf, spool


@contextmanager
def _in_files(config: Config, key: bytes, read_only: bool) -> Iterator[Memory]:
    codec = SealedCodec(key)
    store = TinyStore(config.state.dir, codec, read_only=read_only, patience=PATIENCE)
    with closing(store):
        yield Memory(store, FileSpool(config.state.dir / SPOOL_NAME, codec))


@contextmanager
def _in_database(config: Config, key: bytes, read_only: bool) -> Iterator[Memory]:
    with _aside(config, key, read_only) as (url, schema, shelf, spool):
        from mailbot.adapters.postgres.store import PostgresStore

        lease = config.store.lease_seconds
        with closing(PostgresStore(url, key, schema=schema, read_only=read_only, lease_seconds=lease)) as store:
            yield Memory(store, spool, shelf)


@contextmanager
def _aside(
    config: Config, key: bytes, read_only: bool
) -> Iterator[tuple[str, str, "PostgresKeyShelf", "PostgresSpool"]]:
    """URL and schema; shelf and spool, which have a connection together."""
    url, schema = _place(config)
    from mailbot.adapters.postgres.aside import Aside
    from mailbot.adapters.postgres.keys import PostgresKeyShelf
    from mailbot.adapters.postgres.spool import PostgresSpool

    aside = Aside(url, key, schema=schema, read_only=read_only)
    with closing(PostgresKeyShelf(aside)) as shelf, closing(PostgresSpool(aside)) as spool:
        yield url, schema, shelf, spool


def _place(config: Config) -> tuple[str, str]:
    """URL and schema; to be asked before what is slow to import, and missing on most desks: they are told so here."""
    postgres.require_libraries()
    return secrets.resolve(config.secret("store")), config.store.schema_name
