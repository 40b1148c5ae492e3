"""The verb `auth`: a person signs the desk in to its mail servers (OAuth 2)."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from mailbot.adapters.sign_in import sign_in
from mailbot.bootstrap_memory import state_key
from mailbot.cli.common import config_of
from mailbot.cli.output import put, say
from mailbot.errors import PermanentError
from mailbot.token_sources import TABLES, gets_tokens, open_access

_MAX_LINE = 20_000


class Login(StrEnum):
    """Which of the two logins."""

    IMAP = "imap"
    SMTP = "smtp"


def auth(
    context: typer.Context, login: Annotated[Login, typer.Argument(help="Whose [….oauth2] to sign in for.")]
) -> int:
    """Sign the desk in where its mail server wants OAuth 2; prints what to open, and keeps what it gives, sealed."""
    config = config_of(context)
    access = open_access(config, login.value, state_key(config))
    keys = config.imap if login is Login.IMAP else config.smtp
    flow = keys.oauth2.endpoints().flow if keys.oauth2 else "device"
    sign_in(access, flow, put, _line)
    other = next(table for table in TABLES if table != login.value)
    shared = gets_tokens(config, other) and open_access(config, other, b"\0" * 32).account == access.account
    say(f"signed in for {login.value}{f' and {other}' if shared else ''}; mailbot doctor checks it")
    return 0


def _line(prompt: str) -> str:
    """One line from the terminal, or from a pipe."""
    sys.stderr.write(f"{prompt}: ")
    sys.stderr.flush()
    line = sys.stdin.readline(_MAX_LINE).strip()
    if not line:
        raise PermanentError("no address was given; nothing was changed")
    return line
