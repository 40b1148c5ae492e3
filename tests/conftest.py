"""Servers that many tests share; each is started when the first test asks for it."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import Authority, Dovecot, SmtpSink, missing_dovecot, skip_or_fail

# No test fails because the machine is busy.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


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
