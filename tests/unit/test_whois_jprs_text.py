"""What JPRS and JPNIC write, in both languages and all layouts."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.registrations import Registration, RegistrationState
from mailbot.core.whois_jprs import is_jprs, parse_handle, parse_jprs
from mailbot.core.whois_text import parse_whois, says_no_match, says_too_often

JAPAN = ZoneInfo("Asia/Tokyo")

GENERAL = """\
[ JPRS database provides information on network administration. Its use is    ]
[ restricted to network administration purposes. For further information,     ]

Domain Information: [ドメイン情報]
[Domain Name]                   EXAMPLE.JP

[登録者名]                      例示商店株式会社
[Registrant]                    Example Shop Inc.

[Name Server]                   ns1.example.jp
[Name Server]                   NS2.example.jp 192.0.2.53
[Signing Key]

[登録年月日]                    2001/08/22
[有効期限]                      2026/08/31
[状態]                          Active
[最終更新]                      2025/09/01 01:05:04 (JST)

Contact Information: [公開連絡窓口]
[名前]                          例示商店 情報システム部
[Name]                          Example Shop IT
[Email]                         it@example.jp
[Web Page]
[郵便番号]                      100-0000
[住所]                          東京都千代田区
                                例示町 1-1
[Postal Address]
[電話番号]                      03-0000-1234
[FAX番号]                       ０３－００００－１２３５
"""

ORGANISATION = """\
Domain Information: [ドメイン情報]
a. [ドメイン名]                 EXAMPLE.CO.JP
e. [そしきめい]                 れいじしょうてん
f. [組織名]                     例示商店株式会社
g. [Organization]               Example Shop Inc.
k. [組織種別]                   株式会社
l. [Organization Type]          Corporation
m. [登録担当者]                 TR0001JP
n. [技術連絡担当者]             TR0001JP
n. [技術連絡担当者]             JP00000001
p. [ネームサーバ]               ns1.example.co.jp
s. [署名鍵]
[状態]                          Connected (2026/03/31)
[登録年月日]                    2003/03/20
[接続年月日]                    2003/04/01
[最終更新]                      2025/04/01 01:05:04 (JST)
"""

ENGLISH = """\
Domain Information:
[Domain Name]                   EXAMPLE.JP

[Registrant]                    Example Shop Inc.

[Created on]                    2001/08/22
[Expires on]                    2026/08/31
[Status]                        To be suspended
[Last Updated]                  2025/09/01 01:05:04 (JST)

Contact Information:
[Name]                          Example Shop IT
[Email]                         it@example.jp
[Phone]                         03-0000-1234
[Fax]
"""

PERSON = """\
Contact Information: [担当者情報]
a. [JPNICハンドル]              TR0001JP
b. [氏名]                       例示 太郎
c. [Last, First]                Reiji, Taro
d. [電子メイル]                 taro@example.co.jp
f. [組織名]                     例示商店株式会社
k. [部署]                       情報システム部
o. [電話番号]                   03-0000-1234
p. [FAX番号]
y. [通知アドレス]               taro@example.co.jp
[最終更新]                      2020/01/01 00:00:00 (JST)
"""

GROUP = """\
Group Contact Information: [担当グループ情報]
[グループハンドル]              JP00000001
[グループ名]                    ネットワーク管理室
[Group Name]                    Network Office
[電子メール]                    noc@example.ad.jp
[組織名]                        例示ネット株式会社
[電話番号]                      03-0000-5678
"""

NETWORK = """\
[ JPNIC database provides information regarding IP address and ASN. Its use   ]

Network Information: [ネットワーク情報]
a. [IPネットワークアドレス]     192.0.2.0/24
b. [ネットワーク名]             EXAMPLE-NET
f. [組織名]                     例示ホスティング株式会社
g. [Organization]               Example Hosting Inc.
m. [管理者連絡窓口]             JP00000001
n. [技術連絡担当者]             JP00000001
o. [Abuse]                      abuse@hosting.example
p. [ネームサーバ]               ns1.hosting.example
[割当年月日]                    2015/05/01
[返却年月日]
[最終更新]                      2020/05/01 12:00:00(JST)

上位情報
----------
例示ネット株式会社 (Example Net Inc.)
                     [割り振り]                                     192.0.2.0/20
