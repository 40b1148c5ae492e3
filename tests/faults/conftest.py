"""A relay that misbehaves on demand, shared by the tests of a folder."""

from collections.abc import Callable, Iterator

import pytest

from mailbot.adapters.smtp import SmtpSender
from tests.servers import Authority
from tests.servers_rude import RudeRelay, to_relay


@pytest.fixture(scope="package")
def _rude_relay(authority: Authority) -> Iterator[RudeRelay]:
    server = RudeRelay(authority)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def relay(_rude_relay: RudeRelay) -> RudeRelay:
    """A relay that has seen nobody yet."""
    _rude_relay.reset()
    return _rude_relay


@pytest.fixture
def sender_to(relay: RudeRelay) -> Iterator[Callable[..., SmtpSender]]:
    """Makes senders that wait so many seconds for each answer, and closes them in the end."""
    made: list[SmtpSender] = []

    def make(seconds: float = 20) -> SmtpSender:
        made.append(to_relay(relay, seconds))
        return made[-1]

    yield make
    for sender in made:
        sender.close()
