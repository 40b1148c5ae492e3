"""The servers around the bot: the tests' Dovecot, and their SMTP relay in a process of its own."""

import logging
import multiprocessing
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from tests.servers import Authority, Dovecot, SmtpSink


class Relay:
    """An SMTP relay that asks for a login and counts what it takes; the bot speaks TLS to it, peers do not."""

    def __init__(self, authority: Authority) -> None:
        context = multiprocessing.get_context("fork")
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(authority, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self.port, self.plain_port = self._line.recv()
        self.sealed = 0
        """How many of the mails that were last asked for hold a PGP message."""

    @property
    def pid(self) -> int:
        """Of its process."""
        assert self._process.pid is not None
        return self._process.pid

    def taken(self) -> Counter[str]:
        """How many mails it took for each recipient since it was last asked."""
        self._line.send("taken")
        found: Counter[str]
        found, self.sealed = self._line.recv()
        return found

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.join()


def _serve(authority: Authority, line: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    sink = SmtpSink(authority)
    sink.start()
    line.send((sink.tls_port, sink.plain_port))
    while True:
        line.recv()
        taken = sink.messages[:]
        del sink.messages[: len(taken)]
        recipients = Counter(recipient.lower() for mail in taken for recipient in mail.recipients)
        line.send((recipients, sum(b"BEGIN PGP MESSAGE" in mail.content for mail in taken)))


@dataclass(frozen=True)
class Servers:
    """Both of them, running."""

    dovecot: Dovecot
    relay: Relay

    @property
    def pids(self) -> dict[str, int]:
        """Whose CPU is not the bot's."""
        master = (self.dovecot.dir / "run" / "master.pid").read_text()
        return {"dovecot": int(master), "relay": self.relay.pid}


@contextmanager
def servers() -> Iterator[Servers]:
    """Started, and removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="mb", dir="/tmp") as folder:
        authority = Authority(Path(folder))
        relay = Relay(authority)
        dovecot = Dovecot(authority)
        try:
            dovecot.start()
            yield Servers(dovecot, relay)
        finally:
            dovecot.remove()
            relay.stop()
