"""A real Dovecot for tests, on loopback and free ports, without privileges."""

import grp
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from contextlib import suppress
from imaplib import IMAP4, IMAP4_SSL
from pathlib import Path
from typing import Any

from tests.servers_common import HOST, PASSWORD, Authority, free_port


def missing_dovecot() -> str:
    """Why Dovecot cannot be started; "" if it can."""
    path = _dovecot()
    if path is None:
        return "install dovecot-imapd"
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    return "" if version.startswith("2.3.") else f"install dovecot-imapd 2.3 (there is {version.split(' ')[0]})"


def _dovecot() -> str | None:
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


_CONFIGURATION = """
base_dir = {dir}/run
state_dir = {dir}/run
log_path = {dir}/log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_vsz_limit = 1G
first_valid_uid = 1
first_valid_gid = 1
auth_failure_delay = 0
auth_mechanisms = plain login
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{dir}/cert.pem
ssl_key = <{dir}/key.pem
mail_location = maildir:{dir}/mail/%u
namespace inbox {{
  inbox = yes
  prefix = {prefix}
  separator = {separator}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={dir}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
{extra}
"""


class Dovecot:
    """Dovecot without privileges: any user name with `PASSWORD` has a mailbox of its own.

    Started by root it gives them up. `capability` replaces what it announces after login.
    """

    def __init__(self, authority: Authority, prefix: str = "", separator: str = "/", capability: str = "") -> None:
        self.ca_file = authority.file
        self.prefix = prefix
        # A short path: sockets lie in it. Not pytest's: those are closed to the user that root becomes.
        self.dir = Path(tempfile.mkdtemp(prefix="mb", dir="/tmp"))
        self._account = pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        self._separator, self._capability = separator, capability
        self.extra = ""  # more of its configuration
        for name in ("run", "mail"):
            (self.dir / name).mkdir()
        (self.dir / "cert.pem").write_bytes(authority.certificate)
        (self.dir / "key.pem").write_bytes(authority.key)
        self._process: subprocess.Popen[bytes] | None = None
        self._users = 0
        self._choose_ports()

    def start(self) -> None:
        """Start, or start again on the same ports, and return when it answers."""
        for _ in range(3):
            if self._try_start():
                return
            self._choose_ports()  # somebody was faster
        raise RuntimeError(f"dovecot does not start: {(self.dir / 'log').read_text()[-2000:]}")

    def stop(self) -> None:
        """End it and every connection."""
        if self._process is not None:
            for sent in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):  # the group: left to itself, a process with a client lives on
                    os.killpg(self._process.pid, sent)
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(timeout=2)
                    break
            self._process = None

    def remove(self) -> None:
        """End it and forget its mail."""
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def new_user(self) -> str:
        """A user whose mailbox is empty."""
        self._users += 1
        return f"user{self._users}"

    def login(self, user: str) -> IMAP4:
        """A client of our own, to look at the mailbox from the other side."""
        client = IMAP4_SSL(HOST, self.tls_port, ssl_context=ssl.create_default_context(cafile=self.ca_file), timeout=20)
        client.login(user, PASSWORD)
        return client

    def deliver(self, user: str, *mails: bytes) -> None:
        """Put mails into the user's INBOX, in this order."""
        client = self.login(user)
        for mail in mails:
            status, answer = client.append("INBOX", "", "", mail)
            assert status == "OK", answer
        client.logout()

    def mails(self, user: str, folder: str) -> list[bytes]:
        """What lies in the folder; nothing if there is no such folder."""
        client = self.login(user)
        try:
            if client.select(f'"{folder}"', readonly=True)[0] != "OK":
                return []
            numbers = client.search(None, "ALL")[1][0].split()
            answers: list[Any] = [client.fetch(number.decode(), "BODY.PEEK[]")[1][0] for number in numbers]
            return [answer[1] for answer in answers]
        finally:
            client.logout()

    def _choose_ports(self) -> None:
        self.port, self.tls_port = free_port(), free_port()

    def _try_start(self) -> bool:
        (self.dir / "dovecot.conf").write_text(
            _CONFIGURATION.format(
                dir=self.dir,
                user=self._account.pw_name,
                group=grp.getgrgid(self._account.pw_gid).gr_name,
                password=PASSWORD,
                port=self.port,
                tls_port=self.tls_port,
                prefix=self.prefix,
                separator=self._separator,
                extra=(f"imap_capability = {self._capability}\n" if self._capability else "") + self.extra,
            )
        )
        as_other: dict[str, Any] = {"start_new_session": True}
        if os.getuid() == 0:
            account = self._account
            as_other |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            for path in (self.dir, *self.dir.iterdir()):
                os.chown(path, account.pw_uid, account.pw_gid)
        command = [str(_dovecot()), "-F", "-c", str(self.dir / "dovecot.conf")]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_other)
        return self._answers()

    def _answers(self) -> bool:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self._process is not None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                if connection.recv(4) == b"* OK":
                    return True
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=0.05)
                break
        self.stop()
        return False
