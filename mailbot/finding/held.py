"""The tools that a source gets: each ask counted, shared with the other sources and waited for only so long."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from mailbot.core.hosts import site_of
from mailbot.core.seeking import Question
from mailbot.finding.limits import Turn
from mailbot.finding.tools import CertificateNames, Fetched, Tools, Unanswered

T = TypeVar("T")

_DEAD = ("unreachable", "timeout", "dns", "tls")
_LATE = "no answer in time"


@dataclass
class Silent:
    """The web servers that did not answer during one search: they are not asked again."""

    problems: dict[str, str] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)

    def note(self, origin: str, fetched: Fetched) -> None:
        """Remember whether a server spoke to us."""
        if fetched.answered:
            self.alive.add(origin)
        elif origin not in self.alive and fetched.problem.startswith(_DEAD):
            self.problems[origin] = fetched.problem


def held(tools: Tools, turn: Turn, silent: Silent, question: Question) -> Tools:
    """The same tools within the limits of a search, for one source's turn."""
    return replace(
        tools,
        web=_Web(tools, turn, silent),
        names=_Names(tools, turn),
        whois=_Whois(tools, turn),
        certificates=_Certificates(tools, turn),
        question=question,
    )


@dataclass(frozen=True)
class _Web:
    tools: Tools
    turn: Turn
    silent: Silent

    def fetch(self, url: str) -> Fetched:
        """As the tool does; a limit of ours is a problem of the answer."""
        site = site_of(url)
        origin = f"{site.scheme}://{site.authority}" if site else ""
        if origin in self.silent.problems:
            return Fetched(0, url, problem=self.silent.problems[origin])
        try:
            key, server = ("web", url), site.host if site else ""
            fetched = self.turn.ask(key, server, lambda: self.tools.web.fetch(url), _nobody)
        except TimeoutError:
            fetched = Fetched(0, url, problem=f"timeout: {_LATE}")
        except Unanswered as exc:
            return Fetched(0, url, problem=f"refused: {exc}")
        self.silent.note(origin, fetched)
        return fetched


@dataclass(frozen=True)
class _Names:
    tools: Tools
    turn: Turn

    def addresses(self, host: str) -> tuple[str, ...]:
        """As the tool does."""
        return _asked(self.turn, ("names", host, "addresses"), "", lambda: self.tools.names.addresses(host))

    def records(self, name: str, kind: str) -> tuple[str, ...]:
        """As the tool does."""
        return _asked(self.turn, ("names", name, kind), "", lambda: self.tools.names.records(name, kind))


@dataclass(frozen=True)
class _Whois:
    tools: Tools
    turn: Turn

    def ask(self, server: str, query: str) -> str:
        """As the tool does."""
        return _asked(self.turn, ("whois", server, query), server, lambda: self.tools.whois.ask(server, query))


@dataclass(frozen=True)
class _Certificates:
    tools: Tools
    turn: Turn

    def of(self, host: str) -> CertificateNames:
        """As the tool does."""
        return _asked(self.turn, ("certificates", host), host, lambda: self.tools.certificates.of(host))


def _nobody(fetched: Fetched) -> bool:
    return not fetched.answered


def _asked(turn: Turn, key: tuple[str, ...], server: str, call: Callable[[], T]) -> T:
    try:
        return turn.ask(key, server, call)
    except TimeoutError as exc:
        raise Unanswered(_LATE) from exc
