"""Workers by number: each holds an advisory lock on its own for as long as its process lives, so others know.

The lock has a connection of its own, on which nothing else is done: a turn that is lost for dawdling takes its
connection along, but whoever dawdled may still be alive, with a mail of which it only has to say that it was sent.
"""

import os
import socket
import threading
from contextlib import suppress

from sqlalchemy import BigInteger, ColumnElement, bindparam, cast, column, delete, func, insert, select, table, text
from sqlalchemy.dialects.postgresql import OID

from mailbot.adapters.postgres.heartbeat import Heartbeat
from mailbot.adapters.postgres.place import Place
from mailbot.adapters.postgres.session import Session
from mailbot.adapters.postgres.tables import CLAIMS, WORKERS
from mailbot.errors import TransientError

_LOCKS = table("pg_locks", column("locktype"), column("database"), column("classid"), column("objid"))
_DATABASES = table("pg_database", column("oid"), column("datname"))
_UNSIGNED = 1 << 32
_BEATS = 3
"""So often claims are renewed within the time for which they are granted."""
UNTIL = text("clock_timestamp() + make_interval(secs => :lease)")
_OURS = select(CLAIMS.c.what).where(CLAIMS.c.worker == bindparam("by")).with_for_update(skip_locked=True)
_RENEW = CLAIMS.update().where(CLAIMS.c.what.in_(_OURS)).values(until=UNTIL)
"""A claim that is locked is being renewed or given up anyway."""


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
    """This process as a worker. It registers when it first claims something: most verbs claim nothing.

    As long as it runs, its claims are renewed, whatever it is busy with; `lease_seconds` is how long each lasts.
    """

    def __init__(self, session: Session, lease_seconds: float) -> None:
        self._session, self._lease = session, lease_seconds
        self._number: int | None = None
        self._used = threading.RLock()  # the session is, by one thread at a time
        self._heartbeat: Heartbeat | None = None

    def number(self) -> int:
        """The number that it is known by; whoever looks it up must see to it that it is still alive."""
        return self._register() if self._number is None else self._number

    def anew(self) -> int:
        """Another number: the connection of the one before was lost."""
        with self._used:
            self._session.close()
            return self._register()

    def renew(self) -> None:
        """Keep what this process claimed for another while.

        One statement, no transaction: the connection must not end because the process stands still in the midst of it.
        """
        with self._used, suppress(TransientError):  # whoever claims something next sees that it was lost
            if self._number is not None and self._session.is_connected:
                self._session.run(_RENEW, {"by": self._number, "lease": self._lease})

    def stop_renewing(self) -> None:
        """From now on each claim lasts as long as it was granted for; safe to repeat."""
        heartbeat, self._heartbeat = self._heartbeat, None
        if heartbeat is not None:
            heartbeat.stop()

    def close(self) -> None:
        """It works no more; others need not wait for anything. Safe to repeat."""
        self.stop_renewing()
        with self._used:
            if self._number is not None:
                try:
                    self._session.run(delete(CLAIMS).where(CLAIMS.c.worker == self._number))
                    self._session.run(delete(WORKERS).where(WORKERS.c.number == self._number))
                except TransientError:
                    pass  # then it is gone for all to see
                self._number = None
            self._session.close()

    def _register(self) -> int:
        with self._used:
            self._number = self._registered()
        if self._heartbeat is None and self._lease > 0:
            self._heartbeat = Heartbeat(self.renew, self._lease / _BEATS)
        return self._number

    def _registered(self) -> int:
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
