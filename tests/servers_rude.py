"""A relay on loopback that misbehaves on demand at any step of the dialogue, for what aiosmtpd cannot be made to do."""

import asyncio
import threading
from base64 import b64encode
from collections import defaultdict, deque
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from mailbot.adapters.smtp import SmtpSender, SmtpSettings
from tests.servers_common import HOST, PASSWORD, Authority

DROP, HANG, FLOOD = "drop", "hang", "flood"
USER = "desk"
T = TypeVar("T")

_GOOD = {
    "GREETING": "220 rude.example ESMTP",
    "STARTTLS": "220 go ahead",
    "AUTH": "235 2.7.0 welcome",
    "MAIL": "250 2.1.0 OK",
    "RCPT": "250 2.1.5 OK",
    "DATA": "354 go ahead",
    "END": "250 2.0.0 queued",
    "RSET": "250 2.0.0 OK",
    "QUIT": "221 2.0.0 bye",
}
_LOGIN = b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()


class RudeRelay:
    """Says at each step what `script` holds for it, whatever that is; without a script it is a good relay."""

    def __init__(self, authority: Authority) -> None:
        self.ca_file = authority.file
        self.taken: list[tuple[str, bytes]] = []  # recipient and text of each mail whose last line came
        self.commands: list[str] = []
        self.connections = 0
        self.leaves_after = 0  # bytes of a text
        self._context = authority.server_context()
        self._answers: dict[str, deque[str]] = defaultdict(deque)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._dialogues: set[asyncio.Task[Any]] = set()

    def start(self) -> None:
        """Listen on a free port, where STARTTLS is offered and not needed."""
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """End it and every connection."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=20)
        self._loop.close()

    def script(self, step: str, *answers: str) -> None:
        """What to say next at `step`, or at "RCPT someone@example.jp": a line, `DROP`, `HANG` or `FLOOD`.

        The last is an answer that never ends.
        """
        self._answers[step].extend(answers)

    def reset(self) -> None:
        """Forget what was scripted, said and taken."""
        for known in (self._answers, self.taken, self.commands):
            known.clear()
        self.connections = self.leaves_after = 0

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=20)

    async def _end(self) -> None:
        self._server.close()
        for task in self._dialogues:
            task.cancel()
        await asyncio.gather(*self._dialogues, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._dialogues.add(task)
        self.connections += 1
        try:
            with suppress(OSError, asyncio.IncompleteReadError, ValueError):
                await self._talk(reader, writer)
        finally:
            self._dialogues.discard(task)
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say("GREETING", writer)
        recipient = ""
        while line := (await reader.readline()).decode("ascii"):
            verb = line.split()[0].upper()
            self.commands.append(line.strip())
            if verb == "RCPT":
                recipient = line.partition("<")[2].partition(">")[0]
            if verb == "AUTH" and not line.strip().endswith(_LOGIN):
                self.script(verb, "535 5.7.8 who?")
            said = await self._say(verb, writer, recipient)
            if verb == "STARTTLS" and said.startswith("220"):
                await writer.start_tls(self._context)
            elif verb == "DATA" and said.startswith("354"):
                self.taken.append((recipient, await self._read_text(reader)))
                await self._say("END", writer, recipient)
            elif verb == "QUIT":
                return

    async def _read_text(self, reader: asyncio.StreamReader) -> bytes:
        read = bytearray()
        if self.leaves_after:
            await reader.readexactly(self.leaves_after)
            raise ConnectionAbortedError
        while not read.endswith(b"\r\n.\r\n"):
            read += await reader.readline()
        return bytes(read)

    async def _say(self, step: str, writer: asyncio.StreamWriter, recipient: str = "") -> str:
        good = "250-rude.example\r\n250-STARTTLS\r\n250 AUTH PLAIN" if step == "EHLO" else _GOOD[step]
        scripted = self._answers[f"{step} {recipient}"] or self._answers[step]
        answer = scripted.popleft() if scripted else good
        if answer == DROP:
            raise ConnectionAbortedError
        if answer == FLOOD:
            writer.write(b"250-and so on\r\n" * 10_000)
        if answer in (HANG, FLOOD):
            await asyncio.Event().wait()
        writer.write(f"{answer}\r\n".encode())
        await writer.drain()
        return answer


def to_relay(relay: RudeRelay, seconds: float = 20) -> SmtpSender:
    """A sender that waits so long for each answer."""
    settings = SmtpSettings(
        HOST, relay.port, "starttls", USER, PASSWORD, relay.ca_file, timeout=seconds, last_timeout=seconds
    )
    return SmtpSender(settings)