"""

HIDDEN = GENERAL.replace("例示商店株式会社", "非表示").replace("it@example.jp", "********")


def test_the_public_contact_point_is_read() -> None:
    """Of a general-use domain the answer itself has everything; wrapped values are one."""
    found = parse_jprs(GENERAL)
    assert found.subject == "example.jp"
    assert found.state is RegistrationState.REGISTERED
    assert found.organisation == "例示商店株式会社"
    assert found.name_servers == ("ns1.example.jp", "ns2.example.jp")
    assert found.created == datetime(2001, 8, 22, tzinfo=JAPAN)
    assert found.updated == datetime(2025, 9, 1, 1, 5, 4, tzinfo=JAPAN)
    (party,) = found.parties
    assert (party.name, party.emails) == ("例示商店 情報システム部", ("it@example.jp",))
    assert (party.phones, party.faxes) == (("03-0000-1234",), ("03-0000-1235",))


def test_an_organisations_domain_names_handles() -> None:
    """Each handle keeps its role; the day in brackets behind the state is the end."""
    found = parse_jprs(ORGANISATION)
    assert found.organisation == "例示商店株式会社"
    assert found.handles == (("administrative", "TR0001JP"), ("technical", "TR0001JP"), ("technical", "JP00000001"))
    assert found.expires == datetime(2026, 3, 31, tzinfo=JAPAN)


def test_the_english_layout_says_the_same() -> None:
    """Labels without letters, and a domain in its last month is still somebody's."""
    found = parse_jprs(ENGLISH)
    assert (found.state, found.status) == (RegistrationState.REGISTERED, ("To be suspended",))
    assert found.parties[0].emails == ("it@example.jp",)
    assert found.created == datetime(2001, 8, 22, tzinfo=JAPAN)


@pytest.mark.parametrize(
    ("text", "name", "mails"),
    [(PERSON, "例示 太郎", ("taro@example.co.jp",)), (GROUP, "ネットワーク管理室", ("noc@example.ad.jp",))],
)
def test_a_handle_is_a_person_or_a_group(text: str, name: str, mails: tuple[str, ...]) -> None:
    """JPRS and JPNIC have both."""
    party = parse_handle(text, ("technical",))
    assert party is not None
    assert (party.name, party.emails, party.roles) == (name, mails, ("technical",))


def test_a_network_names_its_abuse_desk() -> None:
    """What belongs to the network above it is not taken for the network's own."""
    found = parse_jprs(NETWORK)
    assert found.subject == "192.0.2.0/24"
    assert [(party.roles, party.emails) for party in found.parties] == [(("abuse",), ("abuse@hosting.example",))]
    assert found.organisation == "例示ホスティング株式会社"


def test_what_is_hidden_is_no_value() -> None:
    """A registrant may be withheld since 2014."""
    found = parse_jprs(HIDDEN)
    assert found.organisation == "Example Shop Inc."
    assert found.parties[0].emails == ()


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("Active", RegistrationState.REGISTERED),
        ("Registered (2027/03/31)", RegistrationState.REGISTERED),
        ("Suspended", RegistrationState.SUSPENDED),
        ("Deleted (2026/01/31)", RegistrationState.SUSPENDED),
        ("Reserved", RegistrationState.RESERVED),
    ],
)
def test_states(state: str, expected: RegistrationState) -> None:
    """The registry's word for whether the domain is in use."""
    assert parse_jprs(ENGLISH.replace("To be suspended", state)).state is expected


@pytest.mark.parametrize(
    ("text", "state", "too_often"),
    [
        ("No match!!\n\nWith JP WHOIS, you can query JP domain name information.", RegistrationState.AVAILABLE, False),
        ("該当するデータがありません。", RegistrationState.AVAILABLE, False),
        ("検索数が制限を超えました。しばらくたってから", RegistrationState.UNKNOWN, True),
        ("Query rate limit exceeded. Try again later.", RegistrationState.UNKNOWN, True),
        ("", RegistrationState.UNKNOWN, False),
    ],
)
def test_answers_without_an_entry(text: str, state: RegistrationState, too_often: bool) -> None:
    """That there is none, and that we asked too often, are told apart."""
    assert not is_jprs(text)
    assert parse_jprs(text).state is state
    assert parse_whois(text).state is state
    assert says_no_match(text) is (state is RegistrationState.AVAILABLE)
    assert says_too_often(text) is too_often


@given(st.text(alphabet="ab. []:\n ドメイン名Domain Information", max_size=400))
def test_no_text_breaks_the_reading(text: str) -> None:
    """Whatever a server sends is a registration, perhaps an empty one."""
    assert isinstance(parse_jprs(text), Registration)
    assert isinstance(parse_whois(text), Registration)


def test_long_answers_are_bounded() -> None:
    """Neither lines nor values without end are kept."""
    endless = "Domain Information:\n" + "[Domain Name] " + "x" * 900 + "\n" + "[Name Server] ns1.example.jp\n" * 50_000
    found = parse_jprs(endless)
    assert len(found.subject) <= 300
    assert len(found.name_servers) == 1
    assert len(parse_jprs("Domain Information:\n[Email] a@b.jp\n" + " " * 30 + "y\n" * 90_000).parties) <= 2
