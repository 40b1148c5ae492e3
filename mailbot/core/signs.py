"""What a mail shows of how it was sent: by a machine, through a list, in bulk, as spam.

Theory. Both mistakes cost: to answer a machine may start a loop, to take a person for a machine loses their mail. So a
sign is never a verdict. What a header says of a machine is certain, and so is what two places of the mail say alike;
words of the subject or the text alone are not. `classify` weighs signs against what else is known of the mail.
"""

from dataclasses import dataclass
from enum import StrEnum


class SignKind(StrEnum):
    """What a sign speaks for, the words of `kind` in rules/automatic/."""

    NOTICE = "notice"  # a machine reports: DMARC, TLS, abuse, opened mail, an answer of a calendar
    ABSENCE = "absence"  # someone is away
    RECEIPT = "receipt"  # another desk's system says that a mail arrived
    AUTO_REPLY = "auto_reply"  # a machine sent it, no more is known
    MOVED = "moved"  # nobody reads this address any more; says nothing of who wrote it
    LIST = "list"  # it came through a mailing list, or went to many
    ANNOUNCER = "announcer"  # its address only ever announces: newsletters, bulletins, alerts
    BULK = "bulk"  # it asks for no answer; a person may have written it
    TICKETS = "tickets"  # a ticket system sent it: a receipt, or what its people wrote
    HUMAN = "human"  # it says that a person wrote it
    SPAM = "spam"  # a mail server holds it for spam
    CONCERN = "concern"  # its writer has seen something wrong
    LURE = "lure"  # it reads like an advertisement or a fraud


class Place(StrEnum):
    """Where a sign was found."""

    HEADER = "header"
    ENVELOPE = "envelope"
    SUBJECT = "subject"
    TEXT = "text"
    ATTACHMENT = "attachment"


MACHINES = (SignKind.NOTICE, SignKind.ABSENCE, SignKind.RECEIPT, SignKind.AUTO_REPLY)
"""The signs of a machine, the most telling first."""

NO_ANSWER = (SignKind.BULK, SignKind.TICKETS)
"""The signs of mail that must not be answered by a machine, whoever wrote it."""


@dataclass(frozen=True)
class Sign:
    """One rule that found something."""

    kind: SignKind
    rule: str  # file/id
    place: Place


@dataclass(frozen=True)
class Signs:
    """All that the rules found."""

    found: tuple[Sign, ...] = ()

    def has(self, *kinds: SignKind) -> bool:
        """Whether there is a sign of one of these kinds."""
        return any(sign.kind in kinds for sign in self.found)

    def rules(self, *kinds: SignKind) -> tuple[str, ...]:
        """The names of the rules that found these kinds; without kinds, of all."""
        return tuple(sign.rule for sign in self.found if not kinds or sign.kind in kinds)

    @property
    def of_machine(self) -> tuple[Sign, ...]:
        """The signs of a machine; a mail that says a person wrote it has none but those of its very form."""
        personal = self.has(SignKind.HUMAN)
        return tuple(
            sign
            for sign in self.found
            if sign.kind in MACHINES and (not personal or (sign.kind is SignKind.NOTICE and sign.place is Place.HEADER))
        )

    @property
    def machine(self) -> SignKind | None:
        """What kind of machine wrote it, if there is any sign of one."""
        kinds = {sign.kind for sign in self.of_machine}
        return next((kind for kind in MACHINES if kind in kinds), None)

    @property
    def certain(self) -> bool:
        """Whether a header says that a machine wrote it, or two places of the mail do."""
        places = {sign.place for sign in self.of_machine}
        return Place.HEADER in places or len(places) > 1

    @property
    def only_in_text(self) -> bool:
        """Whether nothing but the text speaks of a machine: text may also speak of another mail."""
        return bool(self.of_machine) and all(sign.place is Place.TEXT for sign in self.of_machine)


NO_SIGNS = Signs()
