"""When the database is away, full of others, or not the one that is meant: what the desk is told, and how it heals."""

from collections.abc import Iterator

import pytest

from mailbot.adapters import postgres as postgres_package
from mailbot.adapters.postgres.aside import Aside
from mailbot.adapters.postgres.spool import PostgresSpool
from mailbot.adapters.postgres.store import PostgresStore
from mailbot.core.messages import RawMail
from mailbot.errors import ConfigError, PermanentError, TransientError
from mailbot.memory import Change
from tests.contract.test_store import case, done
from tests.servers import free_port, skip_or_fail
from tests.servers_postgres import KEY, Postgres, missing_postgresql, running


@pytest.fixture
def own_server() -> Iterator[Postgres]:
    """A server that may be stopped."""
    skip_or_fail(missing_postgresql())
    with running() as server:
        yield server


def test_an_outage_passes(own_server: Postgres) -> None:
    """While the server is down everything is a passing trouble that names the setting; then all is as it was."""
    url = own_server.new_database()
    store, spool, other = PostgresStore(url, KEY), PostgresSpool(Aside(url, KEY)), PostgresStore(url, KEY)
    mail = RawMail(b"Subject: x\r\n\r\n", "imap")
    spool.keep(mail)
    store.apply(Change((case("A"),)))
    assert store.claim("d")
    own_server.stop()
    for ask in (lambda: store.apply(Change((case("B"),))), lambda: store.case("A"), lambda: store.claim("d")):
        for _ in range(2):
            with pytest.raises(TransientError, match=r"\[store\]\.url"):
                ask()
    with pytest.raises(TransientError, match=r"\[store\]\.url"):
        spool.load(mail.digest)
    with pytest.raises(TransientError, match="no connection"):
        PostgresStore(url, KEY)
    own_server.start()
    assert store.case("A") == case("A")
    assert spool.load(mail.digest) == RawMail(mail.content, "spool")
    # A claim of the last moment before the outage may be gone: then nothing can be stored about it before the next one.
    assert store.claim("d")
    store.apply(Change((case("B"),), done=(done("d"),)))
    with pytest.raises(TransientError, match="the connection was lost"):
        other.case("A")
    assert [found.id for found in other.cases()] == ["A", "B"]
    for each in (store, spool, other):
        each.close()


def test_a_server_that_refuses_everybody_is_an_outage() -> None:
    """Nobody listens there: it may be starting."""
    with pytest.raises(TransientError, match=r"no connection .*see \[store\]\.url"):
        PostgresStore(f"postgresql://desk@127.0.0.1:{free_port()}/desk", KEY)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("desk", "not a URL"),
        ("mysql://desk@host/desk", "begins with mysql://"),
        ("postgresql://desk@host/desk?schema=Desk;DROP", "a schema is"),
        ("postgresql://desk:hunter2@host:port/desk", "not a URL"),
        ("postgresql://desk:hunter2@database.invalid/desk", "database.invalid"),
    ],
)
def test_a_wrong_setting_is_named(url: str, said: str) -> None:
    """With what to look at, and without the password."""
    with pytest.raises(ConfigError, match=r"\[store\]\.url") as caught:
        PostgresStore(url, KEY)
    assert said in str(caught.value)
    assert "hunter2" not in repr(caught.value)


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install; where everything is there, nothing is said."""
    postgres_package.require_libraries()
    monkeypatch.setattr(postgres_package, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"needs sqlalchemy, psycopg, alembic; .*pip install 'mailbot\[postgresql\]'"):
        postgres_package.require_libraries()


def test_a_database_that_is_not_there(postgres: Postgres) -> None:
    """Another name than the server knows is a wrong setting, as is a role that it does not know."""
    with pytest.raises(ConfigError, match='database "nowhere" does not exist'):
        PostgresStore(postgres.url("nowhere"), KEY)
    with pytest.raises(ConfigError, match='role "nobody_known" does not exist'):
        PostgresStore(postgres.bare_database().replace("tester", "nobody_known"), KEY)


def test_a_role_that_may_not(postgres: Postgres) -> None:
    """Who may not make the desk's schema is told so; no mail is blamed for it."""
    url = postgres.bare_database()
    with postgres.looking(url) as look:
        look.execute("DROP ROLE IF EXISTS guest")
        look.execute("CREATE ROLE guest LOGIN")
    with pytest.raises(PermanentError, match="42501"):
        PostgresStore(url.replace("tester", "guest"), KEY)


def test_two_desks_in_one_database(postgres: Postgres) -> None:
    """Each in a schema of its own, with a key of its own, and turns that do not wait for the other's."""
    url = postgres.bare_database()
    one, two = PostgresStore(f"{url}&schema=one", KEY), PostgresStore(url, b"2" * 32, schema="two")
    with one.turn(), two.turn():
        one.apply(Change((case("A"),)))
        two.apply(Change((case("B"),)))
        assert [one.claim("d"), two.claim("d")] == [True, True]
    assert [[found.id for found in store.cases()] for store in (one, two)] == [["A"], ["B"]]
    one.close()
    two.close()
