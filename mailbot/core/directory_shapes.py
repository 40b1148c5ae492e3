"""The shapes of the files in rules/contacts/: what the desk knows of people, whom it never writes to, and by-ways."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from mailbot.core.hosts import normalised_host, site_of
from mailbot.core.rule_shapes import Compiled, Rule, Shape
from mailbot.core.securitytxt import mail_address

_NUMBER = re.compile(r"\+?[0-9][0-9-]{5,24}")
_FINGERPRINT = re.compile(r"[0-9A-F]{40}([0-9A-F]{24})?")

ContactKind = Literal["csirt", "psirt", "security", "general"]


def _domain(name: str) -> str:
    host = normalised_host(name)
    if host is None or host != name:
        raise ValueError(f"{name!r} is no host name in lower case (a Japanese one is written as xn--…)")
    return host


def _way(address: str) -> str:
    kind, colon, number = address.partition(":")
    if kind in ("tel", "fax") and colon:
        if not _NUMBER.fullmatch(number):
            raise ValueError(f"{address!r} needs a number in digits and hyphens")
    elif address.startswith("https://"):
        if site_of(address) is None:
            raise ValueError(f"{address!r} is no usable URL")
    elif mail_address(address) != address:
        raise ValueError(f"{address!r} is no mail address, tel:, fax: or https: URL")
    return address


def _forbidden(address: str) -> str:
    return _way(address) if "@" in address or ":" in address else _domain(address)


def _fingerprint(key: str) -> str:
    plain = key.replace(" ", "").upper()
    if not _FINGERPRINT.fullmatch(plain):
        raise ValueError(f"{key!r} is no fingerprint of 40 or 64 hexadecimal digits")
    return plain


Domain = Annotated[str, AfterValidator(_domain)]
Way = Annotated[str, AfterValidator(_way)]


class Desk(Shape):
    """One way to reach an organisation."""

    address: Way
    kind: ContactKind = "general"
    key: Annotated[str, AfterValidator(_fingerprint)] | None = None
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...] = ()
    hours: str = ""
    notes: str = ""


class Organisation(Rule):
    """Somebody who runs sites or makes products, by domains and by names; the examples are hosts and names."""

    names: Annotated[tuple[str, ...], Field(min_length=1)]
    domains: tuple[Domain, ...] = ()
    products: tuple[str, ...] = ()
    checked: date
    origin: Annotated[str, Field(min_length=1)]  # where the desk has it from
    notes: str = ""
    contact: Annotated[tuple[Desk, ...], Field(min_length=1)]
    hit: tuple[str, ...] = ()
    miss: tuple[str, ...] = ()


class Never(Rule):
    """Addresses, or domains with all their addresses, that no case is ever sent to.

    Unless the case is about a site in that very domain: `why` is told. The examples are addresses.
    """

    addresses: Annotated[tuple[Annotated[str, AfterValidator(_forbidden)], ...], Field(min_length=1)]
    hit: tuple[str, ...] = ()
    miss: tuple[str, ...] = ()


class Route(Rule):
    """A body that may be told a part so that the right person is found, for some hosts; the examples are hosts.

    They lie under one of `suffixes` or match `pattern`. It is proposed to a coordinator in words, never written to.
    """

    suffixes: Annotated[tuple[Domain, ...], Field(min_length=1)]
    pattern: Compiled | None = None
    body: str
    clause: str
    text: dict[Literal["ja", "en"], str]
    address: Way | None = None
    hit: tuple[str, ...] = ()
    miss: tuple[str, ...] = ()


class ContactsFile(Shape):
    """One file of rules/contacts/."""

    organisation: tuple[Organisation, ...] = ()
    never: tuple[Never, ...] = ()
    route: tuple[Route, ...] = ()
