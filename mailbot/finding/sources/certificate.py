"""Whom the site's TLS certificate names. It holds no address: it leads to one only through the desk's directory."""

from collections.abc import Sequence
from datetime import datetime

from mailbot.core.directory import NO_ENTRIES, Directory, contacts_by_name
from mailbot.core.hosts import Site, same_domain
from mailbot.core.model import Contact
from mailbot.core.registrations import shown
from mailbot.finding.tools import Tools

NAME = "certificate"


def look(site: Site, now: datetime, tools: Tools, directory: Directory = NO_ENTRIES) -> Sequence[Contact]:
    """What the directory knows of the organisation that the certificate names. Raises Unanswered, TransientError."""
    if site.scheme != "https" or not directory.organisations:
        return ()
    name = organisation(site, tools)
    return contacts_by_name(directory, (name,), NAME, "the site's TLS certificate", now) if name else ()


def organisation(site: Site, tools: Tools) -> str:
    """The organisation that an authority verified, "" for most certificates and for one that names mostly others.

    Raises Unanswered, TransientError.
    """
    names = tools.certificates.of(site.host)
    hosts = [host.removeprefix("*.") for host in names.hosts[:100]]
    ours = sum(same_domain(host, site.host) for host in hosts)
    return shown(names.organisation) if ours and ours * 2 >= len(hosts) else ""  # a CDN's names its customers' too
