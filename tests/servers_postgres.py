"""A real PostgreSQL for tests, as an ordinary user, on a socket in a folder of its own; a database for each test."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import func, select

from mailbot.adapters.postgres.migrating import HEAD
from mailbot.adapters.postgres.session import Session
from mailbot.adapters.postgres.store import PostgresStore
from mailbot.adapters.postgres.tables import META, METADATA

KEY = b"k" * 32
_OLDEST = 13
_PROGRAMS = ("initdb", "pg_ctl", "postgres")


def missing_postgresql() -> str:
    """Why PostgreSQL cannot be started; "" if it can."""
    return "" if _binaries() else f"install postgresql ({_OLDEST} or later), a real server for the tests"


def _binaries() -> Path | None:
    """The folder of the newest version."""
    found = [Path(path).parent for name in ("postgres",) if (path := shutil.which(name))]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    whole = [path for path in found if all((path / name).exists() for name in _PROGRAMS)]
    return next((path for path in whole if _version(path) >= _OLDEST), None)


def _version(folder: Path) -> int:
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"(\d+)", said)
    return int(number[1]) if number else 0


class Postgres:
    """PostgreSQL without privileges: whoever reaches its socket is let in. Started by root it gives them up."""

    def __init__(self, megabytes: int = 16) -> None:
        """`megabytes` for its buffers: few, since many tests run beside it."""
        # A short path: a socket lies in it. Not pytest's: those are closed to the user that root becomes.
        self.dir = Path(tempfile.mkdtemp(prefix="mb", dir="/tmp"))
        self._data = self.dir / "data"
        self._as: dict[str, Any] = {}
        if os.getuid() == 0:
            account = pwd.getpwnam("nobody")
            self._as = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(self.dir, account.pw_uid, account.pw_gid)
        self._buffers = f"{megabytes}MB"
        self._databases = 0
        self._ready: list[str] = []

    def start(self) -> None:
        """Start it, the first time with an empty cluster; returns when it answers."""
        if not self._data.exists():
            self._run("initdb", "-D", self._data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        # Durable as in earnest, since that is what it costs.
        settings = f"-k {self.dir} -c listen_addresses='' -c shared_buffers={self._buffers} -c max_connections=60"
        self._run("pg_ctl", "-D", self._data, "-l", self.dir / "log", "-w", "-o", settings, "start")

    def stop(self) -> None:
        """End it as a machine that goes down would: every connection is lost."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop", check=False)

    def remove(self) -> None:
        """End it and forget everything."""
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def new_database(self) -> str:
        """The URL of a database with the tables of an empty desk whose key is `KEY`; good until the fourth after it.

        A new one for every test would cost more than the test.
        """
        if len(self._ready) < _IN_USE:
            self._ready.append(self.bare_database())
            PostgresStore(self._ready[-1], KEY).close()
            return self._ready[-1]
        url = self._ready.pop(0)
        self._ready.append(url)
        self.end_connections(url)
        with self.looking(url) as connection:
            for table in reversed(METADATA.sorted_tables):
                if table is not META:
                    connection.execute(SQL("DELETE FROM {}").format(Identifier("mailbot", table.name)))
            connection.execute("UPDATE mailbot.alembic_version SET version_num = %s", [HEAD])
        return url

    def bare_database(self) -> str:
        """The URL of a database in which nothing is."""
        self._databases += 1
        name = f"desk{self._databases}"
        with closing(self.connect("postgres")) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def url(self, database: str) -> str:
        """Where the database is."""
        return f"postgresql://tester@/{database}?host={self.dir}"

    def connect(self, database: str) -> "psycopg.Connection[Any]":
        """A connection of our own, to look from the other side."""
        return psycopg.connect(host=str(self.dir), user="tester", dbname=database, autocommit=True)

    @contextmanager
    def looking(self, url: str) -> "Iterator[psycopg.Connection[Any]]":
        """The same for a URL that it gave out, closed on leaving."""
        with closing(self.connect(url.partition("@/")[2].partition("?")[0])) as connection:
            yield connection

    def log_files_with(self, *pieces: bytes) -> list[Path]:
        """The files of its logs, also of the one from which it recovers, in which one of these stands."""
        files = [self.dir / "log", *(self._data / "pg_wal").glob("0*")]
        return [path for path in files for content in (path.read_bytes(),) if any(each in content for each in pieces)]

    def end_connections(self, url: str, *, but: PostgresStore | None = None) -> None:
        """As if those who work there had been cut off."""
        kept = process_of(but._session) if but else 0
        for process, _ in self._others(url):
            if process != kept:
                self._end(url, process)

    def end_connection(self, url: str, store: PostgresStore) -> None:
        """The same for the one over which a store asks and stores."""
        assert self._end(url, process_of(store._session))

    def end_worker(self, url: str, store: PostgresStore) -> None:
        """The same for all that one store has, as when its process is killed."""
        presence = process_of(store._presence._session)
        self.end_connection(url, store)
        assert self._end(url, presence)

    def wait_for_connections(self, url: str, count: int) -> None:
        """Until no more than so many are left."""
        self._wait(url, lambda others: len(others) <= count)

    def wait_for_waiting(self, url: str, count: int) -> None:
        """Until so many wait for a lock."""
        self._wait(url, lambda others: sum(waits == "Lock" for _, waits in others) == count)

    def _wait(self, url: str, enough: Callable[[list[Any]], bool]) -> None:
        deadline = time.monotonic() + 30
        while not enough(self._others(url)):
            assert time.monotonic() < deadline, f"it stays as it is: {self._others(url)}"

    def _others(self, url: str) -> list[Any]:
        """The server's processes for others, and what each waits for."""
        with self.looking(url) as look:
            return look.execute(_OTHERS).fetchall()

    def _end(self, url: str, process: int) -> bool:
        """Whether it was there; its locks are free when this returns."""
        with self.looking(url) as look:
            return look.execute("SELECT pg_terminate_backend(%s, 20000)", [process]).fetchone() == (True,)

    def _run(self, program: str, *arguments: str | Path, check: bool = True) -> None:
        folder = _binaries()
        assert folder is not None
        command = [str(folder / program), *map(str, arguments)]
        with (self.dir / "out").open("ab") as out:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.dir, check=False, **self._as
            )
        if check and done.returncode:
            logs = "".join(
                path.read_text("utf-8", "replace")[-2000:]
                for path in (self.dir / "out", self.dir / "log")
                if path.exists()
            )
            raise RuntimeError(f"{program} fails: {logs}")


_IN_USE = 4
_OTHERS = """
    SELECT pid, wait_event_type FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def process_of(session: Session) -> int:
    """The server's process that the connection has."""
    return int(session.value(select(func.pg_backend_pid())))


@contextmanager
def running() -> Iterator[Postgres]:
    """A server while it is needed."""
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()
