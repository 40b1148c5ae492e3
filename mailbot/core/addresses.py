"""Which mailboxes an address header really names.

An address decides who gets mail, so what is not plainly one is refused and said so, never repaired by guessing.
"""

import re
import unicodedata
from collections.abc import Iterable

from mailbot.core import charset
from mailbot.core.messages import Address

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u00a1-\ud7ff\uf900-\uffef-]"
# Japanese mobile carriers gave out addresses with dots in a row or before the "@"; they are in use and unquoted.
_LOCAL = re.compile(rf"{_ATOM}(?:{_ATOM}|\.){{0,63}}")
_QUOTED_LOCAL = re.compile(r'"([^"\\]{1,64})"')
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_BARE = re.compile(r"(?:[^<>@]*<)?\s*([^\s<>@\"(),:;]{1,64}@[^\s<>@\"(),:;]{1,255})>?\s*")
_CLAIMED = re.compile(r"[^\s<>@\"(),:;]{1,64}@[a-zA-Z0-9-]{1,63}(?:\.[a-zA-Z0-9-]{1,63})+")
_LIKE_LATIN = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
_LATIN_SHAPES = frozenset("асԁеһіјӏорԛѕуԝхνοαρυικτհոսց")
_LENGTH = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets


def accepted(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[Address, ...], tuple[str, ...]]:
    """Addresses of (display name, addr-spec) pairs, and a defect for each kind that was refused."""
    found: list[Address] = []
    defects: list[str] = []
    for name, spec in pairs:
        address = address_of(spec)
        if address:
            defects += [f"look-alike letters in a domain: {host}" for host in [_domain(address)] if is_lookalike(host)]
            found.append(Address(charset.header_text(name)[0], address))
        else:
            defects.append("encoded word in an address" if "=?" in spec else "address refused")
    return tuple(found), tuple(dict.fromkeys(defects))


def bare_spec(item: str) -> str:
    """The only addr-spec in an item that strict parsing refused; "" if it is not plain which one that is."""
    if item.count("@") != 1 or item.count("<") != item.count(">"):
        return ""
    found = _BARE.fullmatch(item)
    return found.group(1) if found else ""


def address_of(spec: str) -> str:
    """`spec` with its domain in lower case ASCII letters; "" unless it is one plain mailbox."""
    local, at, domain = spec.strip().rpartition("@")
    quoted = _QUOTED_LOCAL.fullmatch(local)
    inner = quoted.group(1) if quoted else local
    if not at or "=?" in inner or "?=" in inner or not _LOCAL.fullmatch(inner) or not inner.isprintable():
        return ""
    host = _host(domain)
    address = f"{local}@{host}"
    return address if host and len(address) <= _LENGTH else ""


def is_another(address: Address) -> bool:
    """Whether the display name claims to be a different address."""
    claimed = _CLAIMED.search(address.name)
    return claimed is not None and claimed.group().lower() != address.address.lower()


def is_lookalike(host: str) -> bool:
    """Whether a label mixes Latin with another alphabet, or is all letters of one that look Latin (UTS 39)."""
    for label in host.split("."):
        if not label.startswith("xn--"):
            continue
        try:
            shown = label.encode("ascii").decode("idna")
        except UnicodeError:
            return True  # not even the network can read it
        letters = {c for c in shown if c.isalpha()}
        foreign = {c for c in letters if any(name in unicodedata.name(c, "") for name in _LIKE_LATIN)}
        if foreign and (letters - foreign or foreign <= _LATIN_SHAPES):
            return True
    return False


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _host(domain: str) -> str:
    """The domain as the network writes it, so that look-alike letters show as "xn--"."""
    domain = domain.rstrip(".")
    if len(domain) > 253:
        return ""
    try:
        host = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    return host if all(_LABEL.fullmatch(label) for label in host.split(".")) else ""
