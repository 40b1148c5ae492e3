"""Getting access tokens from a token server on loopback: every flow, rotation, revocation, and what it may do wrong."""

import logging
import os
import stat
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailbot.adapters.access import AccessTokens
from mailbot.adapters.codec import SealedCodec, load_or_make_key
from mailbot.adapters.grants import GrantFile
from mailbot.adapters.sign_in import sign_in
from mailbot.adapters.token_server import TokenServer as Client
from mailbot.adapters.token_server import TokenSettings
from mailbot.errors import AccessError, ConfigError, TransientError
from tests.servers import HOST, Authority, free_port
from tests.servers_bearer import secrets_in
from tests.servers_tokens import CLIENT, SECRET, TokenServer

_START = datetime(2026, 11, 22, 9, tzinfo=UTC)
_KEY = bytes(range(32))


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = _START

    def __call__(self) -> datetime:
        return self.now

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server() -> Iterator[TokenServer]:
    """A token server over http, as only this machine may have it."""
    made = TokenServer()
    made.start()
    yield made
    made.stop()


Open = Callable[..., AccessTokens]


@pytest.fixture
def access(server: TokenServer, clock: Clock, tmp_path: Path) -> Open:
    """Opens the tokens of one account, as each process does."""

    def make(by_itself: bool = False, key: bytes = _KEY, **changes: Any) -> AccessTokens:
        settings: dict[str, Any] = {
            "table": "[imap.oauth2]",
            "remedy": "run mailbot auth imap",
            "client_id": CLIENT,
            "client_secret": lambda: SECRET,
            "token_url": server.url("token"),
            "device_url": server.url("device"),
            "authorization_url": "https://login.test/authorize",
            "scopes": ("https://mail.test/", "offline_access"),
            "timeout": 5,
        }
        client = Client(TokenSettings(**(settings | changes)), clock)
        return AccessTokens(client, GrantFile(tmp_path / "state", "account", SealedCodec(key)), by_itself, clock)

    return make


def _signed_in(server: TokenServer, opened: AccessTokens, clock: Clock) -> AccessTokens:
    """Somebody has entered the code."""

    def enter(_: float) -> None:
        server.approve(next(code for code in reversed(server.issued) if code.startswith("device-")), "user1")

    sign_in(opened, "device", lambda _: None, lambda _: "", enter)
    return opened


