"""Servers that many tests share, each started when the first test asks for it; and what is loaded once for all."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import HealthCheck, settings

from mailbot import bootstrap
from tests.servers import Authority, Dovecot, SmtpSink, missing_dovecot, skip_or_fail

if TYPE_CHECKING:
    from tests.servers_postgres import Postgres

# No test fails because the machine is busy.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_Known = TypeVar("_Known")


def _once(load: Callable[[Mapping[str, str]], _Known]) -> Callable[..., _Known]:
    """`load`, done once for the same texts: a thousand desks need not check all templates as often."""
    loaded: dict[frozenset[tuple[str, str]], _Known] = {}

    def read(texts: Mapping[str, str], *, known: bool = False) -> _Known:
        same = frozenset(texts.items())
        if same not in loaded:
            loaded[same] = load(texts)
        return loaded[same]

    return read


bootstrap.load_rules = _once(bootstrap.load_rules)
bootstrap.load_templates = _once(bootstrap.load_templates)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The certificate authority that the servers' certificates come from."""
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def dovecot(authority: Authority) -> Iterator[Dovecot]:
    """A Dovecot that announces everything it can; `new_user()` gives an empty mailbox."""
    skip_or_fail(missing_dovecot())
    server = Dovecot(authority)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def postgres() -> Iterator["Postgres"]:
    """A PostgreSQL; `new_database()` gives an empty desk."""
    # Its library takes a moment, and most tests never ask for it.
    from tests.servers_postgres import missing_postgresql, running

    skip_or_fail(missing_postgresql())
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def _sink(authority: Authority) -> Iterator[SmtpSink]:
    server = SmtpSink(authority)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def smtp_sink(_sink: SmtpSink) -> SmtpSink:
    """A relay that has seen no mail yet."""
    _sink.reset()
    return _sink
