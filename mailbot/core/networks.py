"""Which network addresses may be contacted: public ones, and private ones that the desk allows by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from mailbot.core.hosts import normalised_host, within
from mailbot.errors import ConfigError

_Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are the IPv4 address that is reached
# What `ipaddress` of some Python releases takes for global, and ways to wrap an IPv4 address in an IPv6 one.
_REFUSED: tuple[tuple[_Network, str], ...] = tuple(
    (ip_network(network), why)
    for network, why in (
        ("0.0.0.0/8", "this host"),
        ("100.64.0.0/10", "shared address space (carrier NAT)"),
        ("168.63.129.16/32", "a cloud's metadata service"),
        ("169.254.0.0/16", "link-local (metadata service)"),
        ("192.0.0.0/24", "reserved"),
        ("192.88.99.0/24", "reserved"),
        ("198.18.0.0/15", "reserved"),
        ("240.0.0.0/4", "reserved"),
        ("::/96", "reserved"),
        ("64:ff9b:1::/48", "a local translation prefix"),
        ("100::/16", "reserved"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "reserved"),
        ("2002::/16", "a tunnel to an IPv4 address"),
        ("3fff::/20", "reserved"),
        ("5f00::/16", "reserved"),
        ("fec0::/10", "private"),
    )
)
# RFC 6761, 6762, 8375, 7686; ICANN's "internal" and names that routers give to what is behind them.
_INWARD = ("localhost", "localdomain", "local", "internal", "home.arpa", "onion", "lan", "intranet", "corp", "home")


@dataclass(frozen=True)
class Reach:
    """The desk's own exceptions, as networks and host names in normal form."""

    allowed_networks: tuple[_Network, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    untouchable_networks: tuple[_Network, ...] = ()
    untouchable_hosts: tuple[str, ...] = ()

    @property
    def allows_anything(self) -> bool:
        """Whether any private place may be contacted."""
        return bool(self.allowed_networks or self.allowed_hosts)


def reach(allow_private: Sequence[str], never_touch: Sequence[str]) -> Reach:
    """The exceptions that `[lookup]` lists: networks, addresses, host names. Raises ConfigError with every problem."""
    problems: list[str] = []
    networks, hosts = _sorted_out("allow_private", allow_private, problems)
    untouchable_networks, untouchable_hosts = _sorted_out("never_touch", never_touch, problems)
    if problems:
        raise ConfigError(tuple(problems))
    return Reach(networks, hosts, untouchable_networks, untouchable_hosts)


def untouchable(host: str, exceptions: Reach) -> bool:
    """Whether the host, or a domain it lies in, is listed in never_touch."""
    return any(within(host, listed) for listed in exceptions.untouchable_hosts)


def is_inward(host: str) -> bool:
    """Whether a name is set aside for this machine or its own network: no site of the world has it."""
    return any(within(host, name) for name in _INWARD)


def is_allowed_private(address: str, host: str, exceptions: Reach) -> bool:
    """Whether allow_private lists the address, its network or the host it was found for."""
    parsed = _plain(address)
    if parsed is None:
        return False
    return host in exceptions.allowed_hosts or any(_in(parsed, network) for network in exceptions.allowed_networks)


def refusal(address: str, host: str, exceptions: Reach) -> str | None:
    """Why `address`, found for `host`, must not be contacted; None if it may be."""
    parsed = _plain(address)
    if parsed is None:
        return "not an address"
    reached = _embedded(parsed) or parsed
    if any(_in(reached, network) or _in(parsed, network) for network in exceptions.untouchable_networks):
        return "listed in never_touch"
    if is_allowed_private(address, host, exceptions):
        return None
    return _not_public(parsed)


def _not_public(address: _Address) -> str | None:
    embedded = _embedded(address)
    if embedded is not None:
        return _not_public(embedded)
    for network, why in _REFUSED:
        if _in(address, network):
            return why
    checks = (
        (address.is_loopback, "loopback"),
        (address.is_link_local, "link-local"),
        (address.is_multicast, "multicast"),
        (address.is_private, "private"),
        (not address.is_global or address.is_reserved or address.is_unspecified, "reserved"),
    )
    return next((why for bad, why in checks if bad), None)


def _embedded(address: _Address) -> IPv4Address | None:
    """The IPv4 address that a translator would reach for an IPv6 one."""
    if isinstance(address, IPv6Address) and address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _plain(address: str) -> _Address | None:
    """The address, an IPv4-mapped one as the IPv4 address that the kernel would reach."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed


def _in(address: _Address, network: _Network) -> bool:
    return address.version == network.version and address in network


def _sorted_out(key: str, entries: Sequence[str], problems: list[str]) -> tuple[tuple[_Network, ...], tuple[str, ...]]:
    networks: list[_Network] = []
    hosts: list[str] = []
    for entry in entries:
        try:
            networks.append(ip_network(entry.strip("[] "), strict=False))
        except ValueError:
            host = normalised_host(entry.removeprefix("*."))
            if host is None:
                problems.append(f'[lookup] {key}: "{entry}" is neither a network ("10.0.0.0/8") nor a host name')
            else:
                hosts.append(host)
    return tuple(networks), tuple(hosts)
