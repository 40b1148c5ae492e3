"""A few workers on one PostgreSQL, with Dovecot, SMTP and gpg; `python -m tests.faults.worker_rounds` plays more."""

import logging
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.faults.shared_desk import SharedDesk, prepared
from tests.faults.worker_rounds import Chaos, play
from tests.servers import Dovecot, SmtpSink
from tests.servers_postgres import Postgres


@pytest.fixture(scope="module")
def base() -> Iterator[Path]:
    """A desk to be copied for each host."""
    with prepared() as folder:
        yield folder


@pytest.mark.parametrize(
    ("kills", "pause"), [pytest.param(0, 4.0, id="one stands still"), pytest.param(3, 0.0, id="three kills")]
)
def test_t56_several_workers_do_everything_once(
    base: Path, dovecot: Dovecot, smtp_sink: SmtpSink, postgres: Postgres, kills: int, pause: float
) -> None:
    """Each mail is accounted for once, each report has one case and one receipt, and nothing is sent under two ids."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # the relay's library warns of itself with each login
    desk = SharedDesk(base, dovecot, smtp_sink, postgres.bare_database(), hosts=2, lease=2)
    try:
        lines = list(play(desk, 8, Chaos(desk.hosts, Random(f"{kills}"), kills, pause)))
    finally:
        desk.close()
    assert "nothing is lost, nothing twice" in lines[-1]
