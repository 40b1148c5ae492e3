"""Small honest stand-ins for the mailbox and the relay, held to the same contract as the real ones."""

from collections import defaultdict, deque
from collections.abc import Iterator

from mailbot.adapters.smtp import plain_address
from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail, SealedMail
from mailbot.errors import PermanentError, TransientError, UncertainError
from mailbot.ports import Arrival
from tests.servers import DROP, HANG, Received


class MemoryMailbox:
    """A `Mailbox` in memory; `folders` is what a person would see there."""

    def __init__(self, limits: Limits) -> None:
        self.folders: dict[str, dict[str, bytes]] = defaultdict(dict)
        self.waits: list[float] = []
        self._limits = limits
        self._number = 0

    def deliver(self, *mails: bytes) -> None:
        """Put mails into the INBOX, in this order."""
        for mail in mails:
            self._number += 1
            self.folders["INBOX"][str(self._number)] = mail

    def arrivals(self) -> Iterator[Arrival]:
        """Everything in the INBOX, oldest first."""
        for handle, content in list(self.folders["INBOX"].items())[: self._limits.mails_per_round]:
            if len(content) > self._limits.mail_bytes:
                yield Arrival(handle, None, content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", len(content))
            elif handle in self.folders["INBOX"]:
                yield Arrival(handle, RawMail(content, f"memory/{handle}"), size=len(content))

    def file_away(self, arrival: Arrival, folder: str) -> None:
        """Move the mail, if it is still there."""
        if (content := self.folders["INBOX"].pop(arrival.handle, None)) is not None:
            self.folders[folder][arrival.handle] = content

    def wait(self, seconds: float) -> None:
        """Only note how long."""
        self.waits.append(seconds)

    def close(self) -> None:
        """Nothing is held open."""


class MemoryRelay:
    """A `Sender` that keeps what it takes, scripted as `SmtpSink` is."""

    def __init__(self) -> None:
        self.messages: list[Received] = []
        self._answers: dict[str, deque[str]] = defaultdict(deque)

    def script(self, moment: str, *answers: str) -> None:
        """What to say next at MAIL, RCPT, DATA (before the text) or END (after it): a reply, `DROP` or `HANG`."""
        self._answers[moment].extend(answers)

    def send(self, mail: SealedMail) -> None:
        """Take the mail, unless the script says otherwise."""
        received = Received(plain_address(mail.sender), (plain_address(mail.to),), mail.content)
        for moment in ("MAIL", "RCPT", "DATA", "END"):
            answer = self._answers[moment].popleft() if self._answers[moment] else "250 OK"
            lost = answer in (DROP, HANG)
            if moment == "END" and (lost or answer.startswith("2")):
                self.messages.append(received)
            if lost:
                raise (UncertainError if moment == "END" else TransientError)("the relay broke off")
            if answer[0] == "4":
                raise TransientError(answer)
            if answer[0] == "5":
                raise PermanentError(answer)

    def close(self) -> None:
        """Nothing is held open."""
