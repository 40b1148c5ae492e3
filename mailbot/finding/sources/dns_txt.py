"""What a domain says in the DNS of whom to tell: `security_contact` and `security_policy` records.

Source: the convention of dnssecuritytxt.org: TXT records at `_security` under the domain, also seen at the domain
itself, of the form "security_contact=mailto:…". A record there shows control of the zone, not of the web server.
"""

from collections.abc import Sequence
from datetime import datetime

from mailbot.core.contacts import from_dns
from mailbot.core.hosts import Site, is_ip, registrable_domain
from mailbot.core.model import Contact
from mailbot.finding.tools import Tools

NAME = "dns"


def look(site: Site, now: datetime, tools: Tools) -> Sequence[Contact]:
    """The contact points that the host's or its domain's records name. Raises Unanswered, TransientError."""
    if is_ip(site.host):
        return ()
    for name in dict.fromkeys((site.host, registrable_domain(site.host))):
        for place in (f"_security.{name}", name):
            if found := from_dns(tools.names.records(place, "TXT"), place, site.host, now):
                return found
    return ()
