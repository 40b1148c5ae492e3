"""Asks the domain of an address for its key (Web Key Directory), through the guarded fetcher."""

from typing import Protocol

from mailbot.core.wkd import Place, places
from mailbot.finding.tools import Fetched
from mailbot.ports import Published

_GONE = ("http_status: 404", "http_status: 410")


class Fetcher(Protocol):
    """Fetches a URL safely; see `web.GuardedFetcher`."""

    def fetch(self, url: str) -> Fetched: ...


class WebKeyDirectory:
    """A `KeyDirectory` over the fetcher, whose limits are that of an answer. Never asks a key server."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def find(self, address: str) -> Published:
        """What the domain publishes for `address`. Raises TransientError when our own network fails."""
        where = places(address)
        if where is None:
            return Published(why="not an address of a domain")
        for place in where:
            fetched = self._fetcher.fetch(place.key)
            # The direct method is only for a domain without the name "openpgpkey" (section 3.1 of the draft).
            if not fetched.problem.startswith("dns:"):
                return self._read(fetched, place)
        return Published(why="the domain has no directory")

    def _read(self, fetched: Fetched, place: Place) -> Published:
        if not fetched.problem:
            return Published(fetched.body) if fetched.body else Published(why="the directory's answer is empty")
        if not fetched.problem.startswith(_GONE):
            return Published(why=fetched.problem)
        published = not self._fetcher.fetch(place.policy).problem
        return Published(why="not in the domain's directory" if published else "the domain has no directory")
