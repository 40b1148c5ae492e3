"""The configuration file: what it may say, and how it is told what is wrong with it."""

import logging
import stat
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from mailbot.config import Config, find_config, load
from mailbot.config_keys import TABLES
from mailbot.config_table import describe, page, within
from mailbot.core.desk import Coordinator
from mailbot.core.limits import Limits
from mailbot.core.roles import DeskRole, Part, Partner
from mailbot.errors import ConfigError
from mailbot.secrets import Secret, resolve

GOOD = """\
[desk]
name = "Example Vulnerability Desk"
address = "security@Desk.example.jp"
phone = "03-0000-0000 (9:30-17:30)"
[imap]
host = "imap.example.jp"
username = "security"
password_env = "IMAP_PASSWORD"
[smtp]
host = "smtp.example.jp"
username = "security"
password_env = "SMTP_PASSWORD"
[pgp]
fingerprint = "0123 4567 89ab cdef 0123  4567 89ab cdef 0123 4567"
passphrase_env = "PASSPHRASE"
[[coordinator]]
name = "Coordinator One"
address = "one@desk.example.jp"
fingerprint = "1111111111111111111111111111111111111111"
"""
ALL = {"IMAP_PASSWORD": "a", "SMTP_PASSWORD": "b", "PASSPHRASE": ""}
NEEDS = ("imap", "smtp", "pgp", "state")

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write text to mailbot.toml in the current folder."""
    monkeypatch.chdir(tmp_path)

    def to_file(text: str) -> Path:
        Path("mailbot.toml").write_text(text, encoding="utf-8")
        return Path("mailbot.toml")

    return to_file


def problems(path: Path, needs: tuple[str, ...] = (), environ: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(path, needs, environ or {})
    return caught.value.problems


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def test_a_short_file_is_enough(write: Write) -> None:
    """What is left out has a default; a fingerprint may be written as gpg prints it."""
    config = load(write(GOOD), NEEDS, ALL)
    assert config.pgp.fingerprint == "0123456789ABCDEF0123456789ABCDEF01234567"
    assert (config.imap.port, config.smtp.port, config.imap.folder) == (993, 465, "INBOX")
    assert config.policy.first_contact == "approve"
    assert config.lookup.security_txt


def test_values_for_the_core(write: Write) -> None:
    """Desk and limits are handed to the core as its own types."""
    config = load(write(GOOD + "[limits]\nparts = 7\n"))
    desk = config.desk_value()
    assert desk.address == "security@desk.example.jp"
    assert desk.fingerprint == config.pgp.fingerprint
    assert desk.timezone.key == "Asia/Tokyo"
    assert desk.coordinators == (Coordinator("Coordinator One", "one@desk.example.jp", "1" * 40),)
    assert config.limits_value() == Limits(parts=7)


def test_paths_start_at_the_folder_of_the_file(write: Write, tmp_path: Path) -> None:
    """Wherever mailbot is started, `state` is the one beside mailbot.toml; an absolute path stays."""
    write(GOOD + '[state]\ndir = "../memory"\nkey_file = "/etc/mailbot/key"\n')
    config = load(tmp_path / "mailbot.toml")
    assert config.folder == tmp_path
    assert config.path == tmp_path / "mailbot.toml"
    assert config.pgp.home == tmp_path / "state" / "gnupg"
    assert config.state.dir == tmp_path.parent / "memory"
    assert config.state.key_file == Path("/etc/mailbot/key")
    assert load(Path("mailbot.toml")).pgp.home == config.pgp.home


def with_line(table: str, line: str) -> str:
    """The good file with that line in that table, in place of a line with the same key."""
    before, header, after = GOOD.partition(f"{table}\n")
    if not header:
        return f"{GOOD}{table}\n{line}\n"
    lines, bracket, rest = after.partition("\n[")
    key = line.partition(" = ")[0]
    kept = [old for old in lines.split("\n") if not old.startswith(f"{key} = ")]
    return before + header + "\n".join([line, *kept]) + bracket + rest


LOGINS = "give password_env, password_file, password_command or oauth2"
LINE = "must be a name on one line of at most 200 characters"
FINGERPRINT = "must be a whole OpenPGP fingerprint, 40 hex digits (`gpg --fingerprint ADDRESS` shows it)"
OWN = "is the desk's own; each coordinator needs one of their own"
WHOLE = "must be a whole number from 1 to 65535"


@pytest.mark.parametrize(
    ("table", "line", "problem"),
    [
        ("[desk]", "name = 3", f".name: {LINE}, got 3"),
        ("[desk]", 'name = ""', f'.name: {LINE}, got ""'),
        ("[desk]", 'name = "Desk\\r\\nBcc: x"', f'.name: {LINE}, got "Desk\\r\\nBcc: x"'),
        ("[desk]", 'nam = ""', '.nam: there is no such key; did you mean "name"?'),
        ("[desk]", 'case_prefix = "C#"', ".case_prefix: must be 1 to 16 capital letters, digits and hyphens, "
         'a letter first, got "C#"'),
        ("[desk]", 'timezone = "Asia/Edo"', '.timezone: must be a time zone such as "Asia/Tokyo", got "Asia/Edo"'),
        ("[desk]", 'timezone = "Asia"', '.timezone: must be a time zone such as "Asia/Tokyo", got "Asia"'),
        ("[desk]", 'timezone = "../x"', '.timezone: must be a time zone such as "Asia/Tokyo", got "../x"'),
        ("[desk]", 'calendar = "Japan"', '.calendar: must be a country code such as "JP", got "Japan"'),
        ("[desk]", "languages = []", ".languages: must not be empty"),
        ("[desk]", 'languages = ["ja", ".."]', '.languages, entry 2: must be a language code such as "ja", got ".."'),
        ("[desk]", 'verify_url = "http://a.jp"', '.verify_url: must be an https URL, or "", got "http://a.jp"'),
        ("[desk]", 'role = "boss"', '.role: must be "receiver", "coordinator" or "vendor", got "boss"'),
        ("[desk]", 'role = "receiver"', '.coordinating_body: the role "receiver" needs it; '
         'give "ADDRESS FINGERPRINT"'),
        ("[desk]", 'owner = "dev@a.jp"', '.owner: only the role "vendor" has one; leave it out'),
        ("[desk]", f'coordinating_body = "v@a.jp {"2" * 39}"', f'.coordinating_body.fingerprint: {FINGERPRINT}, '
         f'got "{"2" * 39}"'),
        ("[imap]", 'port = "abc"', f'.port: {WHOLE}, got "abc"'),
        ("[imap]", "port = true", f".port: {WHOLE}, got true"),
        ("[imap]", "port = 65536", f".port: {WHOLE}, got 65536"),
        ("[imap]", "port = 993.0", f".port: {WHOLE}, got 993.0"),
        ("[imap]", 'host = "a b"', '.host: must be a host name or an IP address, got "a b"'),
        ("[imap]", 'security = "ssl"', '.security: must be "tls", "starttls" or "plain", got "ssl"'),
        ("[imap]", 'security = "plain"', '.security: "plain" is for this machine only and imap.example.jp is another; '
         'use "tls" or "starttls"'),
        ("[imap]", 'username = ""', ".username: is missing: the login's name"),
        ("[imap]", 'oauth2.token_env = "T"', ": password_env and oauth2 exclude each other; keep one"),
        ("[imap]", 'password_file = "p"', ": password_env and password_file exclude each other; keep one"),
        ("[smtp]", 'username = ""', ".username: is missing: the login's name"),
        ("[pgp]", 'fingerprint = "0x11"', f'.fingerprint: {FINGERPRINT}, got "0x11"'),
        ("[pgp]", "fingerprint = 11", f".fingerprint: {FINGERPRINT}, got 11"),
        ("[pgp]", "passphrase_file = 1", ": passphrase_env and passphrase_file exclude each other; keep one"),
        ("[[coordinator]]", 'mail = ""', " 1: mail: there is no such key; take it out"),
        ("[[coordinator]]", 'address = "One <a@b.jp>"', " 1: address: must be a plain mail address such as "
         'security@desk.example.jp, got "One <a@b.jp>"'),
        ("[[coordinator]]", 'fingerprint = "0123456789ABCDEF0123456789abcdef01234567"', f" 1: fingerprint: {OWN}"),
        ("[[coordinator]]", 'address = "Security@desk.example.jp"', f" 1: address: {OWN}"),
        ("[policy]", 'edition = "../x"', ".edition: must be the name of a file in rules/policy/ without .toml, "
         'got "../x"'),
        ("[policy]", 'details = "always"', '.details: must be "auto" or "approve", got "always"'),
        ("[limits]", "depth = 1000", ".depth: must be a whole number from 1 to 200, got 1000"),
        ("[lookup]", "security_txt = 0", ".security_txt: must be true or false, got 0"),
        ("[lookup]", 'whois_host = "a:b"', '.whois_host: must be a host, with or without ":port", or "", got "a:b"'),
        ("[lookup]", 'rdap_url = "ftp://a"', '.rdap_url: must be an http or https URL, or "", got "ftp://a"'),
        ("[lookup]", 'resolver = ["a.jp"]', '.resolver, entry 1: must be an IP address, with or without ":port", '
         'got "a.jp"'),
        ("[lookup]", 'allow_private = ["10.0.0.1/8"]', ".allow_private, entry 1: must be a network such as "
         '"10.0.0.0/8", got "10.0.0.1/8"'),
        ("[lookup]", "never_touch = 1", ".never_touch: must be a list, in square brackets"),
        ("[state]", 'key_file = "state/key"', ".key_file: the key must not lie in the folder that it seals; "
         "put it beside the configuration"),
        ("[state]", 'key_env = "K"\nkey_file = "k"', ": key_env and key_file exclude each other; keep one"),
        ("[state]", 'key_file = ""', '.key_file: must be the path of a file, got ""'),
        ("[state]", 'dir = ""', '.dir: must be the path of a folder, got ""'),
        (
            "[store]",
            'backend = "postgresql"',
            ": nothing says where the url is; give url_env, url_file or url_command",
        ),
        ("[store]", 'schema_name = "Desk"', '.schema_name: must be 1 to 48 small letters, digits and underscores, '
         'a letter first, got "Desk"'),
        ("[store]", 'backend = "x"', '.backend: must be "tinydb" or "postgresql", got "x"'),
        ("[xyz]", "a = 1", ": there is no such table; take it out"),
        ("[limit]", "a = 1", ': there is no such table; did you mean "limits"?'),
    ],
)  # fmt: skip
def test_one_problem(write: Write, table: str, line: str, problem: str) -> None:
    """A problem says the file, the key, what is expected and what to do."""
    assert f"mailbot.toml: {table}{problem}" in problems(write(with_line(table, line)))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('name = "Example Vulnerability Desk"\n', "", "[desk].name: is missing: The organisation's name, "
         "as its mails give it."),
        ("[[coordinator]]", "[coordinator]", "[[coordinator]]: each coordinator is a table of its own; "
         "write [[coordinator]] above it"),
        ('password_env = "IMAP_PASSWORD"\n', "", f"[imap]: nothing says how to log in; {LOGINS}"),
        ('password_env = "IMAP_PASSWORD"', "oauth2 = {}", "[imap.oauth2]: nothing says where the token is; "
         "give token_env, token_file or token_command"),
        ('password_env = "IMAP_PASSWORD"', 'oauth2.tokenenv = ""\noauth2.token_file = "t"',
         '[imap.oauth2].tokenenv: there is no such key; did you mean "token_env"?'),
        ('username = "security"\npassword_env = "SMTP_PASSWORD"', 'username = "security"',
         f"[smtp]: nothing says how to log in; {LOGINS}"),
    ],
)  # fmt: skip
def test_the_only_problem(write: Write, old: str, new: str, expected: str) -> None:
    """One mistake is told once."""
    assert problems(write(changed(old, new))) == (f"mailbot.toml: {expected}",)


def test_a_table_that_is_none(write: Write) -> None:
    """A value where a table belongs is told as such."""
    path = write(changed("[desk]", "policy = 3\n[desk]"))
    assert problems(path) == ("mailbot.toml: [policy]: must be a table: a line [name] and its keys below it",)


def test_all_problems_at_once(write: Write) -> None:
    """Wrong values, unknown keys, disagreements and missing secrets are told together."""
    text = (
        changed("imap.example.jp", "imap example")
        .replace("[smtp]", '[smtp]\nprot = 1\nsecurity = "plain"')
        .replace('"PASSPHRASE"', '"PASSPHRASE"\nhome = 3')
    )
    found = problems(
        write(text + '[[coordinator]]\nname = "coordinator one"\naddress = "ONE@desk.example.jp"\n'), NEEDS
    )
    assert [line.removeprefix("mailbot.toml: ").split(":")[0] for line in found] == [
        "[imap].host",
        "[smtp].prot",
        "[pgp].home",
        "[[coordinator]] 2",  # its fingerprint is missing
        "[smtp].security",
        "[[coordinator]] 2",  # its name
        "[[coordinator]] 2",  # and address are those of the first
        "[imap].password_env",
        "[smtp].password_env",
        "[pgp].passphrase_env",
    ]


def test_an_empty_file_lacks_its_tables(write: Write) -> None:
    """The four tables without defaults are asked for."""
    assert [line.split(": ")[1] for line in problems(write(""))] == ["[desk]", "[imap]", "[smtp]", "[pgp]"]


@pytest.mark.parametrize("old", ['password_env = "IMAP_PASSWORD"', 'passphrase_env = "PASSPHRASE"'])
def test_a_secret_in_the_file_is_not_repeated(write: Write, old: str) -> None:
    """Who writes a password into the file is told otherwise, without the password."""
    key = old.partition("_")[0]
    for wrong in (f'{key} = "hunter2!"', f'{key}_env = "hunter2!"', f'{key}_command = ["", "hunter2!"]'):
        found = problems(write(changed(old, wrong)))
        assert key in found[0]
        assert "hunter2" not in "".join(found)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"[desk\n", "mailbot.toml: not valid TOML: "),
        (b"[desk]\nname = 1\nname = 2\n", "mailbot.toml: not valid TOML: "),
        (b"a = " + b"[" * 100_000, "mailbot.toml: not valid TOML: "),
        (b"a = " + b"9" * 10_000, "mailbot.toml: not valid TOML: "),
        ("名 = 1".encode("cp932"), "mailbot.toml: not UTF-8 text; save it as UTF-8"),
        (b"#" * 1_000_001, "mailbot.toml: longer than 1000000 bytes; is it the right file?"),
    ],
)
def test_a_file_that_cannot_be_read_as_toml(write: Write, content: bytes, problem: str) -> None:
    """Whatever stands in the file, the answer is a problem, not a traceback."""
    path = write("")
    path.write_bytes(content)
    (found,) = problems(path)
    assert found.startswith(problem)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    """The file may be gone, or be a folder."""
    assert "cannot be read" in problems(tmp_path / "gone.toml")[0]
    assert "cannot be read" in problems(tmp_path)[0]


def test_which_file_is_read(write: Write, tmp_path: Path) -> None:
    """--config comes first, then mailbot.toml here, then $MAILBOT_CONFIG."""
    other = tmp_path / "other.toml"
    other.touch()
    environ = {"MAILBOT_CONFIG": str(other)}
    assert find_config(None, environ) == other
    here = write(GOOD)
    assert find_config(None, environ) == here
    assert find_config(other, {}) == other


def test_no_file_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a file, the way to make one is told."""
    monkeypatch.chdir(tmp_path)
    for option, environ in ((None, {}), (Path("gone.toml"), {}), (None, {"MAILBOT_CONFIG": "gone.toml"})):
        with pytest.raises(ConfigError, match="`mailbot init` makes one"):
            find_config(option, environ)
    with pytest.raises(ConfigError, match="names a folder"):
        find_config(tmp_path, {})


