"""What is known of a mail before anybody says what kind it is."""

from dataclasses import dataclass

from mailbot.core.correlate import Correlation
from mailbot.core.desk import Coordinator, Desk
from mailbot.core.messages import OpenedMail
from mailbot.core.signs import NO_SIGNS, Signs


@dataclass(frozen=True)
class Bounce:
    """A delivery report about one recipient."""

    recipient: str
    status: str  # "5.1.1"; "" if not stated
    action: str  # failed, delayed; delivered, relayed and expanded if that was asked for
    reason: str  # its class, a word of `bounce_shapes.Reason`
    message_id: str | None  # of the mail that came back
    diagnostic: str = ""  # what the server said, one line


@dataclass(frozen=True)
class Sight:
    """All that the questions may look at."""

    opened: OpenedMail
    correlation: Correlation
    desk: Desk
    bounce: Bounce | None = None
    signs: Signs = NO_SIGNS  # of machines, lists and spam
    likeness: float = 0.0  # to a vulnerability report, 0..1
    against: float = 0.0  # what of its words speaks for another kind of mail, 0 or less

    @property
    def sender(self) -> str:
        """The address in From, lower case; "" without one."""
        return self.opened.mail.sender.address.lower() if self.opened.mail.sender else ""

    @property
    def coordinator(self) -> Coordinator | None:
        """The coordinator that From names (not proven)."""
        return self.desk.coordinator_at(self.sender)

    @property
    def signed_by_coordinator(self) -> bool:
        """Whether a coordinator's good signature is on it."""
        return self.opened.signed is not None and self.desk.coordinator_of(self.opened.signed.fingerprint) is not None
