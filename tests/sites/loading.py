"""Reads the invented sites: one TOML file each, with pages, names, registrations and the right first contact.

Keys: `about`, `url` (the reported one), `first` (addresses, forms or "tel:…" that are right), `wrong` (who must never
come first), `shell` (the frame of a page: @TITLE@ and @BODY@ are filled in),
`missing` (the answer to what is not there), `mail` (further domains that take mail), `unserved` (names without a web
server), `report` (what the case knows: `operator`, `finder`, `urls`, `compromised`), `[[page]]` (`at`, `body`, …),
`[dns]`, `[[whois]]`, `[[rdap]]`, `[certificates]` (host to organisation).
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mailbot.core.hosts import registrable_domain

FOLDER = Path(__file__).parent
_HTML = "text/html; charset={charset}"


@dataclass(frozen=True)
class Page:
    """What a server answers at one place."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class InventedSite:
    """A site, what lies around it, and who should be written to first."""

    name: str
    about: str
    url: str
    first: tuple[str, ...]
    wrong: tuple[str, ...]
    urls: tuple[str, ...]
    operator: str
    finder: str
    compromised: bool
    pages: Mapping[tuple[str, str], Page]  # (host, path with query)
    plain_hosts: frozenset[str]  # hosts that speak no TLS
    missing: Mapping[str, Page]  # by host
    zone: Mapping[tuple[str, str], tuple[str, ...]]
    whois: Sequence[Mapping[str, Any]]
    rdap: Sequence[Mapping[str, Any]]
    certificates: Mapping[str, str] = field(default_factory=dict)

    def is_right(self, address: str) -> bool:
        """Whether the address is one of the right ones."""
        return comparable(address) in map(comparable, self.first)

    def is_wrong(self, address: str) -> bool:
        """Whether the address is that of somebody who must not come first."""
        return comparable(address) in map(comparable, self.wrong)


def comparable(address: str) -> str:
    """An address without what makes no difference: case, a form's last slash, how a number is divided."""
    kind, colon, rest = address.partition(":")
    if kind in ("tel", "fax") and colon:
        return kind + re.sub(r"\A\+?81\(?0?\)?", "0", re.sub(r"[^0-9+]", "", rest))
    return address.lower().rstrip("/")


def load_sites(folder: str) -> list[InventedSite]:
    """All sites of `known` or `held`, by name."""
    return [_site(path) for path in sorted((FOLDER / folder).glob("*.toml"))]


def _site(path: Path) -> InventedSite:
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    host = urlsplit(told["url"]).hostname or ""
    pages: dict[tuple[str, str], Page] = {}
    schemes: dict[str, set[str]] = {}
    for page in told.get("page", ()):
        for at in [page["at"]] if isinstance(page["at"], str) else page["at"]:
            parts = urlsplit(at)
            where = parts.hostname or host
            pages[where, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")] = _page(page, told)
            schemes.setdefault(where, set()).add(parts.scheme or urlsplit(told["url"]).scheme)
    report = told.get("report", {})
    return InventedSite(
        name=path.stem,
        about=told["about"],
        url=told["url"],
        first=tuple(told["first"]),
        wrong=tuple(told.get("wrong", ())),
        urls=tuple(report.get("urls", (told["url"],))),
        operator=report.get("operator", ""),
        finder=report.get("finder", "kitsune@white-fox-lab.example"),
        compromised=report.get("compromised", False),
        pages=pages,
        plain_hosts=frozenset(name for name, used in schemes.items() if used == {"http"}),
        missing={host: _page(told["missing"], told)} if "missing" in told else {},
        zone=_zone(told, host, set(schemes)),
        whois=told.get("whois", ()),
        rdap=told.get("rdap", ()),
        certificates=told.get("certificates", {}),
    )


def _page(page: Mapping[str, Any], told: Mapping[str, Any]) -> Page:
    charset = page.get("charset", told.get("charset", "utf-8"))
    body: str = page.get("body", "").lstrip("\n")
    if "title" in page:
        body = told["shell"].lstrip("\n").replace("@TITLE@", page["title"]).replace("@BODY@", body)
    headers = {"Content-Type": page.get("type", _HTML.format(charset=charset)), **page.get("headers", {})}
    if "redirect" in page:
        return Page(page.get("status", 301), {**headers, "Location": page["redirect"]}, b"")
    return Page(page.get("status", 200), headers, _encoded(body, charset))


def _encoded(body: str, charset: str) -> bytes:
    """As the makers of such pages encode: Windows' Shift_JIS, and the minus sign for a wide hyphen in EUC-JP."""
    if charset == "shift_jis":
        return body.encode("cp932")
    return body.replace("－", "−").encode(charset) if charset == "euc_jp" else body.encode(charset)


def _zone(told: Mapping[str, Any], host: str, served: set[str]) -> dict[tuple[str, str], tuple[str, ...]]:
    """The site's names: every served host has an address, every domain that is written to takes mail."""
    domain = registrable_domain(host)
    named = [address.rpartition("@")[2] for key in ("first", "wrong") for address in told.get(key, ())]
    zone: dict[tuple[str, str], tuple[str, ...]] = {}
    for name in {domain, *(n for n in named if "/" not in n and ":" not in n), *told.get("mail", ())}:
        zone[f"{name}.", "MX"] = (f"10 mx.{name}.",)
        zone[f"mx.{name}.", "A"] = ("127.0.0.1",)
    zone[f"{domain}.", "SOA"] = (
        "ns1.name-server-service.example. dnsadmin.name-server-service.example. 7 7200 900 604800 300",
    )
    for name in {host, domain, *served} - set(told.get("unserved", ())):
        zone[f"{name}.", "A"] = ("127.0.0.1",)
    for name in told.get("unserved", ()):
        zone[f"{name}.", "A"] = ("127.0.0.9",)  # where nobody listens
    for name, kinds in told.get("dns", {}).items():
        for kind, values in kinds.items():
            zone[f"{name}.", kind] = tuple(f'"{v}"' if kind == "TXT" else v for v in values)
            if not values:
                del zone[f"{name}.", kind]
    return zone
