"""What a desk does with a mailbox, without a desk."""

from contextlib import closing
from hashlib import sha256
from typing import Any

from mailbot.adapters.imap import ImapMailbox, ImapSettings
from mailbot.core.limits import Limits
from mailbot.errors import TransientError
from tests.faults.imap_server import ImapServer

LIMITS = Limits(mail_bytes=3_000, header_bytes=2_000)
LARGE = b"Subject: large\r\nFrom: big@example.org\r\n\r\n" + b"x" * 4_000 + b"\r\n"


def mailbox_on(server: ImapServer, limits: Limits = LIMITS, **changes: Any) -> ImapMailbox:
    """The desk's mailbox on that server."""
    settings = {"timeout": 20.0, "folder": "INBOX", **changes}
    return ImapMailbox(ImapSettings("localhost", server.port, "plain", "desk", "x", **settings), limits)


class Memory:
    """Each mail is stored once, then moved."""

    def __init__(self, server: ImapServer, limits: Limits = LIMITS, **changes: Any) -> None:
        self.stored: list[str] = []
        self.failure = ""
        self.mailbox = mailbox_on(server, limits, **changes)

    def round(self, *, hasty: bool = False) -> bool:
        """Whether it came to its end; a hasty one moves before it stores. Mails that cannot be moved wait."""
        self.failure = ""
        with closing(self.mailbox) as mailbox:
            try:
                for arrival in mailbox.arrivals():
                    folder = "Processed" if arrival.mail else "Held"
                    if hasty:
                        mailbox.file_away(arrival, folder)
                    digest = sha256(arrival.mail.content if arrival.mail else arrival.head).hexdigest()
                    if digest not in self.stored:
                        self.stored.append(digest)
                    try:
                        mailbox.file_away(arrival, folder)
                    except TransientError as exc:
                        self.failure = str(exc)
            except TransientError as exc:
                self.failure = str(exc)
        return not self.failure
