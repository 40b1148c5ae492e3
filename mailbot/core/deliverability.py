"""Whether others can tell the desk's mail from a forgery: what the DNS says of its domain (RFC 7208, 7489, 8617).

Advice only: mail is sent whatever stands there. The records are read as far as advice needs, no further: a receiver's
own checks decide.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Advice:
    """What was found, and what to do about it; "": nothing."""

    found: str
    todo: str = ""


_SPF_ENDS = {
    "-": ("SPF ends in -all: mail from elsewhere is refused", ""),
    "~": ("SPF ends in ~all: mail from elsewhere is suspect", ""),
    "?": ("SPF ends in ?all, which says nothing", "end the SPF record in ~all or -all"),
    "+": ("SPF ends in +all: anybody may send as the desk", "end the SPF record in ~all or -all"),
}
_DMARC_POLICIES = {
    "reject": "DMARC: reject",
    "quarantine": "DMARC: quarantine",
}


def spf(records: Sequence[str], domain: str) -> Advice:
    """What the TXT records at the domain say of who may send for it."""
    found = [record for record in records if re.match(r"v=spf1(?:\s|$)", record, re.IGNORECASE)]
    if not found:
        return Advice(f"{domain} has no SPF record", f'publish a TXT record at {domain}, such as "v=spf1 mx ~all"')
    if len(found) > 1:
        return Advice(f"{domain} has {len(found)} SPF records: receivers use none of them", "leave one of them")
    end = re.search(r"(?:^|\s)([+?~-]?)all(?=\s|$)", found[0], re.IGNORECASE)
    if end:
        return Advice(*_SPF_ENDS[end[1] or "+"])
    if "redirect=" in found[0].lower():
        return Advice("SPF is that of another domain (redirect)")
    return Advice("SPF has no end, which says nothing of others", "end the SPF record in ~all or -all")


def dmarc(records: Sequence[str], domain: str) -> Advice:
    """What the TXT records at _dmarc. the domain tell receivers to do with forgeries."""
    found = [record for record in records if re.match(r"v=DMARC1\s*(?:;|$)", record)]
    if len(found) != 1:
        what = "no DMARC record" if not found else f"{len(found)} DMARC records: receivers use none of them"
        return Advice(
            f"{domain} has {what}",
            f'publish one TXT record at _dmarc.{domain}, such as "v=DMARC1; p=quarantine; rua=mailto:you@{domain}"',
        )
    tags = dict(re.findall(r"([a-z]+)\s*=\s*([^;\s]+)", found[0].lower()))
    policy = tags.get("p", "")
    if policy in _DMARC_POLICIES:
        return Advice(_DMARC_POLICIES[policy])
    said = policy if policy == "none" else "no policy that is known" if policy else "no policy"
    return Advice(f"DMARC: {said}, forgeries are delivered", "once the reports are clean: p=quarantine")


def mx(records: Sequence[str], domain: str) -> Advice:
    """Whether answers to the desk have a way."""
    hosts = [record.partition(" ")[2] for record in records]
    if not hosts or hosts == ["."]:
        return Advice(
            f"{domain} takes no mail (no MX record)", f"publish an MX record at {domain}: answers must arrive"
        )
    return Advice(f"mail for {domain} goes to {', '.join(hosts[:3])}")


def reverse(addresses: Sequence[str], names: Sequence[str], back: Sequence[str], host: str) -> Advice:
    """Whether the relay's address has a name that leads back to it: many receivers refuse mail otherwise.

    `names` are those of the first address, `back` the addresses of the first name.
    """
    if not addresses:
        return Advice(f"{host} has no address in the DNS", "look at [smtp].host")
    if not names:
        return Advice(f"{addresses[0]} has no reverse name", f"ask who runs {host} for a PTR record of {addresses[0]}")
    if addresses[0] not in back:
        return Advice(
            f"{addresses[0]} is named {names[0]}, which does not lead back to it",
            f"mend the PTR or A record of {names[0]}",
        )
    return Advice(f"{addresses[0]} is {names[0]} and back")