def test_plain_on_loopback(write: Write) -> None:
    """Plain connections are for this machine, whatever it is called."""
    for host in ("127.0.0.1", "::1", "localhost", "127.9.9.9"):
        config = load(write(changed("imap.example.jp", f'{host}"\nsecurity = "plain')))
        assert config.imap.security == "plain"


def test_a_relay_without_login(write: Write) -> None:
    """SMTP without username and password is a relay that asks for none."""
    config = load(write(changed('username = "security"\npassword_env = "SMTP_PASSWORD"\n', "")), NEEDS, ALL)
    assert config.smtp.username == ""
    assert not config.secret("smtp").is_given


def test_the_coordinating_body_is_address_and_key(write: Write) -> None:
    """A receiver's coordinating body is written as one text."""
    key = "2222 2222 2222 2222 2222  2222 2222 2222 2222 2222"
    text = f'role = "receiver"\ncoordinating_body = "vuln@Body.example {key}"\n'
    body = load(write(changed('phone = "', f'{text}phone = "'))).desk.coordinating_body
    assert body is not None
    assert (body.address, body.fingerprint) == ("vuln@body.example", "2" * 40)


@pytest.mark.parametrize(("key", "fingerprint"), [("", ""), (f" {'2' * 40}", "2" * 40)])
def test_the_owner_is_an_address_with_or_without_key(write: Write, key: str, fingerprint: str) -> None:
    """A vendor's desk may name who mends what is its own; the core gets the role with those it needs."""
    text = f'role = "vendor"\nowner = "dev@Maker.example{key}"\n'
    part = load(write(changed('phone = "', f'{text}phone = "'))).part_value()
    assert part == Part(DeskRole.VENDOR, owner=Partner("dev@maker.example", fingerprint))


