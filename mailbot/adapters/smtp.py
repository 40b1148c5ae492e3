"""Handing mail to the relay, and what each answer means for the mail."""

import asyncio
import re
from base64 import b64encode
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_LINES
from email.utils import format_datetime
from typing import NoReturn, TypeVar

from aiosmtplib import SMTP, SMTPAuthenticationError, SMTPException, SMTPResponseException
from aiosmtplib.protocol import SMTPProtocol

from mailbot.adapters.sasl import BearerLogin, Renewable, decoded, pick
from mailbot.adapters.tls import Security, client_context, explain, printable, refuse_open_line
from mailbot.core.messages import SealedMail
from mailbot.errors import (
    AccessError,
    MailbotError,
    PermanentError,
    TransientError,
    UncertainError,
    UnreachableError,
)

_ADDRESS = re.compile(r"[!-~]{1,64}@[A-Za-z0-9.\[\]:-]{1,253}")
_NEVER_IN_AN_ADDRESS = frozenset('<>(),;:"\\@')
_LINE_ENDING = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_LOGIN_WANTED = (530, 534, 535, 538)  # RFC 4954 6: says nothing about the mail, only about our login
_CLOSING, _LOGGED_IN, _CHALLENGE = 421, 235, 334
_PIECE = 65_536  # bytes of a text that are written at once
_PAUSE = 0.01  # seconds between looks at whether they left

T = TypeVar("T")


@dataclass(frozen=True)
class SmtpSettings:
    """`[smtp]`: a password, or `token` that gives an OAuth 2 access token each time; no user name, no login."""

    host: str
    port: int
    security: Security
    username: str = ""
    password: str | None = field(default=None, repr=False)
    ca_file: str = ""
    timeout: float = 60  # seconds for each answer, and for each piece of a text to leave
    last_timeout: float = 300  # for the answer to a whole mail: RFC 5321 4.5.3.2.6 asks for ten minutes, see there why
    token: Callable[[], str] | None = field(default=None, repr=False)
    greeting: str = "[127.0.0.1]"  # what EHLO says: asking DNS for our own name could block, and would tell it


