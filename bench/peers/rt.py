"""Request Tracker's mail gateway: `rt-mailgate` posts each mail to RT's web server, which opens a ticket."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bench.corpus import DESK
from bench.peers.sandbox import Sandbox
from bench.report import Row
from tests.servers import HOST, free_port

NAME = "RT"
_SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
_MAILGATE = Path("/usr/bin/rt-mailgate-5")
_SETUP = Path("/usr/sbin/rt-setup-database-5")
_GRANTS = Path(__file__).with_name("rt_grants.pl")
_WORKERS = 2
_PATIENCE = 60

_CONFIG = """\
use utf8;
Set($rtname, 'desk.example.jp');
Set($Organization, 'desk.example.jp');
Set($CorrespondAddress, '{address}');
Set($CommentAddress, 'comment@desk.example.jp');
Set($WebDomain, '{host}');
Set($WebPort, {port});
Set($WebBaseURL, 'http://{host}:{port}');
Set($WebPath, '');
Set($WebSessionClass, 'Apache::Session::File');
Set($DatabaseType, 'SQLite');
Set($DatabaseName, '{folder}/rt.sqlite');
Set($MasonDataDir, '{folder}/mason');
Set($MasonSessionDir, '{folder}/session');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'warning');
Set($MailCommand, 'sendmailpipe');
Set($SendmailPath, '{folder}/sendmail');
Set($SendmailArguments, '-oi -t');
Set(%GnuPG, Enable => 1, GnuPG => '/usr/bin/gpg', Passphrase => '', OutgoingMessagesFormat => 'RFC');
Set(%GnuPGOptions, homedir => '{home}');
Set(%SMIME, Enable => 0);
Set(%Crypt, Incoming => ['GnuPG'], Outgoing => 'GnuPG', RejectOnMissingPrivateKey => 1, RejectOnBadData => 1);
1;
"""
_READ = """\
select count(distinct Transactions.id) from Transactions join Attachments on Attachments.TransactionId = Transactions.id
where Transactions.Type = 'Create' and Attachments.ContentType = 'text/plain'
"""
_SENDMAIL = """\
#!/bin/sh
exec cat > "$(mktemp {folder}/sent/XXXXXXXX)"
"""


def missing(sandbox: Sandbox) -> str:
    """Why it cannot be run; "" if it can."""
    if all(path.exists() for path in (_SERVER, _MAILGATE, _SETUP)):
        return ""
    return "it is not installed (bench/peers/install)"


def rows(sandbox: Sandbox) -> Iterator[Row]:
    """One run with one gateway at a time, one with as many as the server has workers; each on a fresh database."""
    port = free_port()
    _set_up(sandbox, port)
    ways = (("RT, one gateway at a time", 1), (f"RT, {_WORKERS} gateways at once", _WORKERS))
    for name, at_once in ways:
        _start_afresh(sandbox)
        with _server(sandbox, port) as keeper:
            url = f"http://{HOST}:{port}/"
            gateway = (str(_MAILGATE), "--queue", "General", "--action", "correspond", "--url", url)
            cost = sandbox.timed(sandbox.piped(*gateway, at_once=at_once), {"server": keeper})
        yield Row(name, sandbox.count, [cost], _lacking(sandbox, cost.status))


def _set_up(sandbox: Sandbox, port: int) -> None:
    folder = sandbox.folder
    if not (folder / "clean.sqlite").exists():
        sandbox.keyring(folder / "gpg")
        for name in ("mason", "session", "sent"):
            (folder / name).mkdir()
        (folder / "sendmail").write_text(_SENDMAIL.format(folder=folder))
        (folder / "sendmail").chmod(0o755)
        shutil.copy(_GRANTS, folder)
    where = {"host": HOST, "port": port, "folder": folder, "home": folder / "gpg"}
    (folder / "site.pm").write_text(_config(where))
    sandbox.hand_over()
    if not (folder / "clean.sqlite").exists():
        sandbox.run(str(_SETUP), "--action", "init", "--skip-create", env=_environment(sandbox))
        sandbox.run("perl", str(folder / _GRANTS.name), DESK[1], env=_environment(sandbox))
        shutil.copy(folder / "rt.sqlite", folder / "clean.sqlite")


def _config(where: dict[str, object]) -> str:
    text = _CONFIG
    for name, value in {**where, "address": DESK[1]}.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def _environment(sandbox: Sandbox) -> dict[str, str]:
    # A folder of settings is read besides the file unless it is no folder.
    return {"RT_SITE_CONFIG": str(sandbox.folder / "site.pm"), "RT_SITE_CONFIG_DIR": "/dev/null"}


def _start_afresh(sandbox: Sandbox) -> None:
    for path in (sandbox.folder / "sent").iterdir():
        path.unlink()
    for path in sandbox.folder.glob("rt.sqlite*"):
        path.unlink()
    shutil.copy(sandbox.folder / "clean.sqlite", sandbox.folder / "rt.sqlite")
    sandbox.hand_over()
    sandbox.rest(sandbox.folder / "gpg")


@contextmanager
def _server(sandbox: Sandbox, port: int) -> Iterator[int]:
    """RT's web server, answering; the process to which all its work is counted."""
    starman = ("--server", "Starlet", "--host", HOST, "--port", str(port), "--max-workers", str(_WORKERS))
    environment = [f"{name}={value}" for name, value in _environment(sandbox).items()]
    command = sandbox.command("env", *environment, str(_SERVER), *starman)
    with (sandbox.work / "rt.log").open("wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "bench.peers.keeper", *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        _wait(f"http://{HOST}:{port}/")
        yield keeper.pid
    finally:
        keeper.send_signal(signal.SIGTERM)
        keeper.wait(timeout=_PATIENCE)


def _wait(url: str) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=_PATIENCE):  # noqa: S310 -- our own loopback address
                return
        except OSError as exc:
            if time.monotonic() > until:
                raise RuntimeError(f"RT's web server does not answer: {exc}") from exc
            time.sleep(0.2)


def _lacking(sandbox: Sandbox, status: int) -> list[str]:
    """What is missing of a ticket, its decrypted text and an encrypted answer for every mail."""
    with closing(sqlite3.connect(sandbox.folder / "rt.sqlite")) as database:
        (tickets,) = database.execute("select count(*) from Tickets").fetchone()
        (read,) = database.execute(_READ).fetchone()
    sealed = sum(b"BEGIN PGP MESSAGE" in path.read_bytes() for path in (sandbox.folder / "sent").iterdir())
    problems = [f"status {status}"] if status else []
    if tickets != sandbox.count:
        problems.append(f"{tickets} tickets")
    if read < sandbox.count:
        problems.append(f"{read} texts that were decrypted")
    if sealed < sandbox.count:
        problems.append(f"{sealed} encrypted answers")
    return problems
