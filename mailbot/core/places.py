"""Which of a case's sites a contact point is told of: its own, never one that somebody else registered.

Theory. A report may name more than the faulty site: another operator's, or a page of the finder's that shows the
fault. So whoever runs one site hears of the URLs in that registrable domain alone, and where it is not plain whose a
contact point is, of the first site, which a report names before it says what else plays a part.
"""

import re
from dataclasses import replace

from mailbot.core.contacts import evidence_of
from mailbot.core.hosts import registrable_domain, site_of
from mailbot.core.model import Case, Contact
from mailbot.core.plain import split_url

_MOST_URLS = 50
_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.){1,10}[a-z][a-z0-9-]{1,30}", re.IGNORECASE)


def public(case: Case) -> Case:
    """The case without what the finder names to the desk alone."""
    return replace(case, fields=tuple(field for field in case.fields if not field.private))


def all_urls(case: Case) -> tuple[str, ...]:
    """Every URL that the report is about."""
    return tuple(url for url in case.field_text("target.urls").split("\n")[:_MOST_URLS] if url.strip())


def sites(case: Case) -> tuple[str, ...]:
    """The registrable domains of these URLs, each once, the first one first."""
    return tuple(dict.fromkeys(filter(None, map(domain_of, all_urls(case)))))


def their_urls(case: Case, *addresses: str) -> tuple[str, ...]:
    """The URLs that those with these addresses may be told of; whose site is not known, those of the first one."""
    known = sites(case)
    contacts = [case.contact_at(address) for address in addresses] or [None]
    mine = {site for contact in contacts for site in (contact and sites_of(contact, known)) or known[:1]}
    return tuple(url for url in all_urls(case) if domain_of(url) in mine)


def hosts_known(case: Case) -> tuple[str, ...]:
    """The hosts, in lower case, of everything that one of the contact points may be told of."""
    urls = (*their_urls(case, "", *(c.address for c in case.contacts)), case.field_text("product.url"))
    found = (split_url(url) for url in urls if url.strip())
    return tuple(dict.fromkeys(parts.hostname or "" for parts in found if parts))


def domain_of(url: str) -> str:
    """The registrable domain of a URL or host name; "" if it has none."""
    site = site_of(url)
    return registrable_domain(site.host) if site else ""


def sites_of(contact: Contact, known: tuple[str, ...]) -> set[str]:
    """Those of the known sites that the contact point was found for.

    Its own domain says so, the page or record where it stood, or the words of the coordinator who named it.
    """
    named = [contact.address.rpartition("@")[2], *evidence_of(contact, "url")]
    named += [record.rpartition(" ")[2] for record in evidence_of(contact, "record")]
    named += _NAME.findall(contact.why) if contact.source == "coordinator" else []
    return {domain for name in named if (domain := domain_of(name.removeprefix("_security."))) in known}
