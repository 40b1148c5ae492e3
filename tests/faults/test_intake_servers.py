"""What a mail server may do: be full, hang, throttle, lie, renumber. Nothing is lost, nothing is taken twice."""

import threading
from contextlib import closing, suppress

import pytest

from mailbot.adapters import imap_connecting
from mailbot.adapters.imap import ImapMailbox, ImapSettings
from mailbot.core.limits import Limits
from mailbot.errors import PermanentError, TransientError
from tests.faults.imap_memory import LIMITS, Memory, mailbox_on
from tests.faults.imap_server import DROP, HANG, ImapServer, Line, serving

MAILS = tuple(f"Subject: {n}\r\n\r\nCANARY {n}\r\n".encode() for n in range(3))
FULL = "{tag} NO [OVERQUOTA] Quota exceeded (mailbox for user is full)"


def all_moved(server: ImapServer, memory: Memory, count: int = 3) -> bool:
    """Whether each mail was stored once and lies in Processed once."""
    filed = server.contents("Processed")
    return len(memory.stored) == len(filed) == len(set(filed)) == count and not server.contents("INBOX")


def test_t25_renumbered_between_rounds() -> None:
    """After a change of UIDVALIDITY every mail is offered anew: what is known is only moved."""
    with serving(*MAILS) as server:
        memory = Memory(server)
        server.script("UID MOVE", *[FULL] * 3)
        assert not memory.round()
        server.validity, inbox = 8, server.folders["INBOX"]
        server.folders["INBOX"] = dict(zip((12, 11, 10), inbox.values(), strict=True))
        assert memory.round()
        assert all_moved(server, memory)


def test_t25_renumbered_in_mid_round() -> None:
    """The server goes away in a round and comes back renumbered: no wrong mail is moved, the next round does all."""
    mails = [f"Subject: {n}\r\n\r\ntext\r\n".encode() for n in range(60)]
    with serving(*mails) as server, closing(mailbox_on(server)) as mailbox:
        taken = []
        for arrival in mailbox.arrivals():
            taken.append(arrival)
            if len(taken) == 10:
                server.validity = 8
                server.folders["INBOX"] = dict(enumerate(reversed(mails), 1))
                server.script("UID MOVE", DROP)
            with suppress(TransientError):
                mailbox.file_away(arrival, "Processed")
        assert len(taken) == 50
        assert server.contents("Processed") == mails[:9]
        assert [a.mail.content for a in mailbox.arrivals() if a.mail] == mails[::-1]


@pytest.mark.parametrize(("able", "refused"), [("MOVE", "UID MOVE"), ("UIDPLUS", "UID COPY"), ("", "UID COPY")])
def test_t61_a_full_mailbox_keeps_mail_where_it_is(able: str, refused: str) -> None:
    """Nothing is moved, copied or marked, the failure says why and what to do; with room again each is moved once."""
    with serving(*MAILS, able=able) as server:
        memory = Memory(server)
        for _ in range(2):
            server.script(refused, *[FULL] * 3)
            assert not memory.round()
            assert "the mailbox is full: remove old mail there or have it enlarged" in memory.failure
            assert (len(server.contents("INBOX")), server.contents("Processed"), server.deleted) == (3, [], set())
        assert memory.round()
        assert all_moved(server, memory)


def test_mail_that_cannot_be_moved_does_not_keep_new_mail_out() -> None:
    """A round takes no more than its limit; what is stuck gets half of it, new mail the other half."""
    with serving(*MAILS) as server:
        memory = Memory(server, Limits(mails_per_round=3))
        server.script("UID MOVE", *[FULL] * 3)
        memory.round()
        server.put("INBOX", b"Subject: new\r\n\r\n\r\n")
        server.put("INBOX", b"Subject: newer\r\n\r\n\r\n")
        server.script("UID MOVE", *[FULL] * 3)
        memory.round()
        assert len(memory.stored) == 5


def test_what_comes_after_a_copy_may_fail_for_ever() -> None:
    """Where a copy cannot be marked or expunged, it is not made again each round."""
    with serving(*MAILS[:1], able="UIDPLUS") as server:
        memory = Memory(server)
        server.script("UID STORE", *["{tag} NO [NOPERM] no right to delete"] * 3)
        assert [memory.round() for _ in range(4)] == [False, False, False, True]
        assert server.count("UID COPY") == 1
        assert all_moved(server, memory, 1)


