"""Logging in to IMAP with an access token, and what a refused login means."""

from collections.abc import Callable
from imaplib import IMAP4
from typing import Any

from mailbot.adapters.sasl import BearerLogin, Renewable, pick
from mailbot.errors import AccessError, PermanentError, TransientError

_PASSING_CODES = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "[OVERQUOTA]")  # RFC 5530
_PASSING_WORDS = ("THROTTLED", "TOO MANY", "EXCEEDED", "NOT CONNECTED", "TRY AGAIN")
"""What large providers say without a code, or with one of their own, when somebody asks too often."""


def login_with_token(client: Any, user: str, source: Callable[[], str], host: str, port: int) -> None:
    """Log in. A token that the server refuses is renewed once: it may have been revoked before its time.

    Raises TransientError for what may pass, AccessError where a person must sign in again, PermanentError for the
    token of somebody else's program.
    """
    token = source()
    said, passing = _offer(client, user, token, host, port)
    if said and not passing and isinstance(source, Renewable):
        said, passing = _offer(client, user, source.renew(token), host, port)
    if not said:
        return
    text = f"[imap].username or [imap.oauth2]: {host} refused the login of {user} ({said})"
    if passing:
        raise TransientError(text)
    if isinstance(source, Renewable):
        raise AccessError(f"{text}; mailbot auth imap signs in anew")
    raise PermanentError(text)


def see_to_sign_in(source: Callable[[], str] | None) -> None:
    """Notice a sign-in that has ended also while an old connection lasts. Raises AccessError."""
    if isinstance(source, Renewable):
        try:
            source()
        except AccessError:
            raise
        except TransientError:
            return  # the token server is away: that matters when we must log in again


def _offer(client: Any, user: str, token: str, host: str, port: int) -> tuple[str, bool]:
    """What the server says against the token, "" for nothing, and whether that may pass."""
    offered = {name for name in ("OAUTHBEARER", "XOAUTH2") if client.has_capability(f"AUTH={name}")}
    login = BearerLogin(pick(offered), user, token, host, port)
    try:
        # Not the client library's own logins: they answer a refusal's challenge with the token once more.
        client.sasl_login(login.mechanism, login.respond)
    except IMAP4.error as exc:
        passing = may_pass(exc)
        # Without its cause: the server may have repeated the token.
        return login.said(str(exc)) or "no reason given", passing
    except ValueError:  # binascii.Error: the challenge is no base64, and the dialogue cannot go on
        raise TransientError(f"[imap].host: {host} broke off the login") from None
    return "", False


def may_pass(refusal: Exception) -> bool:
    """Whether the server only cannot log anybody in now. Raises the broken connection that a refusal was in truth."""
    if isinstance(refusal, IMAP4.abort):
        raise refusal
    if isinstance(refusal.__context__, IMAP4.abort):
        raise refusal.__context__ from None
    return is_passing(str(refusal))


def is_passing(said: str) -> bool:
    """Whether a refusal says that it is for now only."""
    text = said.upper()
    if any(code in text for code in _PASSING_CODES):
        return True
    return "[AUTHENTICATIONFAILED]" not in text and any(word in text for word in _PASSING_WORDS)
