"""Cases for tests of what our mails say: website and product, Japanese and English. Run it to read all the mails.

`python -m tests.sample_cases [ja|en] [name]` writes every mail of ours, as it would leave after the checks; a paper is
written when it is named.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from mailbot.core.compose import compose_digest, compose_mail, compose_notice, compose_paper, compose_without_case
from mailbot.core.desk import Coordinator, Desk
from mailbot.core.digest import Counted, digest
from mailbot.core.digest_view import DigestView
from mailbot.core.effects import SendMail, TellCoordinators
from mailbot.core.messages import Draft
from mailbot.core.model import (
    Case,
    ClosingCode,
    Contact,
    Deadline,
    DeadlineKind,
    Entry,
    Field,
    FieldValue,
    FixMethod,
    Handling,
    Milestones,
    Participant,
    RejectionCode,
    Role,
    Standing,
    State,
    Track,
)
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.policy import Policy
from mailbot.core.sanitise import SanitisedDraft, sanitise
from mailbot.core.templates import Templates, TypeText, load_templates
from mailbot.core.views import PAPERS, PURPOSES, Purpose
from tests.builders import WAITS

NOW = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[1] / "templates"
COORDINATOR = Coordinator("Coordinator One", "one@desk.example.jp", "AB" * 20)
DESK = Desk(
    name="サンプル脆弱性受付窓口",
    address="security@desk.example.jp",
    phone="03-0000-0000（平日9:30-17:30）",
    verify_url="https://desk.example.jp/verify",
    fingerprint="0123456789ABCDEF0123456789ABCDEF01234567",
    coordinators=(COORDINATOR,),
)
ENGLISH_DESK = replace(
    DESK, name="Example Vulnerability Desk", languages=("en", "ja"), phone="+81-3-0000-0000 (9:30-17:30 JST)"
)
TYPES = {
    "xss": TypeText("クロスサイト・スクリプティング", "Cross-site scripting"),
    "buffer_overflow": TypeText("バッファオーバーフロー", "Buffer overflow"),
}
FINDER_KEY = "FEDCBA9876543210FEDCBA9876543210FEDCBA98"
EFFECT_DETAILS = (
    ("missing", "vulnerability.steps\nconsent.share_identity"),
    ("answer_by", "2026-11-27"),
    ("fix_by", "2027-02-20"),
    ("publish_on", "2027-01-08"),
    ("until", "2027-01-08 09:00 JST (2027-01-08 00:00 UTC)"),
    ("n", "2"),
    *(("way", "dns"), ("place", "_mailbot-challenge.shop.example.jp"), ("proof", f"mailbot-verify={'k7' * 16}")),
    ("several", "CASE#12345678 https://shop.example.jp/search\nCASE#87654321 https://shop.example.jp/login"),
)
PAPER_DETAILS = (
    ("answer_by", "2026-11-27"),
    ("contact", "03-0000-1111"),
    ("recipient", "〒100-0000\n東京都見本区見本町1-2-3\n株式会社みほん商店"),
    *(("vendor", "Sample Software Inc."), ("version", "3.2.1"), ("listed_on", "2026-11-20"), ("body", "personal_data")),
    ("attempts", "2026-11-02 mail web@shop.example.jp\n2026-11-09 bounced info@shop.example.jp\n2026-11-16 phone"),
)
ANSWER = (("proof", "address\ntoken_thread\ndkim_pass shop.example.jp"), ("score", "1.00"))
NOTICE_DETAILS = {
    "notice-reply": (
        ("sender", "web@shop.example.jp"),
        ("why", "acknowledged"),
        ("text", "確認します。\n担当 佐藤"),
        *ANSWER,
    ),
    "notice-deadline": (("why", "contact_answer"), ("n", "2"), ("commands", "!contact use 2\n!note TEXT")),
    "notice-channel": (
        *(("why", "contacts_exhausted"), ("way", "phone"), ("contact", "03-0000-1111"), ("n", "3")),
        *(("answer_by", "2026-12-07"), ("commands", "!contact use 3\n!contact drop 3 why")),
    ),
    "notice-advisory": (("publish_on", "2027-01-08"), ("commands", "!number add NUMBER")),
    "notice-paper": (("paper", "government-notice"), ("body", "personal_data")),
    "notice-problem": (("sender", "web@shop.example.jp"), ("why", "5.1.1 mailbox unknown"), *ANSWER),
    "notice-decision": (("why", "first-contact"),),
    "notice-key": (
        *(("why", "other_key"), ("sender", "web@shop.example.jp"), ("since", "2026-11-01")),
        *(("pinned", "AB" * 20), ("offered", "CD" * 20), ("command", f"mailbot key import {'CD' * 20}")),
    ),
    "transcript": (("text", "!case CASE#12345678 -> ok\n!accept -> accepted"),),
}


def templates() -> Templates:
    """The templates as shipped."""
    return load_templates(template_files())


def template_files() -> dict[str, str]:
    """Path below templates/ -> text."""
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in ROOT.rglob("*") if path.is_file()}


def _fields(**values: FieldValue) -> tuple[Field, ...]:
    return tuple(Field(name.replace("__", "."), value, "test/sample", 0.9) for name, value in values.items())


WEBSITE_JA = Case(
    id="CASE#12345678",
    track=Track.WEBSITE,
    received=datetime(2026, 11, 18, 23, 0, tzinfo=UTC),
    language="ja",
    fields=(
        *_fields(
            reporter__name="山田 花子",
            reporter__organisation="株式会社みほん研究所",
            reporter__email="hanako.yamada@mihon-lab.example.org",
            reporter__phone="090-1234-5678",
            consent__share_identity=False,
            target__urls=("http://shop.example.jp/search/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",),
            target__site_name="みほんショップ",
        ),
        Field("vulnerability.type", "xss", "type/xss-ja", 0.95, quote="クロスサイト・スクリプティング"),
        Field("vulnerability.cwe", ("CWE-79",), "type/xss-ja", 0.95, derived=True),
        *_fields(
            vulnerability__steps=(
                '1. 検索欄に次の文字を入力する\n   "><script>alert(document.cookie)</script>\n2. 検索ボタンを押す\n'
                "3. ダイアログが表示される（山田が確認）\n\n"
                "GET /search/ HTTP/1.1\nHost: shop.example.jp\nCookie: PHPSESSID=0a1b2c3d4e5f\n\n"
                "連絡は 090(1234)5678 か hanako.yamada まで"
            ),
            vulnerability__reason="入力した文字がエスケープされずに、そのまま出力されるため。",
            vulnerability__impact="偽の情報が表示されるおそれ、Cookieが漏えいするおそれがある。",
            vulnerability__discovery="買い物の途中で、検索欄に「<」を入れたところ表示が崩れた。",
            vulnerability__found_on="2026年11月15日",
        ),
    ),
    missing=("consent.direct_contact",),
    participants=(
        Participant(Role.FINDER, "hanako.yamada@mihon-lab.example.org", "山田 花子", FINDER_KEY),
        Participant(Role.OPERATOR, "web@shop.example.jp"),
    ),
    contacts=(
        Contact(1, "web@shop.example.jp", "security.txt", Standing.CONFIRMED, 0.9, "Contact欄", plaintext_agreed=True),
        Contact(2, "info@shop.example.jp", "report", Standing.CANDIDATE, 0.4, "届出に記載"),
    ),
    deadlines=(Deadline(DeadlineKind.TRIAGE, datetime(2026, 11, 26, 8, tzinfo=UTC)),),
)

PRODUCT_EN = Case(
    id="CASE#87654321",
    track=Track.PRODUCT,
    received=datetime(2026, 11, 18, 23, 0, tzinfo=UTC),
    language="en",
    fields=_fields(
        reporter__name="Grace Hopkins",
        reporter__organisation="Harbour Labs Ltd.",
        reporter__email="g.hopkins@harbour-labs.example.net",
        reporter__phone="+44 20 7946 0123",
        consent__share_identity=False,
        product__name="Sample Viewer",
        product__version="3.2.1",
        product__vendor="Sample Software Inc.",
        vulnerability__type="buffer_overflow",
        vulnerability__cwe=("CWE-121",),
        vulnerability__cvss_vector="CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H",
        vulnerability__cvss_score=7.8,
        vulnerability__summary="A long name in the file header overflows a stack buffer.",
        vulnerability__steps=(
            "1. Open crafted.svf in the viewer.\n2. It crashes in read_header().\n\n"
            "Found by Grace Hopkins of Harbour Labs "
            "(G. HOPKINS, grace@elsewhere.example)."
        ),
        vulnerability__impact="Code runs with the rights of the user.",
        exploited=True,
    ),
    participants=(
        Participant(
            Role.FINDER, "g.hopkins@harbour-labs.example.net", "Grace Hopkins", FINDER_KEY, wrote_encrypted=True
        ),
    ),
    contacts=(
        Contact(1, "psirt@sample-software.example", "security.txt", Standing.CONFIRMED, 0.9, fingerprint="CD" * 20),
    ),
)

CASES = (WEBSITE_JA, PRODUCT_EN, replace(WEBSITE_JA, language="en"), replace(PRODUCT_EN, language="ja"))
ROLE_CASES = (
    *(
        replace(case, handling=Handling.OWN, language=each)
        for case in (WEBSITE_JA, PRODUCT_EN)
        for each in ("ja", "en")
    ),
    *(replace(PRODUCT_EN, handling=Handling.PASSED_ON, language=each) for each in ("ja", "en")),
)
"""The same at desks of other roles: the product or site is theirs, or another body coordinates."""


AFTER_DETAILS = (
    *("handling-started", "details-reminder", "verification-request", "status-request", "fix-check", "fix-thanks"),
    *("fix-incomplete", "priority-provision", "publication-date-finder", "publication-date-counterpart"),
    *("progress-finder", "progress-counterpart", "embargo-lifted"),
)


def prepared(case: Case, name: str) -> Case:
    """The case as it is when that mail goes out."""
    if name in AFTER_DETAILS:
        reached = Milestones(start_date=NOW, details_sent=NOW, forwarded=NOW)
        return replace(case, state=State.FIXING, milestones=reached)
    if name in ("publication-finder", "publication-counterpart"):
        return replace(case, closing_code=ClosingCode.PUBLISHED, state=State.CLOSED)
    if name == "rejection":
        return replace(case, rejection_code=RejectionCode.NOT_A_VULN)
    if name in ("fix-notice", "closure-finder", "closure-counterpart"):
        return replace(case, closing_code=ClosingCode.FIXED, fix_method=FixMethod.CORRECTED)
    return case


def effect_for(case: Case, name: str) -> SendMail:
    """The effect that asks for the mail `name`."""
    match PURPOSES[name]:
        case Purpose.FINDER if case.finder:
            role, to, contact = Role.FINDER, case.finder.address, None
        case Purpose.COORDINATOR:
            role, to, contact = Role.COORDINATOR, COORDINATOR.address, None
        case _:
            role, to, contact = case.counterpart, case.contacts[0].address, case.contacts[0].n
    details = NOTICE_DETAILS.get(name, EFFECT_DETAILS)
    answered = "<in@there.example>" if role is Role.FINDER else None
    return SendMail(f"key-{name}", name, role, to, contact, details=details, replies_to=answered)


def digest_of(case: Case) -> DigestView:
    """A day on which there is something of everything."""
    mails = (
        Counted("ab" * 32, "quarantined", NOW, "who@elsewhere.example", "a fault"),
        Counted("cd" * 32, "case", NOW),
    )
    bounced = replace(case, timeline=(Entry(NOW, "bounced", "mailbot", f"{case.contacts[0].address} 5.1.1 unknown"),))
    asked = replace(case, id="CASE#00000001", state=State.ASKING)
    busy = replace(case, id="CASE#00000002", assigned="Coordinator One", priority="high", on_hold=True)
    reminder = Deadline(DeadlineKind.COORDINATOR, NOW, note="call them")
    cases = (replace(bounced, deadlines=(reminder,)), asked, busy)
    return digest(cases, (), mails, 1, None, NOW, Policy("test", WAITS))


def held_item(draft: Draft, case: Case, template: str, contact: int | None = 1) -> OutboxItem:
    """The outbox item that carries the draft, waiting for approval."""
    return OutboxItem(
        item="00" * 8,
        case=case.id,
        key=f"key-{template}",
        template=template,
        status=Status.HELD,
        created=NOW,
        next=NOW,
        draft=draft,
        contact=contact,
        held_for=template,
        hash="5f2b" * 16,
    )


def compose(case: Case, name: str, texts: Templates, desk: Desk = DESK) -> Draft:
    """The mail `name` of the case, before any check."""
    case = prepared(case, name)
    match PURPOSES[name]:
        case Purpose.ANYONE:
            effect = SendMail("key", name, Role.FINDER, "someone@elsewhere.example")
            return compose_without_case(effect, case.language, desk, texts, desk.address, NOW)
        case Purpose.DIGEST:
            return compose_digest(digest_of(case), COORDINATOR, desk, texts, NOW)
        case Purpose.COORDINATOR if name != "transcript":
            first = compose(case, "first-contact", texts, desk)
            held = [held_item(first, case, "first-contact")] if name != "notice-reply" else []
            notice = TellCoordinators(f"key-{name}", name, NOTICE_DETAILS.get(name, ()))
            return compose_notice(notice, case, COORDINATOR, held, desk, texts, NOW)
        case _:
            return compose_mail(effect_for(case, name), case, desk, texts, TYPES, "security+token@desk.example.jp", NOW)


def every_mail(texts: Templates) -> Iterator[tuple[Case, str, Draft]]:
    """Every mail of every sample case, as it would leave."""
    for case in (*CASES, *ROLE_CASES):
        for name in PURPOSES:
            draft = compose(case, name, texts, DESK if case.language == "ja" else ENGLISH_DESK)
            checked = sanitise(draft, prepared(case, name), DESK)
            assert isinstance(checked, SanitisedDraft), (name, checked)
            yield case, name, checked.draft


def every_paper(texts: Templates) -> Iterator[tuple[Case, str, str]]:
    """Every paper of every sample case."""
    for case in CASES:
        for name in PAPERS:
            desk = DESK if case.language == "ja" else ENGLISH_DESK
            yield case, name, compose_paper(name, case, desk, texts, NOW, PAPER_DETAILS)


if __name__ == "__main__":
    for _, shown_name, shown in every_mail(templates()):
        if all(word in (shown_name, shown.template.partition("/")[0]) for word in sys.argv[1:]):
            sys.stdout.write(
                f"{'=' * 70}\n{shown.template}  To: {shown.to}\nSubject: {shown.subject}\n\n{shown.body}\n"
            )
    for _, shown_name, paper in every_paper(templates()):
        if shown_name in sys.argv[1:]:
            sys.stdout.write(f"{'=' * 70}\n{shown_name}\n\n{paper}\n")
