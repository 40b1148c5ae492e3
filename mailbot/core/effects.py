"""What a case asks for when something happened to it: mails, words to the coordinators, look-ups."""

from dataclasses import dataclass

from mailbot.core.model import Role


@dataclass(frozen=True)
class SendMail:
    """Write to one participant. `held_for` names the decision it waits for, None sends it."""

    key: str  # unique: the same event on the same case gives the same key
    template: str
    role: Role
    to: str
    contact: int | None = None
    held_for: str | None = None
    details: tuple[tuple[str, str], ...] = ()  # values for the template beyond the case itself
    replies_to: str | None = None  # Message-ID of the mail it answers


@dataclass(frozen=True)
class TellCoordinators:
    """Write to every coordinator; held mails of the same step are shown in it in full."""

    key: str
    template: str
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class FindContacts:
    """Look for contact points of what the report is about."""

    key: str


@dataclass(frozen=True)
class LookForProof:
    """Look whether a contact point placed the text that it was asked to place."""

    key: str
    contact: int
    challenge: str


Effect = SendMail | TellCoordinators | FindContacts | LookForProof
