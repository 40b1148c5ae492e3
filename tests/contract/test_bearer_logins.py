"""Logging in with access tokens on real servers: Dovecot's oauth2 passdb and an SMTP relay, with one token server."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mailbot.adapters.imap import ImapMailbox, ImapSettings
from mailbot.adapters.smtp import SmtpSender, SmtpSettings
from mailbot.core.limits import Limits
from mailbot.errors import AccessError, PermanentError, TransientError
from tests.sealing import sealed
from tests.servers import HOST, Authority, missing_dovecot, skip_or_fail
from tests.servers_bearer import BearerDovecot, BearerSink
from tests.servers_tokens import TokenServer

MAIL = sealed("<1@desk.test>", "a@desk.test", "b@finder.test", b"Subject: x\r\n\r\ntext\r\n")


class Source:
    """Tokens of a sign-in, as asked for; `renew` gives the next one."""

    def __init__(self, tokens: TokenServer, user: str) -> None:
        self.tokens, self.user = tokens, user
        self.refused: list[str] = []
        self.token = tokens.sign_in(user)["access_token"]

    def __call__(self) -> str:
        return self.token

    def renew(self, refused: str) -> str:
        self.refused.append(refused)
        self.token = self.tokens.sign_in(self.user)["access_token"]
        return self.token


@pytest.fixture(scope="module")
def tokens() -> Iterator[TokenServer]:
    made = TokenServer()
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module", params=["xoauth2 oauthbearer", "xoauth2"])
def bearer_dovecot(
    request: pytest.FixtureRequest, authority: Authority, tokens: TokenServer
) -> Iterator[BearerDovecot]:
    skip_or_fail(missing_dovecot())
    server = BearerDovecot(authority, tokens, request.param)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="module")
def bearer_sink(authority: Authority, tokens: TokenServer) -> Iterator[BearerSink]:
    server = BearerSink(authority, tokens)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sink(bearer_sink: BearerSink, monkeypatch: pytest.MonkeyPatch) -> BearerSink:
    bearer_sink.reset()
    bearer_sink.logins.clear()
    bearer_sink.temporarily = False
    return bearer_sink


def _mailbox(server: BearerDovecot, user: str, source: Callable[[], str]) -> ImapMailbox:
    settings = ImapSettings(HOST, server.tls_port, "tls", user, None, ca_file=server.ca_file, token=source, timeout=20)
    return ImapMailbox(settings, Limits())


def _sender(server: BearerSink, user: str, source: Callable[[], str], **changes: Any) -> SmtpSender:
    settings: dict[str, Any] = {"port": server.tls_port, "security": "tls", "timeout": 20} | changes
    return SmtpSender(SmtpSettings(HOST, username=user, ca_file=server.ca_file, token=source, **settings))


def test_a_token_opens_the_mailbox(bearer_dovecot: BearerDovecot, tokens: TokenServer) -> None:
    """By OAUTHBEARER where it is offered, else by XOAUTH2."""
    user = bearer_dovecot.new_user()
    bearer_dovecot.deliver(user, b"Subject: one\r\n\r\ntext\r\n")
    mailbox = _mailbox(bearer_dovecot, user, Source(tokens, user))
    assert len(list(mailbox.arrivals())) == 1
    mailbox.close()


def test_a_refused_token_is_renewed_at_once(bearer_dovecot: BearerDovecot, tokens: TokenServer) -> None:
    """A token that was revoked before its time costs one refusal, on the same connection."""
    user = bearer_dovecot.new_user()
    source = Source(tokens, user)
    old = source.token
    tokens.revoke_access(user)
    mailbox = _mailbox(bearer_dovecot, user, source)
    assert "INBOX holds 0 mails" in mailbox.check()
    assert source.refused == [old]
    mailbox.close()


def test_t60_a_sign_in_that_no_longer_counts_is_told(bearer_dovecot: BearerDovecot, tokens: TokenServer) -> None:
    """Where the new token is refused too a person must look: the error says what the server's challenge said."""
    user = bearer_dovecot.new_user()
    mailbox = _mailbox(bearer_dovecot, user, Source(tokens, "somebody-else"))
    with pytest.raises(AccessError, match=r"\[imap.oauth2\]: localhost refused the login of user\d+ .*status ") as told:
        mailbox.check()
    assert "mailbot auth imap" in str(told.value)
    assert not [secret for secret in tokens.issued if secret in str(told.value) + repr(told.value.__cause__)]


def test_somebody_elses_token_is_a_wrong_setting(bearer_dovecot: BearerDovecot) -> None:
    """What `token_command` gives is not renewed; refused, it is a matter of the configuration as a password is."""
    with pytest.raises(PermanentError, match=r"\[imap.oauth2\]: localhost refused the login of user9"):
        _mailbox(bearer_dovecot, "user9", lambda: "stale").check()


@pytest.mark.parametrize(("without", "mechanism"), [((), "OAUTHBEARER"), (("OAUTHBEARER",), "XOAUTH2")])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_token_opens_the_relay(
    sink: BearerSink, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch, without: Any, mechanism: str, security: str
) -> None:
    """By OAUTHBEARER where it is offered, else by XOAUTH2."""
    for name in without:
        monkeypatch.delattr(BearerSink, f"auth_{name}")
    source = Source(tokens, "desk")
    sender = _sender(sink, "desk", source, security=security, port=getattr(sink, f"{security}_port"))
    sender.send(MAIL)
    sender.close()
    assert sink.logins == [(mechanism, source.token)]
    assert len(sink.messages) == 1


@pytest.mark.parametrize("without", [(), ("OAUTHBEARER",)])
def test_a_relay_that_refuses_gets_a_new_token(
    sink: BearerSink, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch, without: Any
) -> None:
    """The refusal's challenge is answered as the mechanism wants it, and the login tried once more."""
    for name in without:
        monkeypatch.delattr(BearerSink, f"auth_{name}")
    source = Source(tokens, "desk")
    tokens.revoke_access("desk")
    sender = _sender(sink, "desk", source)
    sender.send(MAIL)
    sender.close()
    assert [token for _, token in sink.logins] == [source.refused[0], source.token]
    assert len(sink.messages) == 1


@pytest.mark.parametrize("without", [(), ("OAUTHBEARER",)])
def test_t60_a_relay_that_lets_nobody_in_keeps_the_mail(
    sink: BearerSink, tokens: TokenServer, monkeypatch: pytest.MonkeyPatch, without: Any
) -> None:
    """Nothing is taken, and the error says why and what to do, without a token."""
    for name in without:
        monkeypatch.delattr(BearerSink, f"auth_{name}")
    sender = _sender(sink, "desk", Source(tokens, "somebody-else"))
    with pytest.raises(AccessError) as told:
        sender.send(MAIL)
    sender.close()
    said = str(told.value)
    assert "(535 5.7.8 not good any more; status 401, schemes bearer, scope https://mail.test/)" in said
    assert "mailbot auth smtp" in said
    assert not [secret for secret in tokens.issued if secret in said + repr(told.value.__cause__)]
    assert sink.messages == []


def test_a_relay_that_cannot_ask_is_no_refusal(sink: BearerSink, tokens: TokenServer) -> None:
    """A temporary failure of the relay's own costs no token and alarms nobody."""
    sink.temporarily = True
    source = Source(tokens, "desk")
    sender = _sender(sink, "desk", source)
    with pytest.raises(TransientError, match=r"454 4\.7\.0 Temporary") as told:
        sender.send(MAIL)
    sender.close()
    assert not isinstance(told.value, AccessError)
    assert source.refused == []
