"""A line to a server that ends at the byte where it is told to."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cutting(port: int) -> Iterator["Cut"]:
    """A line to that port that ends where it is told to."""
    cut = Cut(port)
    try:
        yield cut
    finally:
        cut.close()


class Cut:
    """A proxy on loopback; after `left` bytes from the server it ends that connection, and serves the next in full."""

    def __init__(self, port: int) -> None:
        self._target = port
        self.left = -1
        self.passed = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                for source, sink, counted in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pump, args=(source, sink, counted), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if counted and self.left >= 0:
                    data, self.left = data[: self.left], max(0, self.left - len(data))
                self.passed += len(data) * counted
                sink.sendall(data)
                if counted and self.left == 0:
                    self.left = -1
                    break
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        source.close()
