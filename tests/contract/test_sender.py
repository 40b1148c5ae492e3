"""What every sender does alike, in memory and over SMTP, and what each answer of a relay means for the mail."""

from collections.abc import Callable, Iterator

import pytest

from mailbot.adapters.smtp import SmtpSender, SmtpSettings
from mailbot.core.messages import SealedMail
from mailbot.errors import MailbotError, PermanentError, TransientError, UncertainError, UnreachableError
from mailbot.ports import Sender
from tests.fakes_mail import MemoryRelay
from tests.sealing import sealed
from tests.servers import DROP, HANG, HOST, PASSWORD, Authority, Received, SmtpSink, free_port

DESK = "security@desk.example.jp"
FINDER = "hanako@example.com"
CONTENT = b"Subject: [CASE#12345678]\r\n\r\n..\r\n.\r\n.dot\r\nend\r\n"


def mail(content: bytes = CONTENT, to: str = FINDER) -> SealedMail:
    return sealed("<1@desk.example.jp>", DESK, to, content)


def settings(sink: SmtpSink, security: str = "tls", /, **changes: object) -> SmtpSettings:
    ports = {"tls": sink.tls_port, "starttls": sink.starttls_port, "plain": sink.plain_port}
    values = {
        "host": HOST,
        "port": ports[security],
        "security": security,
        "username": sink.USER,
        "password": PASSWORD,
        "ca_file": sink.ca_file,
        "timeout": 20,
    }
    return SmtpSettings(**(values | changes))  # type: ignore[arg-type]  # one dict for all fields


@pytest.fixture
def connect(smtp_sink: SmtpSink) -> Iterator[Callable[..., SmtpSender]]:
    """Makes senders to the sink and closes them in the end."""
    made: list[SmtpSender] = []

    def make(security: str = "tls", /, **changes: object) -> SmtpSender:
        made.append(SmtpSender(settings(smtp_sink, security, **changes)))
        return made[-1]

    yield make
    for sender in made:
        sender.close()


@pytest.fixture(params=["memory", "tls", "starttls", "plain"])
def outside(request: pytest.FixtureRequest) -> tuple[Sender, MemoryRelay | SmtpSink]:
    """A sender, and the relay that it sends to."""
    if request.param == "memory":
        relay = MemoryRelay()
        return relay, relay
    return request.getfixturevalue("connect")(request.param), request.getfixturevalue("smtp_sink")


def test_mail_arrives_byte_for_byte(outside: tuple[Sender, MemoryRelay | SmtpSink]) -> None:
    """The relay gets the desk's address, the one recipient, and the very bytes, dots at line starts too."""
    sender, relay = outside
    sender.send(mail())
    sender.send(mail(to="taro@example.com"))
    assert relay.messages == [Received(DESK, (FINDER,), CONTENT), Received(DESK, ("taro@example.com",), CONTENT)]


@pytest.mark.parametrize(
    ("moment", "answer", "error"),
    [
        ("MAIL", "451 4.3.0 later", TransientError),
        ("MAIL", "552 5.3.4 too big", PermanentError),
        ("RCPT", "450 4.2.0 greylisted", TransientError),
        ("RCPT", "550 5.1.1 no such user", PermanentError),
        ("DATA", "451 4.3.0 later", TransientError),
        ("DATA", "554 5.5.1 no valid recipients", PermanentError),
        ("END", "451 4.3.0 later", TransientError),
        ("END", "554 5.7.1 content refused", PermanentError),
        ("MAIL", DROP, TransientError),
        ("RCPT", DROP, TransientError),
        ("DATA", DROP, TransientError),
        ("END", DROP, UncertainError),
    ],
)
def test_what_an_answer_means(
    outside: tuple[Sender, MemoryRelay | SmtpSink], moment: str, answer: str, error: type[MailbotError]
) -> None:
    """4xx and a lost connection: later. 5xx: never. Lost after the last line: unknown. The next mail goes through."""
    sender, relay = outside
    relay.script(moment, answer)
    with pytest.raises(MailbotError) as caught:
        sender.send(mail())
    assert caught.type is error
    relay.messages.clear()
    sender.send(mail(to="next@example.com"))
    assert [received.recipients for received in relay.messages] == [("next@example.com",)]


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nRCPT TO:<evil@x.example>",
        "a b@c.example",
        "a@b.example c",
        "-oX@b.example",
        "a@b.example\n",
        "<a@b.example>",
        "a@b@c.example",
        "a,b@c.example",
        "届出@example.jp",
        "a@",
        "@b.example",
        "nobody",
        "",
    ],
)
def test_an_address_that_could_mean_something_else_is_refused(
    outside: tuple[Sender, MemoryRelay | SmtpSink], address: str
) -> None:
    """No line ends, spaces, quotes or leading hyphen reach the relay, and nothing is sent."""
    sender, relay = outside
    with pytest.raises(PermanentError):
        sender.send(mail(to=address))
    assert relay.messages == []


