"""What goes wrong between us and an IMAP server, shown on a real one."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from mailbot.adapters.imap import ImapMailbox, ImapSettings
from mailbot.core.limits import Limits
from mailbot.errors import PermanentError, TransientError
from mailbot.ports import Arrival
from tests.servers import HOST, PASSWORD, Authority, Dovecot, free_port, missing_dovecot, skip_or_fail

NO_MOVE = "IMAP4rev1 UIDPLUS NAMESPACE"
BARE = "IMAP4rev1"


def mail(number: int) -> bytes:
    return f"Subject: {number}\r\n\r\nreport {number}\r\n".encode()


def settings(server: Dovecot, user: str, **changes: object) -> ImapSettings:
    whole = ImapSettings(HOST, server.tls_port, "tls", user, PASSWORD, ca_file=server.ca_file, timeout=20)
    return replace(whole, **changes)  # type: ignore[arg-type]  # one dict for all fields


@pytest.fixture
def connect() -> Iterator[Callable[..., ImapMailbox]]:
    """Makes mailboxes and closes them in the end."""
    made: list[ImapMailbox] = []

    def make(server: Dovecot, user: str, limits: Limits | None = None, **changes: object) -> ImapMailbox:
        made.append(ImapMailbox(settings(server, user, **changes), limits or Limits(), sleep=slept.append))
        return made[-1]

    slept: list[float] = []
    make.slept = slept  # type: ignore[attr-defined]  # what the mailboxes slept, for the one test that asks
    yield make
    for mailbox in made:
        mailbox.close()


@pytest.fixture
def own_dovecot(authority: Authority) -> Iterator[Callable[..., Dovecot]]:
    """Makes Dovecots that a test may stop, or that announce less."""
    skip_or_fail(missing_dovecot())
    made: list[Dovecot] = []

    def make(**options: str) -> Dovecot:
        made.append(Dovecot(authority, **options))
        made[-1].start()
        return made[-1]

    yield make
    for server in made:
        server.remove()


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"password": "wrong"}, PermanentError, r"\[imap\]\.username or \[imap\]\.password_env: localhost refused"),
        (
            {"password": "パスワード"},
            PermanentError,
            r"\[imap\]\.username or \[imap\]\.password_env: localhost refused",
        ),
        ({"token": lambda: "token"}, PermanentError, r"\[imap\]\.username or \[imap\.oauth2\]: localhost refused"),
        ({"ca_file": ""}, PermanentError, r"\[imap\]\.ca_file: the certificate of localhost:\d+ is not trusted"),
        ({"ca_file": "/nowhere.pem"}, PermanentError, r"\[imap\]\.ca_file: /nowhere.pem cannot be read"),
        (
            {"host": "127.0.0.1"},
            PermanentError,
            r"\[imap\]\.host: the certificate of 127.0.0.1:\d+ is for another name",
        ),
        ({"folder": "Nowhere"}, PermanentError, r"\[imap\]\.folder: there is no folder Nowhere"),
        ({"host": "no-such-host.invalid"}, TransientError, r"\[imap\]\.host: no-such-host.invalid: name not known"),
        ({"port": free_port()}, TransientError, r"\[imap\]\.host or \.port: localhost:\d+ refuses connections"),
    ],
)
def test_a_wrong_setting_is_named(
    dovecot: Dovecot, connect: Callable[..., ImapMailbox], changes: dict[str, object], error: type[Exception], text: str
) -> None:
    """Refused login, certificate and folder are permanent, an unreachable server is not; all name their key."""
    mailbox = connect(dovecot, dovecot.new_user(), **changes)
    for ask in (mailbox.check, lambda: list(mailbox.arrivals())):
        with pytest.raises(error, match=text):
            ask()


@pytest.mark.parametrize(("security", "port"), [("tls", "port"), ("starttls", "tls_port"), ("plain", "tls_port")])
def test_the_wrong_port_is_named(
    dovecot: Dovecot, connect: Callable[..., ImapMailbox], security: str, port: str
) -> None:
    """TLS against a port without it, or the other way round, is no endless wait."""
    number = getattr(dovecot, port)
    with pytest.raises(TransientError, match=r"\[imap\]"):
        connect(dovecot, dovecot.new_user(), security=security, port=number, timeout=0.5).check()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_another_authority_is_not_trusted(
    dovecot: Dovecot, connect: Callable[..., ImapMailbox], security: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A certificate from a CA other than `ca_file` is refused before the password is told."""
    other = Authority(tmp_path_factory.mktemp("other"))
    port = dovecot.tls_port if security == "tls" else dovecot.port
    with pytest.raises(PermanentError, match=r"\[imap\]\.ca_file"):
        connect(dovecot, dovecot.new_user(), security=security, port=port, ca_file=other.file).check()