def test_the_limits_of_the_file_are_those_of_the_core() -> None:
    """Every limit of the core can be set."""
    assert [name for name, _ in TABLES].count("[limits]") == 1
    keys = next(keys for name, keys in TABLES if name == "[limits]")
    assert list(keys.model_fields) == [field.name for field in fields(Limits)]


def test_every_key_is_described() -> None:
    """No key is without a meaning, and no table without its keys."""
    assert all(meaning.endswith(".") for _, _, meaning in describe())
    assert {name.strip("[]").partition(".")[0] for name, _ in TABLES} == set(Config.model_fields)


def test_the_page_of_keys_is_current() -> None:
    """docs/configuration.md is what `make docs` writes."""
    written = Path(__file__).parents[2] / "docs" / "configuration.md"
    assert written.read_text(encoding="utf-8") == page()


def test_a_missing_certificate_file(write: Write) -> None:
    """A certificate file that is named must be there when the server is needed."""
    path = write(changed('host = "imap', 'ca_file = "ca.pem"\nhost = "imap'))
    assert load(path).imap.ca_file == Path.cwd() / "ca.pem"
    assert problems(path, NEEDS, ALL) == ("mailbot.toml: [imap].ca_file: there is no file ca.pem",)


SECRET = Secret("[imap].password")


