"""The bot at work all day: rounds when mail is announced or a while has passed, patient with an outside that fails."""

import contextlib
import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

from mailbot.bot import Bot
from mailbot.errors import AccessError, TransientError
from mailbot.ports import Mailbox
from mailbot.round import Round
from mailbot.service import run_round
from mailbot.watching import Watch, notify

log = logging.getLogger(__name__)

POLL_SECONDS = 20.0
"""The longest that deadlines, retries and what others have put into the state wait while no mail comes."""
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0
_CLOCK_MAY_STEP = 60.0  # seconds that a time service may take back without a word


RELOAD = -1
"""What `serve` gives back when the desk is to be put together anew."""


def serve(
    bot: Bot,
    mailbox: Mailbox,
    clock: Callable[[], datetime],
    say: Callable[[str], None],
    *,
    watch: Watch,
    may_reload: Callable[[], bool] = lambda: False,
    stop: "Stop | None" = None,
) -> int:
    """Work until SIGTERM or SIGINT; the mail in hand is finished first. The exit status.

    SIGHUP asks `may_reload` between two rounds, and ends this with RELOAD if it says yes. Whoever then begins anew
    gives the same `stop`, so that no signal in between is lost.
    """
    stop = stop or Stop()
    stop.listen()
    say("working; stop with Ctrl-C or SIGTERM")
    notify("READY=1")
    pause, walls = 0.0, ClockWatch()
    while not stop.asked.is_set():
        if back := walls.went_back(clock(), time.monotonic()):
            say(f"the system's clock went back by {back:.0f} s: what was planned or dated meanwhile waits until then")
        if stop.reload_asked() and may_reload():
            return RELOAD
        try:
            if pause:
                with bot.store.lent():
                    stop.end_early(partial(stop.asked.wait, pause))
            work(bot, mailbox, clock, stop, watch)
            pause = 0.0
        except TransientError as exc:
            pause = min(pause * 2, _LONGEST_PAUSE) or _FIRST_PAUSE
            say(f"{exc}; trying again in {pause:.0f} s")
            watch.failed(bot.store, clock(), signed_in=not isinstance(exc, AccessError))
    notify("STOPPING=1")
    say("stopped; nothing is left half done")
    return 0


def work(bot: Bot, mailbox: Mailbox, clock: Callable[[], datetime], stop: "Stop", watch: Watch) -> None:
    """One round, then wait for news while others may use the state. Raises TransientError when the outside fails."""
    done = Round()
    if stop.asked.is_set():
        return
    try:
        for line in run_round(bot, mailbox, clock(), done):
            log.info("%s", line)
            watch.alive()
            if stop.asked.is_set():
                return
    finally:
        for problem in done.problems:
            log.warning("%s", problem)
    watch.done(bot.store, clock(), done)
    with bot.store.lent():
        stop.end_early(lambda: mailbox.wait(POLL_SECONDS))


class ClockWatch:
    """Notices that the clock on the wall went back, by one that never does."""

    def __init__(self) -> None:
        self._between: float | None = None

    def went_back(self, wall: datetime, steady: float) -> float:
        """By how many seconds since it was asked last; 0 for what is usual. A leap forward may be sleep."""
        before, self._between = self._between, wall.timestamp() - steady
        back = 0.0 if before is None else before - self._between
        return back if back > _CLOCK_MAY_STEP else 0.0


class Stop:
    """Whether somebody wants the bot to end, or to look at its settings again: at once while it only waits, else when
    the mail in hand is done."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._reload = threading.Event()
        self._waiting = False

    def listen(self) -> None:
        """Hear the signals from now on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: self.ask(self.asked))
        signal.signal(signal.SIGHUP, lambda _number, _frame: self.ask(self._reload))

    def ask(self, what: threading.Event) -> None:
        """Called by the signal, in the middle of whatever goes on."""
        what.set()
        if self._waiting:
            raise _StoppedWaiting

    def reload_asked(self) -> bool:
        """Whether somebody asked since this was asked last."""
        asked = self._reload.is_set()
        self._reload.clear()
        return asked

    def end_early(self, wait: Callable[[], object]) -> None:
        """Wait, unless and until somebody asks."""
        with contextlib.suppress(_StoppedWaiting):
            try:
                self._waiting = True
                if not (self.asked.is_set() or self._reload.is_set()):
                    wait()
            finally:
                self._waiting = False


class _StoppedWaiting(BaseException):
    """Not an Exception: no adapter may take it for a fault of its own."""
