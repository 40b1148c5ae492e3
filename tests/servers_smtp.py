"""A real SMTP relay for tests, on loopback and free ports, that keeps what it takes and fails on demand."""

import asyncio
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers_common import HOST, PASSWORD, Authority

DROP = "drop"
HANG = "hang"

T = TypeVar("T")


@dataclass(frozen=True)
class Received:
    """A mail that the sink took."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


class SmtpSink:
    """A relay that keeps what it takes: at `tls_port`, at `starttls_port` and, offering neither, at `plain_port`.

    Everywhere `USER` must log in with `PASSWORD`. `script` sets its next answers.
    """

    USER = "desk"

    def __init__(self, authority: Authority) -> None:
        self.ca_file = authority.file
        self.messages: list[Received] = []
        self.connections = 0
        self.sessions: set[_Session] = set()
        self._answers: dict[str, deque[str]] = defaultdict(deque)
        self._context = authority.server_context()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._servers: list[asyncio.Server] = []

    def start(self) -> None:
        """Listen on free ports."""
        self._thread.start()
        self.tls_port, self.starttls_port, self.plain_port = self._do(self._listen())

    def stop(self) -> None:
        """End it and every connection."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=20)
        self._loop.close()

    def script(self, moment: str, *answers: str) -> None:
        """What to say next at MAIL, RCPT, DATA (before the text) or END (after it): a reply, `DROP` or `HANG`."""
        self._answers[moment].extend(answers)

    def drop_connections(self) -> None:
        """End every connection, as a relay does with idle ones."""
        self._do(self._drop())

    def reset(self) -> None:
        """Forget mails, connections and answers that nobody came for."""
        self.drop_connections()
        self._answers.clear()
        self.messages.clear()
        self.connections = 0

    async def answer(self, moment: str, session: "_Session") -> str | None:
        """The scripted answer to give now, if there is one."""
        answer = self._answers[moment].popleft() if self._answers[moment] else None
        if answer == DROP:
            session.abort()
        if answer in (DROP, HANG):
            await asyncio.Event().wait()  # until the connection is gone, and this with it
        return answer

    # The library finds hooks by these names.

    async def handle_MAIL(
        self, server: "_Session", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Who is not logged in is refused."""
        envelope.mail_from = address
        needed = None if session.authenticated else "530 5.7.0 Authentication required"
        return needed or await self.answer("MAIL", server) or "250 OK"

    async def handle_RCPT(
        self, server: "_Session", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Everybody is known here."""
        answer = await self.answer("RCPT", server) or "250 OK"
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: "_Session", session: Session, envelope: Envelope) -> str:
        """Keep the mail, unless the answer is a refusal; with `DROP` and `HANG` it is kept too, but not said so."""
        refused = self._answers["END"] and self._answers["END"][0][0] in "45"
        if not refused:
            content = envelope.original_content or b""
            self.messages.append(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return await self.answer("END", server) or "250 OK"

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=20)

    async def _listen(self) -> list[int]:
        for tls, starttls in ((self._context, None), (None, self._context), (None, None)):
            server = await self._loop.create_server(partial(_Session, self, starttls), "127.0.0.1", 0, ssl=tls)
            self._servers.append(server)
        return [server.sockets[0].getsockname()[1] for server in self._servers]

    async def _drop(self) -> None:
        for session in list(self.sessions):
            session.abort()
        while self.sessions:
            await asyncio.sleep(0)

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        await self._drop()
        tasks = asyncio.all_tasks() - {cast("asyncio.Task[Any]", asyncio.current_task())}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Session(SMTP):
    """One connection to the sink."""

    def __init__(self, sink: SmtpSink, starttls: ssl.SSLContext | None) -> None:
        super().__init__(
            sink,
            hostname=HOST,  # the library would ask DNS
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_require_tls=False,  # it does not see that implicit TLS is TLS
            authenticator=self._check_password,
        )
        self._sink = sink

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called again after STARTTLS."""
        if self not in self._sink.sessions:
            self._sink.connections += 1
            self._sink.sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Called for any end."""
        self._sink.sessions.discard(self)
        super().connection_lost(error)

    def abort(self) -> None:
        """Break the connection off."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def smtp_DATA(self, arg: str) -> None:
        """The library has no hook between DATA and the text."""
        if answer := await self._sink.answer("DATA", self):
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)

    @staticmethod
    def _check_password(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        known = LoginPassword(SmtpSink.USER.encode(), PASSWORD.encode())
        return AuthResult(success=data == known, handled=False)
