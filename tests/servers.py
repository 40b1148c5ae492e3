"""Real servers for tests, on loopback and free ports: Dovecot for IMAP, aiosmtpd for SMTP, under a throw-away CA."""

import asyncio
import grp
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections import defaultdict, deque
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from imaplib import IMAP4, IMAP4_SSL
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "localhost"
"""The name in the servers' certificates; "127.0.0.1" reaches them too, but is not in them."""

PASSWORD = "correct-horse"
DROP = "drop"
HANG = "hang"

T = TypeVar("T")


class Authority:
    """A certificate authority that lives as long as the tests."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.file = str(folder / "ca.pem")
        self._ca.cert_pem.write_to_path(self.file)
        issued = self._ca.issue_cert(HOST)
        self.certificate = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
        self.key = issued.private_key_pem.bytes()
        self._issued = issued

    def server_context(self) -> ssl.SSLContext:
        """For a server that shows the certificate."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._issued.configure_cert(context)
        return context


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def missing_dovecot() -> str:
    """Why Dovecot cannot be started; "" if it can."""
    path = _dovecot()
    if path is None:
        return "install dovecot-imapd"
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    return "" if version.startswith("2.3.") else f"install dovecot-imapd 2.3 (there is {version.split(' ')[0]})"


def skip_or_fail(reason: str) -> None:
    """Skip, unless MAILBOT_REQUIRE_SERVERS=1 says that the servers must be there."""
    if reason and os.environ.get("MAILBOT_REQUIRE_SERVERS") == "1":
        pytest.fail(f"MAILBOT_REQUIRE_SERVERS=1, but: {reason}")
    if reason:
        pytest.skip(reason)


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
                extra=f"imap_capability = {self._capability}" if self._capability else "",
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


@dataclass(frozen=True)
class Received:
    """A mail that the sink took."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


class SmtpSink:
    """A relay that keeps what it takes: at `tls_port`, at `starttls_port` and, offering neither, at `plain_port`.

    Everywhere `USER` must log in with `PASSWORD`. `script` sets its next answers.
    """

    USER = "desk"

    def __init__(self, authority: Authority) -> None:
        self.ca_file = authority.file
        self.messages: list[Received] = []
        self.connections = 0
        self.sessions: set[_Session] = set()
        self._answers: dict[str, deque[str]] = defaultdict(deque)
        self._context = authority.server_context()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._servers: list[asyncio.Server] = []

    def start(self) -> None:
        """Listen on free ports."""
        self._thread.start()
        self.tls_port, self.starttls_port, self.plain_port = self._do(self._listen())

    def stop(self) -> None:
        """End it and every connection."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=20)
        self._loop.close()

    def script(self, moment: str, *answers: str) -> None:
        """What to say next at MAIL, RCPT, DATA (before the text) or END (after it): a reply, `DROP` or `HANG`."""
        self._answers[moment].extend(answers)

    def drop_connections(self) -> None:
        """End every connection, as a relay does with idle ones."""
        self._do(self._drop())

    def reset(self) -> None:
        """Forget mails, connections and answers that nobody came for."""
        self.drop_connections()
        self._answers.clear()
        self.messages.clear()
        self.connections = 0

    async def answer(self, moment: str, session: "_Session") -> str | None:
        """The scripted answer to give now, if there is one."""
        answer = self._answers[moment].popleft() if self._answers[moment] else None
        if answer == DROP:
            session.abort()
        if answer in (DROP, HANG):
            await asyncio.Event().wait()  # until the connection is gone, and this with it
        return answer

    # The library finds hooks by these names.

    async def handle_MAIL(
        self, server: "_Session", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Who is not logged in is refused."""
        envelope.mail_from = address
        needed = None if session.authenticated else "530 5.7.0 Authentication required"
        return needed or await self.answer("MAIL", server) or "250 OK"

    async def handle_RCPT(
        self, server: "_Session", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Everybody is known here."""
        answer = await self.answer("RCPT", server) or "250 OK"
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: "_Session", session: Session, envelope: Envelope) -> str:
        """Keep the mail, unless the answer is a refusal; with `DROP` and `HANG` it is kept too, but not said so."""
        refused = self._answers["END"] and self._answers["END"][0][0] in "45"
        if not refused:
            content = envelope.original_content or b""
            self.messages.append(Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), content))
        return await self.answer("END", server) or "250 OK"

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=20)

    async def _listen(self) -> list[int]:
        for tls, starttls in ((self._context, None), (None, self._context), (None, None)):
            server = await self._loop.create_server(partial(_Session, self, starttls), "127.0.0.1", 0, ssl=tls)
            self._servers.append(server)
        return [server.sockets[0].getsockname()[1] for server in self._servers]

    async def _drop(self) -> None:
        for session in list(self.sessions):
            session.abort()
        while self.sessions:
            await asyncio.sleep(0)

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        await self._drop()
        tasks = asyncio.all_tasks() - {cast("asyncio.Task[Any]", asyncio.current_task())}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Session(SMTP):
    """One connection to the sink."""

    def __init__(self, sink: SmtpSink, starttls: ssl.SSLContext | None) -> None:
        super().__init__(
            sink,
            hostname=HOST,  # the library would ask DNS
            tls_context=starttls,
            require_starttls=starttls is not None,
            auth_require_tls=False,  # it does not see that implicit TLS is TLS
            authenticator=self._check_password,
        )
        self._sink = sink

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called again after STARTTLS."""
        if self not in self._sink.sessions:
            self._sink.connections += 1
            self._sink.sessions.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Called for any end."""
        self._sink.sessions.discard(self)
        super().connection_lost(error)

    def abort(self) -> None:
        """Break the connection off."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def smtp_DATA(self, arg: str) -> None:
        """The library has no hook between DATA and the text."""
        if answer := await self._sink.answer("DATA", self):
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)

    @staticmethod
    def _check_password(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        known = LoginPassword(SmtpSink.USER.encode(), PASSWORD.encode())
        return AuthResult(success=data == known, handled=False)
