"""A state folder taken for writing: private, locked, its logbook open; and lent to others for a while."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mailbot.adapters.durable import disk_failure, make_private_folder
from mailbot.adapters.journal import JournalStorage, Key
from mailbot.adapters.layout import LOCK_NAME, LOGBOOK_NAME
from mailbot.adapters.lock import Lock, hold
from mailbot.adapters.logbook import Logbook


class Taken:
    """The lock of a state folder and its logbook; while it is lent, the lock is another's."""

    def __init__(self, state: Path, patience: float) -> None:
        """Raises TransientError while another process has the folder for longer than `patience` seconds."""
        self._state, self._patience = state, patience
        self._lock, self.logbook = _take(state, patience)

    @contextlib.contextmanager
    def lent(self, journal: JournalStorage, learn: Callable[[Sequence[Key] | None], None]) -> Iterator[None]:
        """Let other processes write meanwhile; then `learn` is told what they changed, None for anything.

        Raises TransientError when another process does not let go of the folder in time: then nothing can be stored
        until it was lent and taken back once more. After a write that the disk did not confirm, nothing is lent.
        """
        if not journal.may_be_lent:
            yield
            return
        journal.lend()
        self.release()
        try:
            yield
        finally:
            touched = self._take_back(journal)
            self.logbook.write(journal.lines)
            if touched is None or touched:
                learn(touched)

    def release(self) -> None:
        """Let the next process in; safe to repeat."""
        self._lock.release()

    def _take_back(self, journal: JournalStorage) -> Sequence[Key] | None:
        lock = hold(self._state / LOCK_NAME, self._patience)
        try:
            self.logbook.reread()
            touched = journal.take_back()
        except OSError as exc:
            lock.release()
            raise disk_failure(self._state / LOGBOOK_NAME, exc) from exc
        except BaseException:
            lock.release()
            raise
        self._lock = lock
        return touched


def _take(state: Path, patience: float) -> tuple[Lock, Logbook]:
    """Make the folder private, take its lock, open its logbook."""
    try:
        make_private_folder(state)
    except OSError as exc:
        raise disk_failure(state, exc) from exc
    # The folder may have come out of a checkout; another owner's folder is `doctor`'s to complain about.
    with contextlib.suppress(OSError):
        state.chmod(0o700)
    lock = hold(state / LOCK_NAME, patience)
    try:
        return lock, Logbook(state / LOGBOOK_NAME)
    except OSError as exc:
        lock.release()
        raise disk_failure(state / LOGBOOK_NAME, exc) from exc
