"""How much a search may ask of the outside: how often, for how long, and nobody twice.

Theory. A source asks one thing after another; all sources of a search share what was answered, so that the same page,
name or WHOIS query is asked once. An answer is waited for only so long, and a source that lost its patience gets no
more answers: it ends with what it has. So a dead server costs a look-up seconds, however many things it was asked for,
while a source whose answers come may go on. An ask runs in a thread of its own: nothing else can end a wait for a
library that does not come back, and a thread that nobody waits for must not keep the process alive.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mailbot.errors import TransientError
from mailbot.finding.tools import Unanswered

T = TypeVar("T")

_MOST_HOSTS = 1_000


@dataclass(frozen=True)
class Patience:
    """Seconds that are waited: for one answer; by a source for answers that do not come; for a source that gets no
    answer any more; for a source in all; and for all checks of what was found.
    """

    answer: float = 2.5
    lost: float = 3.0
    idle: float = 3.4
    source: float = 12.0
    checks: float = 1.2


MOST_ASKS = {"web": 60, "names": 120, "whois": 12, "certificates": 6}
"""What one search asks for at most, by the kind of server."""

MOST_A_MINUTE = {"web": 40, "names": 600, "whois": 10, "certificates": 6}
"""What one server of others is asked for in a minute, by all searches together; `names` are our own resolver's."""


class Rate:
    """Counts what every outside server was asked lately; one for all searches of a process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._asked: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def admits(self, kind: str, server: str) -> bool:
        """Whether the server may be asked once more now; counts it if so."""
        with self._lock:
            now, key = self._clock(), (kind, server)
            times = self._asked.setdefault(key, deque())
            self._asked.move_to_end(key)
            while len(self._asked) > _MOST_HOSTS:
                self._asked.popitem(last=False)
            while times and times[0] <= now - 60:
                times.popleft()
            if len(times) >= MOST_A_MINUTE[kind]:
                return False
            times.append(now)
            return True


@dataclass
class Asks:
    """What one search asked for, and what was answered; shared by its sources."""

    rate: Rate
    patience: Patience = Patience()
    clock: Callable[[], float] = time.monotonic
    answered: bool = False  # something came back that was not a fault of our own network
    broken: TransientError | None = None  # the last fault of our own network
    _counts: dict[str, int] = field(default_factory=dict)
    _futures: "dict[tuple[str, ...], Future[Any]]" = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def asked(self) -> bool:
        """Whether anybody outside was asked at all."""
        return bool(self._futures)

    def begin(self, key: tuple[str, ...], server: str, call: Callable[[], T]) -> "Future[T]":
        """The answer to come; `key` says what is asked, its first word the kind of server. Raises Unanswered."""
        with self._lock:
            if key in self._futures:
                return self._futures[key]
            kind = key[0]
            if self._counts.get(kind, 0) >= MOST_ASKS[kind]:
                raise Unanswered("this search has asked enough")
            if not self.rate.admits(kind, server):
                raise Unanswered(f"{server} was asked often enough for a minute")
            self._counts[kind] = self._counts.get(kind, 0) + 1
            future: Future[T] = Future()
            self._futures[key] = future
        threading.Thread(target=self._run, args=(future, call), daemon=True, name="lookup").start()
        return future

    def knows(self, key: tuple[str, ...]) -> bool:
        """Whether that was answered already."""
        with self._lock:
            return key in self._futures and self._futures[key].done()

    def settle(self, seconds: float) -> None:
        """Wait for what is still asked for: only the tools can tell whether our own network is down."""
        with self._lock:
            pending = [future for future in self._futures.values() if not future.done()]
        wait(pending, timeout=seconds)

    def _run(self, future: "Future[T]", call: Callable[[], T]) -> None:
        try:
            result = call()
        except TransientError as exc:
            self.broken = exc
            future.set_exception(exc)
        except Exception as exc:
            self.answered = True
            future.set_exception(exc)
        else:
            self.answered = True
            future.set_result(result)


class Turn:
    """One source's share of a search: how long it may still wait in vain."""

    def __init__(self, asks: Asks, lost: float | None = None) -> None:
        self._asks = asks
        self._left = asks.patience.lost if lost is None else lost
        self.since = asks.clock()
        """When it last got an answer, or began."""

    def ask(
        self,
        key: tuple[str, ...],
        server: str,
        call: Callable[[], T],
        in_vain: Callable[[T], bool] = lambda _: False,
    ) -> T:
        """The answer. Raises TimeoutError when there is none in time, Unanswered, TransientError, what `call` does.

        An answer that says only that nobody answered (`in_vain`) uses up patience like none.
        """
        if self._left <= 0 and not self._asks.knows(key):
            raise TimeoutError
        future = self._asks.begin(key, server, call)
        began = self._asks.clock()
        lost = True
        try:
            result = future.result(timeout=max(0.0, min(self._asks.patience.answer, self._left)))
            lost = in_vain(result)
            return result
        finally:
            now = self._asks.clock()
            if lost:
                self._left -= now - began
            else:
                self.since = now
