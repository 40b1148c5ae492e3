"""Asks WHOIS servers (RFC 3912): one line there, a text back, over a guarded connection."""

import asyncio

from mailbot.adapters.guard import Checked, Guard, connected
from mailbot.core.jis import decode_jis, has_escapes
from mailbot.finding.tools import Unanswered

PORT = 43
_MAX_QUERY = 255
_CHUNK = 8_192


class TcpWhois:
    """`Whois` over TCP to checked addresses, within a time and a size."""

    def __init__(self, guard: Guard, timeout: float = 5.0, max_bytes: int = 100_000) -> None:
        self._guard = guard
        self._timeout = timeout
        self._max_bytes = max_bytes

    def ask(self, server: str, query: str) -> str:
        """The answer of a server ("host" or "host:port"). Raises Unanswered, TransientError."""
        if not (query.isascii() and query.isprintable() and 0 < len(query) <= _MAX_QUERY):
            raise Unanswered("whois: the query is not one line of ASCII")
        host, port, checked = self._guard.admit_server("whois", server, PORT, self._timeout)
        try:
            answer = asyncio.run(self._converse(checked, port, f"{query}\r\n".encode("ascii")))
        except TimeoutError as exc:
            raise Unanswered(f"whois: {host} does not answer in time") from exc
        except OSError as exc:
            raise Unanswered(f"whois: {host} takes no connection") from exc
        if not answer.strip():
            raise Unanswered(f"whois: {host} says nothing")
        return decoded(answer)

    async def _converse(self, checked: Checked, port: int, query: bytes) -> bytes:
        async with asyncio.timeout(self._timeout):
            reader, writer = await connected(checked, port)
            try:
                writer.write(query)
                await writer.drain()
                answer = bytearray()
                while chunk := await reader.read(_CHUNK):
                    answer += chunk
                    if len(answer) > self._max_bytes:
                        raise Unanswered(f"whois: the answer is longer than {self._max_bytes} bytes")
                return bytes(answer)
            finally:
                writer.transport.abort()


def decoded(answer: bytes) -> str:
    """The text: JPRS and JPNIC write ISO-2022-JP, younger registries UTF-8, older ones Latin-1."""
    if has_escapes(answer):
        return decode_jis(answer, "replace") or ""
    try:
        return answer.decode("utf-8")
    except UnicodeDecodeError:
        return answer.decode("latin-1")
