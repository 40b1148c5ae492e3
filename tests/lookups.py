"""What the sources of contact points ask, answered from tables; whoever is in none does not answer."""

from collections.abc import Mapping
from datetime import UTC, datetime

from mailbot.core.seeking import Question
from mailbot.finding.tools import CertificateNames, Fetched, Tools, Unanswered

NOW = datetime(2026, 5, 11, 3, 0, tzinfo=UTC)


class Pages:
    """A web of answers by URL: a body, or a status."""

    def __init__(self, answers: Mapping[str, bytes | int]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        answer = self.answers.get(url, 404)
        if isinstance(answer, int):
            return Fetched(answer, url, problem=f"http_status: {answer}")
        return Fetched(200, url, body=answer)


class Zone:
    """A DNS of addresses by host and records by "name KIND"."""

    def __init__(self, records: Mapping[str, tuple[str, ...] | None]) -> None:
        self.table = records

    def addresses(self, host: str) -> tuple[str, ...]:
        return self.records(host, "A")

    def records(self, name: str, kind: str) -> tuple[str, ...]:
        found = self.table.get(f"{name} {kind}", ())
        if found is None:
            raise Unanswered(f"the name servers of {name} give no answer")
        return found


class Registry:
    """WHOIS answers by "server query"."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def ask(self, server: str, query: str) -> str:
        self.asked.append(f"{server} {query}")
        if f"{server} {query}" not in self.answers:
            raise Unanswered(f"whois: {server} does not answer in time")
        return self.answers[f"{server} {query}"]


class Certificates:
    """Certificates by host."""

    def __init__(self, names: Mapping[str, CertificateNames]) -> None:
        self.names = names

    def of(self, host: str) -> CertificateNames:
        if host not in self.names:
            raise Unanswered("tls: no certificate")
        return self.names[host]


def tools(
    web: Mapping[str, bytes | int] | None = None,
    names: Mapping[str, tuple[str, ...] | None] | None = None,
    whois: Mapping[str, str] | None = None,
    certificates: Mapping[str, CertificateNames] | None = None,
    question: Question | None = None,
) -> Tools:
    """Tools that know these answers and no others."""
    return Tools(
        Pages(web or {}), Zone(names or {}), Registry(whois or {}), Certificates(certificates or {}),
        question or Question(),
    )  # fmt: skip