class SmtpSender:
    """A `Sender` on one connection for many mails, with an event loop of its own; not for use inside another loop."""

    def __init__(self, settings: SmtpSettings) -> None:
        refuse_open_line(settings.security, settings.host, "smtp")
        self._settings = settings
        self._runner = asyncio.Runner()
        self._client: SMTP | None = None
        self._wire: asyncio.BaseTransport | None = None
        self._begun = False  # a mail, and the relay has not taken it

    def send(self, mail: SealedMail) -> None:
        """Hand over one mail to its one recipient; bare line feeds become CRLF. Raises TypeError for anything else.

        Raises TransientError (nothing was taken), UnreachableError (so it is for every mail: the server is away, lets
        nobody in, or the set-up is wrong), PermanentError (this mail is refused for good) or UncertainError (the last
        line was written and no answer came).
        """
        if type(mail) is not SealedMail:
            raise TypeError("only a SealedMail is sent")
        sender, recipient = plain_address(mail.sender), plain_address(mail.to)
        self._run(self._send(sender, recipient, _LINE_ENDING.sub(b"\r\n", mail.content)))

    def probe(self, desk: str, to: str, message_id: str, now: datetime) -> None:
        """Send the desk a mail that says nothing, to an address of its own. Raises as `send` does."""
        mail = EmailMessage(policy=SMTP_LINES)
        mail["From"], mail["To"], mail["Subject"] = desk, to, "mailbot doctor --probe"
        mail["Date"], mail["Message-ID"], mail["Auto-Submitted"] = format_datetime(now), message_id, "auto-generated"
        mail.set_content("This mail shows that the desk's mail leaves and arrives. Nothing is to be done.\n")
        self._run(self._send(plain_address(desk), plain_address(to), mail.as_bytes()))

    def check(self) -> str:
        """Connect, log in and say what the relay takes."""
        return self._run(self._describe())

    def close(self) -> None:
        """End the connection; never raises."""
        with suppress(Exception):
            self._run(self._quit())
        self._runner.close()
        self._runner = asyncio.Runner()

    def _run(self, work: Coroutine[object, object, T]) -> T:
        try:
            return self._runner.run(work)
        except (SMTPException, OSError) as exc:
            self._runner.run(self._drop())
            raise TransientError(self._explain(exc)) from exc
        except MailbotError:
            raise
        except BaseException:
            self._runner.run(self._drop())  # stopped in mid-dialogue: the next answer would be taken for another's
            raise

    async def _send(self, sender: str, recipient: str, content: bytes) -> None:
        client = await self._begin(sender, content)
        try:
            await client.rcpt(recipient)
        except SMTPResponseException as exc:
            await self._refused(exc.code, exc.message)
        await self._hand_over(client, content)
        self._begun = False  # RFC 5321 4.1.1.4: nothing is left over of a mail that was taken

    async def _begin(self, sender: str, content: bytes) -> SMTP:
        """MAIL; over a new connection if the one that was kept is not usable any more: nothing was handed over yet."""
        kept = self._client
        client = await self._ready()
        if not content.isascii() and not client.supports_extension("8bitmime"):
            raise PermanentError(f"{self._settings.host} takes 7-bit mail only")
        self._begun = True
        try:
            await client.mail(sender, options=_options(client, content))
        except (SMTPException, OSError) as exc:
            if client is kept and not _is_refusal(exc):
                await self._drop()
                return await self._begin(sender, content)
            if isinstance(exc, SMTPResponseException):
                await self._refused(exc.code, exc.message)
            raise
        return client

    async def _hand_over(self, client: SMTP, content: bytes) -> None:
        """DATA. Not the library's own: it does not tell a failure before the text from one after it."""
        answer = await client.execute_command(b"DATA")
        if answer.code != 354:
            await self._refused(answer.code, answer.message)
        protocol = await self._write(client, _as_text(content))
        try:
            answer = await protocol.read_response(timeout=self._settings.last_timeout)
        except (SMTPException, OSError) as exc:
            await self._drop()
            raise UncertainError(f"{self._explain(exc)}; whether the mail was taken is unknown") from exc
        if answer.code // 100 not in (2, 4, 5):
            await self._drop()
            raise UncertainError(f"{self._settings.host} answered {answer.code} to a whole mail")
        if answer.code >= 400:
            await self._refused(answer.code, answer.message)

    async def _write(self, client: SMTP, text: bytes) -> SMTPProtocol:
        """All of the text. A failure here is no doubt: the server never saw the last line, so it took nothing."""
        protocol, wire = client.protocol, client.transport
        if protocol is None or not isinstance(wire, asyncio.WriteTransport):
            raise ConnectionError("closed")
        last = (len(text) - 1) // _PIECE * _PIECE
        for start in range(0, last, _PIECE):
            protocol.write(text[start : start + _PIECE])
            async with asyncio.timeout(self._settings.timeout):
                await asyncio.sleep(0)  # lets the loop notice that the server is gone
                while wire.get_write_buffer_size() > _PIECE:
                    await asyncio.sleep(_PAUSE)
        protocol.write(text[last:])
        return protocol

    async def _refused(self, code: int, text: str) -> NoReturn:
        said = f"{self._settings.host} answered {code} {printable(text)}"
        if code in _LOGIN_WANTED:
            raise TransientError(f"[smtp].username: {said}")
        if 500 <= code < 600:
            raise PermanentError(said)
        if code == _CLOSING or code < 400:  # below 400: not in step with the server any more
            await self._drop()
        raise TransientError(said)

    async def _ready(self) -> SMTP:
        """The connection, with nothing left over of the last mail; a new one if the server closed it over that."""
        if self._client is not None and self._begun:
            try:
                await self._client.rset()
            except (SMTPException, OSError):
                await self._drop()
        return self._client or await self._connect()

    async def _connect(self) -> SMTP:
        settings = self._settings
        try:
            context = None if settings.security == "plain" else client_context(settings.ca_file, "smtp")
            client = SMTP(
                hostname=settings.host,
                port=settings.port,
                local_hostname=settings.greeting,
                timeout=settings.timeout,
                use_tls=settings.security == "tls",
                start_tls=False,  # the default would go on in the clear when STARTTLS is not offered
                tls_context=context,
            )
            await client.connect()
            self._client, self._wire, self._begun = client, client.transport, False
            await self._enter(client)
        except PermanentError as exc:  # the mail is not at fault: it waits until this is set right
            raise UnreachableError(str(exc)) from exc
        except (SMTPException, OSError) as exc:
            await self._drop()
            raise UnreachableError(self._explain(exc)) from exc
        except BaseException:
            await self._drop()
            raise
        return client

    async def _enter(self, client: SMTP) -> None:
        settings = self._settings
        await client.ehlo()
        if settings.security == "starttls":
            if not client.supports_extension("starttls"):
                raise UnreachableError(f"[smtp].security: {settings.host} offers no STARTTLS")
            await client.starttls()
            await client.ehlo()
        if settings.username:
            await self._login(client)

    async def _login(self, client: SMTP) -> None:
        settings = self._settings
        if not client.supports_extension("auth"):
            raise UnreachableError(f"[smtp].username: {settings.host}:{settings.port} offers no login")
        try:
            if settings.token:
                await self._login_with_token(client, settings.token)
            else:
                await client.login(settings.username, settings.password or "")
        except SMTPAuthenticationError as exc:
            said = f"{settings.host} refused the login of {settings.username}"
            text = f"[smtp].username or [smtp].password_env: {said} ({exc.code} {printable(exc.message)})"
            raise UnreachableError(text) from exc

    async def _login_with_token(self, client: SMTP, source: Callable[[], str]) -> None:
        """A token that the relay refuses is renewed once: it may have been revoked before its time."""
        token = source()
        code, said = await self._offer(client, token)
        if code >= 500 and isinstance(source, Renewable):
            code, said = await self._offer(client, source.renew(token))
        if code == _LOGGED_IN:
            return
        settings = self._settings
        text = f"[smtp].username or [smtp.oauth2]: {settings.host} refused the login of {settings.username}"
        if code >= 500 and isinstance(source, Renewable):
            raise AccessError(f"{text} ({code} {said}); mailbot auth smtp signs in anew")
        raise UnreachableError(f"{text} ({code} {said})")

    async def _offer(self, client: SMTP, token: str) -> tuple[int, str]:
        """The relay's answer to the token. The library has no OAUTHBEARER and drops why it was refused."""
        settings = self._settings
        offered = set(client.esmtp_extensions.get("auth", "").upper().split())
        login = BearerLogin(pick(offered), settings.username, token, settings.host, settings.port)
        answer = await client.execute_command(b"AUTH", login.mechanism.encode(), b64encode(login.first()))
        if answer.code == _CHALLENGE:
            response = login.respond(decoded(answer.message.strip()))
            answer = await client.execute_command(b64encode(response))
        return answer.code, login.said(answer.message)

    async def _describe(self) -> str:
        settings = self._settings
        client = await self._ready()
        size = client.esmtp_extensions.get("size") or "any size"
        login = f"logged in as {settings.username}" if settings.username else "without login"
        return f"{settings.host}:{settings.port} ({settings.security}), {login}; mail up to {size} bytes"

    async def _quit(self) -> None:
        if self._client is not None:
            with suppress(SMTPException, OSError):
                await self._client.quit(timeout=min(self._settings.timeout, 5))
            await self._drop()

    async def _drop(self) -> None:
        """Close at once; a farewell over TLS could wait half a minute for a dead server."""
        client, self._client = self._client, None
        wire, self._wire = self._wire, None
        if client is not None:
            client.close()
        if isinstance(wire, asyncio.WriteTransport):
            wire.abort()
            await asyncio.sleep(0)  # lets the loop close the socket

    def _explain(self, exc: Exception) -> str:
        settings = self._settings
        if isinstance(exc, SMTPResponseException):
            server = f"{settings.host}:{settings.port}"
            return f"[smtp].host or .port: {server} answered {exc.code} {printable(exc.message)}"
        return explain(exc, "smtp", settings.host, settings.port)


def plain_address(address: str) -> str:
    """The address as it may stand in MAIL and RCPT; raises PermanentError for any other.

    Wider than RFC 5321 in one thing: dots may stand anywhere, as in old addresses of Japanese mobile carriers.
    """
    local, _, _ = address.rpartition("@")
    if not _ADDRESS.fullmatch(address) or address.startswith("-") or _NEVER_IN_AN_ADDRESS & set(local):
        raise PermanentError(f"not an address that mail can be sent to: {printable(address, 80)!r}")
    return address


def _is_refusal(exc: Exception) -> bool:
    """Whether it is an answer to the command, and not one that the connection ends with."""
    return isinstance(exc, SMTPResponseException) and 400 <= exc.code < 600 and exc.code != _CLOSING


def _as_text(content: bytes) -> bytes:
    """The content as it goes after DATA, with the line that ends it."""
    return _LEADING_DOT.sub(b"..", content) + (b".\r\n" if content.endswith(b"\n") else b"\r\n.\r\n")


def _options(client: SMTP, content: bytes) -> list[str]:
    options = [] if content.isascii() else ["BODY=8BITMIME"]
    return [*options, f"SIZE={len(content)}"] if client.supports_extension("size") else options
