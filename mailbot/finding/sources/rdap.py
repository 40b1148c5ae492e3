"""Who registered the domain, by RDAP (RFC 9083): the registry's answer and, one step on, the registrar's."""

from collections.abc import Sequence
from datetime import datetime

from mailbot.core.hosts import Site, is_ip, is_tenant, registrable_domain
from mailbot.core.model import Contact
from mailbot.core.rdap import parse_rdap
from mailbot.core.rdap_servers import server_for_domain
from mailbot.core.registration_contacts import contacts_of
from mailbot.core.registrations import Registration
from mailbot.finding.tools import Tools, Unanswered

NAME = "rdap"


def look(site: Site, now: datetime, tools: Tools, base: str = "") -> Sequence[Contact]:
    """The contacts in the domain's registration; `base` is a server to ask for all of them.

    Raises Unanswered, TransientError.
    """
    if is_ip(site.host) or is_tenant(site.host):
        return ()
    domain = registrable_domain(site.host)
    server = base or server_for_domain(domain)
    if server is None:
        raise Unanswered(f"no RDAP server is known for .{domain.rpartition('.')[2]}")
    url = f"{server.rstrip('/')}/domain/{domain}"
    registry = asked(url, tools)
    if registry is None:
        return ()
    found = list(contacts_of(registry, site.host, NAME, now, (f"url: {url}",)))
    if registry.referral and registry.referral != url:
        found += _registrars(registry.referral, site, now, tools)
    return found


def asked(url: str, tools: Tools) -> Registration | None:
    """What the server at that URL says, None if it knows nothing of it. Raises Unanswered, TransientError."""
    fetched = tools.web.fetch(url)
    if fetched.status == 404:
        return None
    if fetched.status == 429:
        raise Unanswered("rdap: the server refuses because it was asked too often")
    if fetched.problem:
        raise Unanswered(f"rdap: {fetched.problem}")
    found = parse_rdap(fetched.body)
    if found is None:
        raise Unanswered("rdap: the answer is none about a domain or network")
    return found


def _registrars(url: str, site: Site, now: datetime, tools: Tools) -> Sequence[Contact]:
    """What the registrar adds; that it says nothing takes nothing from the registry's answer."""
    try:
        registrar = asked(url, tools)
    except Unanswered:
        return ()
    return contacts_of(registrar, site.host, NAME, now, (f"url: {url}",)) if registrar else ()
