"""Whatever a report says of finder, strangers and secrets, wherever it says it: no mail to others tells it."""

import string
import unicodedata
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.core.compose import compose_mail
from mailbot.core.messages import Attachment, SanitisedDraft
from mailbot.core.model import Case, Entry, Field, Participant, Role
from mailbot.core.redaction import for_others
from mailbot.core.sanitise import sanitise
from mailbot.core.templates import Templates
from mailbot.core.views import PURPOSES, Purpose
from tests.sample_cases import DESK, FINDER_KEY, NOW, PRODUCT_EN, TYPES, WEBSITE_JA, effect_for, prepared, templates
from tests.shipped_rules import shipped_rules

REDACTIONS = shipped_rules().redactions
TO_OTHERS = sorted(name for name, purpose in PURPOSES.items() if purpose in (Purpose.COUNTERPART, Purpose.DETAILS))
FIELDS = (
    *(
        f"vulnerability.{name}"
        for name in ("summary", "steps", "reason", "impact", "workaround", "discovery", "found_on")
    ),
    *("vulnerability.cwe", "vulnerability.cve", "vulnerability.cvss_vector", "product.version", "disclosure_plan"),
    *("other_reports", "tracking_ids", "critical_infrastructure", "personal_data"),
)
"""Every field of words but those that name the site or the product: a finder's name in these is theirs."""

OF_FINDER = (
    *(
        "山田 花子",
        "山田花子",
        "花子　山田",
        "山田・花子",
        "やまだはなこ",
        "ヤマダ ハナコ",
        "ﾔﾏﾀﾞ ﾊﾅｺ",
        "Yamada Hanako",
        "Hanako YAMADA",
    ),
    *("H. Yamada", "hyamada", "hanako_yamada", "YAMADA, H.", "nekosec", "@nekosec", "みほん研究所", "㈱みほん研究所"),
    *(
        "hanako.yamada@mihon-lab.example.org",
        "hanako.yamada [at] mihon-lab [dot] example [dot] org",
        "mihon-lab.example.org",
    ),
    *(
        "090-1234-5678",
        "+81 90 1234 5678",
        "09012345678",
        "０９０（１２３４）５６７８",
        FINDER_KEY,
        FINDER_KEY[-16:].lower(),
    ),
    *(
        "/home/hanako/poc",
        "C:\\Users\\hanako\\poc",
        "/users/hanako",
        "user=hanako77",
        "git@github.com:nekosec/poc.git",
        "~hanako",
    ),
)
TRACES = (
    "山田",
    "花子",
    "やまだ",
    "はなこ",
    "ヤマダ",
    "ハナコ",
    "yamada",
    "hanako",
    "nekosec",
    "みほん",
    "mihon",
    "9012345678",
    "76543210fedcba98",
)
OF_STRANGERS = (
    ("氏名: {}", "佐藤 一郎"),
    ('"full_name": "{}"', "Alice Carter"),
    ("{} 様の注文", "鈴木 さくら"),
    ("to {} as well", "ichiro.sato@mail.example.net"),
    ("電話 {}", "03-9876-5432"),
    ("call {} now", "+44 20 7946 0958"),
    ("card {} is shown", "4539 1488 0343 6467"),
    ("マイナンバー: {}", "1234 5678 9018"),
    ("住所: {}", "東京都見本区本町2-3-4"),
    ("生年月日: {}", "1990/04/01"),
    ("X-Forwarded-For: {}", "198.51.100.77"),
    ('{} - - [10/Nov/2026:13:55:36 +0900] "GET / HTTP/1.1" 200 1', "198.51.100.23"),
)
CARRIERS = (
    *(
        "Cookie: PHPSESSID={}; lang=ja",
        "Set-Cookie: sid={}; Path=/",
        "Authorization: Bearer {}",
        "authorization: Basic {}",
    ),
    *("X-API-Key: {}", "https://shop.example.jp/a?token={}&x=1", "password={}&next=/", '{{"access_token": "{}"}}'),
    *("curl -b 'session={}' https://shop.example.jp/", "curl -u test:{} https://shop.example.jp/", "my password: {}"),
    *("ftp://backup:{}@shop.example.jp/", "csrf_token={}", "API_KEY={}", "DB_PASSWORD={}", "パスワードは「{}」でした"),
)
SHAPES = (
    "AKIAQX7M3WZ5R2V9L4KD",
    "ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
    "xoxb-123456789012-abcdefGHIJ12",
    "sk_live_51Hq8Zr2eZvKYlo2C9xWpLmTq",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMDAyIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r",
)
_VALUES = st.text(string.ascii_letters + string.digits, min_size=10, max_size=40).filter(
    lambda value: any(map(str.isdigit, value)) and sum(map(str.isalpha, value)) > 3
)
_CREDENTIALS = st.tuples(st.sampled_from(CARRIERS), _VALUES).map(lambda pair: (pair[0].format(pair[1]), (pair[1],)))
_PLANTS = st.one_of(
    st.sampled_from(OF_FINDER).map(lambda form: (form, TRACES)),
    st.sampled_from(OF_STRANGERS).map(lambda pair: (pair[0].format(pair[1]), (pair[1],))),
    st.sampled_from(SHAPES).map(lambda shape: (f"key {shape} works", (shape,))),
    _CREDENTIALS,
)
_PLACES = st.lists(
    st.tuples(st.sampled_from((*FIELDS, "file", "orders", "evidence", "note")), _PLANTS, st.sampled_from("\n 。")),
    min_size=1,
    max_size=6,
)
BASES = {"site": WEBSITE_JA, "product": PRODUCT_EN, "site-en": replace(WEBSITE_JA, language="en")}
Place = tuple[str, tuple[str, tuple[str, ...]], str]
WORDS = "検索欄に '><script>alert(1)</script> を入れる"


