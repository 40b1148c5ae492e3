"""What `mailbot doctor` advises on the desk's own domain; nothing of it stops a run."""

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_address

from mailbot.adapters.dns import DnsNames
from mailbot.config import Config
from mailbot.core.deliverability import Advice, dmarc, mx, reverse, spf
from mailbot.core.hosts import is_ip, is_loopback, registrable_domain
from mailbot.errors import TransientError
from mailbot.finding.tools import Names, Unanswered
from mailbot.shapes import CheckShape

EXAMPLE = re.compile(r"(?:.*\.)?example(?:\.(?:com|net|org|jp|[a-z]{2}\.jp))?", re.IGNORECASE)
"""Domains that nobody can have (RFC 2606, JPRS)."""
_REHEARSED = re.compile(r"(?:.*\.)?(?:test|invalid|localhost)")
"""Nor these (RFC 6761), which no documentation uses."""


def advise(config: Config, names: Names | None = None) -> Iterator[CheckShape]:
    """Each record that receivers of the desk's mail look at; one row in their place where no DNS answers."""
    domain, host = config.desk.address.rpartition("@")[2].lower(), config.smtp.host.lower()
    if EXAMPLE.fullmatch(domain) or _REHEARSED.fullmatch(domain):
        return
    names = names or DnsNames(config.lookup.resolver)
    for check, ask in _questions(names, domain, host):
        try:
            advice = ask()
        except Unanswered as exc:
            advice = Advice(str(exc), "look at the name servers of the domain")
        except TransientError:
            yield CheckShape(check="domain", ok=True, detail="not looked at: no name could be looked up", advice="")
            return
        yield CheckShape(check=check, ok=True, detail=advice.found, advice=advice.todo)


def _questions(names: Names, domain: str, host: str) -> Iterator[tuple[str, Callable[[], Advice]]]:
    yield "domain: MX", lambda: mx(names.records(domain, "MX"), domain)
    yield "domain: SPF", lambda: spf(names.records(domain, "TXT"), domain)
    yield "domain: DMARC", lambda: _dmarc(names, domain)
    if not is_loopback(host):
        yield "relay: reverse name", lambda: _reverse(names, host)


def _dmarc(names: Names, domain: str) -> Advice:
    """That of the domain, else of the domain that was registered (RFC 7489 section 6.6.3)."""
    for place in dict.fromkeys((domain, registrable_domain(domain))):
        records = [r for r in names.records(f"_dmarc.{place}", "TXT") if r.startswith("v=DMARC1")]
        if records:
            return dmarc(records, place)
    return dmarc((), domain)


def _reverse(names: Names, host: str) -> Advice:
    """Of the relay's first address: what hands the mail on may have another one, which only receivers see."""
    addresses = (host,) if is_ip(host) else names.addresses(host)
    told = names.records(_pointer(addresses[0]), "PTR") if addresses else ()
    return reverse(addresses, told, names.addresses(told[0]) if told else (), host)


def _pointer(address: str) -> str:
    return ip_address(address).reverse_pointer
