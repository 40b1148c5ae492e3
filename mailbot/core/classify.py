"""What kind of mail this is: an ordered table of questions, the first yes decides.

Every question that was asked is recorded with its answer, so that any decision can be explained afterwards.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from mailbot.core.commands import begins_with_command, buried_command
from mailbot.core.correlate import Correlation, How
from mailbot.core.desk import Coordinator, Desk
from mailbot.core.messages import OpenedMail, Signature

TWO_SENDERS = "two From addresses"
"""The defect of a mail whose From names more than one mailbox: which of them wrote it, nobody can say."""

REPORT_LIKENESS = 0.5
"""From here on a mail from a stranger is taken for a report."""


class MailKind(StrEnum):
    """What a mail is to the desk; the words of `rehearse --json`."""

    REPORT = "report"
    REPLY = "reply"
    COMMAND = "command"
    COPY = "copy"
    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    LOOP = "loop"
    LIST = "list"
    SPAM = "spam"
    HELD = "held"


@dataclass(frozen=True)
class Bounce:
    """A delivery report about one recipient."""

    recipient: str
    status: str  # "5.1.1"; "" if not stated
    action: str  # failed, delayed
    reason: str
    message_id: str | None  # of the mail that came back


@dataclass(frozen=True)
class Sight:
    """All that the questions may look at."""

    opened: OpenedMail
    correlation: Correlation
    desk: Desk
    bounce: Bounce | None = None
    automatic: tuple[str, str] | None = None  # kind and rule
    likeness: float = 0.0  # to a vulnerability report, 0..1

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


@dataclass(frozen=True)
class Triage:
    """The kind, the question that decided, and all that were asked before it."""

    kind: MailKind
    why: str
    asked: tuple[str, ...]


def _is_own(sight: Sight) -> bool:
    local, _, domain = sight.desk.address.lower().rpartition("@")
    from_local, _, from_domain = sight.sender.rpartition("@")
    own_id = sight.opened.mail.message_id.lower().endswith(f"@{domain}>") and sight.bounce is None
    from_us = from_domain == domain and (from_local == local or from_local.startswith(local + "+"))
    loop_header = any(sight.desk.address.lower() in (v or "").lower() for v in (sight.opened.mail.header("X-Loop"),))
    return from_us or loop_header or (own_id and sight.automatic is not None)


def _has_command(sight: Sight) -> bool:
    if sight.opened.signed and sight.signed_by_coordinator:
        return begins_with_command(sight.opened.signed.text)
    return sight.coordinator is not None and begins_with_command(sight.opened.text)


def _has_buried_command(sight: Sight) -> bool:
    signed = sight.opened.signed
    return signed is not None and sight.signed_by_coordinator and buried_command(signed.text) is not None


def _is_list_noise(sight: Sight) -> bool:
    return sight.automatic is not None and sight.automatic[0] == "list" and sight.likeness < REPORT_LIKENESS


def _strange_on_case(sight: Sight) -> bool:
    named = sight.correlation.case is not None or bool(sight.correlation.ambiguous)
    return named and (sight.correlation.how is How.TOKEN or sight.likeness < REPORT_LIKENESS)


QUESTIONS: tuple[tuple[MailKind, str, Callable[[Sight], bool]], ...] = (
    (MailKind.LOOP, "it comes from our own address", _is_own),
    (MailKind.BOUNCE, "it is a delivery report", lambda s: s.bounce is not None),
    (
        MailKind.AUTO_REPLY,
        "its headers or subject mark it as automatic",
        lambda s: s.automatic is not None and s.automatic[0] == "auto_reply",
    ),
    (MailKind.HELD, "it has no readable sender", lambda s: not s.sender),
    (MailKind.HELD, "it names two senders", lambda s: TWO_SENDERS in s.opened.mail.defects),
    (
        MailKind.HELD,
        "it is encrypted and cannot be read",
        lambda s: s.opened.crypto.encrypted and s.opened.crypto.failure is not None,
    ),
    (MailKind.COMMAND, "a coordinator's text begins with a command", _has_command),
    (MailKind.COMMAND, "a coordinator signed commands below other text: refused", _has_buried_command),
    (
        MailKind.COPY,
        "a coordinator wrote it and it names a case",
        lambda s: s.coordinator is not None and s.correlation.case is not None,
    ),
    (MailKind.HELD, "it names several cases", lambda s: bool(s.correlation.ambiguous)),
    (
        MailKind.REPLY,
        "a participant of the case wrote it",
        lambda s: s.correlation.case is not None and s.correlation.role is not None,
    ),
    (MailKind.HELD, "it names a case that its sender has no part in", _strange_on_case),
    (MailKind.LIST, "it came through a mailing list", _is_list_noise),
    (MailKind.REPORT, "it reads like a vulnerability report", lambda s: s.likeness >= REPORT_LIKENESS),
    (
        MailKind.SPAM,
        "the mail server marked it as spam",
        lambda s: (s.opened.mail.header("X-Spam-Flag") or "").strip().lower() == "yes",
    ),
)


def classify(sight: Sight) -> Triage:
    """The kind of a mail; what no question knows is held for a person."""
    asked: list[str] = []
    for kind, question, answer in QUESTIONS:
        if answer(sight):
            return Triage(kind, question, tuple(asked))
        asked.append(question)
    return Triage(MailKind.HELD, "no rule knows what it is", tuple(asked))


def is_verified_copy(sight: Sight) -> bool:
    """Whether a coordinator's copy may stop reminders: signed by them, or an answer to a mail of ours to them."""
    signed = sight.opened.signed
    if signed and sight.opened.crypto.signature is Signature.GOOD:
        return sight.coordinator is not None and sight.coordinator == sight.desk.coordinator_of(signed.fingerprint)
    # The token of another participant proves nothing about who wrote in a coordinator's name.
    return sight.correlation.how is How.TOKEN and sight.correlation.issued_to is not None
