"""The desk's own directory (rules/contacts/): what people checked by hand, the surest there is while it is fresh."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from mailbot.core.contacts import channel, rank
from mailbot.core.directory_shapes import ContactsFile, Desk, Never, Organisation, Route
from mailbot.core.hosts import registrable_domain, site_of, within
from mailbot.core.model import Contact

SOURCE = "directory"

_KINDS = {"csirt": 0.95, "psirt": 0.95, "security": 0.95, "general": 0.9}
_BY_NAME = 0.8  # a name is not unique as a domain is
_STALE_DAYS = 730
_STALE = 0.7
_CHANNELS = {"address": 1.0, "form": 0.7, "phone": 0.6}
_LEGAL = re.compile(
    r"(?:株式会社|有限会社|合同会社|合資会社|一般社団法人|公益社団法人|一般財団法人|公益財団法人|独立行政法人|国立大学法人|学校法人"
    r"|医療法人|社団法人|財団法人|\(株\)|\(有\)|㈱|㈲)"
    r"|\b(?:inc|incorporated|corp|corporation|co|ltd|limited|llc|gmbh|k\.?k|plc|company)\b\.?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Directory:
    """All files together, longer domains asked before shorter ones."""

    organisations: tuple[Organisation, ...] = ()
    forbidden: tuple[Never, ...] = ()
    routes: tuple[Route, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, tuple[Organisation, ...]]:
        """Organisations by what they or their products are called."""
        index: dict[str, tuple[Organisation, ...]] = {}
        for each in self.organisations:
            for key in {name_key(name) for name in (*each.names, *each.products)} - {""}:
                index[key] = (*index.get(key, ()), each)
        return index

    def at(self, host: str) -> tuple[Organisation, ...]:
        """The organisations that the host belongs to: those with the longest domain around it."""
        found = [(len(domain), each) for each in self.organisations for domain in each.domains if within(host, domain)]
        longest = max((length for length, _ in found), default=0)
        return tuple(each for length, each in found if length == longest)

    def named(self, name: str) -> tuple[Organisation, ...]:
        """The organisations or makers of a product of that name, however its legal form is written."""
        key = name_key(name[:300])
        return self.by_name.get(key, ()) if key else ()

    def forbids(self, address: str, hosts: Iterable[str] = ()) -> str:
        """Why the address is never written to, "" if it may be; `hosts` are those that the case is about."""
        about = {registrable_domain(host) for host in hosts}
        return next((each.why for each in self.forbidden if is_forbidden(each, address, about)), "")

    def route(self, host: str) -> Route | None:
        """The by-way that the guideline has for the host, None for most."""
        return next((each for each in self.routes if is_on_route(each, host)), None)


NO_ENTRIES = Directory()


def directory_of(files: Iterable[ContactsFile]) -> Directory:
    """The directory that the files make up."""
    kept = tuple(files)
    return Directory(
        tuple(each for file in kept for each in file.organisation),
        tuple(each for file in kept for each in file.never),
        tuple(each for file in kept for each in file.route),
    )


def contacts_at(directory: Directory, host: str, now: datetime) -> tuple[Contact, ...]:
    """The contact points of whoever the host belongs to."""
    why = f"the desk's directory has it for {host}"
    return rank(_contacts(directory.at(host), SOURCE, why, 1.0, now))


def contacts_by_name(
    directory: Directory, names: Sequence[str], source: str, told_by: str, now: datetime
) -> tuple[Contact, ...]:
    """The contact points of organisations and makers of these names, which `told_by` named."""
    why = f"the desk's directory has it for a name that {told_by} gives"
    return rank(c for name in names[:20] for c in _contacts(directory.named(name), source, why, _BY_NAME, now))


def name_key(name: str) -> str:
    """A name without its legal form, width, case, spaces and punctuation: 「（株）例」 is 「株式会社 例」."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    bare = re.sub(r"[\W_]+", "", _LEGAL.sub(" ", plain))
    return bare or re.sub(r"[\W_]+", "", plain)


def is_of(organisation: Organisation, text: str) -> bool:
    """Whether an example, a host or a name, is the organisation's."""
    one = Directory((organisation,))
    site = site_of(text)
    return bool(one.named(text) or (site is not None and one.at(site.host)))


def is_forbidden(never: Never, address: str, about: Iterable[str] = ()) -> bool:
    """Whether the entry is about the address; a domain's is not where the case is about a site of it (`about`)."""
    domain = address.rpartition("@")[2].lower() if channel(address) == "address" else ""
    if channel(address) == "form" and (site := site_of(address)) is not None:
        domain = site.host
    for each in never.addresses:
        if "@" in each or ":" in each:
            if each.lower() == address.lower():
                return True
        elif domain and within(domain, each) and registrable_domain(each) not in about:
            return True
    return False


def is_on_route(route: Route, host: str) -> bool:
    """Whether the host is one that the route is for."""
    if any(within(host, suffix) for suffix in route.suffixes):
        return True
    return route.pattern is not None and route.pattern.search(host) is not None


def _contacts(
    organisations: Iterable[Organisation], source: str, why: str, weight: float, now: datetime
) -> Iterator[Contact]:
    for each in organisations:
        stale = (now.date() - each.checked).days > _STALE_DAYS
        told = f"{why}; nobody checked it since {each.checked.isoformat()}" if stale else why
        for position, desk in enumerate(each.contact):
            score = _KINDS[desk.kind] * weight * (_STALE if stale else 1.0) * _CHANNELS.get(channel(desk.address), 1.0)
            if desk.address.startswith("fax:"):
                score *= 0.4
            yield Contact(
                0,
                desk.address,
                source,
                score=round(score * 0.99**position, 3),
                why=told,
                evidence=_evidence(each, desk),
            )


def _evidence(each: Organisation, desk: Desk) -> tuple[str, ...]:
    lines = (
        ("organisation", each.names[0]),
        ("checked", _moment(each.checked)),
        ("origin", each.origin),
        ("key", f"openpgp4fpr:{desk.key}" if desk.key else ""),
        *(("language", language) for language in desk.languages),
        ("hours", desk.hours),
        ("note", desk.notes),
        ("note", each.notes),
    )
    return tuple(f"{name}: {value}" for name, value in lines if value)


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00+00:00"
