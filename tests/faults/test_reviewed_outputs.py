"""What leaves the desk besides mail, against those who wrote what it is made of: links, names, escapes, silence."""

import json
import logging
import socket
import struct
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
import typer

from mailbot import kit
from mailbot.adapters import exposing
from mailbot.adapters.durable import write_file
from mailbot.adapters.exposing import Board
from mailbot.cli import logs, output
from mailbot.cli.common import moment
from mailbot.core.deliverability import dmarc
from mailbot.core.metrics import Standing, Tally, metrics
from mailbot.core.security_contact import security_txt, window
from mailbot.core.statistics.records import PriorityProvision, read_records
from mailbot.core.visible import defanged
from mailbot.errors import ConfigError, PermanentError
from mailbot.pages import engine
from mailbot.pages.desk_page import write_desk
from mailbot.statistics_files import write_numbers
from mailbot.statistics_shapes import statistics_shape
from tests.builders import NOW, case
from tests.sample_statistics import LABELS, STATISTICS
from tests.statistics_records import FIRST, record, report, rules
from tests.unit.test_pages_desk import JA, no_chart

UNSEEN = "\x1b[31mred\x9b31m\x7f\u202egnp.exe\u2028x\ud800"
"""What a terminal obeys, what turns a line around, and what no encoding has."""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x://y/http://evil.example/", "x://y/hxxp://evil[.]example/"),
        ("http://a@b.example/https://evil.example", "hxxp://a@b[.]example/hxxps://evil[.]example"),
        ("(evil.example)", "(evil[.]example)"),
        ("「www.evil.example/x」を", "「www[.]evil[.]example/x」を"),
        ("//evil.example/x", "//evil[.]example/x"),
        (r"http:\\evil.example", r"hxxp:\\evil.example"),
        ("https:evil.example", "hxxps:evil.example"),
    ],
)
def test_no_link_hides_behind_another(text: str, shown: str) -> None:
    """Every scheme of a word is broken, not only its first, also in brackets and in spellings that browsers mend."""
    assert defanged(text) == shown
    assert "http" not in shown


def test_a_link_planted_in_the_way_is_not_followed(tmp_path: Path) -> None:
    """Who may write where the report is published cannot make it overwrite, or open to all, another file."""
    secret, out = tmp_path / "state.key", tmp_path / "public"
    secret.write_text("key")
    secret.chmod(0o600)
    out.mkdir()
    for name in ("statistics.json", f"{STATISTICS.figures[0].code}.csv"):
        (out / name).symlink_to(secret)
    write_numbers(STATISTICS, LABELS, out)
    assert not (out / "statistics.json").is_symlink()
    (out / "x.json.new").symlink_to(secret)
    with pytest.raises(OSError, match="symbolic links"):
        write_file(out / "x.json", b"published")
    write_file(out / "x.json", b"published")  # the link is gone
    for name in ("index.html", ".index.html.new"):
        (out / name).unlink(missing_ok=True)
        (out / name).symlink_to(secret)
    engine.write(out / "index.html", "page", engine.PUBLIC)
    assert (out / "index.html").read_text() == "page"
    assert (secret.read_text(), secret.stat().st_mode & 0o777) == ("key", 0o600)


def test_a_kit_goes_over_no_file_that_a_link_promises(tmp_path: Path) -> None:
    """A link that leads nowhere yet is not written through."""
    (tmp_path / "security.txt").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermanentError, match="cannot be written"):
        kit.write({"security.txt": b"Contact:"}, tmp_path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_killed_write_leaves_no_case_behind(tmp_path: Path) -> None:
    """What a report that was killed left half written of a case goes with the next report; other files stay."""
    (tmp_path / ".case-CASE-11111111.html.new").write_text("of a case that is purged by now")
    (tmp_path / ".notes.new").write_text("mine")
    write_desk(tmp_path, (case(),), (), (), JA, NOW, no_chart)
    assert {each.name for each in tmp_path.iterdir()} == {".notes.new", "index.html", "case-CASE-12345678.html"}


def test_a_failed_write_leaves_no_half_page(tmp_path: Path) -> None:
    """A page that cannot be written leaves nothing, and the old one as it was."""
    page = tmp_path / "index.html"
    page.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        engine.write(page, "half\ud800", engine.PRIVATE)
    assert [each.name for each in tmp_path.iterdir()] == ["index.html"]
    assert page.read_text() == "old"


def test_a_coordinators_own_word_is_not_published() -> None:
    """優先情報提供 to a sector that the rules do not name counts among others: the word could be a company's name."""
    told = tuple(PriorityProvision(sector=s, date=date(2021, 11, 1)) for s in ("power", "planted_company", "planted"))
    statistics = report([record("product", FIRST, priority_provision=told)], "2021Q4")
    figure = statistics.figure("priority_provision")
    values = {s.code: s.values for s in figure.series}
    assert values == {"power": (1, 1), "government": (0, 0), "other": (2, 2), "total": (3, 3)}
    assert "planted" not in statistics_shape(statistics, rules().labels).model_dump_json()


def test_the_wrong_file_is_soon_put_down() -> None:
    """Of a huge file of other lines, or of lines full of other fields, little is read and less is kept."""
    asked = 0

    def lines(line: bytes) -> Iterator[bytes]:
        nonlocal asked
        for asked in range(1_000_000):  # noqa: B007 -- read below
            yield line

    full = b"{" + b",".join(b'"%x":1' % n for n in range(2_000)) + b"}"
    for line, most in ((b"nonsense\n", 10_002), (full, 10)):
        with pytest.raises(ConfigError) as caught:
            read_records(lines(line), "f", rules())
        assert asked <= most
        assert len(caught.value.problems) == 101
        assert "at least" in caught.value.problems[-1]


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 19_000,
        b'{"id":' * 3_000,
        b'{"id":"A\\ud800","track":"website","received":"2026-01-01"}',
        b'{"id":"../../etc","track":"website","received":"2026-01-01"}',
        b'{"id":"A","track":"website","received":"0001-01-01"}',
        b'{"id":"A","track":"website","received":' + b"9" * 19_000 + b"}",
        b'{"id":"A","track":"website","received":"2026-01-01","\\u001b[31msecret":1}',
    ],
    ids=["deep", "deep objects", "surrogate", "path", "year 1", "number", "field"],
)
def test_a_record_made_to_hurt_is_one_problem(line: bytes) -> None:
    """It is named by its line, and nothing of it is repeated."""
    with pytest.raises(ConfigError) as caught:
        read_records([line], "f", rules())
    (told,) = caught.value.problems
    assert told.startswith("f:1: ")
    assert "secret" not in told
    assert len(told) < 200