def test_an_open_line_is_for_loopback_only() -> None:
    """Passwords and mail never cross a network in the clear."""
    with pytest.raises(PermanentError, match=r"\[imap\]\.security"):
        ImapMailbox(ImapSettings("imap.example.jp", 143, "plain", "desk", "x"), Limits())


@pytest.mark.parametrize("security", ["tls", "starttls", "plain"])
def test_check_says_what_the_server_can(dovecot: Dovecot, connect: Callable[..., ImapMailbox], security: str) -> None:
    """What `doctor` prints, over each kind of line."""
    user = dovecot.new_user()
    dovecot.deliver(user, mail(1))
    port = dovecot.tls_port if security == "tls" else dovecot.port
    said = connect(dovecot, user, security=security, port=port).check()
    assert said == f"{user} at localhost:{port}, INBOX holds 1 mails; MOVE yes, UIDPLUS yes, IDLE yes"


def test_flags_stay_as_they_are(dovecot: Dovecot, connect: Callable[..., ImapMailbox]) -> None:
    """Reading does not mark a mail as seen: a coordinator's mail reader still shows it as new."""
    user = dovecot.new_user()
    dovecot.deliver(user, mail(1), b"Subject: large\r\n\r\n" + b"x" * 5_000 + b"\r\n")
    list(connect(dovecot, user, Limits(mail_bytes=1_000)).arrivals())
    client = dovecot.login(user)
    client.select("INBOX", readonly=True)
    assert client.search(None, "SEEN")[1] == [b""]
    client.logout()


def test_a_round_takes_the_oldest(dovecot: Dovecot, connect: Callable[..., ImapMailbox]) -> None:
    """A round is limited; what is left waits for the next, which need not wait once something was filed away."""
    user = dovecot.new_user()
    dovecot.deliver(user, *(mail(number) for number in range(5)))
    mailbox = connect(dovecot, user, Limits(mails_per_round=2))
    rounds = []
    for _ in range(4):
        arrivals = list(mailbox.arrivals())
        rounds.append([arrival.mail.content for arrival in arrivals if arrival.mail])
        for arrival in arrivals:
            mailbox.file_away(arrival, "Processed")
        if len(rounds) < 3:
            mailbox.wait(3_600)
    assert rounds == [[mail(0), mail(1)], [mail(2), mail(3)], [mail(4)], []]


