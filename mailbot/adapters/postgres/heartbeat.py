"""What has to be done again and again while the process is busy with something else: in a thread of its own.

Theory. A thread stands still when its process does: whoever was stopped renews nothing.
"""

import os
import threading
from collections.abc import Callable

_NOT_WHILE_FORKING = threading.Lock()
"""A child of a process whose thread is just within a library could find that library locked for ever."""
os.register_at_fork(
    before=_NOT_WHILE_FORKING.acquire,
    after_in_parent=_NOT_WHILE_FORKING.release,
    after_in_child=_NOT_WHILE_FORKING.release,
)


class Heartbeat:
    """Calls `beat` every so many seconds until it is stopped."""

    def __init__(self, beat: Callable[[], None], seconds: float) -> None:
        self._beat, self._seconds = beat, seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="claims")
        self._thread.start()

    def stop(self) -> None:
        """No more beats when this returns; safe to repeat."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            with _NOT_WHILE_FORKING:
                self._beat()
