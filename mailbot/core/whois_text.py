"""Reads answers of WHOIS servers in "Key: value" lines: generic top-level domains, many countries, networks."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from mailbot.core.hosts import is_ip, normalised_host
from mailbot.core.registrations import (
    MAX_VALUES,
    Party,
    Registration,
    RegistrationState,
    mails,
    numbers,
    shown,
)

_MAX_CHARACTERS = 200_000
_MAX_LINES = 3_000
_LINE = re.compile(r"\s{0,8}([A-Za-z][A-Za-z0-9 /_.-]{0,60}?)\s{0,20}:\s{0,40}(\S.{0,999})")
_REMARK = ("%", "#", ">>>", "--")
_NO_MATCH = re.compile(
    r"^\W{0,4}(?:no match|not found|no data found|no entries found|no object found|no such domain|nothing found"
    r"|domain (?:name )?(?:\S{1,100} )?(?:not found|is (?:available|free)|has not been registered)"
    r"|status: (?:free|available)|the queried object does not exist|該当するデータがありません|object does not exist)",
    re.IGNORECASE | re.MULTILINE,
)
_LIMITED = re.compile(
    r"(?:rate|query|access|connection|request|look-?up)s?[ -](?:limit|quota|rate)|quota exceeded"
    r"|limit (?:was |has been |is )?(?:exceeded|reached)|exceeded (?:the |your )?(?:\w+ ){0,3}(?:limit|quota|number)"
    r"|too many (?:requests|queries|connections)|(?:temporarily|has been|is|was) (?:blocked|blacklisted|denied|banned)"
    r"|try again later|access (?:denied|restricted)"
    r"|(?:検索|アクセス|接続)[^\n。]{0,20}(?:制限|上限|拒否)|しばらく(?:たって|時間を)",
    re.IGNORECASE,
)
_ROLES: Mapping[str, str] = {
    "registrant": "registrant",
    "holder": "registrant",
    "owner": "registrant",
    "admin": "administrative",
    "administrative contact": "administrative",
    "tech": "technical",
    "technical contact": "technical",
    "registrar abuse contact": "registrar abuse",
    "orgabuse": "abuse",
    "orgtech": "technical",
    "abuse contact": "abuse",
}
_FIELDS: Mapping[str, str] = {
    "email": "email",
    "e-mail": "email",
    "mail": "email",
    "name": "name",
    "organization": "organisation",
    "organisation": "organisation",
    "phone": "phone",
    "fax": "fax",
    "contact email": "email",
    "contact phone": "phone",
}
_KEY = re.compile(
    r"(registrant|holder|owner|admin(?:istrative contact)?|tech(?:nical contact)?|registrar abuse contact|orgabuse"
    r"|orgtech|abuse contact)\s?[:._-]?\s?(contact email|contact phone|e-?mail|mail|name|organi[sz]ation|phone|fax)"
)
_ABUSE_BOXES = ("abuse-mailbox", "abuse-c email", "abuse email")
_REFERRALS = ("registrar whois server", "whois server", "whois", "refer", "referralserver")


def says_no_match(text: str) -> bool:
    """Whether the server says that it knows no such name."""
    return _NO_MATCH.search(text[:_MAX_CHARACTERS]) is not None


def says_too_often(text: str) -> bool:
    """Whether the server refuses because it was asked too often; meant for answers that hold nothing else."""
    return _LIMITED.search(text[:20_000]) is not None


def parse_whois(text: str) -> Registration:
    """What the answer says of a domain or a network. Never raises."""
    values = _values(text)
    parties = _parties(values)
    subject = _first(values, "domain name", "domain", "inetnum", "inet6num", "netrange", "cidr")
    if not subject and not parties:
        state = RegistrationState.AVAILABLE if says_no_match(text) else RegistrationState.UNKNOWN
        return Registration(state=state, referral=_referral(values))
    holder = next((party.organisation for party in parties if "registrant" in party.roles), "")
    return Registration(
        subject=subject.lower(),
        state=RegistrationState.REGISTERED,
        status=_all(values, "domain status", "status"),
        organisation=holder or _first(values, "org-name", "orgname", "registrant", "descr"),
        parties=parties,
        name_servers=_name_servers(values),
        created=_moment(values, "creation date", "created", "created on", "registered on", "regdate"),
        updated=_moment(values, "updated date", "last updated", "last-modified", "updated", "changed"),
        expires=_moment(
            values, "registry expiry date", "registrar registration expiration date", "expires", "expiry date"
        ),
        referral=_referral(values),
    )


def _values(text: str) -> dict[str, list[str]]:
    """The values by key in lower case, in the order of the answer."""
    values: dict[str, list[str]] = {}
    for line in text[:_MAX_CHARACTERS].splitlines()[:_MAX_LINES]:
        if line.lstrip().startswith(_REMARK) or (found := _LINE.fullmatch(line.rstrip())) is None:
            continue
        kept = values.setdefault(" ".join(found[1].lower().split()), [])
        if len(kept) < MAX_VALUES:
            kept.append(found[2].strip())
    return values


def _parties(values: Mapping[str, list[str]]) -> tuple[Party, ...]:
    """One party for each role, from keys such as "Registrant Email"."""
    found: dict[str, dict[str, list[str]]] = {}
    for key, given in values.items():
        if match := _KEY.fullmatch(key):
            found.setdefault(_ROLES[match[1]], {}).setdefault(_FIELDS[match[2]], []).extend(given)
    boxes = [value for key in _ABUSE_BOXES for value in values.get(key, ())]
    if boxes:
        found.setdefault("abuse", {}).setdefault("email", []).extend(boxes)
    parties = (_party(role, given) for role, given in found.items())
    return tuple(party for party in parties if party.reachable or party.organisation or party.name)


def _party(role: str, given: Mapping[str, Sequence[str]]) -> Party:
    def line(name: str) -> str:
        return next((value for value in map(shown, given.get(name, ())) if value), "")

    return Party(
        roles=(role,),
        name=line("name"),
        organisation=line("organisation"),
        emails=mails(given.get("email", ())),
        phones=numbers(given.get("phone", ())),
        faxes=numbers(given.get("fax", ())),
        forms=tuple(v for v in given.get("email", ()) if v.startswith("https://") and shown(v))[:1],
    )


def _referral(values: Mapping[str, list[str]]) -> str:
    """The host name of the server that is said to know more; never an address, which nobody would publish."""
    for key in _REFERRALS:
        for value in values.get(key, ()):
            host = normalised_host(re.sub(r"\Ar?whois://", "", value).split("/")[0].split(":")[0])
            if host and "." in host and not is_ip(host):
                return host
    return ""


def _name_servers(values: Mapping[str, list[str]]) -> tuple[str, ...]:
    lines = (value for key in ("name server", "nserver", "nameserver") for value in values.get(key, ()))
    hosts = (normalised_host(line.split()[0]) for line in lines)
    return tuple(dict.fromkeys(host for host in hosts if host))[:MAX_VALUES]


def _all(values: Mapping[str, list[str]], *keys: str) -> tuple[str, ...]:
    return tuple(line for key in keys for line in map(shown, values.get(key, ())) if line)


def _first(values: Mapping[str, list[str]], *keys: str) -> str:
    return next(iter(_all(values, *keys)), "")


def _moment(values: Mapping[str, list[str]], *keys: str) -> datetime | None:
    for value in _each(values, keys):
        try:
            moment = datetime.fromisoformat(value.split(" ")[0][:40])
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _each(values: Mapping[str, list[str]], keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        yield from values.get(key, ())
