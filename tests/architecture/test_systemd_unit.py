"""The unit that the documentation hands out: systemd takes it, it is hardened, and it agrees with the exit statuses."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from mailbot import daemon
from mailbot.core.limits import Limits

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "docs" / "systemd" / "mailbot.service"
ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is missing: apt-get install systemd")
_LARGEST_EXPOSURE = "25"  # tenths; an unhardened service has about 96


def settings() -> dict[str, list[str]]:
    """Every setting with its values, in their order."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", UNIT.read_text("utf-8"), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


@pytest.fixture
def on_this_machine(tmp_path: Path) -> Path:
    """The unit with a program, a folder and a user that this machine has."""
    user = {"User": "nobody", "Group": "nogroup" if Path("/etc/debian_version").exists() else "nobody"}
    text = UNIT.read_text("utf-8")
    for name, value in {"ExecStart": "/bin/true", "WorkingDirectory": "/", **user}.items():
        text, count = re.subn(rf"(?m)^{name}=.*$", f"{name}={value}", text)
        assert count == 1, name
    (tmp_path / "mailbot.service").write_text(text, "utf-8")
    return tmp_path / "mailbot.service"


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """systemd-analyze, without asking a running systemd."""
    command = [str(ANALYZE), *map(str, words)]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=60, env={**os.environ, "LC_ALL": "C"}
    )


@needs_systemd
def test_systemd_takes_it(on_this_machine: Path) -> None:
    """No setting is unknown or wrong; one that is would be named."""
    done = analyze("verify", "--man=no", on_this_machine)
    assert done.returncode == 0, done.stderr
    ours = [line for line in done.stderr.splitlines() if on_this_machine.name in line]  # not what else is installed
    assert not re.search(r"Unknown|Failed to parse|Invalid|ignoring", "\n".join(ours)), done.stderr
    on_this_machine.write_text(on_this_machine.read_text("utf-8").replace("ProtectHome=yes", "ProtectHome=perhaps"))
    assert "perhaps" in analyze("verify", "--man=no", on_this_machine).stderr


@needs_systemd
def test_it_is_hardened(on_this_machine: Path) -> None:
    """systemd's own measure of exposure stays low; without a line of ours it does not."""
    scored = analyze("security", "--offline=yes", f"--threshold={_LARGEST_EXPOSURE}", on_this_machine)
    assert scored.returncode == 0, scored.stdout[-300:] + scored.stderr
    text = on_this_machine.read_text("utf-8").replace("CapabilityBoundingSet=\n", "").replace("SystemCallFilter", "#")
    on_this_machine.write_text(text)
    assert analyze("security", "--offline=yes", f"--threshold={_LARGEST_EXPOSURE}", on_this_machine).returncode != 0


def test_it_ends_and_starts_as_the_exit_statuses_say() -> None:
    """A wrong setting or a refused login (2) stops it, anything else is tried again; SIGTERM gets its time."""
    found = settings()
    assert found["Restart"] == ["on-failure"]
    assert found["RestartPreventExitStatus"] == ["2"]
    assert found["KillSignal"] == ["SIGTERM"]
    assert int(found["TimeoutStopSec"][0]) > 2 * Limits().read_seconds


def test_systemd_is_told_by_the_daemon() -> None:
    """It is ready when the daemon says so, and a daemon that says nothing for long is started anew."""
    found = settings()
    assert (found["Type"], found["NotifyAccess"]) == (["notify"], ["main"])
    assert int(found["WatchdogSec"][0]) > 2 * max(daemon._LONGEST_PAUSE, daemon.POLL_SECONDS)
    said = Path(str(daemon.__file__)).read_text("utf-8")
    assert 'notify("READY=1")' in said
    assert "SIGHUP" in said


def test_what_mailbot_needs_is_left() -> None:
    """The state may be written, gpg-agent's socket and the network be used, and secrets are no setting."""
    found = settings()
    assert found["ReadWritePaths"] == ["/srv/mailbot/state"]
    assert found["ProtectSystem"] == ["strict"]
    assert set(found["RestrictAddressFamilies"][0].split()) == {"AF_UNIX", "AF_INET", "AF_INET6"}
    assert "@resources" not in " ".join(found["SystemCallFilter"])
    assert all(value.endswith(".secret") for value in found["LoadCredential"])
    assert not [name for name in found if name in ("Environment", "EnvironmentFile", "SetCredential")]
