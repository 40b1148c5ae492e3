"""What the desk's own directory knows of the sites and names that are asked about; nobody else is asked."""

from collections.abc import Sequence
from datetime import datetime

from mailbot.core.contacts import rank
from mailbot.core.directory import Directory, contacts_at, contacts_by_name
from mailbot.core.hosts import site_of
from mailbot.core.model import Contact
from mailbot.finding.tools import Tools

NAME = "directory"
_MAX_SITES = 20


def look(now: datetime, tools: Tools, directory: Directory) -> Sequence[Contact]:
    """The entries of the hosts, and of the organisations, vendors and products that the case names."""
    hosts = dict.fromkeys(site.host for url in tools.question.urls if (site := site_of(url)) is not None)
    found = [contact for host in list(hosts)[:_MAX_SITES] for contact in contacts_at(directory, host, now)]
    found += contacts_by_name(directory, tools.question.names, NAME, "the report", now)
    return rank(found)
