"""The tables in PostgreSQL: made from nothing, refused when newer or sealed with another key, and they tell nothing."""

import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL, Identifier
from sqlalchemy import NullPool, create_engine

from mailbot.adapters.erasing import Erasure
from mailbot.adapters.postgres import case_rows, migrating
from mailbot.adapters.postgres.aside import Aside
from mailbot.adapters.postgres.erasing import ErasingPostgresStore
from mailbot.adapters.postgres.keys import PostgresKeyShelf
from mailbot.adapters.postgres.migrating import HEAD
from mailbot.adapters.postgres.place import read_place
from mailbot.adapters.postgres.sealing import Sealer
from mailbot.adapters.postgres.spool import PostgresSpool
from mailbot.adapters.postgres.store import PostgresStore
from mailbot.adapters.postgres.tables import METADATA
from mailbot.adapters.records import CASE
from mailbot.core import traces
from mailbot.core.messages import RawMail
from mailbot.core.model import Contact, Field, Participant, Role
from mailbot.core.outbox import Status
from mailbot.errors import ConfigError, PermanentError
from mailbot.memory import Change, Disposition, Pin
from tests.contract.test_store import CASES, HOUR, NOW, STATUSES, TIMES, answers, case, done, due, item
from tests.fakes_store import MemoryStore
from tests.servers_postgres import KEY, Postgres

TOLD = (Field("vulnerability.steps", "the first page of the shop shows every order", "r", 1.0),)
TOLD_PIECES = set(traces.windows([str(TOLD[0].value)]))


