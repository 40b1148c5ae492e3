"""An IMAP and an SMTP server on loopback, embedded: pymap in a process of its own, aiosmtpd in a thread."""

import imaplib
import socket
import subprocess
import sys
import time
from collections import defaultdict
from types import TracebackType

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
USER, PASSWORD = "security", "demo"
_STARTS_WITHIN = 20.0


class PostOffice:
    """Both servers: mail for the desk goes into its mailbox, mail for anybody else into `boxes`."""

    def __init__(self, desk_address: str) -> None:
        self._local, _, self._domain = desk_address.partition("@")
        self.boxes: dict[str, list[bytes]] = defaultdict(list)
        self.imap_port = _free_port()
        self._imap: subprocess.Popen[bytes] | None = None
        self._smtp = Controller(_Postman(self), hostname=HOST, port=_free_port(), data_size_limit=50_000_000)

    @property
    def smtp_port(self) -> int:
        """Where the SMTP server listens."""
        return int(self._smtp.port)

    def __enter__(self) -> "PostOffice":
        program = "from pymap.main import main; main()"
        arguments = ["--no-service", "admin", "--host", HOST, "--port", str(self.imap_port), "--no-tls"]
        login = ["dict", "--demo-user", USER, "--demo-password", PASSWORD]
        self._imap = subprocess.Popen(
            [sys.executable, "-c", program, *arguments, *login], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._smtp.start()
        try:
            self._await_imap()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._smtp.stop()
        if self._imap:
            self._imap.terminate()
            self._imap.wait()

    def deliver(self, recipient: str, content: bytes) -> None:
        """Put one mail where it belongs."""
        local, _, domain = recipient.lower().partition("@")
        if domain == self._domain and local.partition("+")[0] == self._local:
            with imaplib.IMAP4(HOST, self.imap_port) as imap:
                imap.login(USER, PASSWORD)
                imap.append("INBOX", "", "", content)
        else:
            self.boxes[recipient.lower()].append(content)

    def _await_imap(self) -> None:
        until = time.monotonic() + _STARTS_WITHIN
        while True:
            try:
                socket.create_connection((HOST, self.imap_port), 1).close()
                return
            except OSError:
                if time.monotonic() > until or (self._imap and self._imap.poll() is not None):
                    raise
                time.sleep(0.05)


class _Postman:
    """The SMTP server's handler."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # its name
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        for recipient in envelope.rcpt_tos:
            self._office.deliver(recipient, content)
        return "250 OK"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
