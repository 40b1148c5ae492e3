"""Reads what JPRS (.jp domains) and JPNIC (Japanese networks) answer: labels in brackets, in Japanese or in English.

Domains of organisations (co.jp, go.jp, lg.jp …) name their contacts by handle only; all others have a public contact
point (公開連絡窓口) in the same answer. A person's or group's entry is asked for by its handle.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from mailbot.core.hosts import normalised_host
from mailbot.core.registrations import (
    MAX_VALUES,
    Party,
    Registration,
    RegistrationState,
    mails,
    numbers,
    shown,
)
from mailbot.core.whois_text import says_no_match

HANDLE = re.compile(r"[A-Z]{2,4}[0-9]{1,8}JP|JP[0-9]{8}")
"""Of a person (XY9999JP) or of a group (JP99999999)."""

_MAX_LINES = 2_000
_JAPAN = ZoneInfo("Asia/Tokyo")
_LINE = re.compile(r"\s{0,3}(?:[a-z]{1,2}\.\s?)?\[([^\s\[\]][^\[\]]{0,60})\]\s{0,60}(.{0,1000})")
_SECTION = re.compile(r"\s{0,3}([A-Za-z ]{1,40}) Information:?\s{0,5}(?:\[[^\]]{0,40}\])?\s{0,60}")
_MOMENT = re.compile(r"([0-9]{4})/([0-9]{2})/([0-9]{2})(?:\s+([0-9]{2}):([0-9]{2}):([0-9]{2}))?")

_NAMES: Mapping[str, str] = {
    spelling: name
    for name, spellings in {
        "subject": "ドメイン名|Domain Name|IPネットワークアドレス|IPv6ネットワークアドレス|Network Number|IP Network",
        "registrant": "登録者名|Registrant|組織名|Organization|ネットワークサービス名|Network Service Name",
        "administrative": "登録担当者|Administrative Contact|管理者連絡窓口|運用責任者",
        "technical": "技術連絡担当者|Technical Contact",
        "abuse": "Abuse|abuse",
        "notify": "通知アドレス|Reply Mail",
        "name_server": "ネームサーバ|ネームサーバー|Name Server",
        "state": "状態|Status|State",
        "created": "登録年月日|Registered Date|Created on|割当年月日|割振年月日|Assigned Date|Allocated Date",
        "expires": "有効期限|Expires on",
        "updated": "最終更新|Last Update|Last Updated",
        "name": "名前|Name|氏名|Last, First|担当グループ名|グループ名|Group Name",
        "email": "Email|E-Mail|電子メイル|電子メール",
        "phone": "電話番号|Phone|TEL",
        "fax": "FAX番号|Fax|FAX",
        "handle": "JPNICハンドル|JPNIC Handle|JPハンドル|グループハンドル|Group Handle",
    }.items()
    for spelling in spellings.split("|")
}
_STATES: Sequence[tuple[str, RegistrationState]] = (
    ("to be suspended", RegistrationState.REGISTERED),  # in use until the month ends
    ("active", RegistrationState.REGISTERED),
    ("connected", RegistrationState.REGISTERED),
    ("registered", RegistrationState.REGISTERED),
    ("advance registered", RegistrationState.REGISTERED),
    ("reserved", RegistrationState.RESERVED),
    ("suspended", RegistrationState.SUSPENDED),
    ("deleted", RegistrationState.SUSPENDED),
    ("to be deleted", RegistrationState.SUSPENDED),
)


@dataclass(frozen=True)
class _Section:
    kind: str  # "domain", "contact", "network" …
    values: dict[str, list[str]]

    def all(self, name: str) -> list[str]:
        return self.values.get(name, [])

    def first(self, name: str) -> str:
        return next((value for value in map(shown, self.all(name)) if value), "")


def is_jprs(text: str) -> bool:
    """Whether the answer is written that way."""
    return next(_sections(text), None) is not None


def parse_jprs(text: str) -> Registration:
    """What the answer says of a domain or network, with its public contact point. Never raises."""
    sections = list(_sections(text))
    main = next((each for each in sections if each.kind in ("domain", "network")), None)
    if main is None:
        state = RegistrationState.AVAILABLE if says_no_match(text) else RegistrationState.UNKNOWN
        return Registration(state=state)
    holder = Party(("registrant",), organisation=main.first("registrant"))
    abuse = Party(("abuse",), organisation=holder.organisation, emails=mails(main.all("abuse")))
    public = (_party(each, ("registrant",)) for each in sections if each.kind == "contact")
    return Registration(
        subject=main.first("subject").lower(),
        state=_state(main),
        status=tuple(shown(value) for value in main.all("state")[:MAX_VALUES] if shown(value)),
        organisation=holder.organisation,
        parties=tuple(party for party in (*public, abuse) if party.reachable or party.name) or (holder,),
        handles=tuple(_handles(main)),
        name_servers=_name_servers(main),
        created=_moment(main.all("created")),
        updated=_moment(main.all("updated")),
        expires=_moment(main.all("expires")) or _moment(main.all("state")),
    )


def parse_handle(text: str, roles: tuple[str, ...]) -> Party | None:
    """The person or group that the answer to a handle describes, None if it describes none."""
    section = next((each for each in _sections(text) if each.kind in ("contact", "group", "group contact")), None)
    return None if section is None else _party(section, roles)


def _party(section: _Section, roles: tuple[str, ...]) -> Party:
    return Party(
        roles=roles,
        handle=section.first("handle"),
        name=section.first("name"),
        organisation=section.first("registrant"),
        emails=mails((*section.all("email"), *section.all("notify"))),
        phones=numbers(section.all("phone")),
        faxes=numbers(section.all("fax")),
    )


def _sections(text: str) -> Iterator[_Section]:
    """The parts of the answer. A value that goes on over indented lines is one value."""
    section: _Section | None = None
    value: list[str] | None = None
    for line in text[:200_000].splitlines()[:_MAX_LINES]:
        if heading := _SECTION.fullmatch(line):
            if section is not None and section.values:
                yield section
            section, value = _Section(heading[1].lower().strip(), {}), None
        elif section is None:
            continue
        elif found := _LINE.fullmatch(line.rstrip()):
            name = _NAMES.get(found[1].strip())
            value = section.values.setdefault(name, []) if name else None
            if value is not None and found[2].strip() and len(value) < MAX_VALUES:
                value.append(found[2].strip())
        elif value and line.startswith("     ") and line.strip() and len(value[-1]) < 1_000:
            value[-1] += f" {line.strip()}"
        else:
            value = None
    if section is not None and section.values:
        yield section


def _state(section: _Section) -> RegistrationState:
    words = section.first("state").lower()
    if not words:  # networks have no state
        return RegistrationState.REGISTERED if section.first("subject") else RegistrationState.UNKNOWN
    return next((state for begin, state in _STATES if words.startswith(begin)), RegistrationState.REGISTERED)


def _handles(section: _Section) -> Iterator[tuple[str, str]]:
    for role in ("administrative", "technical"):
        for value in section.all(role):
            if HANDLE.fullmatch(handle := value.strip().upper()):
                yield role, handle


def _name_servers(section: _Section) -> tuple[str, ...]:
    """Host names; what follows one in its line is its address."""
    words = (value.split()[0] for value in section.all("name_server"))
    return tuple(dict.fromkeys(host for word in words if (host := normalised_host(word)) is not None))


def _moment(values: Sequence[str]) -> datetime | None:
    """The first date of the values; days and hours are Japan's."""
    for value in values:
        if found := _MOMENT.search(value):
            try:
                return datetime(*(int(part or 0) for part in found.groups()), tzinfo=_JAPAN)  # type: ignore[arg-type,misc]
            except ValueError:
                continue
    return None
