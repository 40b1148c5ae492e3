"""What a monitor sees of a running desk: a page of numbers, a file, a heartbeat, systemd's socket."""

import os
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest

from mailbot import setup
from mailbot.adapters.exposing import Board
from mailbot.adapters.layout import LOCK_NAME
from mailbot.cli.app import run
from mailbot.config import Config, load
from mailbot.core.metrics import Metric
from mailbot.errors import ConfigError
from mailbot.round import Round
from mailbot.watching import Watch, heartbeat_age
from tests.fakes_store import MemoryStore
from tests.pgp_home import needs_gpg, new_home

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def home() -> Path:
    """A desk."""
    folder = new_home()
    list(setup.init(folder, "Our Desk", "security@our.test", None))
    (folder / "state" / LOCK_NAME).touch()
    return folder


def desk(home: Path, more: str = "") -> Config:
    """Its configuration with some more in it."""
    path = home / "mailbot.toml"
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    return load(path)


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The socket on which systemd hears of a service."""
    place = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(place)
        line.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", place)
        yield line


def test_a_page_shows_the_numbers() -> None:
    """A Prometheus server gets its text format, and nothing once the board is closed."""
    board = Board()
    board.show([Metric("mailbot_cases", "gauge", "Cases", ("state",), {("triage",): 2.0})])
    port = board.serve("127.0.0.1", 0)
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        page = answer.read().decode()
    board.close()
    assert 'mailbot_cases{state="triage"} 2.0' in page
    with pytest.raises(OSError, match="refused"):
        urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5)


def test_a_port_that_is_taken_is_a_setting_to_mend() -> None:
    """It is refused in a sentence that names the table."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigError, match=r"\[metrics\]"):
            Board().serve("127.0.0.1", taken.getsockname()[1])


@needs_gpg
def test_a_round_is_written_to_the_file(home: Path, tmp_path: Path) -> None:
    """The file for a node exporter is there whole after a round."""
    file = tmp_path / "mailbot.prom"
    watch = Watch(desk(home, f'\n[metrics]\nfile = "{file}"\n'))
    watch.done(MemoryStore(), NOW, Round(arrived=1, accounted={"case": 1}, sent=1))
    assert 'mailbot_mails_total{kind="case"} 1.0' in file.read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["mailbot.prom"]


@needs_gpg
def test_a_file_that_cannot_be_written_stops_nothing(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is a line in the log."""
    Watch(desk(home, '\n[metrics]\nfile = "/nowhere/mailbot.prom"\n')).done(MemoryStore(), NOW, Round())
    assert "[metrics].file cannot be written" in caplog.text


@needs_gpg
def test_each_round_is_a_heartbeat(home: Path, systemd: socket.socket) -> None:
    """A failed round too: the loop goes on, and a restart would mend nothing."""
    config = desk(home)
    os.utime(config.state.dir / LOCK_NAME, (0, 0))
    watch = Watch(config)
    watch.failed(MemoryStore(), NOW, signed_in=True)
    age = heartbeat_age(config.state.dir, time.time())
    assert age is not None
    assert age < 60
    assert systemd.recv(100) == b"WATCHDOG=1"


@needs_gpg
@pytest.mark.parametrize(("age", "status"), [(0, 0), (3_600, 1), (None, 1)])
def test_health_is_an_exit_status(home: Path, age: int | None, status: int) -> None:
    """0 after a heartbeat of late, 1 after an old one or none."""
    lock = home / "state" / LOCK_NAME
    if age is None:
        lock.unlink()
    else:
        os.utime(lock, (time.time() - age,) * 2)
    assert run(["--config", str(home / "mailbot.toml"), "health"]) == status
