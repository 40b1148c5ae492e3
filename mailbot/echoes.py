"""Whether a mail came before by another way: To and Cc, a list, a relay that sent it twice.

Such copies differ in their trace headers and so in their digest. They are the same mail when Message-ID and sender,
everything that says how the content is to be read, and the content itself are the same.
"""

from email.message import Message
from email.parser import BytesHeaderParser

from mailbot.bot import Bot
from mailbot.core.messages import ParsedMail, RawMail

_SAME = ("From", "Date", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "In-Reply-To", "References")
_COMPARED = 20  # mails of the case, the newest first


def echo(bot: Bot, raw: RawMail, mail: ParsedMail) -> str | None:
    """The case on which the same mail was taken in before; None for a new mail."""
    known = bot.store.case_of_message(mail.message_id) if mail.message_id else None
    case = bot.store.case(known) if known else None
    if case is None or mail.digest in case.mails:
        return None
    own = _content(raw)
    before = (bot.spool.load(digest) for digest in reversed(case.mails[-_COMPARED:]))
    return case.id if any(kept and _content(kept) == own for kept in before) else None


def _content(raw: RawMail) -> tuple[object, ...]:
    """What two copies of one mail have in common, whatever relays added and however they end lines."""
    plain = raw.content.replace(b"\r\n", b"\n")
    head, _, body = plain.partition(b"\n\n")
    headers: Message = BytesHeaderParser().parsebytes(head)
    values = tuple(" ".join(str(headers.get(name, "")).split()) for name in ("Message-ID", *_SAME))
    return (*values, body.rstrip())
