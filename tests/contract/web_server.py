"""A web server on loopback that behaves and misbehaves as a path asks it to, for the tests of the fetcher."""

import gzip
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from mailbot.adapters.web import GuardedFetcher

SECURITY_TXT = b"Contact: mailto:psirt@example.test\nExpires: 2027-06-30T00:00:00Z\n"

NAMES = {
    "www.example.test": ("127.0.0.1",),
    "example.test": ("127.0.0.1",),
    "other.test": ("127.0.0.1",),
    "unnamed.test": ("127.0.0.1",),
    "second.example.test": ("127.0.0.2", "127.0.0.1"),
    "metadata.example.test": ("169.254.169.254",),
    "mixed.example.test": ("127.0.0.1", "10.0.0.1"),
}


def resolve(host: str) -> Sequence[str]:
    """The addresses of the names that the tests use."""
    return NAMES.get(host, ())


Make = Callable[..., GuardedFetcher]
"""Makes a fetcher that may ask the server; arguments are those of Guard and GuardedFetcher."""


@dataclass
class Web:
    """Where it listens and what it was asked."""

    port: int = 0
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@contextmanager
def serving(context: ssl.SSLContext | None) -> Iterator[Web]:
    """Serves on a free port of 127.0.0.1, with TLS if a context is given."""
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            web.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            self.close_connection = True
            if self.path in web.redirects:
                self.answer(302, headers={"Location": web.redirects[self.path], "Set-Cookie": "a=b"})
                return
            match self.path:
                case "/big":
                    self.answer(200, b"x" * 200_001)
                case "/endless":
                    self.endless()
                case "/gzip":
                    self.answer(200, gzip.compress(SECURITY_TXT), {"Content-Encoding": "gzip"})
                case "/cut-gzip":
                    self.answer(200, gzip.compress(SECURITY_TXT)[:-12], {"Content-Encoding": "gzip"})
                case "/bad-gzip":
                    self.answer(200, SECURITY_TXT, {"Content-Encoding": "gzip"})
                case "/gzip-bomb":
                    self.answer(200, gzip.compress(b"\0" * 20_000_000), {"Content-Encoding": "gzip"})
                case "/deflate-bomb":
                    self.answer(200, zlib.compress(b"\0" * 20_000_000), {"Content-Encoding": "deflate"})
                case "/brotli":
                    self.answer(200, SECURITY_TXT, {"Content-Encoding": "br"})
                case "/headers":
                    self.answer(200, SECURITY_TXT, {f"X-{n}": "x" * 1_000 for n in range(500)})
                case "/short":
                    self.answer(200, SECURITY_TXT, {"Content-Length": "100000"})
                case "/empty":
                    self.answer(204)
                case "/silent":
                    web.over.wait(30)
                case "/drip":
                    self.drip(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n")
                case "/drip-body":
                    self.drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x")
                case "/continue":
                    self.drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n")
                case "/garbage":
                    self.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n")
                case "/missing":
                    self.answer(404)
                case _:
                    self.answer(200, SECURITY_TXT, {"Content-Type": "text/plain; charset=utf-8"})

        def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value.encode().decode("latin-1"))
            if "Content-Length" not in (headers or {}):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.put(body)

        def endless(self) -> None:
            self.send_response(200)
            self.end_headers()
            while not web.over.is_set() and self.put(b"x" * 10_000):
                pass

        def drip(self, head: bytes, drop: bytes) -> None:
            self.put(head)
            while not web.over.wait(0.02) and self.put(drop):
                pass

        def put(self, data: bytes) -> bool:
            try:
                self.wfile.write(data)
                self.wfile.flush()
            except OSError:
                return False
            return True

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # a client that refuses the certificate is what some tests are about

        def finish_request(self, request: object, client_address: object) -> None:
            # the handshake in the connection's own thread, so that one bad client stops nobody
            if context is not None:
                request = context.wrap_socket(request, server_side=True)  # type: ignore[call-overload]
            try:
                super().finish_request(request, client_address)  # type: ignore[arg-type]
            finally:
                request.close()  # type: ignore[attr-defined]

    server = Server(("127.0.0.1", 0), Handler)
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        web.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def url(web: Web, path: str = "/ok", host: str = "www.example.test", scheme: str = "https") -> str:
    """A URL of the server."""
    return f"{scheme}://{host}:{web.port}{path}"