def test_a_code_is_entered_in_any_browser(server: TokenServer, access: Open) -> None:
    """`device`: address and code are told, the server is asked at its pace, and what it gives is kept."""
    told: list[str] = []
    pauses: list[float] = []

    def wait(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 4:
            server.approve(server.issued[0], "user1")

    opened = access()
    sign_in(opened, "device", told.append, lambda _: "", wait)
    assert "https://login.test/device" in told[0]
    assert "WDJB-MJHT" in told[0]
    assert pauses == [5, 5, 10, 10]
    assert server.user_of(opened()) == "user1"
    assert "device_code" not in repr(opened.server)


def test_a_person_who_says_no(server: TokenServer, access: Open) -> None:
    """A sign-in that is declined, or a code that is wrong, ends at once, and is not called the end of an older one."""
    for code in ("access_denied", "expired_token", "invalid_grant"):
        server.script.append((400, {"error": code}))
        with pytest.raises(AccessError, match=rf"127\.0\.0\.1 refuses us \({code}\); run mailbot auth imap"):
            sign_in(access(), "device", lambda _: None, lambda _: "", lambda _: None)


def test_a_code_that_nobody_enters_ends(access: Open) -> None:
    """The wait for a person has an end, and nothing is kept."""
    opened = access()
    with pytest.raises(AccessError, match="nobody entered the code in time; run mailbot auth imap"):
        sign_in(opened, "device", lambda _: None, lambda _: "", lambda _: None)
    assert opened.held() is None


def test_a_page_is_opened_in_any_browser(server: TokenServer, access: Open) -> None:
    """`code`: the address that the browser ends at is pasted; PKCE and state tie it to the page."""
    shown: list[str] = []

    def paste(_: str) -> str:
        url = next(line for line in "\n".join(shown).splitlines() if line.startswith("https://login.test/"))
        return server.agree(url, "user1")

    opened = access(extra=(("access_type", "offline"),))
    sign_in(opened, "code", shown.append, paste)
    assert server.user_of(opened()) == "user1"
    assert "access_type=offline" in shown[0]


@pytest.mark.parametrize(
    ("pasted", "why"),
    [
        ("http://127.0.0.1:8765/?state=another&code=x", "mismatching_state"),
        ("http://127.0.0.1:8765/?code=x", "mismatching_state"),
        ("nonsense", "insecure_transport"),
        ("", "insecure_transport"),
    ],
)
def test_an_address_of_another_page_is_refused(access: Open, pasted: str, why: str) -> None:
    """A pasted address counts only with the state of the page that was just shown."""
    opened = access()
    with pytest.raises(AccessError, match=rf"that address holds no consent \({why}\)"):
        sign_in(opened, "code", lambda _: None, lambda _: pasted)


def test_the_application_itself(server: TokenServer, access: Open, clock: Clock) -> None:
    """`client_credentials`: no person and no refresh token; the next one is got like the first."""
    opened = access(by_itself=True, scopes=("https://mail.test/.default",))
    first = opened()
    clock.later(hours=1)
    assert opened() != first
    assert [request["grant_type"] for request in server.requests] == ["client_credentials"] * 2
    assert server.requests[0]["scope"] == "https://mail.test/.default"


def test_a_token_is_kept_until_shortly_before_its_end(server: TokenServer, access: Open, clock: Clock) -> None:
    """Each process uses the token that is kept; five minutes before its end, and not earlier, the next one is got."""
    opened = _signed_in(server, access(), clock)
    first = opened()
    before = len(server.requests)
    clock.later(minutes=54, seconds=59)
    assert [opened(), access()()] == [first, first]
    assert len(server.requests) == before
    clock.later(seconds=1)
    assert opened() != first
    assert [r["grant_type"] for r in server.requests[before:]] == ["refresh_token"]


@pytest.mark.parametrize(("lifetime", "good_for"), [(3600, 3300), (600, 450), (40, 30)])
def test_a_short_life_is_not_spent_on_caution(
    server: TokenServer, access: Open, clock: Clock, lifetime: int, good_for: int
) -> None:
    """A token is given up five minutes before its end, or a quarter of its life if that is less."""
    server.lifetime = lifetime
    grant = _signed_in(server, access(), clock).held()
    assert grant
    assert grant.is_fresh(_START + timedelta(seconds=good_for - 1))
    assert not grant.is_fresh(_START + timedelta(seconds=good_for))


def test_a_clock_set_back_makes_no_token_eternal(server: TokenServer, access: Open, clock: Clock) -> None:
    """A token from the future, as our clock has it, is replaced; a few minutes of difference are not minded."""
    opened = _signed_in(server, access(), clock)
    first = opened()
    clock.later(minutes=-4)
    assert opened() == first
    clock.later(days=-1)
    assert opened() != first


def test_a_refresh_token_is_used_once(server: TokenServer, access: Open, clock: Clock) -> None:
    """The server gives a new refresh token each time; nobody uses the same one twice, which it takes for theft."""
    one = _signed_in(server, access(), clock)
    other = access()
    for _ in range(4):
        clock.later(hours=1)
        assert one() == other()
    used = [r["refresh_token"] for r in server.requests if r.get("grant_type") == "refresh_token"]
    assert len(used) == len(set(used)) == 4


def test_processes_take_turns(server: TokenServer, access: Open, clock: Clock) -> None:
    """Many that find the token at its end at the same moment get one new token between them."""
    _signed_in(server, access(), clock)
    clock.later(hours=1)
    before = len(server.requests)
    start = threading.Barrier(6)

    def ask(_: int) -> str:
        opened = access()
        start.wait(20)
        return opened()

    with ThreadPoolExecutor(6) as pool:
        got = set(pool.map(ask, range(6)))
    assert len(got) == 1
    assert len(server.requests) == before + 1


def test_a_server_that_keeps_its_refresh_token(server: TokenServer, access: Open, clock: Clock) -> None:
    """Where the answer holds no new refresh token the old one stays."""
    server.rotates = False
    opened = _signed_in(server, access(), clock)
    for _ in range(2):
        clock.later(hours=1)
        assert server.user_of(opened()) == "user1"


def test_a_token_that_was_refused_is_replaced(server: TokenServer, access: Open, clock: Clock) -> None:
    """Renewing gives what another process has got since, else a new one."""
    opened = _signed_in(server, access(), clock)
    first = opened()
    second = opened.renew(first)
    assert second != first
    assert access().renew(first) == second


def test_t60_a_revoked_sign_in_is_told_and_logged(
    server: TokenServer, access: Open, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """It says what ended and what to do, in the log too, repeats no secret, and a new sign-in mends it at once."""
    opened = _signed_in(server, access(), clock)
    server.revoke("user1")
    clock.later(hours=1)
    with caplog.at_level(logging.DEBUG), pytest.raises(AccessError) as caught:
        opened()
    told = str(caught.value)
    assert told.startswith("[imap.oauth2]: the desk's sign-in has ended: invalid_grant: Token … has been expired")
    assert told.endswith("; run mailbot auth imap")
    assert told in caplog.text
    seen = caplog.text + told + repr(opened.held()) + repr(opened.server.settings)
    assert not [secret for secret in (*server.issued, SECRET) if secret in seen]
    _signed_in(server, access(), clock)
    assert server.user_of(opened()) == "user1"


def test_t60_a_refusal_is_not_asked_for_a_hundred_times(
    server: TokenServer, access: Open, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Within half a minute the answer is the one that is known; afterwards the server is asked again."""
    opened = _signed_in(server, access(), clock)
    server.revoke("user1")
    clock.later(hours=1)
    before = len(server.requests)
    for _ in range(3):
        with pytest.raises(AccessError):
            opened()
    assert len(server.requests) == before + 1
    assert len(caplog.records) == 1
    clock.later(seconds=31)
    with pytest.raises(AccessError):
        opened()
    assert len(server.requests) == before + 2


def test_nobody_has_signed_in(access: Open) -> None:
    """The first error of a new desk names the verb."""
    with pytest.raises(AccessError, match="nobody has signed in yet; run mailbot auth imap"):
        access()()


def test_what_is_kept_is_sealed(server: TokenServer, access: Open, clock: Clock, tmp_path: Path) -> None:
    """No token lies in the clear, only we may read the file, and without its key it is worth nothing."""
    opened = _signed_in(server, access(), clock)
    assert secrets_in(tmp_path, *server.issued, SECRET) == []
    path = tmp_path / "state" / "oauth" / "account"
    assert [stat.S_IMODE(os.stat(p).st_mode) for p in (path, path.parent)] == [0o600, 0o700]
    with pytest.raises(AccessError, match="damaged, or sealed with another key"):
        access(key=bytes(32))()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(AccessError, match="damaged, or sealed with another key"):
        opened()
    with pytest.raises(ConfigError, match="the key is missing"):
        load_or_make_key(tmp_path / "state.key", tmp_path / "state")


def test_a_disk_that_takes_nothing_costs_no_refresh_token(
    server: TokenServer, access: Open, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old refresh token is not spent where the next one could not be kept."""
    opened = _signed_in(server, access(), clock)
    clock.later(hours=1)
    before = len(server.requests)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("mailbot.adapters.grants.write_file", full)
        with pytest.raises(TransientError, match="disk full"):
            opened()
    assert len(server.requests) == before
    assert server.user_of(opened()) == "user1"


def test_a_disk_that_fills_in_between_keeps_it_in_memory(
    server: TokenServer, access: Open, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new refresh token that cannot be written is used from memory, and written as soon as that goes."""
    opened = _signed_in(server, access(), clock)
    save = GrantFile.save
    writes: list[int] = []

    def second_fails(self: GrantFile, grant: Any) -> None:
        writes.append(1)
        if len(writes) == 2:
            raise TransientError("disk full")
        save(self, grant)

    monkeypatch.setattr(GrantFile, "save", second_fails)
    for _ in range(2):
        clock.later(hours=1)
        assert server.user_of(opened()) == "user1"
    assert access()() == opened()


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        ((500, "<html>"), TransientError, "answers HTTP 500"),
        ((429, {"error": "too_many"}), TransientError, "answers HTTP 429"),
        ((200, "<html>"), TransientError, "does not answer as a token server does"),
        ((200, [1]), TransientError, "does not answer as a token server does"),
        ((302, {}), AccessError, "gave no usable token"),
        ((400, {"error": "temporarily_unavailable"}), TransientError, "is busy"),
        ((400, {"error": "interaction_required"}), AccessError, "refuses us .interaction_required.; run mailbot auth"),
        (
            (401, {"error": "invalid_client", "error_description": "x\r\nSet: y"}),
            AccessError,
            "invalid_client: x.; run",
        ),
        ((400, {"error": ["odd"], "error_description": {"a": 1}}), AccessError, "refuses us"),
        ((200, {"token_type": "Bearer"}), AccessError, "gave no usable token"),
        ((200, {"access_token": "a\x01b", "token_type": "Bearer"}), AccessError, "gave no usable token"),
        ((200, {"access_token": "a b", "token_type": "Bearer"}), AccessError, "gave no usable token"),
        ((200, {"access_token": "x" * 20_000, "token_type": "Bearer"}), AccessError, "gave no usable token"),
        ((200, {"access_token": "abc", "token_type": "mac"}), AccessError, "gave no usable token"),
        ((200, {"access_token": "abc", "refresh_token": 7}), AccessError, "unusable refresh token"),
        ((200, {"access_token": "x", "pad": "x" * 70_000}), TransientError, "sends too much or too slowly"),
    ],
)
def test_an_answer_that_is_none(
    server: TokenServer, access: Open, clock: Clock, answer: Any, error: type[Exception], text: str
) -> None:
    """What may pass is told apart from what a person must mend; the sign-in stays as it was."""
    opened = _signed_in(server, access(), clock)
    clock.later(hours=1)
    server.script.append(answer)
    with pytest.raises(error, match=text) as caught:
        opened()
    assert isinstance(caught.value, AccessError) == (error is AccessError)
    clock.later(minutes=1)
    assert server.user_of(opened()) == "user1"


@pytest.mark.parametrize("life", [None, "3600", "soon", -5, 10**12])
def test_a_life_that_is_odd(server: TokenServer, access: Open, clock: Clock, life: Any) -> None:
    """A missing, odd or endless life is bounded to a day."""
    server.lifetime = life
    grant = _signed_in(server, access(), clock).held()
    assert grant
    assert timedelta(0) <= grant.expires - grant.issued <= timedelta(days=1)


def test_nothing_follows_a_redirect(server: TokenServer, access: Open, clock: Clock) -> None:
    """A token server that sends us elsewhere gets no second request."""
    opened = _signed_in(server, access(), clock)
    clock.later(hours=1)
    moved = access(token_url=server.url("elsewhere"))
    before = len(server.requests)
    with pytest.raises(AccessError, match="gave no usable token"):
        moved()
    assert [r["path"] for r in server.requests[before:]] == ["/elsewhere"]
    assert server.user_of(opened()) == "user1"


def test_a_server_that_is_away(server: TokenServer, access: Open, clock: Clock) -> None:
    """It may come back; the error names table and host."""
    _signed_in(server, access(), clock)
    clock.later(hours=1)
    gone = access(token_url=f"http://127.0.0.1:{free_port()}/token")
    with pytest.raises(TransientError, match=r"\[imap.oauth2\]: 127.0.0.1 cannot be reached") as caught:
        gone()
    assert not isinstance(caught.value, AccessError)


def test_secrets_go_over_tls_only(access: Open, server: TokenServer) -> None:
    """Elsewhere than on this machine http is refused before anything is sent."""
    with pytest.raises(AccessError, match="asked over https only"):
        access(by_itself=True, token_url="http://login.test/token")()
    assert server.requests == []


def test_a_certificate_is_checked(authority: Authority, access: Open) -> None:
    """By the system's authorities, or by those that the configuration names."""
    server = TokenServer(authority.server_context())
    server.start()
    try:
        url = server.url("token", HOST)
        with pytest.raises(AccessError, match="its certificate is not trusted; see oauth_ca_file"):
            access(by_itself=True, token_url=url)()
        with pytest.raises(AccessError, match=r"\[imap.oauth2\].oauth_ca_file: /nowhere.pem cannot be read"):
            access(by_itself=True, token_url=url, ca_file="/nowhere.pem")()
        assert access(by_itself=True, token_url=url, ca_file=authority.file)()
    finally:
        server.stop()