@cache
def texts() -> Templates:
    """The templates as shipped."""
    return templates()


def planted(base: Case, plants: dict[str, str]) -> Case:
    """The case with those words in its fields, its contacts and its history."""
    about = (
        Field("reporter.name", "山田 花子（やまだ はなこ）", "r", 1.0),
        Field("reporter.organisation", "株式会社みほん研究所", "r", 1.0),
        Field("reporter.email", "hanako.yamada@mihon-lab.example.org", "r", 1.0),
        Field("reporter.phone", "090-1234-5678", "r", 1.0),
        Field("reporter.pgp", FINDER_KEY, "r", 1.0),
        Field("credit_name", "nekosec", "r", 1.0),
    )
    kept = tuple(f for f in base.fields if not f.name.startswith("reporter.") and f.name not in plants)
    told = tuple(Field(name, words, "r", 1.0, words) for name, words in plants.items() if name in FIELDS)
    evidence = (plants.get("evidence", ""),)
    contacts = tuple(replace(c, evidence=evidence, why=plants.get("note", "")) for c in base.contacts)
    people = (Participant(Role.FINDER, "hanako.yamada@mihon-lab.example.org", "Hanako Yamada", FINDER_KEY),)
    others = tuple(p for p in base.participants if p.role is not Role.FINDER)
    entry = Entry(
        NOW, "report_received", "hanako.yamada@mihon-lab.example.org", plants.get("note", ""), "<r@mihon-lab>"
    )
    fields = (*about, *kept, *told)
    return replace(base, fields=fields, participants=(*people, *others), contacts=contacts, timeline=(entry,))


def told(case: Case, name: str, plants: dict[str, str]) -> str:
    """Everything of the mail that its reader can see; "" if it is refused."""
    effect = effect_for(case, name)
    effect = replace(effect, replies_to="<r@mihon-lab>", details=(*effect.details, ("text", plants.get("orders", "-"))))
    known = prepared(for_others(case, REDACTIONS), name)
    draft = compose_mail(effect, known, DESK, texts(), TYPES, "security+token@desk.example.jp", NOW)
    if PURPOSES[name] is Purpose.DETAILS:
        file = Attachment("山田.txt", "text/plain", plants.get("file", "-").encode())
        draft = replace(draft, attachments=(file, Attachment("x.png", "image/png", b"hanako")))
    clean = sanitise(draft, prepared(case, name), DESK, texts().own_words(draft.template))
    if not isinstance(clean, SanitisedDraft):
        return ""
    again = sanitise(clean.draft, prepared(case, name), DESK, texts().own_words(draft.template))
    assert isinstance(again, SanitisedDraft)
    assert again.draft == clean.draft
    sent = clean.draft
    files = (f"{a.filename}\n{a.content.decode('utf-8', 'replace')}" for a in sent.attachments)
    return "\n".join((sent.subject, sent.body, sent.to.name, sent.in_reply_to or "", *sent.references, *files))


@pytest.mark.parametrize("kind", BASES)
@settings(max_examples=30, deadline=None)
@given(places=_PLACES, names=st.lists(st.sampled_from(TO_OTHERS), max_size=3))
def test_t52_what_is_planted_anywhere_is_told_nowhere(kind: str, places: list[Place], names: list[str]) -> None:
    """Finder, strangers and secrets in any field, history, evidence, coordinator's words or file: in no template."""
    plants: dict[str, str] = {}
    secrets: list[str] = []
    for place, (words, hidden), apart in places:
        plants[place] = f"{plants.get(place, WORDS)}\n{words}{apart}"
        secrets += hidden
    case = planted(BASES[kind], plants)
    for name in (*names, "details", "first-contact"):
        seen = squeezed(told(case, name, plants))
        assert not [secret for secret in secrets if squeezed(secret) in seen], name


@pytest.mark.parametrize("name", TO_OTHERS)
def test_t52_everything_planted_at_once(name: str) -> None:
    """All forms of all of it in every field together, through each template."""
    words = "\n".join((WORDS, *OF_FINDER, *(form.format(what) for form, what in OF_STRANGERS), *SHAPES))
    plants = dict.fromkeys((*FIELDS, "file", "orders", "evidence", "note"), words)
    for base in (WEBSITE_JA, PRODUCT_EN):
        seen = squeezed(told(planted(base, plants), name, plants))
        for secret in (*TRACES, *(what for _, what in OF_STRANGERS), *SHAPES):
            assert squeezed(secret) not in seen


def squeezed(text: str) -> str:
    """Letters and digits only, folded."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
