"""Schleuder's mail gateway: one `schleuder work` a mail, re-encrypted to the list's one subscriber."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.corpus import COORDINATOR, DESK
from bench.peers.sandbox import Sandbox
from bench.report import Row
from tests.servers import HOST, PASSWORD, SmtpSink

NAME = "Schleuder"
_LIBRARY = "/usr/lib/ruby/vendor_ruby"
_DEFAULTS = Path("/etc/schleuder/list-defaults.yml")
_MAKE_LIST = Path(__file__).with_name("make_list.rb")

_CONFIG = """\
lists_dir: {folder}/lists
listlogs_dir: {folder}/lists
keyword_handlers_dir: {folder}/none
filters_dir: {folder}/none
log_level: warn
superadmin: root@localhost
keyserver:
smtp_settings:
  address: {host}
  port: {port}
  user_name: {user}
  password: {password}
  authentication: plain
  enable_starttls_auto: false
database:
  production:
    adapter: sqlite3
    database: {folder}/lists.sqlite
    timeout: 5000
"""


def missing(sandbox: Sandbox) -> str:
    """Why it cannot be run; "" if it can."""
    if not shutil.which("schleuder"):
        return "it is not installed (bench/peers/install)"
    return "" if _DEFAULTS.is_file() else f"{_DEFAULTS} is not there"


def rows(sandbox: Sandbox) -> Iterator[Row]:
    """One run."""
    environment = {
        "SCHLEUDER_CONFIG": str(sandbox.folder / "schleuder.yml"),
        "SCHLEUDER_LIST_DEFAULTS": str(sandbox.folder / "list-defaults.yml"),
    }
    home = sandbox.folder / "lists" / DESK[1].partition("@")[2] / DESK[1].partition("@")[0]
    if not home.exists():
        _set_up(sandbox, home, environment)
    sandbox.rest(home)
    sandbox.relay.taken()
    cost = sandbox.timed(sandbox.piped(shutil.which("schleuder") or "", "work", DESK[1]), env=environment)
    problems = [f"status {cost.status}"] if cost.status else []
    passed = sandbox.relay.taken()[COORDINATOR[1]]
    if min(passed, sandbox.relay.sealed) < sandbox.count:
        problems.append(f"{passed} mails passed on, {sandbox.relay.sealed} encrypted")
    yield Row("Schleuder, a process a mail", sandbox.count, [cost], problems)


def _set_up(sandbox: Sandbox, home: Path, environment: dict[str, str]) -> None:
    folder = sandbox.folder
    (folder / "none").mkdir()
    home.mkdir(parents=True)
    relay = {"host": HOST, "port": sandbox.relay.plain_port, "user": SmtpSink.USER, "password": PASSWORD}
    (folder / "schleuder.yml").write_text(_CONFIG.format(folder=folder, **relay))
    # Its own keys in every header would be work that nobody else is asked for.
    defaults = re.sub(r"(?m)^(include_autocrypt_header):.*", r"\1: false", _DEFAULTS.read_text())
    (folder / "list-defaults.yml").write_text(defaults)
    shutil.copy(sandbox.corpus.coordinator_key, folder / "subscriber.asc")
    sandbox.keyring(home)
    desk = sandbox.corpus.desk_home()
    fingerprint = desk.fingerprint(DESK[1])
    desk.close()
    shutil.copy(_MAKE_LIST, folder)
    sandbox.hand_over()
    arguments = (DESK[1], fingerprint, COORDINATOR[1], str(folder / "subscriber.asc"))
    sandbox.run("ruby", "-I", _LIBRARY, str(folder / _MAKE_LIST.name), *arguments, env=environment)
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], capture_output=True, check=False)
