"""The keys of `[lookup]`: what the search for contact points asks, whom, and within which bounds."""

from pydantic import Field

from mailbot.config_base import Keys
from mailbot.config_values import Hosts, Networks, Ports, Resolvers, Server, Switch, Url


class LookupKeys(Keys):
    """The search for contact points."""

    search: Switch = Field(
        True, description="Whether anybody outside is asked; if not, only the report and the desk's directory tell."
    )
    directory: Switch = Field(True, description="Whether the desk's own directory (`rules/contacts/`) is looked at.")
    security_txt: Switch = Field(True, description="Whether the site's `security.txt` is read.")
    dns: Switch = Field(True, description="Whether the domain's `security_contact` TXT records are read.")
    site: Switch = Field(True, description="Whether the site's contact, company, law and privacy pages are read.")
    rdap: Switch = Field(True, description="Whether registries are asked by RDAP.")
    whois: Switch = Field(True, description="Whether registries are asked by WHOIS.")
    soa: Switch = Field(True, description="Whether the address in the zone's SOA record is taken.")
    role: Switch = Field(True, description="Whether `security@` and the like (RFC 2142) of a domain with mail are.")
    hosting: Switch = Field(True, description="Whether the provider of the host's IP address is looked up.")
    certificate: Switch = Field(True, description="Whether the site's TLS certificate is looked at.")
    wkd: Switch = Field(
        False,
        description="Whether mail that comes in may cause a look-up of its sender's key at their domain (Web Key "
        "Directory): of contact points that answer without a key, and of finders who name a fingerprint. The search "
        "for contact points then notes who has one. "
        "`mailbot key refresh` asks in any case.",
    )
    resolver: Resolvers = Field((), description='DNS servers, such as `"127.0.0.1:5353"`; empty: the system\'s.')
    rdap_url: Url = Field("", description="RDAP server to ask; empty: the registry's own, by IANA's list.")
    whois_host: Server = Field("", description="WHOIS server to ask; empty: the registry's own.")
    allow_private: Networks = Field((), description="Private networks that may be contacted all the same.")
    private_ports: Ports = Field(
        (), description='Ports of servers in `allow_private` that stand for others: `"443:8443"`, for rehearsals.'
    )
    never_touch: Hosts = Field((), description="Hosts that are never contacted.")
