"""A state folder taken for writing: private, locked, its logbook open."""

import contextlib
from pathlib import Path

from mailbot.adapters.durable import disk_failure, make_private_folder
from mailbot.adapters.layout import LOCK_NAME, LOGBOOK_NAME
from mailbot.adapters.lock import Lock, hold
from mailbot.adapters.logbook import Logbook


def take(state: Path, patience: float) -> tuple[Lock, Logbook]:
    """Make the folder private, take its lock, open its logbook. Raises TransientError while another process has it."""
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
