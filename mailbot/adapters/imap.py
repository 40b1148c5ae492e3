"""The desk's mailbox over IMAP: what waits in its folder, and moving it away when it is done."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from imaplib import IMAP4
from typing import Any

from mailbot.adapters.batches import a_round, batches, head_of
from mailbot.adapters.imap_connecting import ImapSettings, Unreadable, connect, meaning
from mailbot.adapters.imap_tokens import is_passing, see_to_sign_in
from mailbot.adapters.tls import printable, refuse_open_line
from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail
from mailbot.errors import PermanentError, TransientError
from mailbot.ports import Arrival

__all__ = ["ImapMailbox", "ImapSettings"]

logger = logging.getLogger(__name__)

_SIZES_AT_ONCE = 500  # keeps a command line below the 8,000 bytes that every server takes (RFC 7162 4)
_SEARCH_WINDOW = 10_000  # keeps an answer below imaplib's 1,000,000 bytes a line
_IDLE_SECONDS = 9 * 60.0  # RFC 2177 allows 29 minutes; routers forget a silent connection sooner
_FULL = ("QUOTA", "STORAGE", "NO SPACE")  # [OVERQUOTA] (RFC 5530), and what servers say without it
_GONE = "[EXPUNGEISSUED]"  # RFC 5530: another worker has moved it meanwhile
_DELETED = b"\\Deleted"


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
        self._left: set[int] = set()  # mails that were offered and not filed away
        self._copied: dict[int, str] = {}  # mails that are in a folder, but still in the inbox too

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
            for arrival in found:
                self._left.add(_uid(arrival))
                yield arrival

    def file_away(self, arrival: Arrival, folder: str) -> None:
        """Move the mail; that it is no longer there is fine."""
        uid = _uid(arrival)
        with self._session() as client:
            if not arrival.handle.startswith(f"{self._validity}."):
                return  # the number now means another mail; this one will be offered again under its new number
            try:
                self._move(client, uid, self._target(client, folder))
            except (IMAP4.abort, Unreadable):
                raise
            except IMAP4.error as exc:
                self._targets.clear()
                if client.search(["UID", uid]):
                    raise TransientError(self._why_it_stays(folder, printable(str(exc)))) from None
            self._left.discard(uid)
            self._backlog = self._cut

    def wait(self, seconds: float) -> None:
        """IDLE until mail is announced; without IDLE sleep."""
        with self._session() as client:
            if self._has_news(client):
                return
            if client.has_capability("IDLE"):
                ends = time.monotonic() + seconds
                while seconds > 0 and not _idle(client, min(seconds, _IDLE_SECONDS)):
                    seconds = ends - time.monotonic()
                seconds = ends - time.monotonic()
                # A server that announces mail that is not there must not make us ask without end.
                if seconds <= 0 or self._next_uid is None or self._has_news(client):
                    return
        self._sleep(seconds)

    def check(self) -> str:
        """Log in, open the folder, and say what the server can do."""
        settings = self._settings
        with self._session() as client:
            mails = _exists(self._select(client))
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
        except BaseException as exc:
            self._drop()  # also when stopped in the middle of an answer: its rest must not be read as the next one
            failure = meaning(exc, self._settings)
            if failure is None or failure is exc:
                raise
            raise failure from (exc if isinstance(exc, OSError) else None)

    def _connected(self) -> Any:
        if self._client is None:
            client = connect(self._settings, self._limits)
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
        except IMAP4.readonly as exc:
            raise PermanentError(f"[imap].folder: {folder} may be read but not changed") from exc
        except (IMAP4.abort, Unreadable):
            raise
        except IMAP4.error as exc:
            if client.folder_exists(folder):
                raise
            raise PermanentError(f"[imap].folder: there is no folder {folder}") from exc
        if self._validity != (validity := state.get(b"UIDVALIDITY", 0)):
            self._validity = validity
            self._left.clear()
            self._copied.clear()
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
        enough, exists = self._limits.mails_per_round + len(self._left), _exists(state)
        for first in range(1, exists + 1, _SEARCH_WINDOW):
            last = first + _SEARCH_WINDOW - 1
            uids.update(client.search([f"{first}:{last if last < exists else '*'}", *which]))
            if len(uids) > enough:
                break
        else:
            self._left &= uids  # others have gone in another way
        chosen = a_round(uids, self._left, self._limits.mails_per_round)
        self._cut, self._backlog = len(uids) > len(chosen), False
        found: list[tuple[int, int]] = []
        for start in range(0, len(chosen), _SIZES_AT_ONCE):
            some = chosen[start : start + _SIZES_AT_ONCE]
            sizes = _answers(client, some, "RFC822.SIZE")
            known = ((uid, sizes.get(uid, {}).get(b"RFC822.SIZE")) for uid in some)
            found += ((uid, size) for uid, size in known if isinstance(size, int))
        return found

    def _fetch(self, client: Any, batch: list[tuple[int, int]]) -> list[Arrival]:
        limits = self._limits
        large = [uid for uid, size in batch if size > limits.mail_bytes]
        # One byte more than may be: some servers only estimate sizes.
        asked = f"BODY.PEEK[]<0.{limits.mail_bytes + 1}>"
        whole = _contents(client, [uid for uid, size in batch if size <= limits.mail_bytes], asked, b"BODY[]")
        heads = _contents(client, large, f"BODY.PEEK[HEADER]<0.{limits.header_bytes}>", b"BODY[HEADER]")
        found = []
        for uid, size in batch:
            handle = f"{self._validity}.{uid}"
            content = whole.get(uid, b"")
            if len(content) > limits.mail_bytes:
                head = head_of(content, limits)
                found.append(Arrival(handle, None, head, max(size, len(content))))
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
        if self._copied.get(uid) != target:  # what comes after a copy may have failed
            client.copy([uid], target)
            self._copied[uid] = target
        client.add_flags([uid], [_DELETED], silent=True)
        if client.has_capability("UIDPLUS"):
            client.uid_expunge([uid])  # a plain EXPUNGE would remove what others have marked

    def _why_it_stays(self, folder: str, said: str) -> str:
        text = f"[imap].folder: {self._settings.host} does not move mail to {folder} ({said})"
        if any(word in said.upper() for word in _FULL):
            return f"{text}; the mailbox is full: remove old mail there or have it enlarged"
        return f"{text}; the mail stays where it is"


def _uid(arrival: Arrival) -> int:
    return int(arrival.handle.rpartition(".")[2])


def _exists(state: dict[bytes, Any]) -> int:
    """How many mails the folder holds; a server that does not say is none that we can work with."""
    if not isinstance(mails := state.get(b"EXISTS"), int):
        raise IMAP4.error("no EXISTS in its answer to SELECT")
    return mails


def _contents(client: Any, uids: list[int], item: str, key: bytes) -> dict[int, bytes]:
    """The bytes that the server has for each mail."""
    answer = _answers(client, uids, item)
    # Of a mail that is smaller than the piece that was asked for, some servers do not say that it is a piece.
    found = ((uid, data.get(key + b"<0>", data.get(key))) for uid, data in answer.items())
    return {uid: content for uid, content in found if isinstance(content, bytes)}


def _answers(client: Any, uids: list[int], item: str) -> dict[int, dict[bytes, Any]]:
    """What the server says of each mail; one that it cannot read, or that is gone, keeps none of the others back."""
    try:
        answers: dict[int, dict[bytes, Any]] = client.fetch(uids, [item])
        return answers
    except (IMAP4.abort, Unreadable):
        raise
    except IMAP4.error as exc:
        if is_passing(str(exc)):
            raise  # to go on asking, mail by mail, is what it refuses
        if len(uids) > 1:
            return {uid: answer for one in uids for uid, answer in _answers(client, [one], item).items()}
        if _GONE not in str(exc).upper():
            logger.warning("the mail server cannot read mail %s; it stays where it is", uids[0])
        return {}


def _idle(client: Any, seconds: float) -> bool:
    """Whether the server announced mail in that time."""
    client.idle()
    responses = client.idle_check(timeout=seconds)
    responses += client.idle_done()[1]
    return any(len(response) > 1 and response[1] == b"EXISTS" for response in responses)