@pytest.mark.parametrize("address", ["o'neil+x=1@example.co.jp", "taro..yamada.@docomo.example.jp", "a@[192.0.2.1]"])
def test_unusual_addresses_are_sent_as_they_are(
    connect: Callable[..., SmtpSender], smtp_sink: SmtpSink, address: str
) -> None:
    """Also the dots that old addresses of mobile carriers carry."""
    connect().send(mail(to=address))
    assert smtp_sink.messages[0].recipients == (address,)


@pytest.mark.parametrize(
    ("moment", "error"), [("RCPT", TransientError), ("DATA", TransientError), ("END", UncertainError)]
)
def test_silence_ends_in_a_timeout(
    connect: Callable[..., SmtpSender], smtp_sink: SmtpSink, moment: str, error: type[MailbotError]
) -> None:
    """A relay that stops answering is given up; after the last line the fate of the mail is unknown."""
    smtp_sink.script(moment, HANG)
    sender = connect(timeout=0.5, last_timeout=0.5)
    with pytest.raises(MailbotError, match=r"\[smtp\]\.host or \.port: localhost:\d+ did not answer in time") as caught:
        sender.send(mail())
    assert caught.type is error


def test_many_mails_share_a_connection(connect: Callable[..., SmtpSender], smtp_sink: SmtpSink) -> None:
    """One login serves all mails, refusals included."""
    sender = connect()
    smtp_sink.script("RCPT", "250 OK", "550 5.1.1 no such user")
    sender.send(mail())
    with pytest.raises(PermanentError):
        sender.send(mail())
    sender.send(mail())
    assert smtp_sink.connections == 1


def test_a_connection_closed_while_idle_is_made_anew(connect: Callable[..., SmtpSender], smtp_sink: SmtpSink) -> None:
    """The relay may end an idle connection; the next mail does not notice."""
    sender = connect()
    sender.send(mail())
    smtp_sink.drop_connections()
    sender.send(mail())
    assert (len(smtp_sink.messages), smtp_sink.connections) == (2, 2)


@pytest.mark.parametrize(
    ("moment", "answer", "error"),
    [
        ("MAIL", "nonsense", TransientError),
        ("DATA", "nonsense", TransientError),
        ("DATA", "250 what?", TransientError),
        ("END", "nonsense", UncertainError),
        ("END", "354 again", UncertainError),
    ],
)
def test_an_answer_out_of_step_ends_the_connection(
    connect: Callable[..., SmtpSender], smtp_sink: SmtpSink, moment: str, answer: str, error: type[MailbotError]
) -> None:
    """What is no answer to our command is never taken for one; the next mail gets a connection of its own."""
    smtp_sink.script(moment, answer)
    sender = connect()
    with pytest.raises(MailbotError) as caught:
        sender.send(mail())
    assert caught.type is error
    sender.send(mail())
    assert smtp_sink.connections == 2


def test_a_relay_that_says_421_is_left(connect: Callable[..., SmtpSender], smtp_sink: SmtpSink) -> None:
    """421 means that the relay closes the line: later, on a new one."""
    smtp_sink.script("RCPT", "421 4.3.2 shutting down")
    sender = connect()
    with pytest.raises(TransientError, match="answered 421"):
        sender.send(mail())
    sender.send(mail())
    assert smtp_sink.connections == 2


def test_a_refusal_is_quoted_short_and_clean(connect: Callable[..., SmtpSender], smtp_sink: SmtpSink) -> None:
    """The relay's words stand in the error on one line of at most 200 characters."""
    smtp_sink.script("RCPT", "550 5.1.1 no\x1b[31m such\tuser " + "x" * 400)
    with pytest.raises(PermanentError) as caught:
        connect().send(mail())
    prefix, _, text = str(caught.value).partition("answered 550 ")
    assert (prefix, text.startswith("5.1.1 no [31m such user x"), len(text)) == (f"{HOST} ", True, 200)


