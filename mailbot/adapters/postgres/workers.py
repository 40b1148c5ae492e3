"""Workers by number: each holds an advisory lock on its own for as long as its process lives, so others know.

The lock has a connection of its own, on which nothing else is done: a turn that is lost for dawdling takes its
connection along, but whoever dawdled may still be alive, with a mail of which it only has to say that it was sent.
"""

import os
import socket

from sqlalchemy import BigInteger, ColumnElement, cast, column, delete, func, insert, select, table
from sqlalchemy.dialects.postgresql import OID

from mailbot.adapters.postgres.place import Place
from mailbot.adapters.postgres.session import Session
from mailbot.adapters.postgres.tables import CLAIMS, WORKERS
from mailbot.errors import TransientError

_LOCKS = table("pg_locks", column("locktype"), column("database"), column("classid"), column("objid"))
_DATABASES = table("pg_database", column("oid"), column("datname"))
_UNSIGNED = 1 << 32


def is_alive(place: Place, number: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the worker with that number still has its connection."""
    here = select(_DATABASES.c.oid).where(_DATABASES.c.datname == func.current_database()).scalar_subquery()
    numbers = select(cast(_LOCKS.c.objid, BigInteger)).where(
        _LOCKS.c.locktype == "advisory",
        _LOCKS.c.database == here,
        _LOCKS.c.classid == cast(place.worker_locks % _UNSIGNED, OID),
    )
    return number.in_(numbers)


class Presence:
    """This process as a worker. It registers when it first claims something: most verbs claim nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._number: int | None = None

    def number(self) -> int:
        """The number that it is known by; whoever looks it up must see to it that it is still alive."""
        if self._number is None:
            self._number = self._register()
        return self._number

    def anew(self) -> int:
        """Another number: the connection of the one before was lost."""
        self._session.close()
        self._number = None
        return self.number()

    def close(self) -> None:
        """It works no more; others need not wait for anything. Safe to repeat."""
        if self._number is not None:
            try:
                self._session.run(delete(CLAIMS).where(CLAIMS.c.worker == self._number))
                self._session.run(delete(WORKERS).where(WORKERS.c.number == self._number))
            except TransientError:
                pass  # then it is gone for all to see
            self._number = None
        self._session.close()

    def _register(self) -> int:
        """A number that nobody had, its lock taken; what workers that are long gone have left is removed."""
        run, place = self._session.run, self._session.place
        long_ago = func.now() - func.make_interval(0, 0, 0, 1)
        run(delete(WORKERS).where(WORKERS.c.since < long_ago, ~is_alive(place, WORKERS.c.number)))
        # Our own turn may hold one of them just now.
        left = select(CLAIMS.c.what).where(CLAIMS.c.until < long_ago, ~is_alive(place, CLAIMS.c.worker))
        run(delete(CLAIMS).where(CLAIMS.c.what.in_(left.with_for_update(skip_locked=True))))
        who = {"since": func.now(), "host": socket.gethostname(), "pid": os.getpid()}
        number = int(run(insert(WORKERS).values(**who).returning(WORKERS.c.number)).scalar_one())
        run(select(func.pg_advisory_lock(place.worker_locks, number)))
        return number