def test_a_secret_from_the_environment() -> None:
    """The first line counts; a variable that is not set or empty is a problem."""
    secret = Secret("[imap].password", env="PASSWORD")
    assert resolve(secret, {"PASSWORD": "geheim\r\nrest"}) == "geheim"
    for environ, why in (({}, "is not set"), ({"PASSWORD": ""}, "is empty")):
        with pytest.raises(ConfigError, match=why):
            resolve(secret, environ)
    assert resolve(Secret("[pgp].passphrase", env="PASSWORD", may_be_empty=True), {"PASSWORD": ""}) == ""


def test_a_secret_that_is_nowhere() -> None:
    """Only a key without passphrase has none."""
    assert resolve(Secret("[pgp].passphrase", may_be_empty=True), {}) == ""
    with pytest.raises(ConfigError, match="password_env, password_file or password_command"):
        resolve(SECRET, {})


def test_a_secret_from_a_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file that others can read is used with a warning that does not show what is in it."""
    path = tmp_path / "password"
    path.write_text("geheim\nrest\n", encoding="utf-8")
    secret = Secret("[imap].password", file=path)
    path.chmod(0o600)
    assert resolve(secret) == "geheim"
    assert not caplog.records
    path.chmod(0o640)
    with caplog.at_level(logging.WARNING):
        assert resolve(secret) == "geheim"
    assert "chmod 600" in caplog.text
    assert "geheim" not in caplog.text


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "is empty"), (b"\xff\xfe", "not UTF-8"), (b"x" * 65_537, "longer than"), (None, "cannot be read")],
)
def test_a_secret_file_that_is_of_no_use(tmp_path: Path, content: bytes | None, why: str) -> None:
    """The problem names the key and the file."""
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    with pytest.raises(ConfigError, match=rf"\[imap\]\.password_file: {path}: .*{why}"):
        resolve(Secret("[imap].password", file=path))


def test_a_secret_from_a_program(tmp_path: Path) -> None:
    """A program runs without a shell, in the configuration's folder, and its first line counts."""
    program = tmp_path / "ask"
    program.write_text('#!/bin/sh\npwd; echo "$1"\n', encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert resolve(Secret("[imap].password", command=("./ask",), folder=tmp_path)) == str(tmp_path)
    shown = Secret("[imap].password", command=(sys.executable, "-c", "import sys; print(sys.argv[1])", "$HOME; x"))
    assert resolve(shown) == "$HOME; x"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("no-such-program-anywhere",), "there is no such program"),
        (("./no-such-program",), "there is no such program"),
        ((sys.executable, "-c", "print('geheim'); raise SystemExit(3)"), "ended with status 3"),
        ((sys.executable, "-c", ""), "is empty"),
        ((sys.executable, "-c", "print('x' * 70_000)"), "longer than"),
    ],
)
def test_a_program_that_gives_no_secret(tmp_path: Path, command: tuple[str, ...], why: str) -> None:
    """What it printed is never shown."""
    with pytest.raises(ConfigError, match=why) as caught:
        resolve(Secret("[imap].password", command=command, folder=tmp_path))
    assert "geheim" not in str(caught.value)


