"""Whose machine a request came from: client addresses in logs, headers and sentences; the target's own stay.

Addresses that identify nobody (loopback, private, metadata, well-known probes) are payloads or test networks.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

_DOT = r"(?:\.|[\[(](?:\.|dot)[\])])"  # also as people write it who want no link
_IP = rf"(?:(?:[0-9]{{1,3}}{_DOT}){{3}}[0-9]{{1,3}}|(?:[0-9a-f]{{0,4}}:){{2,7}}[0-9a-f]{{0,4}})"
_BEFORE = r"(?:(?<![0-9a-z.:])|(?<=%[2357][0-9a-f]))"
_LIST = re.compile(
    r"(?<![a-z0-9\-])(?:x-(?:forwarded-for|real-ip|client-ip|originating-ip|remote-(?:ip|addr)|cluster-client-ip)|"
    r"true-client-ip|client-ip|cf-connecting-ip|fastly-client-ip|forwarded)[\"']?\s{0,3}(?:[:=]|%3[ad])(?:\s|%20|\+){0,3}(?P<list>[^\r\n]{3,400})"
)
_ANY = re.compile(rf"{_BEFORE}\[?(?P<ip>{_IP})\]?(?![0-9a-z]|\.[0-9])")
_CLIENT = re.compile(
    r"(?:(?<![0-9a-z.:])(?=[0-9a-f:.]{3,45} \S{1,40} \S{1,40} \[[0-9]{1,2}/[a-z]{3}/)"  # an access log's first column
    r"|(?<![a-z])(?:(?:client|source|src|peer|my|our|tester'?s?|visitor|user)(?:['\"\s_\-]{0,2}(?:ip)?(?:[\s_]?addr(?:ess)?)?)?"
    r"|remote[\s_\-]?(?:ip|addr(?:ess)?)|rhost)(?:\s(?:ip|address|is|was)){0,2}[\"']?\s{0,2}[:=]?\s{0,2}[\"'(\[]?"
    r"|(?<![a-z])from\s\[?(?=[0-9a-f.:]{3,45}\]?(?:\sport\s|:)[0-9]{1,5}(?![0-9a-f.:]))"  # sshd, and who connects
    r"|(?<![a-z])(?<!server )(?<!target )(?<!host )(?<!site )"
    r"ip(?:[\s_\-]?addr(?:ess)?)?\s?[:=]\s{0,2}(?=[0-9.]{1,12}[\[(])"
    r"|(?:送信|接続|アクセス|検証|発信|リクエスト)元[^\n0-9a-f]{0,16}|(?:当方|私|自分|手元|自宅|検証環境|検証端末|弊社)の?[^\n0-9]{0,16}?ip[^\n0-9]{0,12})"
    rf"\[?(?P<ip>{_IP})\]?(?![0-9a-z]|\.[0-9])"
)
_NOBODYS = tuple(
    ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
        *("100.64.0.0/10", "224.0.0.0/4", "240.0.0.0/4", "1.1.1.1/32", "1.2.3.4/32", "8.8.8.8/32", "8.8.4.4/32"),
        *("::/127", "fe80::/10", "fc00::/7", "ff00::/8"),
    )
)


def clients(folded: str, targets: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where client addresses stand in folded text; `targets` are the hosts that the report is about."""
    known: set[str] = set()
    for header in _LIST.finditer(folded):
        known |= {_plain(found["ip"]) for found in _ANY.finditer(header["list"])}
    known |= {_plain(found["ip"]) for found in _CLIENT.finditer(folded)}
    known = {ip for ip in known if ip not in targets and _is_someones(ip)}
    if known:
        yield from (found.span("ip") for found in _ANY.finditer(folded) if _plain(found["ip"]) in known)


def _plain(ip: str) -> str:
    return re.sub(r"[\[(](?:\.|dot)[\])]", ".", ip)


def _is_someones(ip: str) -> bool:
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    return not any(address.version == network.version and address in network for network in _NOBODYS)
