"""What a finder keeps for the desk is recognised as a passage and stands in no mail to operator or vendor."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.answers import read_answer
from mailbot.core.compose import compose_paper
from mailbot.core.effects import SendMail
from mailbot.core.egress import check
from mailbot.core.egress_rules import Known
from mailbot.core.events import Meaning
from mailbot.core.lifecycle import Step
from mailbot.core.messages import Address, Attachment, SanitisedDraft
from mailbot.core.model import Case, Contact, Field, Participant, Role, Standing, Track
from mailbot.core.proposals import propose_details
from mailbot.core.redaction import for_others, private_spans, without_private
from mailbot.core.sanitise import sanitise
from mailbot.core.scope import KEPT_PRIVATE
from mailbot.core.templates import Templates
from mailbot.core.understand import understand
from mailbot.core.views import PAPERS, PURPOSES, Purpose
from tests.builders import opened, policy
from tests.private_remarks import KEPT, MARKED, NEAR, plain, secrets
from tests.sample_cases import DESK, NOW, PAPER_DETAILS, compose, held_item, prepared, templates
from tests.shipped_rules import shipped_rules

RULES = shipped_rules()
FINDER = Address("山田 花子", "hanako.yamada@mihon-lab.example.org")
JA, EN = KEPT
SITE = """https://shop.example.jp/search の検索欄にクロスサイトスクリプティングの脆弱性があります。

{text}

山田 花子
株式会社みほん研究所
hanako.yamada@mihon-lab.example.org
"""
PRODUCT = """Sample Viewer 3.2.1 has a cross-site scripting vulnerability.

{text}

