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