@pytest.mark.parametrize(
    "where", ["greeting", "CAPABILITY", "LOGIN", "SELECT", "UID SEARCH", "UID FETCH", "LIST", "UID MOVE"]
)
@pytest.mark.parametrize("how", [HANG, DROP])
def test_t25_a_server_that_hangs_or_drops_at_any_command(where: str, how: str) -> None:
    """It is left after the time-out; the next round does the rest."""
    with serving(*MAILS) as server:
        memory = Memory(server, timeout=0.3)
        if where == "greeting":
            server.greeting = "* BYE too busy" if how == DROP else HANG
        else:
            server.script(where, how)
        assert not memory.round()
        assert "[imap].host" in memory.failure
        server.greeting = "* OK ready"
        assert memory.round()
        assert all_moved(server, memory)


def test_an_idle_that_died_is_noticed() -> None:
    """A server that fell silent in IDLE, without ending the connection, costs its time-out; then all is polled anew."""
    with serving(*MAILS) as server, closing(mailbox_on(server, timeout=0.3)) as mailbox:
        assert len(list(mailbox.arrivals())) == 3
        server.script("IDLE", "+ idling")
        server.script("DONE", HANG)
        with pytest.raises(TransientError, match="did not answer in time"):
            mailbox.wait(0.1)
        assert len(list(mailbox.arrivals())) == 3
        assert server.logins == 2
        mailbox.wait(0.1)


def test_news_that_is_none_does_not_make_us_ask_without_end() -> None:
    """A server that announces mail in each IDLE, and has none, is asked again when the time is over."""
    slept: list[float] = []
    with serving(*MAILS) as server:
        settings = ImapSettings("localhost", server.port, "plain", "desk", "x", timeout=20)
        with closing(ImapMailbox(settings, LIMITS, sleep=slept.append)) as mailbox:
            list(mailbox.arrivals())
            server.script("IDLE", *[_announcing] * 2)
            mailbox.wait(20)
            assert [0 < seconds < 20 for seconds in slept] == [True]
            server.script("SELECT", _normal_select)
            server.script("SELECT", _with_new_mail)
            mailbox.wait(20)
            assert len(slept) == 1


def _announcing(line: Line, _tag: str, _arguments: str) -> None:
    line.say("+ idling")
    threading.Timer(0.1, line.say, ["* 3 EXISTS"]).start()


def _normal_select(line: Line, tag: str, arguments: str) -> None:
    line.normal(tag, "SELECT", arguments)


def _with_new_mail(line: Line, tag: str, arguments: str) -> None:
    line.server.put("INBOX", MAILS[0])
    line.normal(tag, "SELECT", arguments)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("[UNAVAILABLE] Maximum number of connections from user+IP exceeded", TransientError),
        ("[LIMIT] LOGIN Rate limit hit", TransientError),
        ("[THROTTLED] come back later", TransientError),
        ("[OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)", TransientError),
        ("[ALERT] Too many simultaneous connections. (Failure)", TransientError),
        ("Request is throttled. Suggested Backoff Time: 91694 milliseconds", TransientError),
        ("User is authenticated but not connected.", TransientError),
        ("[AUTHENTICATIONFAILED] Invalid credentials (Failure)", PermanentError),
        ("LOGIN failed.", PermanentError),
    ],
)
def test_a_throttled_login_passes(said: str, error: type[Exception]) -> None:
    """What large providers say to somebody who asks too often is no wrong password, after which a person is needed."""
    with serving() as server, closing(mailbox_on(server)) as mailbox:
        server.script("LOGIN", f"{{tag}} NO {said}")
        with pytest.raises(error):
            list(mailbox.arrivals())


def test_a_throttled_fetch_is_not_repeated_mail_by_mail() -> None:
    """That a server cannot read one mail is looked into; that it wants to be left alone is heeded at once."""
    with serving(*MAILS) as server:
        memory = Memory(server)
        server.script("UID FETCH", "* OK x\n{tag} NO [UNAVAILABLE] later")
        assert not memory.round()
        server.script("UID FETCH", _sizes, "{tag} NO [THROTTLED] later")
        assert not memory.round()
        assert server.count("UID FETCH") == 3
        server.script("UID FETCH", _sizes, "{tag} NO [SERVERBUG x] it is damaged", "{tag} NO it is damaged")
        assert memory.round()
        assert len(memory.stored) == 2


