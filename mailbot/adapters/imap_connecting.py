"""A line to the desk's mail server: opened, logged in and bounded; and what it means when it fails."""

import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from imaplib import IMAP4
from typing import Any

from imapclient import IMAPClient  # type: ignore[import-untyped]  # ships no types
from imapclient.exceptions import LoginError, ProtocolError  # type: ignore[import-untyped]  # ships no types

from mailbot.adapters.imap_tokens import login_with_token, may_pass
from mailbot.adapters.tls import Security, client_context, explain, is_untrusted, printable
from mailbot.core.limits import Limits
from mailbot.errors import MailbotError, PermanentError, TransientError, place_of

logger = logging.getLogger(__name__)
# The library's debug lines hold whole mails; they must not reach a log, whatever the root logger's level.
logging.getLogger("imapclient").setLevel(logging.WARNING)

Unreadable = ProtocolError
"""The library could not make sense of an answer: what comes next on that line cannot be trusted either."""

_LIBRARY = ("imapclient.", "imaplib:")


@dataclass(frozen=True)
class ImapSettings:
    """`[imap]`: a password, or `token` that gives an OAuth 2 access token each time it is asked."""

    host: str
    port: int
    security: Security
    username: str
    password: str | None = field(repr=False)
    folder: str = "INBOX"
    ca_file: str = ""
    timeout: float = 60
    token: Callable[[], str] | None = field(default=None, repr=False)


def connect(settings: ImapSettings, limits: Limits) -> Any:
    """A client that is logged in. Raises what `meaning` knows."""
    context = None if settings.security == "plain" else client_context(settings.ca_file, "imap")
    implicit = settings.security == "tls"
    client = IMAPClient(settings.host, settings.port, ssl=implicit, ssl_context=context, timeout=settings.timeout)
    try:
        # The library sends a search in pieces; without this the second waits for the first to be acknowledged.
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _bound(client, max(limits.mail_bytes + 1, limits.header_bytes))
        if settings.security == "starttls":
            if not client.has_capability("STARTTLS"):
                raise PermanentError(f"[imap].security: {settings.host} offers no STARTTLS")
            client.starttls(context)
        _login(client, settings)
    except BaseException:
        with suppress(Exception):
            client.shutdown()
        raise
    return client


def meaning(exc: BaseException, settings: ImapSettings) -> MailbotError | None:
    """What a failure on the line is to the desk; None for what is none of the server's.

    Nothing that the library could not read is repeated: that may be a piece of a mail.
    """
    host = settings.host
    if isinstance(exc, MailbotError):
        return exc
    if isinstance(exc, IMAP4.abort):
        return TransientError(f"[imap].host: {host} broke off the connection")
    if isinstance(exc, Unreadable):
        return TransientError(f"[imap].host: {host} gave an answer that is not IMAP")
    if isinstance(exc, IMAP4.error):
        return TransientError(f"[imap].host: {host} refused: {printable(str(exc))}")
    if isinstance(exc, OSError):
        text = explain(exc, "imap", host, settings.port)
        return PermanentError(text) if is_untrusted(exc) else TransientError(text)
    if isinstance(exc, Exception) and place_of(exc).startswith(_LIBRARY):
        logger.warning("an answer of the mail server ended in %s at %s", type(exc).__name__, place_of(exc))
        return TransientError(f"[imap].host: {host} gave an answer that is not IMAP")
    return None


def _bound(client: Any, most: int) -> None:
    """Of what the server announces, take `most` bytes at a time: we ask for no more, and it may not be honest."""
    read = client._imap.read

    def bounded(size: int) -> Any:
        if size > most:
            raise IMAP4.abort("a literal that is larger than what was asked for")
        return read(size)

    client._imap.read = bounded


def _login(client: Any, settings: ImapSettings) -> None:
    if settings.token:
        login_with_token(client, settings.username, settings.token, settings.host, settings.port)
        return
    secret = "[imap].password_env"
    try:
        if client.has_capability("AUTH=PLAIN"):  # LOGIN cannot carry a password beyond ASCII
            client.plain_login(settings.username, settings.password or "")
        else:
            client.login(settings.username, settings.password or "")
    except LoginError as exc:
        passing = may_pass(exc)
        text = f"[imap].username or {secret}: {settings.host} refused the login of {settings.username}"
        raise (TransientError if passing else PermanentError)(f"{text} ({printable(str(exc))})") from exc
    except UnicodeError as exc:
        raise PermanentError(f"{secret}: {settings.host} takes ASCII only") from exc