山田 花子
株式会社みほん研究所
hanako.yamada@mihon-lab.example.org
"""
TO_OTHERS = sorted(name for name, purpose in PURPOSES.items() if purpose in (Purpose.COUNTERPART, Purpose.DETAILS))
IN_EVERY_MAIL = ("below", "mark-behind", "heading", "sentence", "en-eyes", "en-closed", "en-form")


@pytest.fixture(scope="module")
def texts() -> Templates:
    return templates()


def case_of(text: str, track: Track | None = None, language: str = "ja") -> Case:
    """The case that a report with that text opens, its contact point confirmed."""
    found = understand(text, "脆弱性の報告", RULES, sender=FINDER)
    return Case(
        id="CASE#12345678",
        track=track or found.track,
        received=datetime(2026, 11, 20, tzinfo=UTC),
        language=language,
        fields=found.fields,
        participants=(Participant(Role.FINDER, FINDER.address, FINDER.name),),
        contacts=(Contact(1, "web@shop.example.jp", "security.txt", Standing.CONFIRMED, 0.9, plaintext_agreed=True),),
    )


def told(case: Case, texts: Templates, names: Sequence[str] = ("first-contact", "details")) -> dict[str, str]:
    """These mails for operator or vendor as they would leave, and all papers; what is held leaves not."""
    known = for_others(case, RULES.redactions)
    mails: dict[str, str] = {}
    for name in names:
        clean = sanitise(compose(known, name, texts), prepared(case, name), DESK)
        if not isinstance(clean, SanitisedDraft):
            continue
        item = held_item(clean.draft, case, name)
        if check(clean, prepared(case, name), item, DESK, Known(texts.own_words(clean.draft.template))) is None:
            mails[name] = f"{clean.draft.subject}\n{clean.draft.body}"
    return mails | {name: compose_paper(name, known, DESK, texts, NOW, PAPER_DETAILS) for name in PAPERS}


def bare(text: str) -> str:
    """The text without spaces, line breaks and the bars of quoted words."""
    return "".join(text.replace("\n|", "").split())


@pytest.mark.parametrize("name", MARKED)
def test_a_marked_passage_is_taken_out_whole(name: str) -> None:
    """The passage is in the private half only; what the finder did not mark stays in the other."""
    public, private = without_private(plain(MARKED[name]), RULES)
    for secret in map(bare, secrets(MARKED[name])):
        assert secret not in bare(public)
        assert secret in bare(private)
    assert any(kept in public for kept in KEPT)


@pytest.mark.parametrize("text", NEAR)
def test_words_that_sound_private_mark_nothing(text: str) -> None:
    """Private keys and confidential files are what reports are about; when to publish is no secret."""
    assert private_spans(f"{JA}。\n\n{text}\n\n{EN}.", RULES) == ()
    assert private_spans(text, RULES) == ()


@pytest.mark.parametrize("name", MARKED)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_t52_no_mail_to_others_holds_a_private_passage_or_the_finder(
    name: str, language: str, texts: Templates
) -> None:
    """None of all templates, on a site in Japanese or a product in English, tells a word of it, or who wrote."""
    japanese = language == "ja"
    report = (SITE if japanese else PRODUCT).format(text=plain(MARKED[name]))
    names = TO_OTHERS if name in IN_EVERY_MAIL else ("first-contact", "details")
    mails = told(case_of(report, Track.WEBSITE if japanese else Track.PRODUCT, language), texts, names)
    assert set(PAPERS) < set(mails)
    for template, mail in mails.items():
        for secret in (*map(bare, secrets(MARKED[name])), "山田", "花子", "みほん研究所", "hanako", "mihon-lab"):
            assert secret not in bare(mail), template


@pytest.mark.parametrize("text", NEAR)
def test_what_is_not_private_is_told(text: str, texts: Templates) -> None:
    """The details hold what the finder wrote of the fault beside words that only sound private."""
    case = case_of(SITE.format(text=f"{JA}。\n\n{text}"), Track.WEBSITE)
    assert bare(JA) in bare(told(case, texts)["details"])


@pytest.mark.parametrize("name", ["steps", "summary", "impact"])
def test_a_passage_inside_a_field_is_cut_on_the_way_out(name: str, texts: Templates) -> None:
    """However the field was read, as from a record of some format or an answer."""
    case = case_of(SITE.format(text=JA), Track.WEBSITE)
    kept = tuple(field for field in case.fields if field.name != f"vulnerability.{name}")
    for words in ("below", "sentence", "en-between-us"):
        field = Field(f"vulnerability.{name}", plain(MARKED[words]), "json/x", 0.9)
        details = bare(told(replace(case, fields=(*kept, field)), texts)["details"])
        assert all(bare(secret) not in details for secret in secrets(MARKED[words]))
        assert any(bare(each) in details for each in KEPT)


def test_a_record_for_machines_is_read_whole() -> None:
    """Cutting lines out of JSON would leave nothing to read; what its values keep is cut out of the fields."""
    record = '{"vul_type": "SQL injection",\n "note": "For your eyes only: my employer",\n "product": "X"}'
    assert without_private(record, RULES) == (record, "")
    files = (Attachment("report.json", "application/json", record.encode()),)
    assert understand("see the attached record", "report", RULES, files).fields


def test_what_only_a_private_passage_states_is_kept_back() -> None:
    """Steps below the mark are read for the desk and marked, and are in no view for others."""
    text = (
        "https://shop.example.jp/item の検索欄にXSSがあります。\n\n以下は貴機構限りでお願いします。\n\n"
        "再現手順\n1. 検索画面を開く\n2. 秘密の文字列を入れる\n"
    )
    found = understand(text, "脆弱性の報告", RULES)
    steps = next(field for field in found.fields if field.name == "vulnerability.steps")
    assert steps.private
    assert "秘密の文字列" in str(steps.value)
    assert KEPT_PRIVATE in found.hints
    assert "秘密" not in repr(for_others(case_of(text), RULES.redactions).fields)


def test_a_wish_in_a_private_passage_counts() -> None:
    """Who asks the desk alone for anonymity is heard, and mails to others are written by it."""
    case = case_of("https://a.example.jp/ に脆弱性があります。\n\nIPA限り: 匿名を希望します。")
    assert [f.value for f in case.fields if f.name == "consent.share_identity"] == [False]
    assert for_others(case, RULES.redactions).field("consent.share_identity") is False


@pytest.mark.parametrize(
    ("mail", "private"),
    [
        ("1. https://shop.example.jp/x\n2. 検索欄に記号を入れて押すとエラーが出ます。\n", False),
        ("以下は貴機構限りでお願いします。\n1. https://shop.example.jp/x\n2. 私の社員証で管理画面に入ります。\n", True),
        ("再現手順（IPA限り）: 私の社員証で管理画面に入り、記号を入れて押します。\n", True),
        ("Steps to reproduce (for your eyes only): log in with my employee card and press enter.\n", True),
    ],
)
def test_an_answer_may_be_kept_for_the_desk(mail: str, private: bool) -> None:
    """It completes the report, and is told to nobody else."""
    asked = ("target.urls", "vulnerability.steps")
    answer = replace(opened(text=mail), text=mail, new_text=mail)
    fields = read_answer(answer, asked, (Meaning.OTHER,), RULES, 10_000)
    steps = next(field for field in fields if field.name == "vulnerability.steps")
    told = for_others(replace(case_of("x"), fields=(steps,)), RULES.redactions).field_text("vulnerability.steps")
    assert bool(told.replace("[非公開]", "")) is not private


@pytest.mark.parametrize(("private", "held"), [(False, False), (True, True)])
def test_details_wait_for_a_person_where_the_finder_keeps_something(private: bool, held: bool) -> None:
    """Also where the policy lets them go: nobody but a person can judge where a remark ends."""
    field = Field("other_reports", ("x",), "r", 0.7, private=private)
    shop = Contact(1, "web@shop.example.jp", "security.txt", Standing.CONFIRMED, 0.9)
    step = Step(replace(case_of("x"), fields=(field,), contacts=(shop,)), NOW, policy(details="auto"))
    propose_details(step, shop)
    (mail,) = (effect for effect in step.decision().effects if isinstance(effect, SendMail))
    assert bool(mail.held_for) is held


def test_a_form_goes_on_behind_what_one_answer_keeps() -> None:
    """ "以下" in an answer means that answer: the next item of the form is read as ever."""
    kept = "以下はIPA限りでお願いします。\n検証機は借用品です。"
    form = "2-3) 発見に至った経緯\n{}2-4) 理由\nそのまま出力されます。\n"
    assert without_private(form.format(f"{kept}\n"), RULES) == (form.format(""), kept)


def test_private_fields_do_not_reach_others() -> None:
    """A field that is marked is gone from what others are told, whatever it holds."""
    case = replace(case_of("x"), fields=(Field("vulnerability.steps", "abc", "r", 0.9, "abc", private=True),))
    assert for_others(case, RULES.redactions).fields == ()


@given(
    st.lists(
        st.sampled_from(
            [
                *("[PRIVATE]", "[/PRIVATE]", "words", "", "以下は貴機構限りでお願いします。", "## IPA only", "## x"),
                *(
                    "A long line of words that goes on and on",
                    "検証機は(IPA限り: 借用品)です",
                    "上記は貴機構限りで",
                    "1. x",
                ),
                *(
                    "It is so. Don't tell the vendor that I know. So",
                    "【IPA限り】x",
                    "【x】",
                    "  （IPA限り）",
                    "2-3) x:",
                ),
            ]
        )
    )
)
def test_spans_are_ordered_and_inside_the_text(lines: list[str]) -> None:
    """Whatever marks stand where, the spans are in order, apart, and within the text; both halves are the whole."""
    text = "\n".join(lines)
    spans = private_spans(text, RULES)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)
    public, _ = without_private(text, RULES)
    assert len(public) + sum(end - start for start, end in spans) == len(text)


def test_a_text_of_nothing_but_marks_ends() -> None:
    """Beyond 200 marks of a kind nothing is told any more."""
    text = "\n\n".join(f"(IPA限り) {n}\n\nopen {n}" for n in range(400))
    public, _ = without_private(text, RULES)
    assert "open 399" not in public