def _sizes(line: Line, tag: str, arguments: str) -> None:
    line.normal(tag, "UID FETCH", arguments)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("SELECT", "* OK [UIDVALIDITY 7] ok\n{tag} OK done"),
        ("SELECT", "* many EXISTS\n{tag} OK done"),
        ("SELECT", "* 3 EXISTS\n* OK [UIDVALIDITY CANARY] ok\n{tag} OK done"),
        ("UID SEARCH", "* SEARCH 1 CANARY\n{tag} OK done"),
        ("UID FETCH", "* 1 FETCH (UID 1 RFC822.SIZE CANARY)\n{tag} OK done"),
        ("UID FETCH", "* 1 FETCH (UID CANARY RFC822.SIZE 9)\n{tag} OK done"),
        ("UID FETCH", "* 1 FETCH (UID 1 BODY[] {{9}}\nCANARY\n)\n{tag} OK done"),
        ("UID FETCH", "* 1 FETCH (UID 1 BODY[] {{99999999999}}\nCANARY"),
        ("UID FETCH", "* 1 FETCH (UID 1 BODY[] {{4}}\nCANARY\n)\n{tag} OK done"),
        ("UID FETCH", '* 1 FETCH (UID 1 BODY[] "CANARY\n{tag} OK done'),
        ("UID FETCH", "* 1 FETCH UID\n{tag} OK done"),
        ("UID FETCH", "CANARY\n{tag} OK done"),
        ("UID MOVE", "* CANARY\n{tag} WHAT"),
        ("NAMESPACE", "* NAMESPACE CANARY\n{tag} OK done"),
        ("LIST", "* LIST CANARY\n{tag} OK done"),
    ],
)
def test_a_server_that_lies(command: str, answer: str, caplog: pytest.LogCaptureFixture) -> None:
    """An answer that is not IMAP ends the connection, never the bot; no piece of it is repeated; the next round works.

    Of a literal that claims to be gigantic nothing is read.
    """
    with serving(*MAILS, able="MOVE NAMESPACE") as server:
        memory = Memory(server, timeout=0.5)
        server.script(command, answer)
        memory.round()
        assert "CANARY" not in memory.failure + caplog.text
        assert memory.round()
        assert all_moved(server, memory)


def test_t61_a_size_that_was_wrong() -> None:
    """A mail that turns out larger than its listed size is never fetched whole; it is held as any large one is."""
    large = b"Subject: large\r\n\r\n" + b"x" * 9_000_000
    with serving(large, MAILS[0]) as server:
        memory = Memory(server)
        lie = "* 1 FETCH (UID 1 RFC822.SIZE 10)\n* 2 FETCH (UID 2 RFC822.SIZE 27)\n{tag} OK done"
        server.script("UID FETCH", lie)
        assert memory.round()
        assert (server.contents("Held"), server.contents("Processed")) == ([large], [MAILS[0]])
        assert server.said < 2 * LIMITS.mail_bytes


def test_a_server_that_gives_the_whole_where_a_piece_was_asked_for() -> None:
    """Some say BODY[] of a mail that is smaller than the piece: it is taken."""

    def whole(line: Line, tag: str, _: str) -> None:
        for uid, content in line.server.folders["INBOX"].items():
            line.say(f"* {uid} FETCH (UID {uid} BODY[] {{{len(content)}}}", content, ")")
        line.say(f"{tag} OK done")

    with serving(*MAILS) as server:
        memory = Memory(server)
        server.script("UID FETCH", _sizes, whole)
        assert memory.round()
        assert all_moved(server, memory)


def test_a_mail_that_vanishes_while_it_is_moved() -> None:
    """A person takes a mail away between our look and our move: nothing is wrong, and it is not counted as stuck."""

    def gone(line: Line, tag: str, _: str) -> None:
        del line.server.folders["INBOX"][1]
        line.say(f"{tag} NO [NONEXISTENT] no such mail")

    with serving(*MAILS) as server:
        memory = Memory(server)
        server.script("UID MOVE", gone)
        assert memory.round()
        assert (len(memory.stored), server.contents("Processed")) == (3, list(MAILS[1:]))


@pytest.mark.parametrize("bounded", [True, False])
def test_t61_a_literal_beyond_what_was_asked_for(bounded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends more than was asked for is left before it is read; without the bound all is taken in."""
    if not bounded:
        monkeypatch.setattr(imap_connecting, "_bound", lambda *_: None)

    def more(line: Line, tag: str, _: str) -> None:
        line.say("* 1 FETCH (UID 1 BODY[]<0> {5000000}", b"x" * 5_000_000, ")", f"{tag} OK done")

    with serving(*MAILS) as server, closing(mailbox_on(server)) as mailbox:
        server.script("UID FETCH", _sizes, more)
        if bounded:
            with pytest.raises(TransientError, match="broke off"):
                list(mailbox.arrivals())
        else:
            assert [arrival.size for arrival in mailbox.arrivals()] == [5_000_000]
