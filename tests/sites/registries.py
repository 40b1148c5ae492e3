"""What registries answer about the invented domains: WHOIS texts as JPRS writes them, and RDAP objects (RFC 9083)."""

from collections.abc import Iterable, Mapping
from typing import Any

from tests.sites.loading import InventedSite

PROVIDER_ABUSE = "abuse@hirune-hosting.example"
_BANNER = """\
[ JPRS database provides information on network administration. Its use is    ]
[ restricted to network administration purposes. For further information,     ]
[ use 'whois -h whois.jprs.jp help'. To suppress Japanese output, add'/e'     ]
[ at the end of command, e.g. 'whois -h whois.jprs.jp xxx/e'.                 ]
"""
_NO_MATCH = f"""{_BANNER}
No match!!

With JP WHOIS, you can query JP domain name information.
"""
Registered = Mapping[str, Any]


def whois_texts(sites: Iterable[InventedSite]) -> dict[str, str]:
    """Answers by query in lower case."""
    texts: dict[str, str] = {}
    for told in (registered for site in sites for registered in site.whois):
        domain: str = told["domain"]
        if "text" in told:
            texts[domain] = told["text"]
            continue
        make = _general_use if domain.count(".") == 1 else _organisation
        for english in (False, True):
            texts[domain + ("/e" if english else "")] = make(told, english)
            for role in ("admin", "tech"):
                person = told.get(role, {})
                if "handle" in person:
                    texts[person["handle"].lower() + ("/e" if english else "")] = _person(person, english)
    return texts


def whois_answer(texts: Mapping[str, str], query: str) -> str:
    """The answer to a query line."""
    query = query.strip().lower().removeprefix("dom ")
    return texts.get(query, texts.get(query.removesuffix("/e"), _NO_MATCH))


def _lines(rows: Iterable[tuple[str, str, str]], english: bool) -> str:
    """Rows of Japanese label, English label and value; a label that is "" is not shown in that language."""
    shown = []
    for japanese, label, value in rows:
        name = label if english or not japanese else japanese
        if name and not (english and not label):
            width = len(name.encode("euc_jp"))  # a kanji takes two columns
            shown.append(f"{name}{' ' * (32 - width)}{value}".rstrip())
    return "\n".join(shown)


def _general_use(told: Registered, english: bool) -> str:
    """A domain right under .jp, whose public contact stands in the answer itself."""
    contact = told.get("contact", {})
    head = _lines(
        (
            ("", "[Domain Name]", f"{told['domain'].upper()}\n"),
            ("[登録者名]", "", told.get("ja", "")),
            ("", "[Registrant]", f"{told.get('en', '')}\n"),
            ("", "[Name Server]", "ns1.name-server-service.example"),
            ("", "[Signing Key]", "\n"),
            ("[登録年月日]", "[Created on]", "2009/04/17"),
            ("[有効期限]", "[Expires on]", "2027/04/30"),
            ("[状態]", "[Status]", "Active"),
            ("[最終更新]", "[Last Updated]", "2026/05/01 01:05:09 (JST)"),
        ),
        english,
    )
    foot = _lines(
        (
            ("[名前]", "", contact.get("ja", told.get("ja", ""))),
            ("", "[Name]", contact.get("en", told.get("en", ""))),
            ("", "[Email]", contact.get("email", "")),
            ("", "[Web Page]", contact.get("web", "")),
            ("[郵便番号]", "[Postal code]", "000-0000"),
            ("[住所]", "", "例示県見本市架空町1-2-3"),
            ("", "[Postal Address]", "1-2-3 Kakuu-cho, Mihon-shi, Reiji"),
            ("[電話番号]", "[Phone]", contact.get("tel", "")),
            ("[FAX番号]", "[Fax]", contact.get("fax", "")),
        ),
        english,
    )
    parts = ("Domain Information:", "Contact Information:") if english else _PARTS
    return f"{_BANNER}\n{parts[0]}\n{head}\n\n{parts[1]}\n{foot}\n\n"


_PARTS = ("Domain Information: [ドメイン情報]", "Contact Information: [公開連絡窓口]")


def _organisation(told: Registered, english: bool) -> str:
    """A domain of an organisation (co.jp, or.jp, lg.jp …), which names its people by handle."""
    rows = (
        ("a. [ドメイン名]", "a. [Domain Name]", told["domain"].upper()),
        ("e. [そしきめい]", "", told.get("kana", "")),
        ("f. [組織名]", "", told.get("ja", "")),
        ("g. [Organization]", "g. [Organization]", told.get("en", "")),
        ("k. [組織種別]", "", told.get("kind_ja", "株式会社")),
        ("l. [Organization Type]", "l. [Organization Type]", told.get("kind", "Corporation")),
        ("m. [登録担当者]", "m. [Administrative Contact]", told.get("admin", {}).get("handle", "")),
        ("n. [技術連絡担当者]", "n. [Technical Contact]", told.get("tech", {}).get("handle", "")),
        ("p. [ネームサーバ]", "p. [Name Server]", "ns1.name-server-service.example"),
        ("s. [署名鍵]", "s. [Signing Key]", ""),
        ("[状態]", "[State]", "Connected (2027/03/31)"),
        ("[登録年月日]", "[Registered Date]", "2003/03/20"),
        ("[接続年月日]", "[Connected Date]", "2003/03/24"),
        ("[最終更新]", "[Last Update]", "2026/04/01 01:06:50 (JST)"),
    )
    title = "Domain Information:" if english else "Domain Information: [ドメイン情報]"
    return f"{_BANNER}\n{title}\n{_lines(rows, english)}\n\n"


