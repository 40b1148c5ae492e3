"""What sources said lately, so that nobody is asked the same again within a day: by site and source, with its age."""

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from mailbot.core.hosts import Site
from mailbot.core.model import Contact

KEEP = timedelta(hours=24)
KEEP_NOTHING = timedelta(hours=1)
"""How long it is believed that a source knows nobody: an operator may open a window in answer to our call."""
_MOST = 2_000  # pairs of site and source
_MOST_CONTACTS = 20
_VERSION = 1


class Shelf(Protocol):
    """Keeps some bytes between runs."""

    def load(self) -> bytes:
        """What was kept last; b"" if that is nothing, or cannot be read."""
        ...

    def keep(self, data: bytes) -> None:
        """Keep these instead; a failure loses no more than the answers' age."""
        ...


class Nowhere:
    """A shelf that keeps nothing."""

    def load(self) -> bytes:
        """Nothing."""
        return b""

    def keep(self, data: bytes) -> None:
        """Nothing."""


class Cache:
    """Answers by site and source."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, Any]] | None = None

    def get(self, site: Site, source: str, now: datetime) -> tuple[Contact, ...] | None:
        """What that source said of the site, if that is not too long ago; None if it has to be asked."""
        with self._lock:
            row = self._rows().get(_key(site, source))
        try:
            return _fresh(row, source, now) if row else None
        except (KeyError, TypeError, ValueError):
            return None  # another version wrote it

    def put(self, site: Site, source: str, contacts: Sequence[Contact], now: datetime) -> None:
        """Remember what that source said; durable after `save`."""
        said = [[c.address, c.score, c.why, list(c.evidence)] for c in contacts[:_MOST_CONTACTS]]
        with self._lock:
            rows = self._rows()
            rows.pop(_key(site, source), None)
            rows[_key(site, source)] = {"at": now.astimezone(UTC).isoformat(), "said": said}
            while len(rows) > _MOST:
                del rows[next(iter(rows))]

    def save(self) -> None:
        """Write it down."""
        with self._lock:
            data = json.dumps({"version": _VERSION, "rows": self._rows()}, ensure_ascii=False)
        self._shelf.keep(data.encode())

    def _rows(self) -> dict[str, dict[str, Any]]:
        if self._known is None:
            self._known = _read(self._shelf.load())
        return self._known


def _key(site: Site, source: str) -> str:
    return f"{source} {site.scheme}://{site.authority}"


def _read(data: bytes) -> dict[str, dict[str, Any]]:
    try:
        read = json.loads(data)
    except ValueError:
        return {}
    rows = read.get("rows") if isinstance(read, dict) and read.get("version") == _VERSION else None
    return rows if isinstance(rows, dict) else {}


def _fresh(row: dict[str, Any], source: str, now: datetime) -> tuple[Contact, ...] | None:
    age = now - datetime.fromisoformat(row["at"])
    said = row["said"]
    if not timedelta(0) <= age < (KEEP if said else KEEP_NOTHING):
        return None
    return tuple(
        Contact(n, str(address), source, score=float(score), why=str(why), evidence=tuple(map(str, evidence)))
        for n, (address, score, why, evidence) in enumerate(said, 1)
    )
