"""Small tools of a search for contact points: a web and a DNS made of tables, and a network that is down."""

import threading
from collections.abc import Mapping
from typing import NoReturn

from mailbot.errors import TransientError
from mailbot.finding.tools import CertificateNames, Fetched, Names, Tools, Unanswered, Web

PLAIN = {"content-type": "text/plain; charset=utf-8"}


class Sites:
    """Answers from a table of URLs; hosts that stand in none of them are dead."""

    def __init__(self, files: Mapping[str, bytes | Fetched], fails: str = "") -> None:
        self.files = files
        self.fails = fails
        self.asked: list[str] = []
        self._hanging: set[str] = set()
        self._over = threading.Event()

    def hang(self, url: str) -> None:
        """Give no answer to this one until `let_go`."""
        self._hanging.add(url)

    def let_go(self) -> None:
        """End all that hangs."""
        self._over.set()

    def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        if url in self._hanging:
            self._over.wait(60)
        if self.fails and self.fails in url:
            raise TransientError("no network")
        found = self.files.get(url)
        if isinstance(found, Fetched):
            return found
        if found is not None:
            return Fetched(200, url, PLAIN, found)
        origin = "/".join(url.split("/")[:3])
        if any(known.startswith(f"{origin}/") for known in self.files):
            return Fetched(404, url, problem="http_status: 404")
        return Fetched(0, url, problem="unreachable: no connection could be made")


class Zone:
    """Answers from a table of (name, kind); names in `lame` get no answer."""

    def __init__(self, records: Mapping[tuple[str, str], tuple[str, ...]] | None = None, lame: str = "") -> None:
        self.table = records or {}
        self.lame = lame
        self.asked: list[tuple[str, str]] = []

    def addresses(self, host: str) -> tuple[str, ...]:
        return self.records(host, "A")

    def records(self, name: str, kind: str) -> tuple[str, ...]:
        self.asked.append((name, kind))
        if self.lame and name.endswith(self.lame):
            raise Unanswered("no answer")
        return self.table.get((name, kind), ())


class NoNetwork:
    """Everything fails on our own side."""

    def _fail(self, *_: str) -> NoReturn:
        raise TransientError("no network")

    fetch = addresses = records = ask = of = _fail


class Nobody:
    """A WHOIS and TLS server that gives no answer."""

    def ask(self, server: str, query: str) -> str:
        raise Unanswered("no answer")

    def of(self, host: str) -> CertificateNames:
        raise Unanswered("no answer")


def tools_of(web: Web | None = None, names: Names | None = None) -> Tools:
    """All the tools, those not given without an answer."""
    return Tools(web or Sites({}), names or Zone(), Nobody(), Nobody())