def test_tables_are_made_from_nothing(postgres: Postgres) -> None:
    """By whoever comes first; others who come at the same moment wait, and all find one desk."""
    url = postgres.bare_database()
    stores: list[PostgresStore] = []
    threads = [threading.Thread(target=lambda: stores.append(PostgresStore(url, KEY))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    stores[0].apply(Change((case("A"),)))
    assert [[found.id for found in store.cases()] for store in stores] == [["A"]] * 3
    for store in stores:
        store.close()


def test_the_scripts_make_what_the_queries_expect(postgres: Postgres) -> None:
    """After all migrations the tables are those of `tables.py`, column for column and index for index."""
    place = read_place(postgres.new_database())
    engine = create_engine(place.url, poolclass=NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET search_path = {place.schema}")
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == HEAD
    engine.dispose()


@pytest.mark.parametrize("read_only", [False, True])
def test_newer_tables_are_refused(postgres: Postgres, read_only: bool) -> None:
    """A desk that a newer mailbot has written is left alone."""
    url = postgres.new_database()
    with postgres.looking(url) as look:
        look.execute("UPDATE mailbot.alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigError, match="newer mailbot"):
        PostgresStore(url, KEY, read_only=read_only)


def test_whoever_only_looks_makes_no_tables(postgres: Postgres) -> None:
    """Of an empty database it is said how a memory comes there, and it stays empty."""
    url = postgres.bare_database()
    for look_at in (
        lambda: PostgresStore(url, KEY, read_only=True),
        lambda: PostgresSpool(Aside(url, KEY, read_only=True)).load("0" * 64),
    ):
        with pytest.raises(ConfigError, match=r"no desk's memory; `mailbot run --once` makes .* store migrate --to"):
            look_at()
    with postgres.looking(url) as look:
        assert look.execute("SELECT to_regnamespace('mailbot') IS NULL").fetchone() == (True,)


def test_tables_of_an_older_mailbot_are_brought_up_to_date(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what lies in them; a reader does not do that, and says who does."""
    url = postgres.bare_database()
    run = command.upgrade
    with monkeypatch.context() as older:
        older.setattr(migrating, "HEAD", "0001")
        older.setattr(command, "upgrade", lambda config, _: run(config, "0001"))
        PostgresStore(url, KEY).close()
    with postgres.looking(url) as look:
        sealed = Sealer(KEY).seal(CASE.dump(case("A", fields=TOLD)), "cases", "A")
        row = "(id, changed, track, state, sealed) VALUES ('A', nextval('mailbot.changes'), 'website', 'triage', %s)"
        look.execute(f"INSERT INTO mailbot.cases {row}".encode(), [sealed])
    with pytest.raises(ConfigError, match=r"older mailbot \(schema 0001\)"):
        PostgresStore(url, KEY, read_only=True)
    store = PostgresStore(url, KEY)
    assert list(store.cases()) == [case("A", fields=TOLD)]
    assert store.cases_telling(TOLD_PIECES)
    store.apply(Change((case("A", priority="high"), case("B"))))
    assert [found.id for found in store.cases()] == ["A", "B"]
    store.close()


def test_a_case_that_changes_stays_where_it_is(postgres: Postgres) -> None:
    """In the tables' indexes: what a change costs does not depend on how many cases there are."""
    url = postgres.bare_database()
    store = PostgresStore(url, KEY)
    store.apply(Change((case("A", message_ids=("<1@x>",)), case("B"))))
    store.apply(Change((case("A", message_ids=("<1@x>",), priority="high"),)))
    assert store.case_of_message("<1@x>") == "A"
    store.close()  # then the server counts what was done
    postgres.wait_for_connections(url, 0)
    with postgres.looking(url) as look:
        deadline = time.monotonic() + 30
        while look.execute("SELECT pg_stat_get_tuples_hot_updated('mailbot.cases'::regclass)").fetchone() != (1,):
            assert time.monotonic() < deadline, "the row went to another page, or another place in an index"


def test_what_is_asked_no_more_is_forgotten(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a mail counted for, after a month; which cases changed, after many others did. Message-IDs stay."""
    url = postgres.new_database()
    store, other = PostgresStore(url, KEY), PostgresStore(url, KEY)
    old, new = NOW, NOW + 40 * 24 * HOUR
    store.apply(Change((case("A"),)))
    assert not other.cases_telling(TOLD_PIECES)
    for number, at in enumerate((old, new)):
        sent = item(str(number), status=Status.SENT, created=at, settled=at, message_id=f"<{number}@desk>")
        store.apply(Change(items=(sent,)))
    store.apply(Change((case("B", fields=TOLD),)))
    store.apply(Change((case("A", priority="high"),)))
    assert len(store.spent("all", old - HOUR)) == 2
    monkeypatch.setattr(case_rows, "CHANGES_KEPT", 1)
    assert store.archive(old + 30 * 24 * HOUR) == 0
    assert store.spent("all", old - HOUR) == (new,)
    assert store.acknowledgements("finder@example.com", old - HOUR) == 1
    assert store.item_of_message("<0@desk>") is not None
    assert other.cases_telling(TOLD_PIECES)
    with postgres.looking(url) as look:
        assert look.execute("SELECT count(*) FROM mailbot.changes").fetchone() == (1,)
    for each in (store, other):
        each.close()


def test_another_key_is_refused(postgres: Postgres) -> None:
    """Clearly, and before anything is read or written; the shelf and the spool say the same."""
    url = postgres.new_database()
    with pytest.raises(ConfigError, match=r"sealed with another key.*\[state\]\.key_file"):
        PostgresStore(url, b"x" * 32)
    for other in (PostgresSpool(Aside(url, b"x" * 32)), PostgresKeyShelf(Aside(url, b"x" * 32))):
        with pytest.raises(ConfigError, match="another key"):
            other.load("0" * 64) if isinstance(other, PostgresSpool) else other.keys_since(0)
        other.close()


SECRETS = ("finder@", "Finder", "example.com", "shop", "発見者", "届出", "秘密", "hunter", "a@x", "deadbeef")


def test_nothing_personal_stands_in_plain(postgres: Postgres) -> None:
    """No address, name, subject, text or Message-ID in any column of any table, nor in the server's logs."""
    url = postgres.new_database()
    store, aside = ErasingPostgresStore(url, KEY), Aside(url, KEY)
    spool, shelf = PostgresSpool(aside), PostgresKeyShelf(aside)
    full = case(
        "A",
        message_ids=("<a@x>",),
        deadlines=due(1),
        fields=(
            Field("target.urls", ("https://shop.example.com/",), "r", 1.0),
            Field("product.name", "秘密", "r", 1.0),
        ),
        contacts=(Contact(1, "web@shop.example.com", "report"),),
        participants=(Participant(Role.FINDER, "finder@example.com", "発見者"),),
    )
    told = Disposition("d", "held", "Held", NOW, why="届出", message_id="<a@x>", sender="finder@", subject="秘密")
    sent = item("1", status=Status.SENT, settled=NOW, message_id="<1@shop.example.com>")
    pin = Pin("Finder@example.com", "DEADBEEF" * 5, NOW, "mail")
    store.apply(Change((full,), (sent,), (told,), (pin,), journal=("case A: 届出 by finder@example.com",)))
    store.keep_token_secret(b"hunter2")
    store.bring({"2026Q1": ["hunter"]}, "finder@example.com brought 秘密")
    spool.keep(RawMail("From: finder@example.com\r\n\r\n秘密".encode(), "imap"))
    shelf.keep_keys("DEADBEEF" * 5, b"uid finder@example.com")
    with postgres.looking(url) as look:
        names = [name for (name,) in look.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'mailbot'")]
        assert len(names) == len(METADATA.tables) + 1
        dumped = {name: _dump(look, name) for name in names}
    assert [name for name, text in dumped.items() if any(word.lower() in text.lower() for word in SECRETS)] == []
    assert all(dumped[name] for name in ("cases", "case_marks", "outbox", "item_marks", "pins", "journal", "keyring"))
    for each in (store, spool, shelf):
        each.close()
    assert postgres.log_files_with(b"finder@example.com", "発見者".encode(), b"<a@x>") == []


def _dump(look: Any, name: str) -> str:
    rows = look.execute(SQL("SELECT t::text FROM {} t").format(Identifier("mailbot", name))).fetchall()
    texts = [str(text) for (text,) in rows]
    # Bytes are shown in hex; what a text would be in them is looked for as well.
    return "\n".join(texts) + "\n".join(bytes.fromhex(word).decode("utf-8", "replace") for word in _hex(texts))


def _hex(texts: list[str]) -> list[str]:
    return [part.split('"')[0] for text in texts for part in text.split("\\x")[1:]]


def test_a_row_opens_in_its_place_only(postgres: Postgres) -> None:
    """A row that somebody copied over another one, or altered, is an error that names it."""
    url = postgres.new_database()
    store = PostgresStore(url, KEY)
    store.apply(Change((case("A"), case("B")), (item("1"),)))
    with postgres.looking(url) as look:
        look.execute(
            "UPDATE mailbot.cases SET sealed = (SELECT sealed FROM mailbot.cases WHERE id = 'B') WHERE id = 'A'"
        )
        look.execute("UPDATE mailbot.outbox SET sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1)")
    for broken, name in ((lambda: store.case("A"), "row A of the table cases"), (lambda: store.item("1"), "row 1 of")):
        with pytest.raises(PermanentError, match=name):
            broken()
    assert store.case("B") == case("B")
    store.close()


def test_what_was_erased_is_gone_from_the_files(postgres: Postgres) -> None:
    """The rows of a purge are not among the answers, and the tables' files were written anew without them."""
    url = postgres.new_database()
    store = ErasingPostgresStore(url, KEY)
    pin = Pin("a@b", "A" * 40, NOW, "mail")
    store.apply(
        Change((case("A", priority="high"),), (item("1", message_id="<1@desk>"), item("2")), (done("d"),), (pin,))
    )
    with postgres.looking(url) as look:
        files = look.execute("SELECT pg_relation_filepath('mailbot.outbox')").fetchone()
        store.erase(Erasure((case("A"),), (replace(done("d"), purged=True),), ("1",), ("a@b",), ("gone",)))
        assert look.execute("SELECT pg_relation_filepath('mailbot.outbox')").fetchone() != files
    assert [store.case("A"), store.item("1"), store.item_of_message("<1@desk>")] == [case("A"), None, None]
    assert [store.pin("a@b"), store.disposition("d")] == [None, replace(done("d"), purged=True)]
    assert store.item("2") == item("2")
    assert store.journal_head().startswith("#1 ")
    store.close()


def test_shared_keys(postgres: Postgres) -> None:
    """Each host reads what came since it last looked; a newer form of a key comes again, the same one does not."""
    url = postgres.new_database()
    one, two = PostgresKeyShelf(Aside(url, KEY)), PostgresKeyShelf(Aside(url, KEY))
    assert one.keep_keys("AA", b"first")
    two.keep_keys("bb", b"second")
    seen = two.keys_since(0)
    assert [block for _, block in seen] == [b"first", b"second"]
    one.keep_keys("aa", b"first")
    assert two.keys_since(seen[-1][0]) == []
    one.keep_keys("AA", b"first, signed")
    (new,) = two.keys_since(seen[-1][0])
    assert (new[0] > seen[-1][0], new[1]) == (True, b"first, signed")
    assert [two.keep_keys("AA", b"other", seen[-1][0]), two.keep_keys("AA", b"first, signed", 0)] == [False, True]
    assert two.keep_keys("AA", b"first, signed, other", new[0])
    one.close()
    two.close()


def test_keys_of_another_shelf_are_new_to_who_knows_an_older_one(postgres: Postgres) -> None:
    """A desk that moves into a new schema, or back by a backup: no host takes a key there for one that it has seen."""
    old, new = (PostgresKeyShelf(Aside(postgres.new_database(), KEY)) for _ in range(2))
    for name in ("AA", "BB", "CC"):
        old.keep_keys(name, name.encode())
    seen = old.keys_since(0)[-1][0]
    for name in ("AA", "DD"):
        new.keep_keys(name, name.encode())
    assert [block for _, block in new.keys_since(seen)] == [b"AA", b"DD"]
    old.close()
    new.close()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(
        st.tuples(st.lists(CASES, max_size=2), st.lists(st.tuples(st.integers(0, 3), STATUSES, TIMES), max_size=2)),
        max_size=6,
    )
)
def test_fake_and_postgresql_agree(postgres: Postgres, changes: list[Any]) -> None:
    """After any run of changes by two workers in turn the fake and a third one give the same answers."""
    url = postgres.new_database()
    fake, workers = MemoryStore(), [PostgresStore(url, KEY) for _ in range(3)]
    for number, (cases, items) in enumerate(changes):
        made = [item(str(n), case="ABC?"[n], created=NOW + n * HOUR, status=s, next=at) for n, s, at in items]
        for store in (fake, workers[number % 2]):
            store.apply(Change(tuple(cases), tuple(made)))
    assert answers(workers[2]) == answers(fake)
    for worker in workers:
        worker.close()