def test_bare_line_feeds_are_sent_as_line_ends(connect: Callable[..., SmtpSender], smtp_sink: SmtpSink) -> None:
    """No bare LF or CR goes out: some servers would see the end of the mail in them (CVE-2023-51764)."""
    connect().send(mail(b"Subject: x\n\nfirst\n.\nMAIL FROM:<x>\rlast"))
    assert smtp_sink.messages[0].content == b"Subject: x\r\n\r\nfirst\r\n.\r\nMAIL FROM:<x>\r\nlast\r\n"


def test_eight_bit_mail_is_declared(connect: Callable[..., SmtpSender], smtp_sink: SmtpSink) -> None:
    """Mail with 8-bit bytes goes as 8BITMIME, unchanged."""
    content = "Subject: x\r\n\r\n届出\r\n".encode()
    connect().send(mail(content))
    assert smtp_sink.messages[0].content == content


@pytest.mark.parametrize(
    ("security", "changes", "text"),
    [
        ("tls", {"password": "wrong"}, r"\[smtp\]\.username or \[smtp\]\.password_env: localhost refused the login"),
        ("tls", {"token": lambda: "token"}, r"\[smtp\]\.username or \[smtp\.oauth2\]"),
        ("tls", {"username": ""}, r"\[smtp\]\.username: localhost answered 530"),
        ("tls", {"ca_file": ""}, r"\[smtp\]\.ca_file: the certificate of localhost:\d+ is not trusted"),
        ("starttls", {"ca_file": ""}, r"\[smtp\]\.ca_file: the certificate of localhost:\d+ is not trusted"),
        ("tls", {"ca_file": "/nowhere.pem"}, r"\[smtp\]\.ca_file: /nowhere.pem cannot be read"),
        ("tls", {"host": "127.0.0.1"}, r"\[smtp\]\.host: the certificate of 127.0.0.1:\d+ is for another name"),
        ("starttls", {"host": "127.0.0.1"}, r"\[smtp\]\.host: the certificate of 127.0.0.1:\d+ is for another name"),
        ("tls", {"host": "no-such-host.invalid"}, r"\[smtp\]\.host: no-such-host.invalid: name not known"),
        ("tls", {"port": free_port()}, r"\[smtp\]\.host or \.port: localhost:\d+ (refuses|cannot be reached)"),
        ("plain", {"security": "starttls"}, r"\[smtp\]\.security: localhost offers no STARTTLS"),
        ("plain", {"security": "tls"}, r"\[smtp\]\.security or \.port: no TLS with localhost"),
    ],
)
def test_a_wrong_setting_keeps_the_mail_and_is_named(
    connect: Callable[..., SmtpSender], smtp_sink: SmtpSink, security: str, changes: dict[str, object], text: str
) -> None:
    """A set-up that cannot work is no fault of the mail: it waits, and the error says which key to look at."""
    with pytest.raises(TransientError, match=text) as caught:
        connect(security, **changes).send(mail())
    assert (caught.type in (TransientError, UnreachableError), smtp_sink.messages) == (True, [])


def test_another_authority_is_not_trusted(
    connect: Callable[..., SmtpSender], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A certificate from a CA other than `ca_file` is refused."""
    other = Authority(tmp_path_factory.mktemp("other"))
    with pytest.raises(TransientError, match=r"\[smtp\]\.ca_file"):
        connect(ca_file=other.file).send(mail())


def test_an_open_line_is_for_loopback_only() -> None:
    """Passwords and mail never cross a network in the clear."""
    with pytest.raises(PermanentError, match=r"\[smtp\]\.security"):
        SmtpSender(SmtpSettings("smtp.example.jp", 25, "plain"))


def test_check_logs_in(connect: Callable[..., SmtpSender], smtp_sink: SmtpSink) -> None:
    """What `doctor` prints: server, login, size limit; nothing is sent."""
    assert connect().check() == f"localhost:{smtp_sink.tls_port} (tls), logged in as desk; mail up to 33554432 bytes"
    assert smtp_sink.messages == []


def test_a_closed_sender_can_be_used_again(outside: tuple[Sender, MemoryRelay | SmtpSink]) -> None:
    """Closing may be repeated; the next mail makes a new connection."""
    sender, relay = outside
    sender.close()
    sender.send(mail())
    sender.close()
    sender.close()
    sender.send(mail())
    assert len(relay.messages) == 2


def test_secrets_are_not_shown() -> None:
    """The password is not part of what the settings look like in a log."""
    assert "geheim" not in repr(SmtpSettings(HOST, 25, "plain", "desk", "geheim"))
