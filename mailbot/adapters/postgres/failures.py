"""What PostgreSQL's errors mean to the desk: an outage that passes, a setting, or a mistake of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError

from mailbot.adapters.postgres.place import SETTING, Place
from mailbot.errors import ConfigError, MailbotError, PermanentError, TransientError

_ADVICE = f"see {SETTING} and the database server"
_SETTING_WRONG = (
    "password authentication failed",
    "no password supplied",
    "does not exist",
    "pg_hba.conf",
    "permission denied",
    "failed to resolve host",
    "Name or service not known",
    "could not translate host name",
    "invalid connection option",
    "server does not support SSL",
    "certificate verify failed",
    "root certificate file",
    "peer authentication failed",
    "authentication failed",
    "role is not permitted",
)
"""libpq gives no code for a refused connection."""
_PASSES = ("08", "40", "53", "57", "58")  # classes: connection, rollback, resources, intervention, system
_PASSES_TOO = ("25P02", "25P03", "25006", "55P03", "55006")
_REFUSED = ("42501",)


def unconnected(place: Place, exc: DBAPIError, *, first: bool) -> MailbotError:
    """Why no connection comes about: the setting is wrong, as long as it has never worked; else an outage."""
    said = " ".join(str(exc.orig).split())[:300]
    if first and any(sign in said for sign in _SETTING_WRONG):
        return ConfigError((f"{place}: {said}; {_ADVICE}",))
    return TransientError(f"{place}: no connection ({said}); {_ADVICE}")


@contextmanager
def told(place: Place) -> Iterator[None]:
    """Within it the database's errors become ours. What is a mistake of the program stays as it is."""
    try:
        yield
    except (DBAPIError, psycopg.Error) as exc:
        said, lost = (exc.orig, exc.connection_invalidated) if isinstance(exc, DBAPIError) else (exc, False)
        state = str(getattr(said, "sqlstate", None) or "")
        # The driver gives no code for a lost connection, nor for a value that it cannot send.
        lost = lost or not (state or isinstance(said, psycopg.DataError))
        if lost or state[:2] in _PASSES or state in _PASSES_TOO:
            what = type(said).__name__ if state else "the connection was lost"
            raise TransientError(f"{place}: {what} {state}".rstrip() + f"; {_ADVICE}") from None
        if state in _REFUSED:
            raise PermanentError(f"{place}: the role may not do that ({state}); it must own the schema") from None
        raise Mistake(f"{place}: {type(said).__name__} {state}") from None


class Mistake(Exception):
    """The database does not understand the program. Says nothing of the values, as the library's error would."""
