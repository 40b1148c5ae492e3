"""How close together one host is asked: whatever a report makes the desk ask for must not come as a burst."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

_MOST_HOSTS = 1_000  # remembered


class Spacing:
    """Keeps a least time between two connections to the same host, for all threads that share it."""

    def __init__(
        self,
        seconds: float = 0.1,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free: OrderedDict[str, float] = OrderedDict()

    def wait(self, host: str, most: float) -> bool:
        """Returns True when the host may be asked; False, at once, if that would take more than `most` seconds."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._free.get(host, now))
            if turn - now > most:
                return False
            self._free[host] = turn + self._seconds
            self._free.move_to_end(host)
            if len(self._free) > _MOST_HOSTS:
                self._free.popitem(last=False)
        if turn > now:
            self._sleep(turn - now)
        return True
