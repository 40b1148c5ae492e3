"""Where in PostgreSQL a desk's memory lies, and the numbers of the locks that its workers agree on."""

import re
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from mailbot.errors import ConfigError

DEFAULT_SCHEMA = "mailbot"
SETTING = "[store].url"
_DRIVER = "postgresql+psycopg"
_SCHEMES = ("postgresql", "postgres", _DRIVER)
_SCHEMA = re.compile(r"[a-z][a-z0-9_]{0,47}")


@dataclass(frozen=True)
class Place:
    """One schema of one database."""

    url: URL
    schema: str

    def __str__(self) -> str:
        """For messages: without the password."""
        return f"{self.url.set(drivername='postgresql', password=None, query={}).render_as_string()} ({self.schema})"

    def lock(self, what: str) -> int:
        """The advisory lock of whoever does that in this schema."""
        return self._number(what, 8)

    @property
    def worker_locks(self) -> int:
        """The first half of the advisory locks that living workers hold; the second is the worker's number."""
        return self._number("worker", 4)

    def _number(self, what: str, size: int) -> int:
        return int.from_bytes(sha256(f"mailbot {what} {self.schema}".encode()).digest()[:size], signed=True)


def read_place(url: str, schema: str = DEFAULT_SCHEMA) -> Place:
    """The place that a URL like postgresql://user@host/database means; `?schema=` in it goes before `schema`.

    Raises ConfigError.
    """
    try:
        found = make_url(url.strip())
    except (ArgumentError, ValueError):  # what it says may hold the password
        raise ConfigError((f"{SETTING}: not a URL like postgresql://USER@HOST/DATABASE",)) from None
    if found.drivername not in _SCHEMES:
        raise ConfigError((f"{SETTING}: begins with {found.drivername}://, not with postgresql://",))
    asked = found.query.get("schema", schema)
    if not isinstance(asked, str) or not _SCHEMA.fullmatch(asked):
        raise ConfigError((f"{SETTING}: a schema is 1 to 48 small letters, digits and underscores, a letter first",))
    return Place(found.set(drivername=_DRIVER).difference_update_query(("schema",)), asked)
