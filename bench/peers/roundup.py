"""Roundup's mail gateway: one process a mail, as a mail server's alias calls it, and one process for a whole mbox."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from bench.corpus import DESK
from bench.letters import FINDERS
from bench.peers.sandbox import Sandbox
from bench.report import Row
from tests.servers import PASSWORD, SmtpSink

NAME = "Roundup"
_VERSION = "2.6.0"
_SYSTEM = Path("/usr/bin/python3")
"""Its Python: Roundup decrypts through Debian's GPGME binding, which is made for this one."""


def missing(sandbox: Sandbox) -> str:
    """Why it cannot be run; "" if it can, and then it is installed."""
    if subprocess.run([_SYSTEM, "-c", "import gpg"], capture_output=True, check=False).returncode:
        return f"{_SYSTEM} has no GPGME (bench/peers/install)"
    venv = sandbox.work / "peers" / f"roundup-{_VERSION}"
    if not (venv / "bin" / "roundup-mailgw").exists() and (why := _install(venv)):
        return why
    return "" if sandbox.can_run(venv / "bin" / "roundup-mailgw") else f"an ordinary user cannot reach {venv}"


def _install(venv: Path) -> str:
    subprocess.run([_SYSTEM, "-m", "venv", "--clear", "--without-pip", "--system-site-packages", venv], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python"), "install", "--quiet"]
    ran = subprocess.run([*pip, f"roundup=={_VERSION}"], capture_output=True, text=True, check=False)
    return f"pip: {ran.stderr.strip().splitlines()[-1]}" if ran.returncode else ""


def rows(sandbox: Sandbox) -> Iterator[Row]:
    """One run of each way, each on a fresh tracker."""
    programs = sandbox.work / "peers" / f"roundup-{_VERSION}" / "bin"
    tracker, clean = sandbox.folder / "tracker", sandbox.folder / "clean"
    if not clean.exists():
        _set_up(sandbox, programs, tracker)
        shutil.copytree(tracker, clean, symlinks=True)
    mbox = sandbox.folder / "mbox"
    gateway = (str(programs / "roundup-mailgw"), str(tracker))
    ways: tuple[tuple[str, Sequence[str]], ...] = (
        ("Roundup, a process a mail", sandbox.piped(*gateway)),
        ("Roundup, one process for all", sandbox.command(*gateway, "mailbox", str(mbox))),
    )
    for name, command in ways:
        shutil.rmtree(tracker)
        shutil.copytree(clean, tracker, symlinks=True)
        mbox.write_bytes(b"".join(b"From finder\n" + _unix(path.read_bytes()) for path in sandbox.corpus.mails))
        sandbox.hand_over()
        sandbox.rest(sandbox.folder / "gpg")
        sandbox.relay.taken()
        cost = sandbox.timed(command)
        yield Row(name, sandbox.count, [cost], _lacking(sandbox, tracker, cost.status))


def _set_up(sandbox: Sandbox, programs: Path, tracker: Path) -> None:
    home = sandbox.keyring(sandbox.folder / "gpg")
    settings = {
        "admin_email": "admin@desk.example.jp",
        "dispatcher_email": "admin@desk.example.jp",
        "tracker_web": "http://127.0.0.1/desk/",
        "tracker_email": DESK[1],
        "mail_domain": "desk.example.jp",
        "mail_host": "127.0.0.1",
        "mail_port": str(sandbox.relay.plain_port),
        "mail_username": SmtpSink.USER,
        "mail_password": PASSWORD,
        "mailgw_subject_prefix_parsing": "none",
        "mailgw_subject_suffix_parsing": "none",
        "mailgw_subject_content_match": "never",
        "pgp_enable": "yes",
        "pgp_homedir": str(home),
        "pgp_encrypt": "yes",
        "pgp_require_incoming": "encrypted",
        "messages_to_author": "new",
    }
    admin = (str(programs / "roundup-admin"), "-i", str(tracker))
    told = ",".join(f"{key}={value}" for key, value in settings.items())
    sandbox.run(*admin, "install", "classic", "sqlite", told)
    sandbox.run(*admin, "initialise", "admin")
    for finder in FINDERS:
        known = (f"username={finder.address.replace('@', '.')}", f"address={finder.address}", "roles=User")
        sandbox.run(*admin, "create", "user", *known)


def _unix(mail: bytes) -> bytes:
    return mail.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ") + b"\n"


def _lacking(sandbox: Sandbox, tracker: Path, status: int) -> list[str]:
    """What is missing of an issue and an encrypted confirmation for every mail."""
    with closing(sqlite3.connect(tracker / "db" / "db")) as database:
        (issues,) = database.execute("select count(*) from _issue").fetchone()
    problems = [f"status {status}"] if status else []
    if issues != sandbox.count:
        problems.append(f"{issues} issues")
    sandbox.relay.taken()
    if sandbox.relay.sealed < sandbox.count:
        problems.append(f"{sandbox.relay.sealed} encrypted confirmations")
    return problems
