"""The verb that changes the at-rest key, wherever the key is kept."""

import secrets
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from mailbot.adapters import backups
from mailbot.adapters.codec import (
    KEY_BYTES,
    SealedCodec,
    derive,
    keys_in,
    parse_key,
    the_key_in,
    write_keys,
)
from mailbot.adapters.durable import sync_folder
from mailbot.adapters.erasing import ErasingStore
from mailbot.adapters.layout import LOCK_NAME, REKEYING_NAME, check_state
from mailbot.adapters.lock import hold
from mailbot.adapters.resealing import reseal, unlike_mark, write_mark
from mailbot.bootstrap_memory import PATIENCE, is_shared
from mailbot.cli.common import config_of, local_user
from mailbot.cli.output import put, say
from mailbot.config import Config
from mailbot.errors import ConfigError
from mailbot.secrets import Secret, resolve


def rekey(
    context: typer.Context,
    new_key_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For a key from environment or program: where the new one is, or is put."),
    ] = None,
) -> None:
    """Make a new at-rest key and seal everything with it; the old one opens nothing afterwards. Stop `run` before."""
    config = config_of(context)
    if is_shared(config):
        advice = "mailbot store migrate --to tinydb, rekey, and back into a new schema"
        raise ConfigError((f"[store].backend: what lies in a database is not sealed anew: {advice}",))
    secret = config.secret("state")
    if secret.file is None:
        _kept_elsewhere(config, secret, new_key_file)
    elif new_key_file is not None:
        raise ConfigError((f"--new-key-file: not for {secret.key}_file; mailbot rekey changes that file itself",))
    else:
        _kept_in_file(config, secret.file)


def _kept_in_file(config: Config, file: Path) -> None:
    """While it lasts the file holds both keys, so that nothing else works."""
    state, (old, new) = config.state.dir, keys_in(file)
    with ExitStack() as stack:
        if new is None:
            _begin(config, old, stack)
            new = secrets.token_bytes(KEY_BYTES)
            write_keys(file, old, new)
        else:
            stack.callback(hold(state / LOCK_NAME, PATIENCE).release)
        files = reseal(state, SealedCodec(old), SealedCodec(new))
        write_keys(file, new)
    put(f"{files} files sealed anew; {file} is another key now")
    say("copy it to where you keep it; backups made before need the old one, so keep that as long as them")


def _kept_elsewhere(config: Config, secret: Secret, file: Path | None) -> None:
    """While it lasts a mark lies in the state, so that nothing else works."""
    state, mark = config.state.dir, config.state.dir / REKEYING_NAME
    if file is None:
        raise ConfigError((f"{secret.key}: the key comes from elsewhere: name a file with --new-key-file FILE",))
    if file.resolve().is_relative_to(state.resolve()):
        raise ConfigError((f"{file}: the key must not lie in {state}/, which it seals",))
    old = parse_key(resolve(secret), secret.key)
    with ExitStack() as stack:
        if mark.exists():
            stack.callback(hold(state / LOCK_NAME, PATIENCE).release)
            new = the_key_in(file)
            _same_as_begun(mark, old, new, secret.key, file)
        else:
            given = the_key_in(file) if file.exists() else None
            if given == old:
                raise ConfigError((f"{file}: holds the key that {secret.key} gives already",))
            _begin(config, old, stack)
            new = given or secrets.token_bytes(KEY_BYTES)
            if given is None:
                write_keys(file, new)
            write_mark(mark, SealedCodec(old), SealedCodec(new))
        files = reseal(state, SealedCodec(old), SealedCodec(new))
        mark.unlink()
        sync_folder(state)
    put(f"{files} files sealed anew with the key in {file}")
    say(f"let {secret.key} give that key now; nothing works before. Backups made before need the old one")


def _begin(config: Config, old: bytes, stack: ExitStack) -> None:
    """Take the state, and keep the tokens of mail that is out there."""
    state = config.state.dir
    check_state(state, (config.pgp.home,))
    backups.refuse_without_state(state)
    store = stack.enter_context(closing(ErasingStore(state, SealedCodec(old), patience=PATIENCE)))
    store.keep_token_secret(derive(old, "tokens"))
    store.note([f"{datetime.now(UTC).isoformat(timespec='seconds')} key changed by {local_user()}"])


def _same_as_begun(mark: Path, old: bytes, new: bytes, name: str, file: Path) -> None:
    """Raises ConfigError unless these are the keys that the change was begun with: a third one would lose the rest."""
    bad = unlike_mark(mark, SealedCodec(old), SealedCodec(new))
    if bad:
        raise ConfigError(
            tuple(f"{(name, file)[n]}: not the key that the unfinished change was begun with" for n in bad)
        )
