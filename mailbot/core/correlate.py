"""Which case a mail belongs to, and whether its sender has a part in that case.

The ladder: a token of ours (nobody else can make one), then a Message-ID that we know, then the tag in the Subject,
then the sender's own ticket number. The lower three are hints that anyone can forge: alone they never make a stranger
part of a case. The last is a guess even about a participant: such mail waits for a coordinator.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from mailbot.core.desk import Desk
from mailbot.core.messages import OpenedMail
from mailbot.core.model import Case, Role
from mailbot.core.tokens import find_tokens, issued_to


class How(StrEnum):
    """What tied the mail to the case."""

    TOKEN = "token"
    REFERENCES = "references"
    SUBJECT = "subject"
    TICKET = "ticket"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Correlation:
    """The case, how it was found, and who the sender is in it."""

    case: Case | None = None
    how: How = How.NOTHING
    role: Role | None = None  # of the sender; None for a stranger
    issued_to: str | None = None  # the address that the token was made for
    contact: int | None = None  # the contact point with that address
    ambiguous: tuple[str, ...] = ()  # several cases are named

    @property
    def from_token_holder(self) -> bool:
        """Whether the sender's address is the one that the token was made for."""
        return self.role is not None and self.issued_to is not None


CaseById = Callable[[str], Case | None]
CaseOfMessage = Callable[[str], str | None]


def correlate(
    opened: OpenedMail,
    desk: Desk,
    secret: bytes,
    by_id: CaseById,
    of_message: CaseOfMessage,
    tickets: tuple[str, ...] = (),
) -> Correlation:
    """Find the case of a mail; `by_id` and `of_message` look into the desk's memory.

    `tickets` is what the desk's memory may know the mail's ticket numbers by, see `tickets.reference`.
    """
    sender = opened.mail.sender.address.lower() if opened.mail.sender else ""
    coordinators = tuple(c.address for c in desk.coordinators)
    by_token: dict[str, tuple[Case, str]] = {}
    for token in find_tokens(_own_ids(opened), desk.domain):
        case = by_id(f"{desk.case_prefix}#{token.digits}")
        address = issued_to(token, case, secret, coordinators) if case else None
        # A thread may carry tokens of several people: the sender's own says most about this mail.
        if case and address and (case.id not in by_token or address.lower() == sender):
            by_token[case.id] = (case, address)
    if by_token:
        return _one(
            How.TOKEN, {i: c for i, (c, _) in by_token.items()}, sender, {i: a for i, (_, a) in by_token.items()}
        )
    known = {i for m in (*opened.mail.in_reply_to, *opened.mail.references) if (i := of_message(m))}
    named = set(subject_tags(opened.subject, desk))
    numbered = {i for number in tickets if (i := of_message(number))}
    for how, ids in ((How.REFERENCES, known), (How.SUBJECT, named), (How.TICKET, numbered)):
        cases = {case.id: case for case in map(by_id, ids) if case}
        if cases:
            return _one(how, cases, sender, {})
    return Correlation()


def subject_tags(subject: str, desk: Desk) -> tuple[str, ...]:
    """Case ids named in a Subject, in full or half width, each once."""
    text = unicodedata.normalize("NFKC", subject[:1000])
    return tuple(dict.fromkeys(f"{desk.case_prefix}#{digits}" for digits in _tag(desk).findall(text)))


def without_tags(text: str, desk: Desk) -> str:
    """The text without case ids of ours: their digits are no number of anybody else."""
    return _tag(desk).sub(" ", text)


def _tag(desk: Desk) -> re.Pattern[str]:
    digits = r"(?<![A-Za-z0-9])\[?{}\s?[#＃]\s?([0-9]{{8}})(?![0-9])\]?"
    return re.compile(digits.format(re.escape(desk.case_prefix)), re.IGNORECASE)


def _own_ids(opened: OpenedMail) -> tuple[str, ...]:
    mail = opened.mail
    return (*(a.address for a in (*mail.to, *mail.cc)), *mail.in_reply_to, *mail.references)


def _one(how: How, cases: dict[str, Case], sender: str, tokens: dict[str, str]) -> Correlation:
    if len(cases) > 1:
        return Correlation(how=how, ambiguous=tuple(sorted(cases)))
    ((case_id, case),) = cases.items()
    address = tokens.get(case_id)
    holder = case.contact_at(address) if address else None
    return Correlation(
        case=case,
        how=how,
        role=role_in(case, sender),
        issued_to=address if address and address.lower() == sender else None,
        contact=holder.n if holder else None,
    )


def role_in(case: Case, address: str) -> Role | None:
    """What the owner of `address` is in the case; None for a stranger."""
    wanted = address.lower()
    for participant in case.participants:
        if participant.address.lower() == wanted:
            return participant.role
    return case.counterpart if case.contact_at(address) else None
