"""What settles a doubt: a mail that could only have been written if a mail of ours, whose fate is unknown, went out.

Our Message-IDs cannot be guessed, so whoever names one has the mail, or is the machine that had to deliver it. In doubt
are mails without an answer to their last line, and those of which a crash left no record. They are repeated under the
same Message-ID, twice at most, or wait for a person: until one of these mails comes, and then no more.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from mailbot.bot import Bot
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.sight import Bounce
from mailbot.outcomes import case_of, in_doubt, taken
from mailbot.pending import Pending
from mailbot.ports import Reading


def settle(bot: Bot, reading: Reading, now: datetime) -> None:
    """Settle, and store as settled, every mail in doubt that this mail speaks of; another mail changes nothing.

    Within a turn.
    """
    for item, why in _spoken_of(bot, reading):
        settled = taken(bot, case_of(bot, item), item, now, why)
        if reading.bounce and reading.bounce.action == "failed":
            _came_back(bot, settled, reading.bounce, now)


def _spoken_of(bot: Bot, reading: Reading) -> Iterator[tuple[OutboxItem, str]]:
    mail = reading.opened.mail
    answered = dict.fromkeys((*mail.in_reply_to, *mail.references), "an answer to it came")
    named = {**answered, mail.message_id: "a copy of it came"}
    if reading.bounce:  # of what it quotes besides it knows nothing
        named = {reading.bounce.message_id or "": "a delivery report about it came"}
    for message_id, why in named.items():
        item = bot.store.item_of_message(message_id) if message_id else None
        if item is not None and in_doubt(item):
            yield item, why


def _came_back(bot: Bot, item: OutboxItem, bounce: Bounce, now: datetime) -> None:
    """It went out and did not arrive; what that means for the case is said where the report is taken in.

    Nothing is in doubt any more: if a person lets it go again, a copy of the first attempt proves nothing about that.
    """
    why = f"came back: {bounce.status} {bounce.reason}".rstrip()
    pending = Pending(bot, now)
    pending.put(replace(item, status=Status.DEAD, error=why, doubts=0))
    pending.note(f"outbox {item.item} {item.template} {Status.DEAD} {item.case or '-'}")
    pending.commit()
