"""The access tokens that a configuration asks for: put together, and checked for `doctor`."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from mailbot import secrets
from mailbot.adapters.access import AccessTokens
from mailbot.adapters.codec import SealedCodec
from mailbot.adapters.grants import GrantFile
from mailbot.adapters.token_server import TokenServer, TokenSettings
from mailbot.config import Config
from mailbot.errors import ConfigError, TransientError

TABLES = ("imap", "smtp")


def gets_tokens(config: Config, table: str) -> bool:
    """Whether mailbot itself gets the tokens for that login."""
    keys = config.imap if table == "imap" else config.smtp
    return bool(keys.oauth2 and keys.oauth2.signs_in)


def open_access(config: Config, table: str, key: bytes) -> AccessTokens:
    """The tokens of `[imap.oauth2]` or `[smtp.oauth2]`; the same account is the same sign-in. Raises ConfigError."""
    keys = config.imap if table == "imap" else config.smtp
    if not keys.oauth2 or not keys.oauth2.signs_in:
        problem = f"{config.path}: [{table}.oauth2].client_id: is missing: only with it mailbot signs in by itself"
        raise ConfigError((problem,))
    ends = keys.oauth2.endpoints()
    secret = keys.oauth2.client_secret(table, config.folder)
    settings = TokenSettings(
        table=f"[{table}.oauth2]",
        remedy=f"run mailbot auth {table}" if ends.flow != "client_credentials" else "see docs/oauth.md",
        client_id=keys.oauth2.client_id,
        client_secret=lambda: secrets.resolve(secret),
        token_url=ends.token_url,
        device_url=ends.device_url,
        authorization_url=ends.authorization_url,
        scopes=ends.scopes,
        extra=ends.extra,
        ca_file=str(keys.oauth2.oauth_ca_file or ""),
    )
    whose = (ends.flow, ends.token_url, keys.oauth2.client_id, keys.username.casefold(), *sorted(ends.scopes))
    account = hashlib.sha256("\n".join(whose).encode()).hexdigest()[:24]
    grants = GrantFile(config.state.dir, account, SealedCodec(key))
    return AccessTokens(TokenServer(settings), grants, by_itself=ends.flow == "client_credentials")


def token_checks(config: Config, key: Callable[[], bytes]) -> list[tuple[str, Callable[[], str], str]]:
    """What `doctor` asks of each login that mailbot gets tokens for: name, check, and what to do."""
    return [
        (f"{table.upper()} sign-in", _check(config, table, key), f"mailbot auth {table}; see docs/oauth.md")
        for table in TABLES
        if gets_tokens(config, table)
    ]


def _check(config: Config, table: str, key: Callable[[], bytes]) -> Callable[[], str]:
    def check() -> str:
        """Asks for a new token: one that is kept says nothing of a sign-in that was revoked meanwhile."""
        access = open_access(config, table, key())
        kept = access.held()
        access.renew(kept.access_token if kept else "")
        grant = access.held()
        if grant is None:
            raise TransientError(f"[{table}.oauth2]: the token could not be kept; look at the disk")
        seconds = (grant.expires - datetime.now(UTC)).total_seconds()
        return f"signed in; a new access token is good for {seconds / 60:.0f} minutes"

    return check
