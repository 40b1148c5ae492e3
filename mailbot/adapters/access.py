"""An access token whenever a server wants one: kept until shortly before its end, then the next one is asked for."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from mailbot.adapters.grants import Grant, GrantFile
from mailbot.adapters.token_server import TokenServer
from mailbot.errors import AccessError, TransientError

log = logging.getLogger(__name__)

_PAUSE = timedelta(seconds=30)
"""How long a refusal stands, so that a hundred mails that wait do not ask a hundred times."""


class AccessTokens:
    """The access tokens of one account, for IMAP and SMTP alike, also while other processes use them."""

    def __init__(
        self,
        server: TokenServer,
        grants: GrantFile,
        by_itself: bool,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`by_itself`: the application needs no person (client credentials)."""
        self.server, self.by_itself = server, by_itself
        self._grants, self._clock = grants, clock
        self._unsaved: Grant | None = None
        self._refused: tuple[Grant | None, datetime, AccessError] | None = None

    def __call__(self) -> str:
        """A token that is good for a while. Raises AccessError or TransientError."""
        return self._token(refused="")

    def renew(self, refused: str) -> str:
        """Another token than the one that a server refused: it may have been revoked before its time."""
        return self._token(refused)

    @property
    def account(self) -> str:
        """The name that the sign-in is kept under; equal for logins that share it."""
        return self._grants.path.name

    def keep(self, grant: Grant) -> None:
        """Take what a person's sign-in gave, in place of what there was."""
        with self._grants.locked():
            self._grants.save(grant)
            self._unsaved = None

    def held(self) -> Grant | None:
        """What is kept now. Raises AccessError when it cannot be read."""
        return self._unsaved or self._grants.load()

    def _token(self, refused: str) -> str:
        try:
            grant = self.held()
            if grant and grant.access_token != refused and grant.is_fresh(self._clock()):
                return grant.access_token
            with self._grants.locked():
                return self._next(refused).access_token
        except _ToldBefore:
            raise
        except AccessError as exc:
            log.error("%s", exc)  # the other way that tells: mail may be what no longer works
            raise

    def _next(self, refused: str) -> Grant:
        """Alone with the file: what another process has got meanwhile, or what the server gives now."""
        grant = self.held()
        if grant and grant.access_token != refused and grant.is_fresh(self._clock()):
            return grant
        if grant:
            # A refresh token may be good for one use: that the disk takes the next one is tried before it is spent.
            self._grants.save(grant)
            self._unsaved = None
        new = self._ask_again(grant)
        try:
            self._grants.save(new)
        except TransientError as exc:
            log.error("%s; the sign-in is kept in memory only until this is mended", exc)
            self._unsaved = new
        return new

    def _ask_again(self, grant: Grant | None) -> Grant:
        """What the server gives; a refusal is not asked for again at once, unless somebody signed in meanwhile."""
        if self._refused:
            asked_with, since, refusal = self._refused
            if asked_with == grant and since <= self._clock() < since + _PAUSE:
                raise _ToldBefore(str(refusal))
        try:
            return self._ask(grant)
        except AccessError as exc:
            self._refused = grant, self._clock(), exc
            raise

    def _ask(self, grant: Grant | None) -> Grant:
        if self.by_itself:
            return self.server.credentials()
        settings = self.server.settings
        if grant is None:
            raise AccessError(f"{settings.table}: nobody has signed in yet; {settings.remedy}")
        if not grant.refresh_token:
            raise AccessError(f"{settings.table}: the sign-in came without a refresh token; {settings.remedy}")
        return self.server.refresh(grant.refresh_token)


class _ToldBefore(AccessError):
    """A refusal that was logged a moment ago."""