def test_json_holds_nothing_that_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    """The value is the same, written by numbers; letters of any script stay as they are."""
    output.put_json({"text": UNSEEN, "name": "埋込花子"})
    said = capsys.readouterr().out
    assert json.loads(said) == {"text": UNSEEN, "name": "埋込花子"}
    assert "埋込花子" in said
    assert all(char.isprintable() or char == "\n" for char in said)


@pytest.mark.parametrize(
    "text", ["9999-12-31T12:00:00+09:00", "0001-01-01T00:00:00+09:00", "9999-12-31T23:00:00-09:00"]
)
def test_a_moment_at_the_end_of_time_is_refused(text: str) -> None:
    """No term and no quarter around it could be reckoned."""
    with pytest.raises(typer.BadParameter, match="not a year from 1970"):
        moment(text)
    assert moment("8999-12-31T12:00:00+09:00").year == 8999


@pytest.mark.parametrize("form", logs.LogForm)
def test_a_log_line_is_one_line(form: logs.LogForm) -> None:
    """What a server answered begins no line of its own and reaches no terminal as an order."""
    said = logging.LogRecord("mailbot", logging.ERROR, "", 1, "answered %s", (f"no\n2026 forged{UNSEEN}",), None)
    line = logs._formatter(form).format(said)
    assert line.isprintable()
    if form is logs.LogForm.JSON:
        assert json.loads(line)["message"] == f"answered no\n2026 forged{UNSEEN}"


def test_a_sentence_to_stderr_is_no_order_either(capsys: pytest.CaptureFixture[str]) -> None:
    """Each line of it, whoever wrote a part of it."""
    output.say(f"two\nlines {UNSEEN}")
    said = capsys.readouterr().err
    assert [line.isprintable() for line in said.splitlines()] == [True] * len(said.splitlines())
    assert said.startswith("mailbot: two\nlines ")


def test_a_record_in_the_dns_is_not_repeated() -> None:
    """A DMARC policy that is none is called so, whatever stands there and however long."""
    for policy in (UNSEEN, "x" * 1_900, "none\x1b[31m"):
        assert dmarc([f"v=DMARC1; p={policy}"], "d.example").found.startswith("DMARC: no policy that is known")
    assert dmarc(["v=DMARC1; p=none"], "d.example").found.startswith("DMARC: none,")


@pytest.mark.parametrize(
    "contact", ["a?bcc=b@x.example", "a%0ab@x.example", "a@x.example\nContact: mailto:b@evil.example", "<b>@x.example"]
)
def test_a_kit_says_what_was_meant_or_nothing(contact: str) -> None:
    """No address brings another line, header or recipient into a security.txt."""
    with pytest.raises(ConfigError):
        security_txt(window("www.example.jp", contact, date(2026, 1, 1), key=False), datetime(2026, 1, 1, tzinfo=UTC))


def test_a_silent_client_holds_no_thread(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    """Clients that stop in mid-line or hang up are let go without a traceback, and keep nobody from the numbers."""
    monkeypatch.setattr(exposing, "PATIENCE", 0.05)
    board = Board()
    board.show(metrics(Tally(), Standing({}, 0, 0, 0, 0, 0, 0, 1)))
    port = board.serve("127.0.0.1", 0)
    before = threading.active_count()
    try:
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(20)]
        for client in slow:
            client.sendall(b"GET /metr")
        gone = socket.create_connection(("127.0.0.1", port))
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        gone.close()
        assert b"mailbot_outbox" in urlopen(f"http://127.0.0.1:{port}/").read()
        for client in slow:
            assert client.recv(1) == b""  # the desk hung up
            client.close()
        for thread in threading.enumerate():
            if "process_request" in thread.name:
                thread.join(10)
        assert threading.active_count() <= before
    finally:
        board.close()
    assert "Traceback" not in capfd.readouterr().err
