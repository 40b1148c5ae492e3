"""What mailbot.toml may say about getting access tokens."""

from pathlib import Path

import pytest

from mailbot.config import Config, load
from mailbot.errors import ConfigError

_BASE = """\
[desk]
name = "Desk"
address = "security@desk.test"

[imap]
host = "imap.desk.test"
username = "security@desk.test"
{imap}

[smtp]
host = "smtp.desk.test"
username = "security@desk.test"
password_env = "SMTP_PASSWORD"

[pgp]
home = "state/gnupg"
fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567"
"""


def _load(folder: Path, *lines: str, table: str = "[imap.oauth2]", **environ: str) -> Config:
    path = folder / "mailbot.toml"
    path.write_text(_BASE.format(imap="\n".join((table, *lines))), "utf-8")
    return load(path, ("imap",), environ)


def _problems(folder: Path, *lines: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        _load(folder, *lines)
    return [problem.partition("mailbot.toml: ")[2] for problem in caught.value.problems]


MICROSOFT = 'provider = "microsoft"', 'client_id = "app"'
OUTLOOK = "https://outlook.office365.com"


def test_gmail(tmp_path: Path) -> None:
    """Two lines and a secret are enough: a person opens a page, and asks for a sign-in that lasts."""
    config = _load(
        tmp_path,
        'provider = "google"',
        'client_id = "app"',
        'client_secret_env = "GOOGLE"',
        GOOGLE="s",
        SMTP_PASSWORD="",
    )
    keys = config.imap.oauth2
    assert keys
    assert keys.signs_in
    ends = keys.endpoints()
    assert (ends.flow, ends.scopes) == ("code", ("https://mail.google.com/",))
    assert ends.token_url == "https://oauth2.googleapis.com/token"
    assert dict(ends.extra)["access_type"] == "offline"


def test_microsoft_with_a_person(tmp_path: Path) -> None:
    """A code entered in any browser, for IMAP and SMTP in one, and for good."""
    keys = _load(tmp_path, *MICROSOFT, 'tenant = "desk.test"').imap.oauth2
    assert keys
    ends = keys.endpoints()
    assert ends.flow == "device"
    assert ends.scopes == (f"{OUTLOOK}/IMAP.AccessAsUser.All", f"{OUTLOOK}/SMTP.Send", "offline_access")
    assert ends.device_url == "https://login.microsoftonline.com/desk.test/oauth2/v2.0/devicecode"


def test_microsoft_without_a_person(tmp_path: Path) -> None:
    """The application's own credentials ask for what its registration allows."""
    lines = 'flow = "client_credentials"', 'tenant = "desk.test"', 'client_secret_env = "S"'
    keys = _load(tmp_path, *MICROSOFT, *lines, S="x").imap.oauth2
    assert keys
    assert keys.endpoints().scopes == (f"{OUTLOOK}/.default",)


def test_another_server(tmp_path: Path) -> None:
    """Any server by its addresses; http where it does not leave this machine."""
    lines = (
        'client_id = "app"',
        'token_url = "http://127.0.0.1:8080/t"',
        'device_url = "https://a.test/d"',
        'scopes = ["m"]',
    )
    keys = _load(tmp_path, *lines).imap.oauth2
    assert keys
    ends = keys.endpoints()
    assert (ends.token_url, ends.device_url, ends.scopes) == ("http://127.0.0.1:8080/t", "https://a.test/d", ("m",))


URL = 'an https URL (http on this machine only), or ""'


@pytest.mark.parametrize(
    ("lines", "problems"),
    [
        (['provider = "google"'], ["[imap.oauth2].client_id: is missing: our application's id at the token server"]),
        (
            [*MICROSOFT, 'token_command = "printf x"'],
            ["[imap.oauth2]: token_command and client_id exclude each other; keep one"],
        ),
        (
            [*MICROSOFT, 'client_secret = "hush"'],
            [
                "[imap.oauth2].client_secret: secrets never stand in this file; give client_secret_env, "
                "client_secret_file or client_secret_command"
            ],
        ),
        (
            [*MICROSOFT, 'client_secret_env = "NOWHERE"'],
            [
                "[imap.oauth2].client_secret_env: NOWHERE: this environment variable is not set; "
                "export it before the start"
            ],
        ),
        (
            [*MICROSOFT, 'flow = "client_credentials"'],
            [
                '[imap.oauth2]: the flow "client_credentials" needs a client secret; give one of client_secret_env, '
                "client_secret_file, client_secret_command",
                '[imap.oauth2].tenant: the flow "client_credentials" needs your own tenant\'s id or domain',
            ],
        ),
        (
            ['provider = "google"', 'client_id = "a"', 'flow = "client_credentials"', 'client_secret_file = "s"'],
            [
                '[imap.oauth2].flow: Google has no "client_credentials" for mailboxes; leave flow out',
                "[imap.oauth2].client_secret_file: {folder}/s: cannot be read: No such file or directory",
            ],
        ),
        (
            ['client_id = "a"'],
            [
                '[imap.oauth2].token_url: is missing: the flow "device" needs it where no provider is named',
                '[imap.oauth2].device_url: is missing: the flow "device" needs it where no provider is named',
            ],
        ),
        (
            [*MICROSOFT, 'token_url = "http://login.test/"'],
            [f'[imap.oauth2].token_url: must be {URL}, got "http://login.test/"'],
        ),
        (
            [*MICROSOFT, 'token_url = "https://a:b@login.test/"'],
            [f'[imap.oauth2].token_url: must be {URL}, got "https://a:b@login.test/"'],
        ),
        ([*MICROSOFT, 'tenant = "../x"'], ['[imap.oauth2].tenant: must be a tenant\'s id or domain, got "../x"']),
        (
            [*MICROSOFT, 'scopes = ["a b"]'],
            ['[imap.oauth2].scopes: must be a list of scopes, each without spaces, got ["a b"]'],
        ),
        (
            [*MICROSOFT, 'provder = "google"'],
            ['[imap.oauth2].provder: there is no such key; did you mean "provider"?'],
        ),
    ],
)
def test_what_cannot_work_is_told(tmp_path: Path, lines: list[str], problems: list[str]) -> None:
    """Every problem at once, each with its key."""
    assert _problems(tmp_path, *dict.fromkeys(lines)) == [p.format(folder=tmp_path) for p in problems]
