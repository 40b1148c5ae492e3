"""The bot at work all day: rounds when mail is announced or a while has passed, patient with an outside that fails."""

import contextlib
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
    stop = Stop()

    def _end(_number: int, _frame: FrameType | None) -> None:
        stop.ask()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    say("working; stop with Ctrl-C or SIGTERM")
    pause = 0.0
    while not stop.asked.is_set():
        try:
            if pause:
                with bot.store.lent():
                    stop.asked.wait(pause)
            work(bot, mailbox, clock, stop)
            pause = 0.0
        except TransientError as exc:
            pause = min(pause * 2, _LONGEST_PAUSE) or _FIRST_PAUSE
            say(f"{exc}; trying again in {pause:.0f} s")
    say("stopped; nothing is left half done")
    return 0


def work(bot: Bot, mailbox: Mailbox, clock: Callable[[], datetime], stop: "Stop") -> None:
    """One round, then wait for news while others may use the state. Raises TransientError when the outside fails."""
    done = Round()
    if stop.asked.is_set():
        return
    try:
        for line in run_round(bot, mailbox, clock(), done):
            log.info("%s", line)
            if stop.asked.is_set():
                return
    finally:
        for problem in done.problems:
            log.warning("%s", problem)
    with bot.store.lent():
        stop.end_early(lambda: mailbox.wait(POLL_SECONDS))


class Stop:
    """Whether somebody wants the bot to end: at once while it only waits, else when the mail in hand is done."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._waiting = False

    def ask(self) -> None:
        """Called by the signal, in the middle of whatever goes on."""
        self.asked.set()
        if self._waiting:
            raise _StoppedWaiting

    def end_early(self, wait: Callable[[], None]) -> None:
        """Wait, unless and until somebody asks."""
        with contextlib.suppress(_StoppedWaiting):
            try:
                self._waiting = True
                if not self.asked.is_set():
                    wait()
            finally:
                self._waiting = False


class _StoppedWaiting(BaseException):
    """Not an Exception: no adapter may take it for a fault of its own."""
