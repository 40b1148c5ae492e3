"""A mail with everything that was found out about it, and the words for what became of it."""

from dataclasses import dataclass
from datetime import datetime

from mailbot.core.classify import Triage
from mailbot.core.etiquette import asks_for_no_answer, may_answer
from mailbot.core.messages import OpenedMail, ParsedMail
from mailbot.core.sight import Sight
from mailbot.core.understand import Understanding
from mailbot.memory import Disposition


@dataclass(frozen=True)
class Seen:
    """What is known of a mail before it does anything."""

    opened: OpenedMail
    sight: Sight
    triage: Triage
    understanding: Understanding
    echo_on: str | None = None  # the case on which the same mail was taken in before
    report_by: str = ""  # the person who took it for a report, whatever the rules took it for

    @property
    def mail(self) -> ParsedMail:
        """The outer mail."""
        return self.opened.mail

    @property
    def invites_answer(self) -> bool:
        """Whether the sender may be written to, and did not ask us not to."""
        sight = self.sight
        return may_answer(self.mail, sight.desk) and not asks_for_no_answer(self.mail, sight.signs, sight.desk)


def disposed(mail: ParsedMail, kind: str, now: datetime, *, case: str | None = None, why: str = "") -> Disposition:
    """What became of `mail`; sender and Subject are kept only where a person has to find it."""
    folder = {"held": "Held", "quarantined": "Quarantine"}.get(kind, "Processed")
    sender = mail.sender.address if mail.sender else ""
    subject = mail.subject[:200] if kind in ("held", "quarantined") else ""
    return Disposition(mail.digest, kind, folder, now, case, why, mail.message_id, sender, subject)