def test_secrets_of_a_configuration(write: Write, tmp_path: Path) -> None:
    """Each secret knows its key in the file and where it is; a token stands in for the password."""
    text = changed('password_env = "IMAP_PASSWORD"', "oauth2.token_command = \"oama access 'my desk'\"")
    config = load(write(text))
    assert config.imap.oauth2
    assert config.secret("imap") == Secret(
        "[imap.oauth2].token", command=("oama", "access", "my desk"), folder=tmp_path
    )
    assert config.secret("smtp") == Secret("[smtp].password", env="SMTP_PASSWORD", folder=tmp_path)
    assert config.secret("pgp").may_be_empty
    assert config.secret("state") == Secret("[state].key", file=tmp_path / "state.key", folder=tmp_path)
    sealed = load(write(GOOD + '[state]\nkey_env = "KEY"\n'))
    assert sealed.secret("state") == Secret("[state].key", env="KEY", folder=tmp_path)


def test_a_program_is_not_run_to_check_the_file(write: Write, tmp_path: Path) -> None:
    """Loading touches nothing: that a program is there is enough."""
    touched = tmp_path / "touched"
    write(changed('password_env = "IMAP_PASSWORD"', f'password_command = ["touch", "{touched}"]'))
    load(Path("mailbot.toml"), NEEDS, ALL)
    assert not touched.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mailbot.toml"]


def test_the_readme_names_every_key() -> None:
    """The README's table is what `make docs` writes."""
    written = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    assert written == within(written)
    assert all(f"`{key}`" in written for key, _, _ in describe())
