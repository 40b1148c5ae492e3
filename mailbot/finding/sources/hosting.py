"""Who runs the network that the site's address is in: RDAP, and for Japan's networks JPNIC's WHOIS."""

from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address

from mailbot.core.hosts import Site
from mailbot.core.model import Contact
from mailbot.core.rdap_servers import server_for_address
from mailbot.core.registration_contacts import hosting_contacts
from mailbot.finding.sources import rdap, whois
from mailbot.finding.tools import Tools, Unanswered

NAME = "hosting"
_JPNIC = "whois.nic.ad.jp"
_APNIC = "apnic.net"


def look(site: Site, now: datetime, tools: Tools, base: str = "", server: str = "") -> Sequence[Contact]:
    """The abuse desk for the site's first public address; `base` and `server` are asked in place of the registries.

    Raises Unanswered, TransientError.
    """
    address = next((each for each in tools.names.addresses(site.host) if base or ip_address(each).is_global), None)
    if address is None:
        return ()
    url = f"{(base or server_for_address(address)).rstrip('/')}/ip/{address}"
    problem: Unanswered | None = None
    try:
        network = rdap.asked(url, tools)
        if network and (found := hosting_contacts(network, site.host, address, NAME, now, (f"url: {url}",))):
            return found
    except Unanswered as exc:
        problem = exc
    if server or _APNIC in url:  # of Japan's networks APNIC knows no more than that JPNIC knows
        asked = server or _JPNIC
        network = whois.asked(asked, address, tools)
        return hosting_contacts(network, site.host, address, NAME, now, (f"server: {asked}",))
    if problem is not None:
        raise problem
    return ()
