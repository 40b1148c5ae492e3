"""`mailbot run` as it works all day: woken by new mail, patient with a server that goes away, stopped by a signal."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.reports import WEBSITE_EN
from tests.e2e.town import ADDRESS, Town

_PATIENCE = 40.0


@pytest.fixture
def daemon(town: Town) -> Iterator[subprocess.Popen[bytes]]:
    """The daemon of the town's desk."""
    command = [sys.executable, "-m", "mailbot", "--config", str(town.folder / "mailbot.toml"), "run"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


def _eventually(holds: Callable[[], bool]) -> bool:
    """Whether it comes true before our patience ends."""
    tick = threading.Event()
    return any(holds() or tick.wait(0.1) for _ in range(int(_PATIENCE * 10))) or holds()


def test_new_mail_wakes_the_daemon_also_after_the_server_was_away(town: Town, daemon: subprocess.Popen[bytes]) -> None:
    """IDLE brings a report in at once; Dovecot restarts; the next report is taken in too; SIGTERM ends it with 0."""
    alex, kim = town.person("Alex", "alex@finder.example.org"), town.person("Kim", "kim@finder.example.org")
    town.write(alex, "first", WEBSITE_EN)
    assert _eventually(lambda: len(town.inbox(alex)) == 1)
    assert _eventually(lambda: len(town.dovecot.mails(town.user, "INBOX")) == 0)
    town.dovecot.stop()
    town.dovecot.start()
    town.write(kim, "second", WEBSITE_EN.replace("shop.example.jp", "blog.example.jp"))
    assert _eventually(lambda: len(town.inbox(kim)) == 1)
    daemon.send_signal(signal.SIGTERM)
    _, errors = daemon.communicate(timeout=_PATIENCE)
    assert daemon.returncode == 0, errors
    assert b"trying again" in errors
    assert b"Traceback" not in errors


def test_work_at_the_shell_goes_on_beside_the_daemon(town: Town, daemon: subprocess.Popen[bytes]) -> None:
    """What `do` and `ingest` change while the daemon waits is acted on, also when the mail server is away meanwhile."""
    alex, kim = town.person("Alex", "alex@finder.example.org"), town.person("Kim", "kim@finder.example.org")
    town.write(alex, "first", WEBSITE_EN)
    assert _eventually(lambda: len(town.inbox(alex)) == 1)
    case_id = town.case()["id"]
    assert town.run("do", case_id, "note hello") == 0, town.errors
    assert town.run("do", case_id, "accept") == 0, town.errors
    assert _eventually(lambda: len(town.inbox(alex)) == 2)
    assert town.case()["state"] == "accepted"
    assert any("hello" in entry["text"] for entry in town.case()["timeline"])
    town.dovecot.stop()
    report = town.folder / "second.eml"
    report.write_bytes(kim.write(ADDRESS, "second", WEBSITE_EN.replace("shop.example.jp", "blog.example.jp")))
    assert town.run("ingest", str(report)) == 0, town.errors
    town.dovecot.start()
    assert _eventually(lambda: len(town.inbox(kim)) == 1)
    daemon.send_signal(signal.SIGTERM)
    _, errors = daemon.communicate(timeout=_PATIENCE)
    assert daemon.returncode == 0, errors
    assert b"Traceback" not in errors
    assert len(town.json("case", "list")) == 2


def test_sighup_loads_settings_anew_at_a_safe_point(town: Town, daemon: subprocess.Popen[bytes]) -> None:
    """New settings count from the next round on; with wrong ones the earlier stay, and the daemon says so."""
    alex, kim = town.person("Alex", "alex@finder.example.org"), town.person("Kim", "kim@finder.example.org")
    town.write(alex, "first", WEBSITE_EN)
    assert _eventually(lambda: len(town.inbox(alex)) == 1)
    settings = town.folder / "mailbot.toml"
    right = settings.read_text("utf-8")
    settings.write_text(right.replace("[desk]", "[desk]\nfoo = 1"), "utf-8")
    daemon.send_signal(signal.SIGHUP)
    assert _says(daemon, b"the earlier settings stay")
    settings.write_text(right.replace("[desk]\n", '[desk]\ncase_prefix = "NEWS"\n', 1), "utf-8")
    daemon.send_signal(signal.SIGHUP)
    assert _says(daemon, b"are loaded anew")
    town.write(kim, "second", WEBSITE_EN.replace("shop.example.jp", "blog.example.jp"))
    assert _eventually(lambda: len(town.inbox(kim)) == 1)
    assert sorted(case["id"].partition("#")[0] for case in town.json("case", "list")) == ["CASE", "NEWS"]
    daemon.send_signal(signal.SIGTERM)
    daemon.communicate(timeout=_PATIENCE)
    assert daemon.returncode == 0


def _says(daemon: subprocess.Popen[bytes], words: bytes) -> bool:
    """Whether a line with these words comes before it ends."""
    assert daemon.stderr is not None
    return any(words in line for line in daemon.stderr)
