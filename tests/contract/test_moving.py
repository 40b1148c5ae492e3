"""A whole state taken from files into PostgreSQL and back: every row, mail and line as it was, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters.codec import SPOOL_NAME
from mailbot.adapters.erasing import ErasingStore
from mailbot.adapters.logbook import check
from mailbot.adapters.moving import TABLES, FileState, State, load_files
from mailbot.adapters.postgres.moving import MovingPostgresStore
from mailbot.adapters.postgres.store import PostgresStore
from mailbot.adapters.spool import FileSpool
from mailbot.adapters.store import TinyStore
from mailbot.core.messages import RawMail
from mailbot.core.model import State as CaseState
from mailbot.core.outbox import Status
from mailbot.errors import ConfigError, PermanentError, TransientError
from mailbot.memory import Change, Pin
from tests.contract.test_store import CODEC, HOUR, NOW, answers, case, done, due, item
from tests.servers_postgres import KEY, Postgres

MAILS = [RawMail(content, "imap") for content in (b"", b"Subject: x\r\n\r\n\x00\xff", b"y" * 3_000_000)]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state that has something of everything, also in the archives."""
    folder = tmp_path / "state"
    store = ErasingStore(folder, CODEC)
    ended = case("old", state=CaseState.CLOSED, since=NOW, message_ids=("<old@x>",))
    store.apply(
        Change((case("B", deadlines=due(-1)), ended, case("A", message_ids=("<1@x>",))), journal=("one", "two"))
    )
    store.apply(Change(items=(item("2", case="old", status=Status.SENT, settled=NOW), item("1", case="A"))))
    store.apply(Change(done=(done("d2"), done("d1", "held", "Held")), signatures=("s2", "s1"), journal=("three",)))
    store.apply(Change(pins=(Pin("Z@b", "A" * 40, NOW, "mail"), Pin("a@b", "B" * 40, NOW, "mail"))))
    store.begin("begun")
    store.begin("begun")
    store.keep_token_secret(b"secret")
    store.bring({"2026Q1": ["1", "2"]}, "brought")
    assert store.archive(NOW + 9_999 * HOUR) == 1
    store.close()
    spool = FileSpool(folder / SPOOL_NAME, CODEC)
    for mail in MAILS:
        spool.keep(mail)
    return folder


@contextmanager
def opened(url: str) -> Iterator[MovingPostgresStore]:
    store = MovingPostgresStore(url, KEY)
    try:
        yield store
    finally:
        store.close()


def everything(state: State) -> Any:
    rows = {table: list(state.rows(table)) for table in TABLES}
    return rows, list(state.mails()), list(state.journal_lines())


def test_there_and_back(postgres: Postgres, state: Path, tmp_path: Path) -> None:
    """Both give all that they were given, in the same order, and what they answer is the same."""
    before = everything(FileState(state, CODEC))
    assert all(before[0].values())
    with opened(postgres.new_database()) as store:
        store.load(FileState(state, CODEC))
        assert everything(store) == before
        with store.still():
            load_files(tmp_path / "back", CODEC, store)
        asked = answers(store)
        assert (store.begin("begun"), store.token_secret(b""), list(store.brought())) == (3, b"secret", [b"1", b"2"])
        assert store.case_of_message("<old@x>") == "old"
    assert everything(FileState(tmp_path / "back", CODEC)) == before
    assert check(tmp_path / "back" / "journal.log") == ()
    for folder in (state, tmp_path / "back"):
        tiny = TinyStore(folder, CODEC)
        assert answers(tiny) == asked
        tiny.apply(Change(journal=("on",)))
        assert tiny.journal_head().startswith("#6 ")
        tiny.close()


def test_nothing_is_laid_over_a_state(postgres: Postgres, state: Path) -> None:
    """Neither into a schema nor into a folder that holds something."""
    with opened(postgres.new_database()) as store:
        store.apply(Change((case("A"),)))
        with pytest.raises(ConfigError, match="there is a state already"):
            store.load(FileState(state, CODEC))
        with pytest.raises(ConfigError, match="there is a state already"):
            load_files(state, CODEC, store)
        assert [found.id for found in store.cases()] == ["A"]


class Torn(FileState):
    """A state whose last mail cannot be read."""

    def mails(self) -> Iterator[RawMail]:
        yield from super().mails()
        raise PermanentError("does not open")


def test_a_move_that_fails_leaves_nothing(postgres: Postgres, state: Path, tmp_path: Path) -> None:
    """The schema is as empty as before, and the folder holds no store; done again, it comes to its end."""
    url = postgres.new_database()
    with opened(url) as store:
        with pytest.raises(PermanentError):
            store.load(Torn(state, CODEC))
        with pytest.raises(PermanentError):
            load_files(tmp_path / "back", CODEC, Torn(state, CODEC))
        assert everything(store) == ({table: [] for table in TABLES}, [], [])
        store.load(FileState(state, CODEC))
        load_files(tmp_path / "back", CODEC, store)
        assert everything(FileState(tmp_path / "back", CODEC)) == everything(store)


def test_a_worker_that_had_nothing_to_do_does_not_go_on(postgres: Postgres) -> None:
    """Nobody counts it, for it has claimed nothing yet: after the move it stores nothing there any more."""
    url = postgres.bare_database()
    with opened(url) as store, opened(url) as worker:
        worker.apply(Change((case("A"),)))
        with store.still():
            assert store.workers() == 0
            store.leave()
        for change in (lambda: worker.apply(Change((case("B"),))), lambda: worker.begin("d")):
            with pytest.raises(ConfigError, match="moved out of it"):
                change()
        assert [found.id for found in worker.cases()] == ["A"]


def test_a_worker_waits_while_a_state_is_taken(postgres: Postgres, state: Path) -> None:
    """What is read within `still` is of one moment: nobody stores anything meanwhile."""
    url = postgres.new_database()
    with opened(url) as store, opened(url) as worker:
        worker._session.plainly("SET lock_timeout = 50")
        with store.still(), pytest.raises(TransientError):
            worker.apply(Change((case("A"),)))
        worker.apply(Change((case("A"),)))
    assert isinstance(worker, PostgresStore)
