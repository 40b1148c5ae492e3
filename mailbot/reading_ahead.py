"""Lets the mails that come next be read while one of them is decided about; their order stays as it is."""

from collections import deque
from collections.abc import Generator, Iterable

from mailbot.bot import Bot
from mailbot.ports import Arrival

_MAILS = 8  # known ahead: some for every process that reads


def ahead(bot: Bot, arrivals: Iterable[Arrival]) -> Generator[Arrival, None, None]:
    """Each arrival in its turn; those behind it are named to the reader.

    What keeps more of them from coming is raised where it came up: behind the last one that did come.
    """
    source, waiting = iter(arrivals), deque[Arrival]()
    failure: Exception | None = None
    more = True
    bot.reader.forget()
    try:
        while more or waiting:
            while more and _room(waiting, bot.limits.mail_bytes):
                try:
                    waiting.append(next(source))
                    _name(bot, waiting[-1])
                except StopIteration:
                    more = False
                except Exception as exc:
                    failure, more = exc, False
            if waiting:
                yield waiting.popleft()
    finally:
        bot.reader.forget()
    if failure:
        raise failure


def _room(waiting: deque[Arrival], most: int) -> bool:
    """Whether there is less waiting than may be: one mail always, of large ones not many."""
    return not waiting or (len(waiting) <= _MAILS and sum(len(a.mail.content) for a in waiting if a.mail) < most)


def _name(bot: Bot, arrival: Arrival) -> None:
    if arrival.mail and bot.store.disposition(arrival.mail.digest) is None:
        bot.reader.expect(arrival.mail)
