"""The bot at work all day: rounds when mail is announced or a while has passed, patient with an outside that fails."""

import logging
import signal
import threading
from collections.abc import Callable
from datetime import datetime
from types import FrameType

from mailbot.bot import Bot
from mailbot.errors import TransientError
from mailbot.ports import Mailbox
from mailbot.round import Round
from mailbot.service import run_round

log = logging.getLogger(__name__)

POLL_SECONDS = 20.0
"""The longest that deadlines, retries and what others have put into the state wait while no mail comes."""
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0


def serve(bot: Bot, mailbox: Mailbox, clock: Callable[[], datetime], say: Callable[[str], None]) -> int:
    """Work until SIGTERM or SIGINT; the mail in hand is finished first. The exit status."""
    stop = threading.Event()

    def _end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    say("working; stop with Ctrl-C or SIGTERM")
    pause = 0.0
    while not stop.is_set():
        try:
            if pause:
                with bot.store.lent():
                    stop.wait(pause)
            work(bot, mailbox, clock, stop)
            pause = 0.0
        except TransientError as exc:
            pause = min(pause * 2, _LONGEST_PAUSE) or _FIRST_PAUSE
            say(f"{exc}; trying again in {pause:.0f} s")
    say("stopped; nothing is left half done")
    return 0


def work(bot: Bot, mailbox: Mailbox, clock: Callable[[], datetime], stop: threading.Event) -> None:
    """One round, then wait for news while others may use the state. Raises TransientError when the outside fails."""
    done = Round()
    if stop.is_set():
        return
    try:
        for line in run_round(bot, mailbox, clock(), done):
            log.info("%s", line)
            if stop.is_set():
                return
    finally:
        for problem in done.problems:
            log.warning("%s", problem)
    if not stop.is_set():
        with bot.store.lent():
            mailbox.wait(POLL_SECONDS)
