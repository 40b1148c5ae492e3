"""One connection to the database: opened when it is needed, and anew after it was lost; turns and shorter steps on it.

Outside of a turn every statement is its own transaction. In one, a lost connection has lost all of it: nothing more is
done until the turn is over.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, NoReturn

from sqlalchemy import Connection, CursorResult, Executable, NullPool, create_engine
from sqlalchemy.exc import DBAPIError

from mailbot.adapters.postgres.failures import told, unconnected
from mailbot.adapters.postgres.place import Place
from mailbot.errors import PermanentError, TransientError

TURN_SECONDS = 10.0
"""Whoever does nothing for so long within a turn loses it."""
_WAIT_SECONDS = 30
"""So long a turn is waited for."""
_STATEMENT_SECONDS = 120
_CONNECT = {
    "connect_timeout": 10,
    "application_name": "mailbot",
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 40_000,
}
_KEEPALIVE = "SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4"
"""So that the server notices within a minute that a host is gone."""
_NO_IDLE_LIMIT = "SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'"
"""Whoever waits for mail does nothing for half an hour, and PostgreSQL 13 does not know the setting."""
_DURABLE = "SELECT set_config(name, 'on', false) FROM pg_settings WHERE name = 'synchronous_commit' AND setting = 'off'"
"""A mail is moved out of the inbox because it is stored: that has to outlive the server, whatever others need of it."""
Values = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Session:
    """A connection and what holds for it. `prepare` looks at every new one."""

    def __init__(
        self,
        place: Place,
        prepare: Callable[[Connection], None],
        *,
        read_only: bool = False,
        turn_seconds: float = TURN_SECONDS,
    ) -> None:
        self.place, self.read_only = place, read_only
        self._prepare = prepare
        self._turn_seconds = turn_seconds
        self._engine = create_engine(
            place.url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=_CONNECT,
            use_native_hstore=False,
            hide_parameters=True,
        )
        self._connection: Connection | None = None
        self._depth = 0
        self._spoilt = False  # a statement of this transaction failed: the server would undo all of it and say nothing
        self._prepared = False

    def run(self, statement: Executable, values: Values | None = None) -> CursorResult[Any]:
        """Execute it. Raises TransientError when the database is away or the turn is lost."""
        with self._noticed() as connection:
            return connection.execute(statement, values)

    def rows(self, statement: Executable, values: Values | None = None) -> Sequence[Any]:
        """All rows of the answer."""
        return self.run(statement, values).all()

    def value(self, statement: Executable) -> Any:
        """The first column of the first row; None if there is none."""
        return self.run(statement).scalar()

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection, as far as is known."""
        return self._connection is not None

    @property
    def in_transaction(self) -> bool:
        """Whether a turn or a step goes on."""
        return self._depth > 0

    def turn(self, question: str) -> AbstractContextManager[Any]:
        """A transaction beside which nobody changes what the desk decides by; it begins as `step` does."""
        return self.step(f"SELECT pg_advisory_xact_lock({self.place.lock('turn')}); {question}")

    def alone(self, what: str) -> AbstractContextManager[Any]:
        """A transaction that nobody else has one of that kind beside; within another transaction, a part of it."""
        return self.step(f"SELECT pg_advisory_xact_lock({self.place.lock(what)})")

    @contextmanager
    def step(self, first: str = "") -> Iterator[Any]:
        """A transaction beside which others may go on; within another one, a part of it.

        It begins with the statements `first`, unless it is for reading only, and gives what `plainly` gives of them.
        """
        if self._depth:
            yield None
            return
        # Who changes nothing needs no lock to see one moment.
        begin = "REPEATABLE READ" if self.read_only else f"READ COMMITTED; {first}"
        try:
            answer = self._begin(f"BEGIN ISOLATION LEVEL {begin}")
            self._depth, self._spoilt = 1, False
            yield answer
            self._depth = 0
            if self._spoilt or self._connection is None:
                self._raise_lost()
            self.plainly("COMMIT")
        except BaseException:
            self._depth = 0
            self._roll_back()
            raise

    def _begin(self, sql: str) -> Any:
        """Nothing was done in it yet: a connection that was lost unnoticed since is no reason to give up.

        Least of all for whoever has sent a mail meanwhile, and only has to say so.
        """
        connected = self._connection is not None
        try:
            return self.plainly(sql)
        except TransientError:
            if not connected or self._connection is not None:
                raise
            return self.plainly(sql)

    def plainly(self, sql: str) -> Any:
        """Execute statements that have no values, all in one go; the first column of what the last one finds, or None.

        Raises TransientError.
        """
        with self._noticed() as connection:
            # The driver itself: of several answers the library shows the first one only.
            driver: Any = connection.connection.driver_connection
            cursor = driver.execute(sql)
            while cursor.nextset():
                pass
            row = cursor.fetchone() if cursor.description else None
            return None if row is None else row[0]

    @contextmanager
    def unhurried(self) -> Iterator[None]:
        """Within it a statement may take as long as it takes."""
        self.plainly("SET statement_timeout = 0")
        yield
        self.plainly(f"SET statement_timeout = {_STATEMENT_SECONDS * 1000}")

    def refuse_to_change(self) -> None:
        """Raises PermanentError when opened for reading only."""
        if self.read_only:
            raise PermanentError(f"{self.place} was opened for reading only")

    def close(self) -> None:
        """End the connection; safe to repeat."""
        self._drop()
        self._engine.dispose()

    def connect(self) -> None:
        """Connect now. Raises ConfigError for a wrong setting, another key or newer tables; TransientError."""
        self._connected()

    @contextmanager
    def _noticed(self) -> Iterator[Connection]:
        """The connection; what fails on it is remembered, and made one of our errors."""
        connection = self._connected()
        try:
            with told(self.place):
                yield connection
        except BaseException:
            self._spoilt = True
            self._let_go_if_lost()
            raise

    def _connected(self) -> Connection:
        if self._connection is None:
            if self._depth:
                self._raise_lost()
            self._connection = self._connect()
        return self._connection

    def _raise_lost(self) -> NoReturn:
        raise TransientError(f"{self.place}: a turn was lost on the way; nothing of it is stored")

    def _connect(self) -> Connection:
        try:
            connection = self._engine.connect()
        except DBAPIError as exc:
            raise unconnected(self.place, exc, first=not self._prepared) from None
        try:
            with told(self.place):
                connection.exec_driver_sql(self._settings())
                self._prepare(connection)
                if self.read_only:
                    connection.exec_driver_sql("SET default_transaction_read_only = on")
        except BaseException:
            connection.invalidate()
            connection.close()
            raise
        self._prepared = True
        return connection

    def _settings(self) -> str:
        times = {
            "lock_timeout": _WAIT_SECONDS,
            "statement_timeout": _STATEMENT_SECONDS,
            "idle_in_transaction_session_timeout": self._turn_seconds,
        }
        limits = "; ".join(f"SET {name} = {int(seconds * 1000)}" for name, seconds in times.items())
        # A name of `read_place`'s: letters, digits and underscores.
        steady = f"{_KEEPALIVE}; {_NO_IDLE_LIMIT}; {_DURABLE}"
        return f"SET search_path = {self.place.schema}; SET timezone = 'UTC'; {limits}; {steady}"

    def _roll_back(self) -> None:
        if self._connection is None:
            return
        try:
            self._connection.exec_driver_sql("ROLLBACK")
        except DBAPIError:
            self._drop()

    def _let_go_if_lost(self) -> None:
        connection = self._connection
        if connection is not None and (connection.invalidated or connection.closed or _is_broken(connection)):
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError):
                connection.invalidate()
            connection.close()


def _is_broken(connection: Connection) -> bool:
    driver = connection.connection.driver_connection
    return driver is None or bool(driver.closed)
