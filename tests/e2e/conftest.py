"""A town for each story."""

from collections.abc import Iterator

import pytest

from tests.e2e.town import Town
from tests.servers import Dovecot, SmtpSink


@pytest.fixture
def town(dovecot: Dovecot, smtp_sink: SmtpSink) -> Iterator[Town]:
    """A desk on real servers and its people."""
    made = Town(dovecot, smtp_sink)
    yield made
    made.close()


@pytest.fixture(scope="module")
def quarter(dovecot: Dovecot, _sink: SmtpSink) -> Iterator[Town]:
    """A desk on real servers that the stories of a module share, each with people of its own."""
    _sink.reset()
    made = Town(dovecot, _sink)
    yield made
    made.close()
