"""How a running desk shows that it is alive and how it stands: heartbeat, systemd, numbers."""

import logging
import os
import shutil
import socket
import time
from datetime import datetime
from pathlib import Path

from mailbot.adapters.exposing import Board
from mailbot.adapters.layout import LOCK_NAME
from mailbot.config import Config
from mailbot.core.metrics import Standing, Tally, metrics
from mailbot.memory import Store
from mailbot.round import Round

log = logging.getLogger(__name__)

_EVERY = 15.0  # seconds between two looks at the numbers; a server rarely asks more often


class Watch:
    """Told of each round by the daemon; nothing that goes wrong here stops mail."""

    def __init__(self, config: Config, tally: Tally | None = None) -> None:
        """Begins to answer where `[metrics]` says so. Raises ConfigError if it cannot listen there."""
        self.tally = tally or Tally()
        self._config = config
        self._board = Board()
        self._shown_at = float("-inf")
        if config.metrics.port:
            self._board.serve(config.metrics.address, config.metrics.port)

    def alive(self) -> None:
        """The daemon goes on: the heartbeat that `mailbot health` and systemd look at."""
        try:
            (self._config.state.dir / LOCK_NAME).touch(0o600)
        except OSError as exc:
            log.warning("the heartbeat cannot be written: %s", exc.strerror)
        notify("WATCHDOG=1")

    def done(self, store: Store, now: datetime, done: Round) -> None:
        """A round came to its end."""
        self.tally.done(now, done.accounted, done.sent)
        self.alive()
        self._show(store, now)

    def failed(self, store: Store, now: datetime, *, signed_in: bool) -> None:
        """The outside ended a round."""
        self.tally.failed(now, signed_in=signed_in)
        self.alive()
        self._shown_at = float("-inf")
        self._show(store, now)

    def close(self) -> None:
        """Answer nobody any more."""
        self._board.close()

    def _show(self, store: Store, now: datetime) -> None:
        keys = self._config.metrics
        if not (keys.port or keys.file) or time.monotonic() - self._shown_at < _EVERY:
            return
        self._shown_at = time.monotonic()
        try:
            self._board.show(metrics(self.tally, standing(store, now, self._config.state.dir)))
            if keys.file:
                self._board.write(keys.file)
        except OSError as exc:
            log.warning("[metrics].file cannot be written: %s", exc.strerror)


def standing(store: Store, now: datetime, folder: Path) -> Standing:
    """How the desk stands, from indexes alone."""
    return Standing(
        cases=store.census(),
        due=len(store.cases_due(now)),
        waiting=len(store.items_due(now)),
        held=len(store.items_held()),
        uncertain=len(store.items_uncertain()),
        quarantined=sum(1 for _ in store.dispositions("quarantined")),
        unfinished=store.unfinished(),
        free_bytes=shutil.disk_usage(folder).free,
    )


def heartbeat_age(state: Path, now: float) -> float | None:
    """Seconds since the daemon of that state last showed that it goes on; None if it never did."""
    try:
        return now - (state / LOCK_NAME).stat().st_mtime
    except OSError:
        return None


def notify(state: str) -> None:
    """Tell systemd (sd_notify(3)), where it wants to be told."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        try:
            line.connect(f"\0{place[1:]}" if place.startswith("@") else place)
            line.sendall(state.encode("ascii"))
        except OSError as exc:
            log.warning("systemd cannot be told: %s", exc.strerror)
