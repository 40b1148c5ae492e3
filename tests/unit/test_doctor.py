"""What `mailbot doctor` finds, on a desk with servers that are not there."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot import setup
from mailbot.config import load
from mailbot.doctor import examine
from mailbot.shapes import CheckShape
from tests.pgp_home import keyring_in, needs_gpg, new_home, people

pytestmark = needs_gpg
_SERVERS = {'"imap.example.jp"': '"127.0.0.1"\nport = 1', '"smtp.example.jp"': '"127.0.0.1"\nport = 1'}
_WRONG = "0123456789ABCDEF0123456789ABCDEF01234567"


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk as `init` leaves it, except for its servers."""
    for name in ("MAILBOT_IMAP_PASSWORD", "MAILBOT_SMTP_PASSWORD", "MAILBOT_DEMO_PASSWORD"):
        monkeypatch.setenv(name, "secret")
    home = new_home()
    list(setup.init(home, "Our Desk", "security@our.test", None))
    _change(home, _SERVERS)
    return home


def _change(folder: Path, changes: dict[str, str], more: str = "") -> None:
    path = folder / "mailbot.toml"
    text = path.read_text("utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text + more, "utf-8")


def _check(folder: Path, name: str) -> CheckShape:
    found = examine(load(folder / "mailbot.toml"), datetime.now(UTC))
    return next(check for check in found if check.check == name)


def _coordinator(fingerprint: str) -> str:
    who = people().coordinator
    return f'\n[[coordinator]]\nname = "{who.name}"\naddress = "{who.address}"\nfingerprint = "{fingerprint}"\n'


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('"Our Desk"', '"Example Vulnerability Desk"', "[desk].name"),
        ("@our.test", "@desk.example.jp", "[desk].address"),
        ("@our.test", "@our.example", "[desk].address"),
        ('"127.0.0.1"', '"mail.example.co.jp"', "[imap].host, [smtp].host"),
        ('name = "Our Desk"', 'name = "Our Desk"\nphone = "03-0000-0000 (9:30-17:30)"', "[desk].phone"),
        ('name = "Our Desk"', 'name = "Our Desk"\nverify_url = "https://desk.example.jp/v"', "[desk].verify_url"),
    ],
)
def test_example_values_are_found(folder: Path, old: str, new: str, key: str) -> None:
    """What `init` or the handbook made up is noted, with advice: a rehearsal may be run so, a desk should not."""
    _change(folder, {old: new})
    check = _check(folder, "desk")
    assert (check.ok, check.detail) == (True, f"still example values: {key}")
    assert "your own values" in check.advice


@pytest.mark.parametrize("name", ["statistics/report.toml", "statistics/labels.toml", "types/xss.toml"])
def test_the_rules_of_the_statistics_are_checked(folder: Path, name: str) -> None:
    """A site's own file that `report` could not use is named before the quarter is over, with what to do about it."""
    check = _check(folder, "statistics")
    assert (check.ok, check.advice) == (True, "")
    assert "types" in check.detail
    (folder / "rules" / name).write_text("[unknown]\n", "utf-8")
    check = _check(folder, "statistics")
    assert not check.ok
    assert name in check.detail
    assert "remove your copy" in check.advice


def test_own_values_are_fine(folder: Path) -> None:
    """A host that only sounds like an example is none."""
    _change(folder, {'"127.0.0.1"\nport = 1': '"example.our.test"'})
    assert (_check(folder, "desk").ok, _check(folder, "desk").advice) == (True, "")


def test_no_coordinator_names_the_table(folder: Path) -> None:
    """Who knows nothing of the configuration is told what to write."""
    assert "[[coordinator]] table in mailbot.toml" in _check(folder, "coordinators' keys").advice


def test_another_key_of_a_coordinator_is_named(folder: Path) -> None:
    """With a wrong fingerprint in the file the imported key for that address is shown; the right one passes."""
    who = people().coordinator
    _change(folder, {}, _coordinator(_WRONG))
    assert "is here" not in _check(folder, "coordinators' keys").detail
    keyring_in(folder / "state" / "gnupg", _WRONG).import_key(who.public_key)
    assert f"a key for {who.address} is here: {who.fingerprint}" in _check(folder, "coordinators' keys").detail
    _change(folder, {_WRONG: who.fingerprint})
    assert _check(folder, "coordinators' keys").ok


def test_a_state_key_that_others_may_read_fails(folder: Path) -> None:
    """It seals everything, so nobody else may have it."""
    assert _check(folder, "state").ok
    (folder / "state.key").chmod(0o640)
    check = _check(folder, "state")
    assert not check.ok
    assert check.detail.endswith("state.key: others may read it: chmod 600")


def test_unreachable_servers_come_with_the_ports_that_fit(folder: Path) -> None:
    """Port and security are the usual mistake."""
    for name, advice in (("IMAP", '[imap].port 993 goes with [imap].security = "tls"'), ("SMTP", "[smtp].port 465")):
        check = _check(folder, name)
        assert not check.ok
        assert advice in check.advice
