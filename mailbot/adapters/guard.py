"""Where a stranger's host name may lead us: its addresses are looked up once and checked, and only those are used.

A report may name any host, so whatever is asked of it is an errand for a stranger. A name that changes its answer
between check and use gains nothing: connections are made to the checked address, never to the name.
"""

import asyncio
import errno
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mailbot.adapters.spacing import Spacing
from mailbot.core.hosts import is_ip, server_of
from mailbot.core.networks import is_allowed_private, is_inward, reach, refusal, untouchable
from mailbot.errors import TransientError
from mailbot.finding.tools import Unanswered

Resolver = Callable[[str], Sequence[str]]
"""The addresses of a host, perhaps none; see `Names.addresses`. Raises Unanswered, TransientError."""

CONNECT_SECONDS = 3.0
_MAX_ADDRESSES = 3  # tried for one name, IPv4 first
_INWARD = "is a name for the inside of a network"
_LOCAL_FAULTS = {errno.ENETDOWN, errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Refused(Exception):
    """This host is not contacted; says why, as "refused: …" or "dns: …"."""


@dataclass(frozen=True)
class Checked:
    """A host's addresses, of which every one may be contacted."""

    addresses: tuple[str, ...]
    private: bool  # all of them are listed in allow_private, where any port will do
    ports: Mapping[int, int] = field(default_factory=dict)  # what is reached in place of a well-known port

    def port(self, well_known: int) -> int:
        """The port that a service is reached at where the URL names none."""
        return self.ports.get(well_known, well_known)


class Guard:
    """Says to which addresses a connection for a host may go."""

    def __init__(
        self,
        resolver: Resolver,
        allow_private: Sequence[str] = (),
        never_touch: Sequence[str] = (),
        spacing: Spacing | None = None,
        private_ports: Mapping[int, int] | None = None,
    ) -> None:
        """`allow_private` and `never_touch` are networks or host names. Raises ConfigError with every problem.

        `private_ports`: where servers that allow_private lists are reached instead of well-known ports.
        """
        self._resolver = resolver
        self._reach = reach(allow_private, never_touch)
        self.spacing = spacing or Spacing()
        self._ports = private_ports or {}

    def check(self, host: str) -> Checked:
        """The addresses of a host in normal form. Raises Refused, TransientError."""
        if untouchable(host, self._reach):
            raise Refused(f"refused: {host} is listed in never_touch")
        inward = is_inward(host)
        if inward and not self._reach.allows_anything:
            raise Refused(f"refused: {host} {_INWARD}")  # not even looked up: mDNS would ask the whole local network
        try:
            found = (host,) if is_ip(host) else self._resolver(host)
        except Unanswered as exc:
            raise Refused(f"dns: the name servers of {host} give no answer") from exc
        if not found:
            raise Refused(f"dns: {host} has no address")
        for address in found:
            why = refusal(address, host, self._reach)
            if why is not None:
                raise Refused(f"refused: {host} has the address {shown(address)}: {why}")
        private = all(is_allowed_private(address, host, self._reach) for address in found)
        if inward and not private:
            raise Refused(f"refused: {host} {_INWARD}")
        addresses = tuple(sorted(found, key=lambda address: ":" in address)[:_MAX_ADDRESSES])
        return Checked(addresses, private, self._ports if private else {})

    def check_server(self, place: str, port: int) -> tuple[str, int, Checked]:
        """Host, port and addresses of "host" or "host:port". Raises Refused, TransientError.

        Another port than the usual one is for what allow_private lists.
        """
        server = server_of(place)
        if server is None:
            raise Refused("refused: not a usable host name")
        host, named = server
        checked = self.check(host)
        if named not in (None, port) and not checked.private:
            raise Refused(f"refused: port {named}")
        return host, named or checked.port(port), checked

    def admit_server(self, what: str, place: str, port: int, most: float) -> tuple[str, int, Checked]:
        """As `check_server`, once it is the server's turn within `most` seconds. Raises Unanswered, TransientError."""
        try:
            host, open_port, checked = self.check_server(place, port)
        except Refused as exc:
            raise Unanswered(f"{what}: {exc}") from exc
        if not self.spacing.wait(host, most):
            raise Unanswered(f"{what}: {host} is asked too often")
        return host, open_port, checked


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connected(checked: Checked, port: int, tls: ssl.SSLContext | None = None, name: str | None = None) -> Line:
    """A connection to the first address that takes one. Raises OSError, TransientError for a fault of our own."""
    failures: list[OSError] = []
    for address in checked.addresses:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return await asyncio.open_connection(address, port, ssl=tls, server_hostname=name)
        except OSError as exc:  # TimeoutError is one
            if is_our_fault(exc, address):
                raise TransientError("the outside cannot be reached for now; look at this machine's network") from exc
            failures.append(exc)
    raise failures[0]


def is_our_fault(exc: BaseException, address: str) -> bool:
    """Whether our own side of the network failed. No way to an IPv6 address is no fault: many machines have none."""
    codes = {cause.errno for cause in causes(exc) if isinstance(cause, OSError)}
    return bool(codes & _LOCAL_FAULTS) or (errno.ENETUNREACH in codes and ":" not in address)


def causes(exc: BaseException | None) -> list[BaseException]:
    """The exception and what led to it."""
    found: list[BaseException] = []
    while exc is not None and len(found) < 10:
        found.append(exc)
        exc = exc.__cause__ or exc.__context__
    return found


def shown(text: str) -> str:
    """The beginning of a text from outside, safe in one line."""
    return "".join(c if c.isprintable() else "?" for c in text[:200])
