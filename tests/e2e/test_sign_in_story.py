"""A desk whose mail servers want OAuth 2: signed in, revoked, signed in again; nothing is lost and somebody is told."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.reports import WEBSITE_EN
from tests.e2e.town import Town
from tests.servers import Authority, missing_dovecot, skip_or_fail
from tests.servers_bearer import BearerDovecot, BearerSink, secrets_in
from tests.servers_tokens import CLIENT, SECRET, TokenServer

_TABLE = """\

[{name}.oauth2]
client_id = "{client}"
client_secret_env = "TOWN_CLIENT"
flow = "code"
token_url = "{token}"
authorization_url = "https://login.test/authorize"
scopes = ["https://mail.test/"]
"""


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    made = TokenServer()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def bearer_town(authority: Authority, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """A desk that logs in to IMAP and SMTP by one sign-in."""
    skip_or_fail(missing_dovecot())
    dovecot, sink = BearerDovecot(authority, tokens), BearerSink(authority, tokens)
    dovecot.start()
    sink.start()
    town = Town(dovecot, sink)
    monkeypatch.setenv("TOWN_CLIENT", SECRET)
    path = town.folder / "mailbot.toml"
    text = (
        path.read_text("utf-8").replace('password_env = "TOWN_IMAP"\n', "").replace('password_env = "TOWN_SMTP"\n', "")
    )
    text = text.replace(f'username = "{BearerSink.USER}"', f'username = "{town.user}"')
    for name in ("imap", "smtp"):
        text += _TABLE.format(name=name, client=CLIENT, token=tokens.url("token"))
    path.write_text(text, "utf-8")
    yield town
    town.close()
    sink.stop()
    dovecot.remove()


class Browser:
    """Standard input of a person who opens the page that was printed and pastes where it led."""

    def __init__(self, tokens: TokenServer, user: str) -> None:
        self._tokens, self._user = tokens, user

    def readline(self, _: int = -1) -> str:
        printed: Any = sys.stdout
        url = next(line for line in printed.getvalue().splitlines() if line.startswith("https://login.test/"))
        return self._tokens.agree(url, self._user) + "\n"


def _sign_in(town: Town, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdin", Browser(tokens, town.user))
        assert town.run("auth", "imap") == 0, town.errors


def _checks(town: Town) -> dict[str, Any]:
    return {check["check"]: check for check in town.json("doctor")}


def test_t60_a_revoked_sign_in_alarms_and_loses_nothing(
    bearer_town: Town, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Within one round exit status, JSON, log and doctor say what ended and what to do; afterwards all mail goes on."""
    town = bearer_town
    alex, kim, sam = (town.person(n, f"{n.lower()}@finder.example.org") for n in ("Alex", "Kim", "Sam"))
    town.write(alex, "first", WEBSITE_EN)
    assert "[imap.oauth2]: nobody has signed in yet; run mailbot auth imap" in town.round()["problems"]

    _sign_in(town, tokens, monkeypatch)
    assert "signed in for imap and smtp" in town.errors
    assert town.round(minutes=15)["problems"] == []
    assert len(town.inbox(alex)) == 1
    assert _checks(town)["IMAP sign-in"]["ok"]
    assert all(_checks(town)[name]["ok"] for name in ("SMTP sign-in", "IMAP", "SMTP"))

    tokens.revoke(town.user)
    town.write(kim, "second", WEBSITE_EN.replace("shop.example.jp", "blog.example.jp"))
    report = town.folder / "third.eml"
    report.write_bytes(sam.write("security@desk.example.jp", "third", WEBSITE_EN.replace("shop", "wiki")))
    assert town.run("ingest", str(report), "--now", town.now.isoformat()) == 0, town.errors
    caplog.clear()
    done = town.round(minutes=5)
    assert town.run("run", "--once", "--now", town.now.isoformat()) == 1
    told = "[imap.oauth2]: the desk's sign-in has ended: invalid_grant"
    assert told in town.errors
    assert any(problem.startswith(told) and "run mailbot auth imap" in problem for problem in done["problems"])
    assert told in caplog.text
    waiting = done["queued"]
    assert waiting
    assert (done["dead"], len(town.dovecot.mails(town.user, "INBOX"))) == (0, 1)
    failed = _checks(town)["IMAP sign-in"]
    assert (failed["ok"], failed["advice"]) == (False, "mailbot auth imap; see docs/oauth.md")

    for _ in range(9):  # more often than the ladder of a mail that a relay refuses is long
        done = town.round(days=1)
        assert done["queued"] >= waiting
        assert done["dead"] == 0

    _sign_in(town, tokens, monkeypatch)
    done = town.round(minutes=15)
    assert done["problems"] == []
    assert len(town.inbox(kim)) == 1
    assert len(town.inbox(sam)) >= 1
    assert town.dovecot.mails(town.user, "INBOX") == []
    assert secrets_in(town.folder, *tokens.issued, SECRET) == []
    assert not [secret for secret in (*tokens.issued, SECRET) if secret in caplog.text]


def test_t60_the_daemon_says_so_and_goes_on_when_somebody_signs_in(
    bearer_town: Town, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It neither ends nor falls silent, and needs no start when the desk is signed in again."""
    town = bearer_town
    alex = town.person("Alex", "alex@finder.example.org")
    town.write(alex, "first", WEBSITE_EN)
    command = [sys.executable, "-m", "mailbot", "--config", str(town.folder / "mailbot.toml"), "run"]
    daemon = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert daemon.stderr
    try:
        said = next(line for line in daemon.stderr if "nobody has signed in yet" in line)
        assert "mailbot auth imap" in said
        _sign_in(town, tokens, monkeypatch)
        tick = threading.Event()
        assert any(town.sink.messages or tick.wait(0.1) for _ in range(600))
        daemon.send_signal(signal.SIGTERM)
        _, errors = daemon.communicate(timeout=40)
    finally:
        daemon.kill()
    assert (daemon.returncode, "Traceback" in errors) == (0, False), errors
    assert len(town.inbox(alex)) == 1
