"""Who stands in registrations in the operator's place: privacy services, registrars, address registries, DNS hosters.

What is sent to them reaches the operator late, altered or not at all; a registry's own desk forwards nothing.
"""

import re

from mailbot.core.hosts import within

_REGISTRIES = (
    *("jprs.jp", "jprs.co.jp", "nic.ad.jp", "apnic.net", "arin.net", "ripe.net", "lacnic.net", "afrinic.net"),
    *("iana.org", "icann.org", "verisign.com", "verisign-grs.com", "krnic.net", "nic.or.kr", "twnic.tw", "cnnic.cn"),
)
_PRIVACY = (
    *("whoisprotectservice.com", "whoisprotectservice.net", "whoisprivacyprotect.com", "domainsbyproxy.com"),
    *("contactprivacy.com", "withheldforprivacy.com", "privacyguardian.org", "whoisguard.com", "whoisproxy.org"),
    *(
        "domainprivacygroup.com",
        "identity-protect.org",
        "anonymised.email",
        "perfectprivacy.com",
        "superprivacyservice.com",
    ),
    *("privacyprotect.org", "whoisprivacyservice.org", "domainprivacy.org", "whois-privacy.net", "proxydsl.de"),
)
_HOSTERS = (  # registrars and hosting companies whose desk often stands in their customers' registrations
    *("onamae.com", "gmo.jp", "muumuu-domain.com", "lolipop.jp", "pepabo.com", "value-domain.com", "digirock.co.jp"),
    *("sakura.ad.jp", "xserver.co.jp", "xserver.ne.jp", "star.ne.jp", "gonbei.jp", "interlink.or.jp", "kagoya.jp"),
    *(
        "conoha.jp",
        "iij.ad.jp",
        "nttpc.ne.jp",
        "arara.com",
        "cpi.ad.jp",
        "kddi-webcommunications.co.jp",
        "wixpress.com",
    ),
    *(
        "godaddy.com",
        "namecheap.com",
        "gandi.net",
        "markmonitor.com",
        "cscglobal.com",
        "cloudflare.com",
        "amazonaws.com",
    ),
    *(
        "amazon.com",
        "google.com",
        "squarespace.com",
        "wix.com",
        "tucows.com",
        "ovh.net",
        "hetzner.com",
    ),
)
_WORDS = re.compile(
    r"privacy|whois[-_. ]?(?:guard|proxy|protect|agent)|domains by proxy|proxy service|protection service"
    r"|withheld|情報公開代行|代理公開|公開代行|プライバシー",
    re.IGNORECASE,
)
_LOCAL = re.compile(r"(?:whois[-_.]?)?(?:proxy|privacy|protect(?:ion)?)(?:[-_.+].*)?|whois[-_.]?agent", re.IGNORECASE)


def is_registry(domain: str) -> bool:
    """Whether a registry of names or addresses itself is meant, which is nobody's operator."""
    return any(within(domain, each) for each in _REGISTRIES)


def is_hoster(domain: str) -> bool:
    """Whether a registrar or hosting company is meant."""
    return any(within(domain, each) for each in _HOSTERS)


def is_privacy_service(address: str, *names: str) -> bool:
    """Whether the address or the name of a party is a privacy service's."""
    local, _, domain = address.rpartition("@")
    if any(within(domain, each) for each in _PRIVACY) or _LOCAL.fullmatch(local):
        return True
    return any(_WORDS.search(name) for name in (*names, domain))
