"""Mail servers that log in by access token: Dovecot's oauth2 passdb, and an SMTP relay with both mechanisms."""

import base64
import json
import re
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import AuthResult

from tests.servers_common import Authority
from tests.servers_dovecot import Dovecot
from tests.servers_smtp import SmtpSink, _Session
from tests.servers_tokens import TokenServer

_PASSDB = """\
auth_mechanisms = plain login {mechanisms}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {dir}/oauth2.conf
}}
"""
_OAUTH2 = """\
tokeninfo_url = {url}?access_token=
username_attribute = user
active_attribute = active
active_value = true
"""


class BearerDovecot(Dovecot):
    """A Dovecot that asks the token server about each token; `PASSWORD` still opens mailboxes for the tests."""

    def __init__(self, authority: Authority, tokens: TokenServer, mechanisms: str = "xoauth2 oauthbearer") -> None:
        super().__init__(authority)
        (self.dir / "oauth2.conf").write_text(_OAUTH2.format(url=tokens.url("tokeninfo")))
        self.extra = _PASSDB.format(dir=self.dir, mechanisms=mechanisms)


class BearerSink(SmtpSink):
    """A relay where the token server's tokens log in, by OAUTHBEARER or XOAUTH2."""

    def __init__(self, authority: Authority, tokens: TokenServer) -> None:
        super().__init__(authority)
        self.tokens = tokens
        self.logins: list[tuple[str, str]] = []
        self.without: tuple[str, ...] = ()
        self.temporarily = False

    # The library finds mechanisms by these names.

    async def auth_XOAUTH2(self, session: _Session, args: list[str]) -> AuthResult:
        """Google's and Microsoft's own."""
        return await self._check(session, "XOAUTH2", args, rb"user=(.*?)\x01auth=Bearer (.*?)\x01\x01", b"")

    async def auth_OAUTHBEARER(self, session: _Session, args: list[str]) -> AuthResult:
        """RFC 7628."""
        shape = rb"n,a=(.*?),\x01host=localhost\x01port=\d+\x01auth=Bearer (.*?)\x01\x01"
        return await self._check(session, "OAUTHBEARER", args, shape, b"\x01")

    async def _check(self, session: Any, name: str, args: list[str], shape: bytes, last: bytes) -> AuthResult:
        found = re.fullmatch(shape, base64.b64decode(args[1]))
        user, token = (part.decode() for part in found.groups()) if found else ("", "")
        self.logins.append((name, token))
        if self.temporarily:
            return AuthResult(success=False, handled=False, message="454 4.7.0 Temporary authentication failure")
        if user and self.tokens.user_of(token) == user:
            return AuthResult(success=True, handled=False)
        challenge = {"status": "401", "schemes": "bearer", "scope": "https://mail.test/"}
        answer = await session.challenge_auth(json.dumps(challenge))
        message = "535 5.7.8 not good any more" if answer == last else f"501 5.5.2 not the last word: {answer!r}"
        return AuthResult(success=False, handled=False, message=message)


def secrets_in(folder: Path, *secrets: str) -> list[str]:
    """Which files below the folder hold one of these in the clear."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(s.encode() in path.read_bytes() for s in secrets)]
