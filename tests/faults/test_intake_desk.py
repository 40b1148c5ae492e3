"""A whole desk on an IMAP server that fails: what it tells, and that nothing is lost or done twice."""

from collections.abc import Iterator
from typing import Any

import pytest

from mailbot import daemon
from mailbot.core.limits import Limits
from mailbot.errors import TransientError
from mailbot.watching import Watch
from tests.faults.imap_desk import ImapDesk
from tests.faults.imap_proxy import Cut, cutting
from tests.faults.imap_server import HANG, serving
from tests.servers import PASSWORD, Dovecot

LIMITS = Limits(mail_bytes=3_000, header_bytes=2_000)
ENDING = (2, 3, 7)  # cases, mails that are done, mails that went out
LARGE = b"Subject: large\r\nFrom: big@example.org\r\n\r\n" + b"x" * 4_000 + b"\r\n"


def mails(desk: ImapDesk) -> list[bytes]:
    """Two reports and a mail that is too large."""
    first, second = desk.reports(2)
    return [first, LARGE, second]


@pytest.fixture
def cut(dovecot: Dovecot) -> Iterator[Cut]:
    with cutting(dovecot.port) as made:
        yield made


def test_t25_dovecot_ends_at_any_byte(dovecot: Dovecot, cut: Cut) -> None:
    """The same with a real server behind a line that is cut, in five places, under a whole desk."""
    at = passed = 0
    while at <= passed:
        with ImapDesk(cut.port, dovecot.new_user(), PASSWORD, LIMITS) as desk:
            dovecot.deliver(desk.settings.username, *mails(desk))
            cut.left = at if passed else -1
            assert desk.try_round() is None or desk.try_round() is None, at
            cut.left = -1
            found = [len(dovecot.mails(desk.settings.username, name)) for name in ("INBOX", "Processed", "Held")]
            assert (desk.outcome(), found) == (ENDING, [0, 2, 1]), at
        passed = passed or cut.passed
        at += passed // 5


def test_t61_a_full_mailbox_is_told_each_round_and_nothing_is_done_twice() -> None:
    """Reports are taken in and answered though they cannot be moved; each round says why, until there is room."""
    with serving() as server, ImapDesk(server.port, limits=LIMITS) as desk:
        server.folders["INBOX"] = dict(enumerate(mails(desk), 1))
        for _ in range(2):
            server.script("UID MOVE", *["{tag} NO [OVERQUOTA] Quota exceeded"] * 3)
            assert "the mailbox is full" in str(desk.try_round())
            desk.restart()
        assert len(server.contents("INBOX")) == 3
        assert desk.try_round() is None
        assert (desk.outcome(), len(server.contents("Processed")), len(server.contents("Held"))) == (ENDING, 2, 1)


def test_a_hung_server_ends_the_round_with_a_failure_that_passes() -> None:
    """The round ends in what the command line makes exit status 75 of, after its other work; nothing is lost."""
    with serving() as server, ImapDesk(server.port, limits=LIMITS) as desk:
        server.folders["INBOX"] = dict(enumerate(mails(desk), 1))
        desk.restart(timeout=0.3)
        server.script("UID FETCH", HANG)
        assert "did not answer in time" in str(desk.try_round())
        desk.restart(timeout=20)
        assert desk.try_round() is None
        assert desk.outcome() == ENDING


class Unwatched(Watch):
    """Tells nobody how the desk is."""

    def __init__(self) -> None:
        pass

    def failed(self, *_: Any, **__: Any) -> None:
        """Nothing."""


def test_a_server_that_refuses_is_asked_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The daemon's pauses double up to five minutes, and begin small again after a round that worked."""
    pauses: list[float] = []
    works = iter([*[False] * 10, True, False, None])

    def work(*_: Any) -> None:
        match next(works):
            case False:
                raise TransientError("[imap].host: too many connections")
            case None:
                stops[0].asked.set()

    class Stop(daemon.Stop):
        def __init__(self) -> None:
            super().__init__()
            stops.append(self)
            self.asked.wait = pauses.append  # type: ignore[method-assign, assignment]  # time that nobody waits for

        def listen(self) -> None:
            """To no signals of the test run."""

    stops: list[Stop] = []
    monkeypatch.setattr(daemon, "work", work)
    monkeypatch.setattr(daemon, "Stop", Stop)
    with serving() as server, ImapDesk(server.port) as desk:
        assert daemon.serve(desk.bot, desk.imap, lambda: desk.now, lambda _: None, watch=Unwatched()) == 0
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 2]
