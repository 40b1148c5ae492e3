"""Logging in with an access token: what the client says, and what a refusal means.

XOAUTH2 is Google's and Microsoft's own, OAUTHBEARER is RFC 7628. In both a refusal comes as a challenge with a JSON
text; the client must answer it before the server says no in its own protocol.
"""

import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from mailbot.adapters.tls import printable

Mechanism = Literal["OAUTHBEARER", "XOAUTH2"]
_SHOWN = ("status", "error", "error_description", "schemes", "scope")
_MAX_CHALLENGE = 8_192


@runtime_checkable
class Renewable(Protocol):
    """A source of access tokens that can get another one where a server refuses what it gave."""

    def renew(self, refused: str) -> str:
        """A token that is not `refused`. Raises AccessError or TransientError."""
        ...


@dataclass
class BearerLogin:
    """One login with one token; `refusal` is what the server's challenge said, if it sent one."""

    mechanism: Mechanism
    user: str
    token: str = field(repr=False)
    host: str = ""
    port: int = 0
    refusal: str = ""
    _begun: bool = False

    def respond(self, challenge: bytes) -> bytes:
        """The answer to a challenge; the first one is empty."""
        if not self._begun:
            self._begun = True
            return self.first()
        self.refusal = told(challenge)
        return b"\x01" if self.mechanism == "OAUTHBEARER" else b""

    def first(self) -> bytes:
        """What the client begins with."""
        self._begun = True
        if self.mechanism == "XOAUTH2":
            return f"user={self.user}\x01auth=Bearer {self.token}\x01\x01".encode()
        name = self.user.replace("=", "=3D").replace(",", "=2C")  # RFC 5801 4
        return f"n,a={name},\x01host={self.host}\x01port={self.port}\x01auth=Bearer {self.token}\x01\x01".encode()

    def without_token(self, text: str) -> str:
        """A server's words, should it repeat what we sent."""
        encoded = base64.b64encode(self.first()).decode("ascii")
        return text.replace(self.token, "…").replace(encoded, "…")

    def said(self, text: str) -> str:
        """The refusal as one line: the server's reply and what its challenge said."""
        parts = (printable(self.without_token(part)) for part in (text, self.refusal))
        return "; ".join(part for part in parts if part)


def pick(offered: set[str]) -> Mechanism:
    """The mechanism to use of those that the server offers; the standard's first."""
    return "OAUTHBEARER" if "OAUTHBEARER" in offered else "XOAUTH2"


def decoded(text: str | bytes) -> bytes:
    """The bytes of a base64 challenge; nothing if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def told(challenge: bytes) -> str:
    """What the JSON of a refusal says, on one line; "" if it is no such thing."""
    try:
        data = json.loads(challenge[:_MAX_CHALLENGE])
    except (ValueError, RecursionError):
        return ""
    if not isinstance(data, dict):
        return ""
    return ", ".join(f"{key} {data[key]}" for key in _SHOWN if isinstance(data.get(key), str | int))
