"""`mailbot doctor --probe` against a real Dovecot and a real SMTP server."""

import pytest

from mailbot import doctor_probe
from mailbot.config import load
from mailbot.errors import PermanentError
from tests.e2e.town import Town


def test_a_mail_that_comes_back_is_said_so(town: Town) -> None:
    """It leaves by SMTP for a plus-address, says nothing, is found in the INBOX, and the next round files it away."""
    waited: list[float] = []

    def postman(seconds: float) -> None:
        waited.append(seconds)
        town.deliver(town.sink.messages[-1].content)

    told = doctor_probe.probe(load(town.folder / "mailbot.toml"), postman)
    sent = town.sink.messages[-1]
    assert "came into INBOX" in told
    assert len(waited) == 1
    assert sent.recipients[0].startswith("security+probe-")
    assert b"CASE#" not in sent.content
    round_ = town.json("run", "--once")
    assert (round_["accounted"]["ignored"], round_["arrived"], round_["queued"]) == (1, 1, 0)
    assert len(town.dovecot.mails(town.user, "INBOX")) == 0


def test_a_mail_that_never_comes_is_a_failure(town: Town) -> None:
    """After two minutes of looking it says what to look at."""
    waited: list[float] = []
    with pytest.raises(PermanentError, match="did not come within 120 s"):
        doctor_probe.probe(load(town.folder / "mailbot.toml"), waited.append)
    assert sum(waited) == 120


def test_a_daemon_that_was_quicker_is_no_failure(town: Town) -> None:
    """It is found in the folder that the round filed it away to."""

    def postman_and_daemon(_: float) -> None:
        town.deliver(town.sink.messages[-1].content)
        assert town.run("run", "--once") == 0, town.errors

    assert "came into Processed" in doctor_probe.probe(load(town.folder / "mailbot.toml"), postman_and_daemon)
