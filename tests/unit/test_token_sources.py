"""Which sign-in belongs to which login, and what the verb `auth` says where there is none to make."""

from pathlib import Path

import pytest

from mailbot.cli import app
from mailbot.config import Config, load
from mailbot.token_sources import gets_tokens, open_access

_CONFIG = """\
[desk]
name = "Desk"
address = "security@desk.test"

[imap]
host = "imap.desk.test"
username = "security@desk.test"
oauth2 = { provider = "microsoft", client_id = "app" }

[smtp]
host = "smtp.desk.test"
username = "security@desk.test"
oauth2 = { provider = "microsoft", client_id = "app" }

[pgp]
home = "state/gnupg"
fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567"
"""
_KEY = bytes(32)


def _config(folder: Path, old: str = "", new: str = "") -> Config:
    path = folder / "mailbot.toml"
    before, found, after = _CONFIG.rpartition(old) if old else (_CONFIG, "", "")
    assert found == old
    path.write_text(before + new + after, "utf-8")
    return load(path)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("", "", True),
        ("security@desk.test", "Security@Desk.test", True),
        ("security@desk.test", "sender@desk.test", False),
        ('client_id = "app"', 'client_id = "other"', False),
        ('client_id = "app"', 'client_id = "app", tenant = "desk.test"', False),
        ('client_id = "app"', 'client_id = "app", scopes = ["https://outlook.office365.com/SMTP.Send"]', False),
    ],
)
def test_one_account_is_one_sign_in(tmp_path: Path, old: str, new: str, same: bool) -> None:
    """IMAP and SMTP share a sign-in when user, application, server and scopes are the same."""
    config = _config(tmp_path, old, new)
    accounts = {open_access(config, table, _KEY).account for table in ("imap", "smtp")}
    assert (len(accounts) == 1) == same


def test_a_file_name_tells_nothing(tmp_path: Path) -> None:
    """The name of what is kept is a hash."""
    account = open_access(_config(tmp_path), "imap", _KEY).account
    assert len(account) == 24
    assert set(account) <= set("0123456789abcdef")


def test_a_desk_with_passwords_has_nobody_to_sign_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The verb names the key that is missing; status 2, nothing was made."""
    config = _config(tmp_path, 'oauth2 = { provider = "microsoft", client_id = "app" }', 'password_env = "SMTP"')
    assert (gets_tokens(config, "imap"), gets_tokens(config, "smtp")) == (True, False)
    assert app.run(["--config", str(config.path), "auth", "smtp"]) == 2
    assert "[smtp.oauth2].client_id: is missing: only with it mailbot signs in by itself" in capsys.readouterr().err
    assert not (tmp_path / "state" / "oauth").exists()
    assert app.run(["--config", str(config.path), "auth", "pop"]) == 2
