"""Which sources there are, by the name that `[lookup]` switches them off with."""

from collections.abc import Mapping
from functools import partial

from mailbot.core.ruleset import Ruleset
from mailbot.finding.sources import (
    certificate,
    directory,
    dns_txt,
    hosting,
    rdap,
    report,
    role,
    securitytxt,
    site,
    soa,
    whois,
)
from mailbot.finding.tools import Aside, Source


def sources(rules: Ruleset, rdap_url: str = "", whois_host: str = "") -> Mapping[str, Source]:
    """What is asked about a site; the two servers, where named, are asked in place of the registries' own."""
    return {
        securitytxt.NAME: securitytxt.look,
        dns_txt.NAME: dns_txt.look,
        site.NAME: partial(site.look, rules=rules.page_rules),
        rdap.NAME: partial(rdap.look, base=rdap_url),
        whois.NAME: partial(whois.look, server=whois_host),
        soa.NAME: soa.look,
        role.NAME: role.look,
        hosting.NAME: partial(hosting.look, base=rdap_url, server=whois_host),
        certificate.NAME: partial(certificate.look, directory=rules.directory),
    }


def asides(rules: Ruleset) -> Mapping[str, Aside]:
    """What is known without asking anybody."""
    return {report.NAME: report.look, directory.NAME: partial(directory.look, directory=rules.directory)}
