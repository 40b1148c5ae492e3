"""A web server on loopback that behaves and misbehaves as a path asks it to, for the tests of the fetcher."""

import gzip
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECURITY_TXT = b"Contact: mailto:psirt@example.test\nExpires: 2027-06-30T00:00:00Z\n"


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
                case "/silent":
                    web.over.wait(30)
                case "/drip":
                    self.drip()
                case "/garbage":
                    self.wfile.write(b"SSH-2.0-OpenSSH_9.9\r\n")
                case "/missing":
                    self.answer(404)
                case _:
                    self.answer(200, SECURITY_TXT, {"Content-Type": "text/plain; charset=utf-8"})

        def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.put(body)

        def endless(self) -> None:
            self.send_response(200)
            self.end_headers()
            while not web.over.is_set() and self.put(b"x" * 10_000):
                pass

        def drip(self) -> None:
            self.send_response(200)
            while not web.over.wait(0.02) and self.put(b"X-A: b\r\n"):
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