def test_a_full_folder_is_searched_piece_by_piece(
    dovecot: Dovecot, connect: Callable[..., ImapMailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer of the server becomes too long for the library, and no mail is passed over."""
    monkeypatch.setattr("mailbot.adapters.imap._SEARCH_WINDOW", 2)
    monkeypatch.setattr("mailbot.adapters.imap._SIZES_AT_ONCE", 2)
    user = dovecot.new_user()
    expected = [mail(number) for number in range(7)]
    dovecot.deliver(user, *expected)
    assert [found.mail.content for found in connect(dovecot, user).arrivals() if found.mail] == expected


def test_mail_is_fetched_in_batches(dovecot: Dovecot, connect: Callable[..., ImapMailbox]) -> None:
    """Fifty mails are held at a time: one of the next fifty that vanishes meanwhile was not fetched yet."""
    user = dovecot.new_user()
    dovecot.deliver(user, *(mail(number) for number in range(120)))
    everything = list(connect(dovecot, user).arrivals())
    round_ = connect(dovecot, user).arrivals()
    seen = [next(round_)]
    other = connect(dovecot, user)
    other.file_away(everything[49], "Processed")
    other.file_away(everything[50], "Processed")
    seen += round_
    assert [arrival.handle for arrival in seen] == [
        arrival.handle for arrival in everything if arrival != everything[50]
    ]


def test_a_restarted_server_is_found_again(
    own_dovecot: Callable[..., Dovecot], connect: Callable[..., ImapMailbox]
) -> None:
    """While the server is away every call is transient; afterwards the same mailbox goes on, in mid-round."""
    server = own_dovecot()
    user = server.new_user()
    server.deliver(user, *(mail(number) for number in range(60)))
    mailbox = connect(server, user)
    round_ = mailbox.arrivals()
    first = next(round_)
    server.stop()
    for ask in (lambda: mailbox.file_away(first, "Processed"), mailbox.check, lambda: mailbox.wait(0)):
        with pytest.raises(TransientError, match=r"\[imap\]\.host"):
            ask()
    server.start()
    mailbox.file_away(first, "Processed")
    assert len(list(round_)) == 59
    assert server.mails(user, "Processed") == [mail(0)]


def test_a_connection_lost_unnoticed_costs_one_call(
    own_dovecot: Callable[..., Dovecot], connect: Callable[..., ImapMailbox]
) -> None:
    """When the server was restarted in between, one call fails and the next makes a new connection."""
    server = own_dovecot()
    user = server.new_user()
    mailbox = connect(server, user)
    assert list(mailbox.arrivals()) == []
    server.stop()
    server.start()
    server.deliver(user, mail(1))
    with pytest.raises(TransientError):
        list(mailbox.arrivals())
    assert len(list(mailbox.arrivals())) == 1


def test_without_move_mail_is_copied(own_dovecot: Callable[..., Dovecot], connect: Callable[..., ImapMailbox]) -> None:
    """COPY and UID EXPUNGE take this mail away, and not one that somebody else marked as deleted."""
    server = own_dovecot(capability=NO_MOVE, prefix="INBOX.", separator=".")
    user = server.new_user()
    server.deliver(user, mail(1), mail(2))
    client = server.login(user)
    client.select("INBOX")
    client.store("2", "+FLAGS", "\\Deleted")
    client.logout()
    mailbox = connect(server, user)
    assert "MOVE no, UIDPLUS yes, IDLE no" in mailbox.check()
    arrivals = list(mailbox.arrivals())
    assert len(arrivals) == 2
    mailbox.file_away(arrivals[0], "Processed")
    mailbox.file_away(arrivals[0], "Processed")
    assert (server.mails(user, "INBOX.Processed"), server.mails(user, "INBOX")) == ([mail(1)], [mail(2)])


def test_without_uidplus_mail_is_marked_and_left(
    own_dovecot: Callable[..., Dovecot], connect: Callable[..., ImapMailbox]
) -> None:
    """A server that can neither move nor expunge one mail keeps it marked; it is not offered again."""
    server = own_dovecot(capability=BARE)
    user = server.new_user()
    server.deliver(user, mail(1), mail(2))
    mailbox = connect(server, user)
    mailbox.file_away(next(mailbox.arrivals()), "Processed")
    left = [arrival.mail.content for arrival in mailbox.arrivals() if arrival.mail]
    assert (left, server.mails(user, "Processed"), server.mails(user, "INBOX")) == (
        [mail(2)],
        [mail(1)],
        [mail(1), mail(2)],
    )


def test_without_idle_waiting_is_sleeping(
    own_dovecot: Callable[..., Dovecot], connect: Callable[..., ImapMailbox]
) -> None:
    """A server without IDLE is asked again after the time."""
    server = own_dovecot(capability=BARE)
    mailbox = connect(server, server.new_user())
    list(mailbox.arrivals())
    mailbox.wait(300)
    assert connect.slept == [300]  # type: ignore[attr-defined]  # see the fixture


def test_a_folder_under_the_namespace_is_made(
    own_dovecot: Callable[..., Dovecot], connect: Callable[..., ImapMailbox]
) -> None:
    """Where all folders lie below INBOX, so do ours."""
    server = own_dovecot(prefix="INBOX.", separator=".")
    user = server.new_user()
    server.deliver(user, mail(1))
    mailbox = connect(server, user)
    mailbox.file_away(next(mailbox.arrivals()), "Quarantine")
    assert server.mails(user, "INBOX.Quarantine") == [mail(1)]


def test_a_removed_folder_is_made_again(dovecot: Dovecot, connect: Callable[..., ImapMailbox]) -> None:
    """Somebody removes the folder that we move mail to: one call fails, the next makes it again."""
    user = dovecot.new_user()
    dovecot.deliver(user, mail(1), mail(2))
    mailbox = connect(dovecot, user)
    first, second = mailbox.arrivals()
    mailbox.file_away(first, "Processed")
    client = dovecot.login(user)
    client.delete("Processed")
    client.logout()
    with pytest.raises(TransientError):
        mailbox.file_away(second, "Processed")
    mailbox.file_away(second, "Processed")
    assert dovecot.mails(user, "Processed") == [mail(2)]


def test_a_renumbered_mailbox_moves_nothing(dovecot: Dovecot, connect: Callable[..., ImapMailbox]) -> None:
    """After a change of UIDVALIDITY the number of a mail means another: it is left alone."""
    user = dovecot.new_user()
    dovecot.deliver(user, mail(1))
    mailbox = connect(dovecot, user)
    [arrival] = mailbox.arrivals()
    mailbox.file_away(Arrival(f"1.{arrival.handle.partition('.')[2]}", arrival.mail), "Processed")
    assert (dovecot.mails(user, "Processed"), dovecot.mails(user, "INBOX")) == ([], [mail(1)])


def test_new_mail_ends_the_wait(dovecot: Dovecot, connect: Callable[..., ImapMailbox]) -> None:
    """IDLE returns when mail comes, long before its time."""
    user = dovecot.new_user()
    mailbox = connect(dovecot, user)
    assert list(mailbox.arrivals()) == []
    waiting = threading.Thread(target=mailbox.wait, args=(3_600,), daemon=True)
    waiting.start()
    dovecot.deliver(user, mail(1))
    waiting.join(timeout=60)
    assert not waiting.is_alive()
    assert len(list(mailbox.arrivals())) == 1


def test_mail_that_came_during_the_round_ends_the_wait(dovecot: Dovecot, connect: Callable[..., ImapMailbox]) -> None:
    """What the server announced while we were busy is not forgotten; what we have seen does not count."""
    user = dovecot.new_user()
    dovecot.deliver(user, mail(1))
    mailbox = connect(dovecot, user)
    round_ = mailbox.arrivals()
    arrival = next(round_)
    dovecot.deliver(user, mail(2))
    mailbox.file_away(arrival, "Processed")
    mailbox.wait(3_600)
    assert [found.mail.content for found in mailbox.arrivals() if found.mail] == [mail(2)]


def test_a_server_that_goes_away_ends_the_wait(
    own_dovecot: Callable[..., Dovecot], connect: Callable[..., ImapMailbox]
) -> None:
    """A connection that is lost during IDLE is transient, not an endless wait."""
    server = own_dovecot()
    mailbox = connect(server, server.new_user())
    list(mailbox.arrivals())
    caught: list[Exception] = []

    def wait() -> None:
        try:
            mailbox.wait(3_600)
        except TransientError as exc:
            caught.append(exc)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    server.stop()
    waiting.join(timeout=60)
    assert len(caught) == 1


def test_the_library_logs_no_mail(
    dovecot: Dovecot, connect: Callable[..., ImapMailbox], caplog: pytest.LogCaptureFixture
) -> None:
    """Not even with every logger at debug level do mails or passwords reach a log."""
    user = dovecot.new_user()
    dovecot.deliver(user, b"Subject: x\r\n\r\nCANARY\r\n")
    with caplog.at_level("DEBUG"):
        list(connect(dovecot, user).arrivals())
    assert "CANARY" not in caplog.text
    assert PASSWORD not in caplog.text


def test_secrets_are_not_shown() -> None:
    """The password is not part of what the settings look like in a log."""
    assert "geheim" not in repr(ImapSettings(HOST, 143, "plain", "desk", "geheim"))
