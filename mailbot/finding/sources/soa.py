"""Who looks after the zone: the RNAME of its SOA record (RFC 1035 section 3.3.13)."""

from collections.abc import Sequence
from datetime import datetime

from mailbot.core.contacts import checked_at
from mailbot.core.hosts import Site, is_ip, is_tenant, registrable_domain, same_domain
from mailbot.core.intermediaries import is_hoster, is_registry
from mailbot.core.model import Contact
from mailbot.core.rname import rname_address
from mailbot.finding.tools import Tools

NAME = "soa"
_SCORE = 0.2
_OUTSIDE = 0.1


def look(site: Site, now: datetime, tools: Tools) -> Sequence[Contact]:
    """The zone's address; none where it is the DNS hoster's, as it mostly is. Raises Unanswered, TransientError."""
    if is_ip(site.host) or is_tenant(site.host):
        return ()
    domain = registrable_domain(site.host)
    for record in tools.names.records(domain, "SOA")[:1]:
        server, _, rname = record.partition(" ")
        address = rname_address(rname)
        if address is None:
            return ()
        theirs = address.rpartition("@")[2]
        own = same_domain(theirs, domain)
        if not own and (same_domain(theirs, server) or is_hoster(theirs) or is_registry(theirs)):
            return ()
        why = f"named in the SOA record of {domain}" + ("" if own else f"; {theirs} is outside the site's domain")
        evidence = (f"record: SOA {domain}", checked_at(now))
        return (Contact(1, address, NAME, score=_SCORE if own else _OUTSIDE, why=why, evidence=evidence),)
    return ()
