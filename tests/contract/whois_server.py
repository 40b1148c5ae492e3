"""A WHOIS server on loopback that answers, or misbehaves, as a test tells it to."""

import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class WhoisServer:
    """Where it listens and what it was asked."""

    place: str = ""
    asked: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def answering(answers: Mapping[str, bytes]) -> Iterator[WhoisServer]:
    """Serves on a free port of 127.0.0.1. "silent" gets no answer, "drip" and "endless" one that never ends."""
    whois = WhoisServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            query = self.rfile.readline(1_000).decode("ascii").removesuffix("\r\n")
            whois.asked.append(query)
            match query:
                case "silent":
                    whois.over.wait(30)
                case "drip":
                    while not whois.over.wait(0.02) and self.put(b"x"):
                        pass
                case "endless":
                    while not whois.over.is_set() and self.put(b"x" * 10_000):
                        pass
                case _:
                    self.put(answers.get(query, b"No match!!\r\n"))

        def put(self, data: bytes) -> bool:
            try:
                self.wfile.write(data)
            except OSError:
                return False
            return True

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    host, port = server.server_address[:2]
    whois.place = f"{host!s}:{port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield whois
    finally:
        whois.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
