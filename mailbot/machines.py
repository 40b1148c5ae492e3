"""What a mail that is not answered does: a machine's on a case is noted there, any other lies where it can be found."""

from mailbot.core.classify import is_worth_a_look
from mailbot.core.events import MailSetAside
from mailbot.core.model import Case
from mailbot.core.sight import Sight
from mailbot.core.signs import SignKind
from mailbot.pending import Pending
from mailbot.replying import own_tickets

_A_DAY = 5  # from one sender on one case: a loop must not fill its history
_PLAIN = (SignKind.NOTICE, SignKind.ABSENCE, SignKind.RECEIPT)


def leave(pending: Pending, sight: Sight, text: str) -> tuple[str, str | None]:
    """Answer nothing and end no waiting; how the mail is disposed of, and the case that it was noted on.

    Coordinators are told where a person may be behind it, once a day for a sender; never of a coordinator's own
    machine, which would answer that as well, and so on for ever.
    """
    case = sight.correlation.case
    if case is None or not sight.sender:
        return ("held" if is_worth_a_look(sight) else "ignored"), None
    earlier = _noted_today(pending, case, sight.sender)
    if earlier < _A_DAY:
        signs, mail = sight.signs, sight.opened.mail
        plain = signs.certain and signs.machine in _PLAIN and not signs.has(SignKind.MOVED)
        event = MailSetAside(
            digest=mail.digest,
            message_id=mail.message_id,
            sender=sight.sender,
            why="a machine answered",
            text=text,
            automatic=signs.machine or SignKind.AUTO_REPLY,
            tickets=own_tickets(pending.bot, sight),
            quiet=plain or earlier > 0 or sight.coordinator is not None,
        )
        pending.happen(case, event)
    return "ignored", case.id


def bounced_enough(pending: Pending, case: Case, address: str, *, permanent: bool) -> bool:
    """Whether the case has noted as many delivery reports about an address today as it notes of any machine.

    However many say that mail is late, the one that says that it does not arrive is noted.
    """
    today, what = pending.now.date(), "bounced" if permanent else "delayed"
    noted = (e for e in case.timeline if e.what == what and e.at.date() == today)
    return sum(1 for entry in noted if entry.text.startswith(f"{address} ")) >= _A_DAY


def _noted_today(pending: Pending, case: Case, sender: str) -> int:
    today = pending.now.date()
    return sum(1 for e in case.timeline if e.what == "automatic" and e.who == sender and e.at.date() == today)
