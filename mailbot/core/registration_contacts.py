"""How far the contacts of a registration are believed: registrations are old, and others often stand in them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from mailbot.core.contacts import checked_at, rank
from mailbot.core.hosts import registrable_domain, same_domain
from mailbot.core.intermediaries import is_hoster, is_privacy_service, is_registry
from mailbot.core.model import Contact
from mailbot.core.registrations import Party, Registration

HOSTING_SCORE = 0.25
"""The most that a registrar's or hosting company's desk gets: it may pass a notice on, and often does not."""

_OWN = {"registrant": 0.5, "technical": 0.48, "administrative": 0.46, "security": 0.5, "abuse": 0.45, "noc": 0.3}
_ELSEWHERE = {"registrant": 0.35, "administrative": 0.32, "technical": 0.28}
_RELAY = 0.15
_WEIGHTS = {"tel:": 0.6, "fax:": 0.4, "https:": 0.7}


def contacts_of(
    found: Registration, host: str, source: str, now: datetime, evidence: Sequence[str] = ()
) -> tuple[Contact, ...]:
    """The contact points that a domain's registration gives for a site."""
    lines = (*evidence, checked_at(now), *_organisation(found.organisation))
    return rank(
        Contact(0, address, source, score=round(score * _weight(address), 3), why=why, evidence=lines)
        for party in found.parties
        for address, score, why in _ways(party, host)
    )


def hosting_contacts(
    found: Registration, host: str, address: str, source: str, now: datetime, evidence: Sequence[str] = ()
) -> tuple[Contact, ...]:
    """The abuse desk of the network that the site's address belongs to."""
    lines = (*evidence, f"address: {address}", checked_at(now), *_organisation(found.organisation))
    contacts = []
    for party in found.parties:
        for mail in party.emails:
            domain = mail.rpartition("@")[2]
            role = next((r for r in ("abuse", "security", "technical", "administrative") if r in party.roles), "")
            if not role or is_registry(domain):
                continue
            own = same_domain(domain, host)
            score = 0.4 if own else HOSTING_SCORE if role == "abuse" else 0.15
            why = f"{role} contact of the network that {host} is in" + ("" if own else ", not the operator's")
            contacts.append(Contact(0, mail, source, score=score, why=why, evidence=lines))
    return rank(contacts)


def _ways(party: Party, host: str) -> Iterator[tuple[str, float, str]]:
    """The ways to a party, each with score and why; none for registrars' phones, which lead to sales."""
    registrar = any(role.startswith("registrar") for role in party.roles)
    for mail in party.emails:
        yield from _mail(mail, party, host)
    if registrar or party.relay or is_privacy_service("", party.name, party.organisation):
        if "registrant" in party.roles:
            yield from ((form, _RELAY, "form that an intermediary of the registrant offers") for form in party.forms)
        return
    role = next((role for role in ("registrant", "technical", "administrative") if role in party.roles), None)
    if role is None:
        return
    # the desk named with a hosting company's mail address answers its phone too
    score = min((score for mail in party.emails for _, score, _ in _mail(mail, party, host)), default=_ELSEWHERE[role])
    for kind, ways in (("", party.forms), ("tel:", party.phones), ("fax:", party.faxes)):
        yield from ((f"{kind}{way}", score, f"{role} contact of the domain's registration") for way in ways)


def _mail(mail: str, party: Party, host: str) -> Iterator[tuple[str, float, str]]:
    domain = mail.rpartition("@")[2]
    own = same_domain(domain, host)
    roles = [role for role in party.roles if role in _OWN]
    if is_registry(domain) and not own:
        return
    if any(role.startswith("registrar") for role in party.roles):
        if any(role.endswith("abuse") for role in party.roles) and not own:
            yield mail, 0.2, "abuse desk of the domain's registrar, not the operator's"
    elif not own and (party.relay or is_privacy_service(mail, party.name, party.organisation)):
        yield mail, _RELAY, "privacy service in the registrant's place"
    elif not own and is_hoster(domain):
        yield mail, 0.2, "registrar's or hosting company's desk in the domain's registration"
    elif own and roles:
        role = max(roles, key=lambda role: _OWN[role])
        yield mail, _OWN[role], f"{role} contact of the domain's registration"
    elif shared := [role for role in roles if role in _ELSEWHERE]:
        role = max(shared, key=lambda role: _ELSEWHERE[role])
        outside = f"{registrable_domain(domain)} is outside the site's domain {registrable_domain(host)}"
        yield mail, _ELSEWHERE[role], f"{role} contact of the domain's registration; {outside}"


def _weight(address: str) -> float:
    return next((weight for begin, weight in _WEIGHTS.items() if address.startswith(begin)), 1.0)


def _organisation(name: str) -> Iterable[str]:
    return (f"organisation: {name}",) if name else ()
