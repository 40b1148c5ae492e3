"""Whose mailbox an address is, however it is spelled: the finder's own is never a contact point of the operator.

Compared is the mailbox that mail arrives in: without a "+tag", in one letter case, with the domain as the network
writes it, and without the dots that some providers pass over. Another mailbox of the finder's own domain may be read
by the finder or a colleague; only the site's own domain makes it plausible.
"""

import unicodedata
from collections.abc import Collection, Iterable
from enum import StrEnum
from functools import lru_cache

from mailbot.core.hosts import normalised_host, registrable_domain, within
from mailbot.core.model import Case, Role

SHARED_MAIL = frozenset(
    (
        *("gmail.com", "googlemail.com", "outlook.com", "outlook.jp", "hotmail.com", "hotmail.co.jp", "live.com"),
        *("live.jp", "yahoo.com", "yahoo.co.jp", "icloud.com", "me.com", "proton.me", "protonmail.com", "pm.me"),
        *("docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "i.softbank.jp", "nifty.com", "aol.com"),
        *("gmx.de", "gmx.net", "web.de", "mail.com"),
        *("example.com", "example.net", "example.org", "example.jp", "example.co.jp"),  # RFC 2606 and JPRS: nobody's
    )
)
"""Domains that many people have an address in."""
OF_FINDERS_DOMAIN = "its domain is the finder's own: it may be read by the finder or a colleague"
FINDERS = "{} is the finder's own mailbox: details of a report go to those who can mend it"

_ONE_PROVIDER = {"googlemail.com": "gmail.com", "protonmail.com": "proton.me", "pm.me": "proton.me"}
_ONE_PROVIDER |= {"me.com": "icloud.com", "mac.com": "icloud.com"}
_PASSED_OVER = {"gmail.com": ".", "proton.me": "._-"}  # characters of the local part that make no difference there


class Kin(StrEnum):
    """How an address is related to the finder's."""

    NONE = ""
    SAME = "same"  # another spelling of the finder's mailbox
    DOMAIN = "domain"  # another mailbox of the finder's domain


@lru_cache(maxsize=4_096)
def mailbox(address: str) -> str:
    """The mailbox that an address and its other spellings lead to; for comparing, never to write to."""
    local, at, name = unicodedata.normalize("NFKC", address).strip().strip("<>").rpartition("@")
    if not at:
        return address.casefold()
    domain = domain_of(name)
    local = local.strip('"').casefold()
    local = local.partition("+")[0] or local
    for character in _PASSED_OVER.get(domain, ""):
        local = local.replace(character, "")
    return f"{local}@{domain}"


@lru_cache(maxsize=4_096)
def domain_of(name: str) -> str:
    """The domain of an address or a bare one as the network writes it; one name for one provider."""
    name = unicodedata.normalize("NFKC", name).rpartition("@")[2].strip().rstrip(".")
    domain = normalised_host(name) or name.casefold()
    return _ONE_PROVIDER.get(domain, domain)


def kin(address: str, finders: Collection[str]) -> Kin:
    """How the address is related to those of the finders."""
    if "@" not in address:
        return Kin.NONE
    if mailbox(address) in {mailbox(each) for each in finders}:
        return Kin.SAME
    domain = domain_of(address)
    return Kin.DOMAIN if any(_together(domain, domain_of(each)) for each in finders if "@" in each) else Kin.NONE


def of_site(address: str, sites: Iterable[str]) -> bool:
    """Whether the address lies in the domain of one of the hosts."""
    domain = domain_of(address)
    return any(domain_of(site) == domain or _together(domain, domain_of(site)) for site in sites)


def of_finder(address: str, finders: Collection[str], sites: Collection[str]) -> bool:
    """Whether the address is the finder's as far as can be told, so that nobody proposes it for these sites."""
    related = kin(address, finders)
    return related is Kin.SAME or (related is Kin.DOMAIN and not of_site(address, sites))


def kin_in(address: str, case: Case) -> Kin:
    """How the address is related to the finders of the case, those of merged cases included."""
    return kin(address, finder_addresses(case))


def finder_addresses(case: Case) -> tuple[str, ...]:
    """The addresses that the finder wrote from or stated, and those of the finders of merged cases."""
    stated = [case.field_text("reporter.email")]
    stated += [str(f.value) for fields in case.other_finders for f in fields if f.name == "reporter.email"]
    found = [p.address for p in case.participants if p.role is Role.FINDER]
    found += [word.strip("<>,;()") for text in stated for word in text.split() if "@" in word]
    return tuple(dict.fromkeys(filter(None, found)))


def warning(address: str, case: Case) -> str:
    """What coordinators are told of a contact point in the finder's own domain; "" of any other."""
    return OF_FINDERS_DOMAIN if kin_in(address, case) is Kin.DOMAIN else ""


def _together(one: str, other: str) -> bool:
    """Whether both lie in one domain that is not shared by strangers."""
    if one in SHARED_MAIL or other in SHARED_MAIL:
        return False
    if within(one, other) or within(other, one):
        return True
    registrable = registrable_domain(one)
    return registrable not in SHARED_MAIL and registrable == registrable_domain(other)
