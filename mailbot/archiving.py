"""Cases that ended a while ago make room: they move to the archive of their year, where look-ups still find them."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from mailbot.bot import Bot
from mailbot.errors import PermanentError
from mailbot.round import Round

log = logging.getLogger(__name__)

AFTER = timedelta(days=30)
"""In which most answers to a closure come; one that comes later is found all the same."""


def archive(bot: Bot, now: datetime, done: Round) -> Iterator[str]:
    """Move some, once in a round; a line when there were any. A damaged archive keeps nothing else waiting."""
    try:
        moved = bot.store.archive(now - AFTER)
    except PermanentError as exc:
        log.error("closed cases were not archived: %s", exc)
        done.problems.append(f"closed cases were not archived: {exc}")
        return
    if moved:
        yield f"archived {moved} cases"
