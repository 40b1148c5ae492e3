"""Reads an RDAP answer (RFC 9083): whom a domain or network names, in which roles, and what of it is withheld.

The answer is a stranger's: an odd entry is passed over alone, and nesting, number and length are bounded.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from mailbot.core.hosts import normalised_host, site_of
from mailbot.core.registrations import (
    MAX_VALUES,
    Party,
    Registration,
    RegistrationState,
    mails,
    numbers,
    shown,
)

MAX_BYTES = 500_000
_MAX_ENTITIES = 60
_MAX_DEPTH = 4
_MAX_PROPERTIES = 60
_ROLES = {"registrant", "technical", "administrative", "abuse", "registrar", "security", "noc", "sponsor", "reseller"}
_WITHHELD = re.compile(
    r"(registrant|admin\w*|tech\w*|billing)\b.{0,20}?\b(e-?mail|name|organi[sz]ation|phone|fax)", re.IGNORECASE
)
_ROLE_OF = {"reg": "registrant", "adm": "administrative", "tec": "technical", "bil": "billing"}


def parse_rdap(body: bytes) -> Registration | None:
    """What the answer says; None if it is no RDAP answer about a domain or network. Never raises."""
    if len(body) > MAX_BYTES:
        return None
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict) or answer.get("objectClassName") not in ("domain", "ip network"):
        return None
    withheld = _withheld(answer)
    parties = tuple(_party(entity, roles, withheld) for entity, roles in _entities(answer))
    holder = next((p.organisation or p.name for p in parties if "registrant" in p.roles), "")
    events = _events(answer)
    return Registration(
        subject=_subject(answer),
        state=_state(answer),
        status=tuple(line for value in _list(answer, "status")[:MAX_VALUES] if (line := _line(value))),
        organisation=holder,
        parties=tuple(party for party in parties if party.reachable or party.name or party.organisation),
        name_servers=tuple(_name_servers(answer)),
        created=events.get("registration"),
        updated=events.get("last changed"),
        expires=events.get("expiration"),
        referral=_referral(answer),
    )


def _entities(answer: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], tuple[str, ...]]]:
    """The entities, outer ones first, with their roles; the abuse desk inside a registrar is the registrar's."""
    waiting = [(entity, 1, "") for entity in _list(answer, "entities")]
    for count, (entity, depth, above) in enumerate(waiting):  # grows while it is walked
        if count >= _MAX_ENTITIES:
            return
        if not isinstance(entity, dict):
            continue
        roles = tuple(role for role in map(_line, _list(entity, "roles")[:MAX_VALUES]) if role in _ROLES)
        if above == "registrar":
            roles = tuple(f"registrar {role}" for role in roles)
        yield entity, roles
        if depth < _MAX_DEPTH:
            inside = "registrar" if above == "registrar" or "registrar" in roles else ""
            waiting += [(each, depth + 1, inside) for each in _list(entity, "entities")[:_MAX_ENTITIES]]


def _party(entity: Mapping[str, Any], roles: tuple[str, ...], withheld: Mapping[str, bool]) -> Party:
    card = _card(entity)
    hidden = {key.partition(" ")[2] for key in withheld if key.partition(" ")[0] in roles}
    relay = any(withheld.get(f"{role} email", False) for role in roles)
    phones = [(kind, value) for kind, value in card.get("tel", ()) if "phone" not in hidden]
    return Party(
        roles=roles,
        handle=_line(entity.get("handle")),
        name="" if "name" in hidden else _first(card, "fn"),
        organisation="" if "organisation" in hidden else _first(card, "org"),
        emails=mails(value for _, value in card.get("email", ())) if relay or "email" not in hidden else (),
        phones=numbers(value for kind, value in phones if "fax" not in kind),
        faxes=numbers(value for kind, value in phones if "fax" in kind),
        forms=tuple(v for _, v in card.get("contact-uri", ()) if v.startswith("https://") and site_of(v))[:1],
        relay=relay,
    )


def _card(entity: Mapping[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """The card's properties (RFC 7095): name -> kind and value of each."""
    card: dict[str, list[tuple[str, str]]] = {}
    array = _list(entity, "vcardArray")
    properties = array[1] if len(array) > 1 and isinstance(array[1], list) else []
    for each in properties[:_MAX_PROPERTIES]:
        if not isinstance(each, list) or len(each) < 4 or not isinstance(each[0], str):
            continue
        kind = each[1].get("type", "") if isinstance(each[1], dict) else ""
        kinds = " ".join(str(k)[:20] for k in kind[:5]) if isinstance(kind, list) else str(kind)[:20]
        # a structured value lists its parts; the first names the organisation
        value = each[3][0] if isinstance(each[3], list) and each[3] else each[3]
        if isinstance(value, str) and (line := shown(value.removeprefix("tel:").partition(";ext")[0])):
            card.setdefault(each[0].lower(), []).append((kinds.lower(), line))
    return card


def _withheld(answer: Mapping[str, Any]) -> dict[str, bool]:
    """What is redacted (RFC 9537), as "technical email": whether something of an intermediary's stands in its place."""
    found: dict[str, bool] = {}
    for each in _list(answer, "redacted")[:200]:
        if not isinstance(each, dict) or not isinstance(each.get("name"), dict):
            continue
        name = each["name"]
        match = _WITHHELD.search(_line(name.get("description")) or _line(name.get("type")))
        if match:
            field = {"e-mail": "email", "organization": "organisation", "fax": "phone"}.get(
                match[2].lower(), match[2].lower()
            )
            found[f"{_ROLE_OF[match[1][:3].lower()]} {field}"] = each.get("method") == "replacementValue"
    return found


def _subject(answer: Mapping[str, Any]) -> str:
    if answer["objectClassName"] == "domain":
        return _line(answer.get("ldhName")).lower()
    return _line(answer.get("name")) or _line(answer.get("handle"))


def _state(answer: Mapping[str, Any]) -> RegistrationState:
    status = {_line(value) for value in _list(answer, "status")[:MAX_VALUES]}
    if "reserved" in status:
        return RegistrationState.RESERVED
    gone = {"pending delete", "redemption period", "inactive"}
    return RegistrationState.SUSPENDED if status & gone else RegistrationState.REGISTERED


def _events(answer: Mapping[str, Any]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for each in _list(answer, "events")[:MAX_VALUES]:
        if not isinstance(each, dict):
            continue
        try:
            moment = datetime.fromisoformat(_line(each.get("eventDate")))
        except ValueError:
            continue
        found.setdefault(_line(each.get("eventAction")), moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return found


def _name_servers(answer: Mapping[str, Any]) -> Iterator[str]:
    for each in _list(answer, "nameservers")[:MAX_VALUES]:
        if isinstance(each, dict) and (host := normalised_host(_line(each.get("ldhName")))) is not None:
            yield host


def _referral(answer: Mapping[str, Any]) -> str:
    """The registrar's own RDAP answer about the same name, "" if none is named."""
    for each in _list(answer, "links")[:MAX_VALUES]:
        if isinstance(each, dict) and each.get("rel") == "related" and each.get("type") == "application/rdap+json":
            href = _line(each.get("href"))
            if href.startswith("https://") and site_of(href) is not None:
                return href
    return ""


def _first(card: Mapping[str, list[tuple[str, str]]], name: str) -> str:
    return next((value for _, value in card.get(name, ())), "")


def _list(table: Mapping[str, Any], key: str) -> list[Any]:
    value = table.get(key)
    return value if isinstance(value, list) else []


def _line(value: object) -> str:
    return shown(value) if isinstance(value, str) else ""
