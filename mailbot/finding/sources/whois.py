"""Who registered the domain, by WHOIS: JPRS for .jp, the registry and then the registrar for others."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from mailbot.core.hosts import Site, is_ip, is_tenant, registrable_domain
from mailbot.core.model import Contact
from mailbot.core.registration_contacts import contacts_of
from mailbot.core.registrations import Party, Registration, RegistrationState
from mailbot.core.whois_jprs import is_jprs, parse_handle, parse_jprs
from mailbot.core.whois_text import parse_whois, says_too_often
from mailbot.finding.tools import Tools, Unanswered

NAME = "whois"
_SERVERS = {
    "jp": "whois.jprs.jp",
    "com": "whois.verisign-grs.com",
    "net": "whois.verisign-grs.com",
    "org": "whois.publicinterestregistry.org",
}
_WHO_KNOWS = "whois.iana.org"
_MAX_HANDLES = 3


def look(site: Site, now: datetime, tools: Tools, server: str = "") -> Sequence[Contact]:
    """The contacts in the domain's registration; `server` is asked in place of all others, and refers to none.

    Raises Unanswered, TransientError.
    """
    if is_ip(site.host) or is_tenant(site.host):
        return ()
    domain = registrable_domain(site.host)
    found: list[Contact] = []
    for asked, registration in _answers(domain, server, tools):
        evidence = [f"server: {asked}", *(f"state: {status}" for status in registration.status[:3])]
        found += contacts_of(registration, site.host, NAME, now, evidence)
    return found


def asked(server: str, query: str, tools: Tools) -> Registration:
    """What the server says of a domain or network, with the people that it names by handle only.

    Raises Unanswered, TransientError.
    """
    text = tools.whois.ask(server, query)
    found = parse_jprs(text) if is_jprs(text) else parse_whois(text)
    if found.state is RegistrationState.UNKNOWN and not found.referral:
        raise Unanswered(f"whois: {_why(text, server)}")
    return replace(found, parties=(*found.parties, *_people(found, server, tools))) if found.handles else found


def _answers(domain: str, server: str, tools: Tools) -> Iterator[tuple[str, Registration]]:
    """The answers to the domain with who gave them."""
    top = domain.rpartition(".")[2]
    first = server or _SERVERS.get(top) or _server_of(top, tools)
    registration = asked(first, domain, tools)
    yield first, registration
    if registration.referral and registration.referral != first and not server:
        try:
            yield registration.referral, asked(registration.referral, domain, tools)
        except Unanswered:
            return  # what the registry said stands


def _server_of(top: str, tools: Tools) -> str:
    """The server of a top-level domain, by IANA's word."""
    server = asked(_WHO_KNOWS, top, tools).referral
    if not server:
        raise Unanswered(f"no WHOIS server is known for .{top}")
    return server


def _people(found: Registration, server: str, tools: Tools) -> Iterator[Party]:
    """The people behind the handles; one that cannot be had is passed over."""
    roles: dict[str, list[str]] = {}
    for role, handle in found.handles:
        roles.setdefault(handle, []).append(role)
    for handle in list(roles)[:_MAX_HANDLES]:
        try:
            party = parse_handle(tools.whois.ask(server, handle), tuple(roles[handle]))
        except Unanswered:
            continue
        if party is not None and party.reachable:
            yield party


def _why(text: str, server: str) -> str:
    if says_too_often(text):
        return f"{server} refuses because it was asked too often"
    return f"{server} gave an answer that is not understood"
