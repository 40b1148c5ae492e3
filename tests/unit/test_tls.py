"""What failures of a connection mean, and which lines may be in the clear."""

from socket import EAI_NONAME, gaierror
from ssl import SSLError

import pytest

from mailbot.adapters.tls import Security, client_context, explain, printable, refuse_open_line
from mailbot.core.hosts import is_loopback
from mailbot.errors import PermanentError


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("localhost.", True),
        ("127.0.0.1", True),
        ("127.8.0.9", True),
        ("::1", True),
        ("[::1]", True),
        ("192.0.2.1", False),
        ("0.0.0.0", False),
        ("localhost.example.jp", False),
        ("", False),
    ],
)
def test_which_hosts_are_this_machine(host: str, expected: bool) -> None:
    """By name or number, without asking DNS."""
    assert is_loopback(host) is expected


@pytest.mark.parametrize(("security", "host"), [("tls", "a.example"), ("starttls", "a.example"), ("plain", "::1")])
def test_lines_that_are_closed_or_stay_here_are_fine(security: Security, host: str) -> None:
    """TLS anywhere, plain on loopback."""
    refuse_open_line(security, host, "imap")


def test_an_open_line_names_its_key() -> None:
    """The message says what to set instead."""
    with pytest.raises(PermanentError, match=r'\[smtp\]\.security: "plain" is for loopback only; use "tls"'):
        refuse_open_line("plain", "smtp.example.jp", "smtp")


def test_a_ca_file_without_certificates_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file that is no PEM is told, not ignored."""
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    path.write_text("nothing")
    with pytest.raises(PermanentError, match=r"\[imap\]\.ca_file"):
        client_context(str(path), "imap")


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (gaierror(EAI_NONAME, "unknown"), "[imap].host: a.example: name not known (unknown)"),
        (ConnectionRefusedError(111, "x"), "[imap].host or .port: a.example:993 refuses connections"),
        (TimeoutError(), "[imap].host or .port: a.example:993 did not answer in time"),
        (SSLError(1, "wrong version"), "[imap].security or .port: no TLS with a.example:993 (wrong version)"),
        (OSError(113, "No route"), "[imap].host or .port: a.example:993 cannot be reached ([Errno 113] No route)"),
        (ConnectionResetError(), "[imap].host or .port: a.example:993 cannot be reached (ConnectionResetError)"),
    ],
)
def test_each_failure_names_its_key(failure: OSError, expected: str) -> None:
    """In one line, also when the library wrapped it."""
    wrapped = OSError("wrapped")
    wrapped.__cause__ = failure
    assert explain(failure, "imap", "a.example", 993) == expected
    if "cannot be reached" not in expected:
        assert explain(wrapped, "imap", "a.example", 993) == expected


def test_a_servers_words_are_one_short_line() -> None:
    """No control characters, at most 200 characters; Japanese stays."""
    assert printable("不明な\r\n宛先\x1b[0m\x00") == "不明な  宛先 [0m"
    assert len(printable("x" * 1_000)) == 200
