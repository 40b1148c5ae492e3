"""What `mailbot init` makes: configuration, state, editable rules and templates, keys. Nothing is ever overwritten."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from mailbot import resources
from mailbot.adapters.codec import load_or_make_key
from mailbot.adapters.pgp_making import generate, import_secret, unfit
from mailbot.config import NAME
from mailbot.config_values import DeskAddress, Name
from mailbot.errors import ConfigError

_CONFIG = """\
# mailbot's configuration; docs/configuration.md has every key. Secrets never stand here: *_env names an environment
# variable, *_file a file, *_command a program to ask.

[desk]
name = "{name}"
address = "{address}"
# Whoever doubts a mail of yours is told these; the mails leave out what is not set.
# phone = "your number (9:30-17:30)"
# verify_url = "https://a page of yours that shows the key's fingerprint"

[imap]
host = "imap.example.jp"
username = "security"
password_env = "MAILBOT_IMAP_PASSWORD"

[smtp]
host = "smtp.example.jp"
username = "security"
password_env = "MAILBOT_SMTP_PASSWORD"

[pgp]
home = "state/gnupg"
fingerprint = "{fingerprint}"

# One table for each of your people: they get the desk's questions and may mail it signed commands. Import their public
# keys too: mailbot key import FILE
# [[coordinator]]
# name = "Coordinator One"
# address = "one@desk.example.jp"
# fingerprint = "40 hex digits"

[policy]
acknowledge = "auto"
first_contact = "approve"
details = "approve"
"""

_NEXT = """\
next:
  1. edit {config}: your servers, your people, how to make sure that you are genuine
  2. mailbot key import THEIR-KEY.asc   (each coordinator's public key)
  3. mailbot doctor                     (says what is still missing)
  4. mailbot rehearse SOME.eml          (changes nothing)
  5. mailbot run\
"""


def init(folder: Path, name: str, address: str, secret_key: Path | None) -> Iterator[str]:
    """Make what is not there yet; yields a line for each thing made or left.

    Raises ConfigError, for what cannot stand in the configuration before anything is written.
    """
    try:
        if not (folder / NAME).exists() and (problems := _problems(folder, name, address, secret_key)):
            raise ConfigError(problems)
        yield from _make(folder, name, address, secret_key)
    except OSError as exc:
        raise ConfigError((f"{exc.filename or folder}: cannot be written: {exc.strerror}",)) from exc


def _make(folder: Path, name: str, address: str, secret_key: Path | None) -> Iterator[str]:
    folder.mkdir(parents=True, exist_ok=True)
    state, home = folder / "state", folder / "state" / "gnupg"
    for private in (state, home):
        private.mkdir(parents=True, exist_ok=True)
        os.chmod(private, 0o700)
    load_or_make_key(folder / "state.key", state)
    yield f"{folder / 'state.key'}: seals what is at rest; keep a copy of it somewhere else"
    for kind in get_args(resources.Kind):
        made = resources.copy_into(kind, folder)
        yield f"{folder / kind}/: {len(made)} files copied, yours to edit"
    config = folder / NAME
    if config.exists():
        yield f"{config}: there already, left as it is"
        return
    fingerprint = import_secret(home, secret_key) if secret_key else generate(home, name, address, None)
    yield f"the desk's key: {fingerprint}"
    with config.open("x", encoding="utf-8") as file:
        file.write(_CONFIG.format(name=_quoted(name), address=_quoted(address), fingerprint=fingerprint))
    yield f"{config}: written"
    yield _NEXT.format(config=config)


def _problems(folder: Path, name: str, address: str, secret_key: Path | None) -> tuple[str, ...]:
    """What of it the configuration or gpg would refuse."""
    stated: tuple[tuple[str, str, Any], ...] = (("--name", name, Name), ("--address", address, DeskAddress))
    found = []
    for option, value, kind in stated:
        try:
            TypeAdapter(kind).validate_python(value)
        except ValidationError as exc:
            found += [f"{option} {error['msg']}" for error in exc.errors(include_url=False)]
    user_id = () if found or secret_key else (name, address)
    return (*found, *unfit(folder / "state" / "gnupg", *user_id))


def _quoted(text: str) -> str:
    """Fit for a TOML basic string."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
