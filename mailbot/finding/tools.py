"""What a source of contact points may ask the outside with. Every answer is a stranger's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from mailbot.core.hosts import Site
from mailbot.core.model import Contact
from mailbot.core.seeking import Question


class Unanswered(Exception):
    """The one who was asked gave no usable answer; the text says why, in our own words and without theirs.

    The search notes it beside the source and goes on. When our own network is down, a tool raises TransientError.
    """


@dataclass(frozen=True)
class Fetched:
    """What came of one fetch. `problem` is "" if the body may be used, else "code: detail"."""

    status: int  # 0: no answer
    url: str  # the last one asked for
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    problem: str = ""
    notes: tuple[str, ...] = ()  # what was odd on the way

    @property
    def answered(self) -> bool:
        """Whether a web server spoke to us at all."""
        return self.status != 0


@dataclass(frozen=True)
class CertificateNames:
    """Whom a TLS server's certificate names: the subject's organisation ("" in most) and its DNS names."""

    organisation: str = ""
    country: str = ""
    hosts: tuple[str, ...] = ()


class Web(Protocol):
    """Fetches a URL within guards: public addresses, few redirects, little time, a small body."""

    def fetch(self, url: str) -> Fetched:
        """The answer, whose `problem` says what is wrong with it. Raises TransientError."""
        ...


class Names(Protocol):
    """Asks the DNS."""

    def addresses(self, host: str) -> tuple[str, ...]:
        """The host's IPv4 and IPv6 addresses, perhaps none. Raises Unanswered, TransientError."""
        ...

    def records(self, name: str, kind: str) -> tuple[str, ...]:
        """Records of a kind as text, perhaps none: MX "10 mx.example.jp" ("0 ." is a null MX), TXT (its strings
        joined), SOA "mname rname". Names are in lower case without the last dot. Raises Unanswered, TransientError.
        """
        ...


class Whois(Protocol):
    """Asks a WHOIS server (RFC 3912) within the same guards."""

    def ask(self, server: str, query: str) -> str:
        """The answer as text. Raises Unanswered, TransientError."""
        ...


class Certificates(Protocol):
    """Looks at the certificate that a TLS server shows."""

    def of(self, host: str) -> CertificateNames:
        """Whom it names. Raises Unanswered, TransientError."""
        ...


@dataclass(frozen=True)
class Tools:
    """All of them, already held to the search's limits of time, number and rate."""

    web: Web
    names: Names
    whois: Whois
    certificates: Certificates
    question: Question = field(default_factory=Question)
    """What this search was asked: for sources that know people by name, or judge what the report says."""
    signature: Callable[[bytes], str] = lambda _: ""
    """What became of verifying a cleartext signature: "good, by FINGERPRINT", "bad" …; "" where nobody can tell."""


Source = Callable[[Site, datetime, Tools], Sequence[Contact]]
"""The contact points that one source knows for a site, with score, why, evidence. Raises Unanswered, TransientError."""

Aside = Callable[[datetime, Tools], Sequence[Contact]]
"""As a source, of what is known without looking at a site: the report's own word, the desk's directory."""