def _person(person: Registered, english: bool) -> str:
    """The record of a handle."""
    rows = (
        ("a. [JPNICハンドル]", "a. [JPNIC Handle]", person["handle"]),
        ("b. [氏名]", "", person.get("ja", "")),
        ("c. [Last, First]", "c. [Last, First]", person.get("en", "")),
        ("d. [電子メイル]", "d. [E-Mail]", person.get("email", "")),
        ("f. [組織名]", "", person.get("org", "")),
        ("g. [Organization]", "g. [Organization]", person.get("org_en", "")),
        ("k. [部署]", "", person.get("unit", "")),
        ("o. [電話番号]", "o. [TEL]", person.get("tel", "")),
        ("p. [FAX番号]", "p. [FAX]", person.get("fax", "")),
        ("y. [通知アドレス]", "y. [Reply Mail]", person.get("email", "")),
        ("[最終更新]", "[Last Update]", "2025/06/30 11:20:03 (JST)"),
    )
    title = "Contact Information:" if english else "Contact Information: [担当者情報]"
    return f"{_BANNER}\n{title}\n{_lines(rows, english)}\n\n"


def rdap_answers(sites: Iterable[InventedSite]) -> dict[str, Any]:
    """RDAP objects by path ("domain/…", "ip/…")."""
    answers: dict[str, Any] = {"ip/127.0.0.1": _network()}
    for told in (registered for site in sites for registered in site.rdap):
        answers[f"domain/{told['domain']}"] = told["json"] if "json" in told else _domain(told)
    return answers


def _domain(told: Registered) -> dict[str, Any]:
    registrar = told.get("registrar", {})
    abuse = {"org": "", "name": "Abuse Desk", **registrar.get("abuse", {})}
    entities = [
        {
            **_entity(["registrar"], {"name": registrar.get("name", "Momonga Domains K.K.")}),
            "publicIds": [{"type": "IANA Registrar ID", "identifier": "99990"}],
            "entities": [_entity(["abuse"], abuse)],
        }
    ]
    entities += [
        _entity([role], told[role]) for role in ("registrant", "administrative", "technical", "abuse") if role in told
    ]
    return {
        "rdapConformance": ["rdap_level_0", "icann_rdap_response_profile_1", "redacted"],
        "objectClassName": "domain",
        "handle": "2138514_DOMAIN_EX-VRSN",
        "ldhName": told["domain"].upper(),
        "status": ["client transfer prohibited"],
        "entities": entities,
        "events": [{"eventAction": "registration", "eventDate": "2011-08-09T04:00:00Z"}],
        "links": [
            {"rel": "related", "href": href, "type": "application/rdap+json"} for href in told.get("related", ())
        ],
        "nameservers": [{"objectClassName": "nameserver", "ldhName": "NS1.NAME-SERVER-SERVICE.EXAMPLE"}],
        "notices": [{"title": "Status Codes", "description": ["For more information visit icann.example/epp"]}],
    }


def _network() -> dict[str, Any]:
    return {
        "rdapConformance": ["rdap_level_0"],
        "objectClassName": "ip network",
        "handle": "127.0.0.0 - 127.0.0.255",
        "name": "HIRUNE-NET",
        "country": "JP",
        "entities": [
            _entity(["registrant"], {"org": "Hirune Hosting", "handle": "ORG-HH1-EX"}),
            _entity(["abuse"], {"name": "IRT-HIRUNE", "email": PROVIDER_ABUSE, "handle": "IRT-HIRUNE-EX"}),
        ],
    }


def _entity(roles: list[str], who: Registered) -> dict[str, Any]:
    card: list[list[Any]] = [["version", {}, "text", "4.0"], ["fn", {}, "text", who.get("name", "")]]
    card += [["org", {}, "text", who["org"]]] if who.get("org") else []
    card += [["email", {}, "text", who["email"]]] if who.get("email") else []
    card += [["tel", {"type": "voice"}, "uri", f"tel:{who['tel']}"]] if who.get("tel") else []
    card += [["contact-uri", {}, "uri", who["page"]]] if who.get("page") else []
    return {
        "objectClassName": "entity",
        "handle": who.get("handle", ""),
        "roles": roles,
        "vcardArray": ["vcard", card],
        **({"remarks": [{"title": "REDACTED FOR PRIVACY", "description": ["Some data is removed."]}]}
           if who.get("redacted") else {}),
    }  # fmt: skip
