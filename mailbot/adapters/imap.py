"""The desk's mailbox over IMAP: what waits in its folder, and moving it away when it is done."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from imapclient import DELETED, IMAPClient  # type: ignore[import-untyped]  # ships no types
from imapclient.exceptions import (  # type: ignore[import-untyped]  # ships no types
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
    LoginError,
)

from mailbot.adapters.batches import batches
from mailbot.adapters.imap_tokens import login_with_token, may_pass, see_to_sign_in
from mailbot.adapters.tls import Security, client_context, explain, is_untrusted, printable, refuse_open_line
from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail
from mailbot.errors import MailbotError, PermanentError, TransientError
from mailbot.ports import Arrival

logger = logging.getLogger(__name__)
# The library's debug lines hold whole mails; they must not reach a log, whatever the root logger's level.
logging.getLogger("imapclient").setLevel(logging.WARNING)

_SIZES_AT_ONCE = 500  # keeps a command line below the 8,000 bytes that every server takes (RFC 7162 4)
_SEARCH_WINDOW = 10_000  # keeps an answer below imaplib's 1,000,000 bytes a line
_IDLE_SECONDS = 9 * 60.0  # RFC 2177 allows 29 minutes; routers forget a silent connection sooner


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


class ImapMailbox:
    """A `Mailbox` on one connection, made when first needed and made again after a failure.

    Unreachable is TransientError; a refused login, certificate or folder is PermanentError.
    """

    def __init__(self, settings: ImapSettings, limits: Limits, sleep: Callable[[float], None] = time.sleep) -> None:
        refuse_open_line(settings.security, settings.host, "imap")
        self._settings = settings
        self._limits = limits
        self._sleep = sleep
        self._client: Any = None
        self._validity = 0
        self._next_uid: int | None = None  # as of the last round; mail with this number or more is news
        self._backlog = False  # the last round left mail behind for its limit, and has filed some away
        self._cut = False
        self._targets: dict[str, str] = {}

    def arrivals(self) -> Iterator[Arrival]:
        """What waits in the folder, oldest first, fetched batch by batch; flags stay as they are."""
        see_to_sign_in(self._settings.token)
        with self._session() as client:
            waiting = self._waiting(client)
            validity = self._validity
        for batch in batches(waiting, self._limits):
            with self._session() as client:
                if self._validity != validity:
                    return
                found = self._fetch(client, batch)
            yield from found

    def file_away(self, arrival: Arrival, folder: str) -> None:
        """Move the mail; that it is no longer there is fine."""
        validity, _, uid = arrival.handle.partition(".")
        with self._session() as client:
            if int(validity) != self._validity:
                return  # the number now means another mail; this one will be offered again under its new number
            try:
                self._move(client, int(uid), self._target(client, folder))
            except IMAPClientAbortError:
                raise
            except IMAPClientError:
                self._targets.clear()
                if client.search(["UID", int(uid)]):
                    raise
            self._backlog = self._cut

    def wait(self, seconds: float) -> None:
        """IDLE until mail is announced; without IDLE sleep."""
        with self._session() as client:
            if self._has_news(client):
                return
            if client.has_capability("IDLE"):
                ends = time.monotonic() + seconds
                while (left := ends - time.monotonic()) > 0 and not _idle(client, min(left, _IDLE_SECONDS)):
                    pass
                return
        self._sleep(seconds)

    def check(self) -> str:
        """Log in, open the folder, and say what the server can do."""
        settings = self._settings
        with self._session() as client:
            mails = self._select(client)[b"EXISTS"]
            able = ", ".join(
                f"{name} {'yes' if client.has_capability(name) else 'no'}" for name in ("MOVE", "UIDPLUS", "IDLE")
            )
        return f"{settings.username} at {settings.host}:{settings.port}, {settings.folder} holds {mails} mails; {able}"

    def close(self) -> None:
        """Log out; never raises."""
        if self._client is not None:
            with suppress(Exception):
                self._client.logout()
            self._drop()

    @contextmanager
    def _session(self) -> Iterator[Any]:
        """A connection with the folder open; any failure ends it, so that the next call makes a new one."""
        try:
            yield self._connected()
        except MailbotError:
            self._drop()
            raise
        except IMAPClientAbortError:
            self._drop()
            # Without its cause: the library quotes what it could not read, and that may be a piece of a mail.
            raise TransientError(f"[imap].host: {self._settings.host} broke off the connection") from None
        except IMAPClientError as exc:
            self._drop()
            raise TransientError(f"[imap].host: {self._settings.host} refused: {printable(str(exc))}") from exc
        except OSError as exc:
            self._drop()
            text = explain(exc, "imap", self._settings.host, self._settings.port)
            raise (PermanentError if is_untrusted(exc) else TransientError)(text) from exc
        except BaseException:
            self._drop()  # stopped in the middle of an answer: the rest of it must not be read as the next one
            raise

    def _connected(self) -> Any:
        if self._client is None:
            client = _open(self._settings)
            self._client = client
            self._targets.clear()
            self._select(client)
        return self._client

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                client.shutdown()

    def _select(self, client: Any) -> dict[bytes, Any]:
        folder = self._settings.folder
        try:
            state: dict[bytes, Any] = client.select_folder(folder)
        except IMAPClientReadOnlyError as exc:
            raise PermanentError(f"[imap].folder: {folder} may be read but not changed") from exc
        except IMAPClientAbortError:
            raise
        except IMAPClientError as exc:
            if client.folder_exists(folder):
                raise
            raise PermanentError(f"[imap].folder: there is no folder {folder}") from exc
        self._validity = state.get(b"UIDVALIDITY", 0)
        return state

    def _has_news(self, client: Any) -> bool:
        return self._backlog or self._select(client).get(b"UIDNEXT") != self._next_uid

    def _waiting(self, client: Any) -> list[tuple[int, int]]:
        """Numbers and sizes of the oldest mails, as many as a round may take."""
        state = self._select(client)
        self._next_uid = state.get(b"UIDNEXT")
        # Where mail can neither be moved nor removed, what was filed away stays behind, marked deleted.
        which = [] if client.has_capability("MOVE") or client.has_capability("UIDPLUS") else ["UNDELETED"]
        uids: set[int] = set()
        for first in range(1, state[b"EXISTS"] + 1, _SEARCH_WINDOW):
            last = first + _SEARCH_WINDOW - 1
            uids.update(client.search([f"{first}:{last if last < state[b'EXISTS'] else '*'}", *which]))
            if len(uids) > self._limits.mails_per_round:
                break
        chosen = sorted(uids)[: self._limits.mails_per_round]
        self._cut, self._backlog = len(uids) > len(chosen), False
        sizes: dict[int, Any] = {}
        for start in range(0, len(chosen), _SIZES_AT_ONCE):
            sizes.update(client.fetch(chosen[start : start + _SIZES_AT_ONCE], ["RFC822.SIZE"]))
        return [(uid, sizes[uid][b"RFC822.SIZE"]) for uid in chosen if b"RFC822.SIZE" in sizes.get(uid, {})]

    def _fetch(self, client: Any, batch: list[tuple[int, int]]) -> list[Arrival]:
        limits = self._limits
        large = [uid for uid, size in batch if size > limits.mail_bytes]
        whole = _contents(client, [uid for uid, size in batch if size <= limits.mail_bytes], "BODY.PEEK[]", b"BODY[]")
        heads = _contents(client, large, f"BODY.PEEK[HEADER]<0.{limits.header_bytes}>", b"BODY[HEADER]<0>")
        found = []
        for uid, size in batch:
            handle = f"{self._validity}.{uid}"
            content = whole.get(uid, b"")
            if len(content) > limits.mail_bytes:  # some servers only estimate sizes
                found.append(Arrival(handle, None, content[: limits.header_bytes], len(content)))
            elif uid in whole:
                found.append(Arrival(handle, RawMail(content, f"{self._settings.folder}/{uid}"), size=len(content)))
            elif uid in heads:
                found.append(Arrival(handle, None, heads[uid], size))
        return found

    def _target(self, client: Any, folder: str) -> str:
        """The folder's name on this server; made if it is not there."""
        if folder not in self._targets:
            name = folder
            if client.has_capability("NAMESPACE") and (personal := client.namespace().personal):
                name = personal[0][0] + folder
            if not client.folder_exists(name):
                client.create_folder(name)
                client.subscribe_folder(name)
            self._targets[folder] = name
        return self._targets[folder]

    def _move(self, client: Any, uid: int, target: str) -> None:
        if client.has_capability("MOVE"):
            client.move([uid], target)
            return
        client.copy([uid], target)
        client.add_flags([uid], [DELETED], silent=True)
        if client.has_capability("UIDPLUS"):
            client.uid_expunge([uid])  # a plain EXPUNGE would remove what others have marked


def _open(settings: ImapSettings) -> Any:
    context = None if settings.security == "plain" else client_context(settings.ca_file, "imap")
    implicit = settings.security == "tls"
    client = IMAPClient(settings.host, settings.port, ssl=implicit, ssl_context=context, timeout=settings.timeout)
    try:
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


def _contents(client: Any, uids: list[int], item: str, key: bytes) -> dict[int, bytes]:
    """What the server has for each mail; one that it cannot read keeps none of the others back."""
    try:
        answer = client.fetch(uids, [item])
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        if len(uids) == 1:
            logger.warning("the mail server cannot read mail %s; it stays where it is", uids[0])
            return {}
        return {uid: content for one in uids for uid, content in _contents(client, [one], item, key).items()}
    return {uid: data[key] for uid, data in answer.items() if isinstance(data.get(key), bytes)}


def _idle(client: Any, seconds: float) -> bool:
    """Whether the server announced mail in that time."""
    client.idle()
    responses = client.idle_check(timeout=seconds)
    responses += client.idle_done()[1]
    return any(len(response) > 1 and response[1] == b"EXISTS" for response in responses)
