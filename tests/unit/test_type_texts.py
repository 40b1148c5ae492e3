"""What operators and vendors read of each type of vulnerability, and what every mail to people outside keeps to."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mailbot import resources
from mailbot.core.compose import compose_mail, compose_paper
from mailbot.core.events import Meaning
from mailbot.core.messages import Draft
from mailbot.core.model import Case, Field
from mailbot.core.replies import asked_until, read_reply
from mailbot.core.ruleset import Ruleset, load_rules
from mailbot.core.sanitise import told_detail
from mailbot.core.templates import Templates, TypeText, load_templates
from mailbot.core.type_words import words_for
from mailbot.core.views import PAPERS, PUBLIC_PAPERS, PURPOSES, Purpose
from mailbot.errors import ConfigError
from tests.sample_cases import (
    CASES,
    DESK,
    ENGLISH_DESK,
    NOW,
    PRODUCT_EN,
    ROOT,
    WEBSITE_JA,
    effect_for,
    every_mail,
    every_paper,
    prepared,
    template_files,
    templates,
)

LANGUAGES = ("ja", "en")
JARGON = {
    "ja": (
        *(
            "ペイロード",
            "エスケープ",
            "サニタイズ",
            "スクリプト",
            "クエリ",
            "パラメータ",
            "セッション",
            "クッキー",
            "トークン",
        ),
        *(
            "インジェクション",
            "リダイレクト",
            "デシリアライズ",
            "バッファ",
            "メモリ",
            "シェル",
            "コマンド",
            "フレームワーク",
        ),
        *("PoC", "Cookie", "HTTP", "SQL", "XML", "DNS", "URL", "CVE", "CWE", "脆弱性", "実装", "認可", "検証コード"),
    ),
    "en": (
        *("payload", "escap", "saniti", "script", "query", "parameter", "session", "cookie", "token", "injection"),
        *(
            "redirect",
            "seriali",
            "buffer",
            "shell",
            "framework",
            "poc",
            "http",
            "sql",
            "xml",
            "dns",
            "url",
            "cve",
            "cwe",
        ),
        *("vulnerab", "header", "certificate chain", "metadata"),
    ),
}
OUTSIDE = tuple(name for name, purpose in PURPOSES.items() if purpose is not Purpose.COORDINATOR)


def rules() -> Ruleset:
    """The shipped rules."""
    shipped = resources.texts("rules", Path("/nonexistent"))
    return load_rules({path: text for path, text in shipped.items() if not path.startswith("policy/")})


RULES = rules()
TYPES = {code: TypeText(t.name["ja"], t.name["en"]) for code, t in RULES.types.items()}


@pytest.fixture(scope="module")
def texts() -> Templates:
    return templates()


def written(case: Case, name: str, texts: Templates, **details: str) -> Draft:
    """The mail `name` with exactly these values."""
    ready = prepared(case, name)
    effect = replace(effect_for(ready, name), details=tuple(details.items()))
    desk = DESK if case.language == "ja" else ENGLISH_DESK
    return compose_mail(effect, ready, desk, texts, TYPES, "desk+token@desk.example.jp", NOW)


def of_type(case: Case, code: str, language: str) -> Case:
    """The case as one of that type, for readers of that language."""
    kept = [f for f in case.fields if f.name not in ("vulnerability.type", "target.urls")]
    host = "shop.example.jp" if language == "ja" else "shop.example.com"
    where = (Field("target.urls", (f"https://{host}/search/",), "test/x", 1.0),) if case is WEBSITE_JA else ()
    contact = replace(case.contacts[0], address=f"web@{host}", fingerprint=None)
    fields = (*kept, Field("vulnerability.type", code, "test/x", 1.0), *where)
    return replace(case, language=language, fields=fields, contacts=(contact,))


def every_details(texts: Templates) -> Iterator[tuple[str, str, Draft]]:
    """The mail with the details for each type, track and language: language, type, mail."""
    for language in LANGUAGES:
        for code in RULES.types:
            for case in (WEBSITE_JA, PRODUCT_EN):
                draft = written(of_type(case, code, language), "details", texts, fix_by="2027-02-20")
                assert draft.template == f"{language}/details"
                yield language, code, draft


def parts(body: str) -> list[list[str]]:
    """The lines that say something, of each numbered part of the mail with the details."""
    found: list[list[str]] = [[]]
    for line in body.split("\n"):
        if line.startswith(("━━━", "===")):
            found.append([])
        elif line.strip():
            found[-1].append(line)
    return found


def columns(line: str) -> int:
    """How wide a line is; a full-width character counts two."""
    return sum(1 if ord(c) < 0x2000 else 2 for c in line)


def is_heading(line: str, language: str) -> bool:
    """Whether the line heads a section."""
    return line.startswith("■") if language == "ja" else line[:1].isupper() and line.isupper() and "#" not in line


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_type_has_words_of_its_own(language: str, texts: Templates) -> None:
    """For each type that the rules know there is a file in each language, and no file for any other."""
    assert set(texts.types[language]) == set(RULES.types)
    assert set(texts.labels[language]["types"]) == set(RULES.types)


def test_a_type_without_words_is_told_in_those_of_other(texts: Templates) -> None:
    """A site's own type, or a report whose type nobody knows, still says what can happen and what to do."""
    for code in ("weak_password", ""):
        assert words_for(texts.types["ja"], code, website=True) == words_for(texts.types["ja"], "other", website=True)
        assert "悪用されるおそれのある弱点" in written(of_type(WEBSITE_JA, code, "ja"), "details", texts).body


def test_the_box_is_short_and_without_jargon(texts: Templates) -> None:
    """What can happen, to whom and what to do first: 8 lines that an office understands."""
    for language, code, draft in every_details(texts):
        box = parts(draft.body)[1]
        said = [line for line in box if not is_heading(line, language)][1:]  # the first names the place
        assert 5 <= len(said) <= 8, (language, code, said)
        assert max(map(columns, said)) <= 72, (language, code)
        text = "\n".join(said).lower()
        assert not [word for word in JARGON[language] if word.lower() in text], (language, code, text)


def test_the_text_to_forward_stands_alone(texts: Templates) -> None:
    """10 lines at most: who wrote on which case, what to mend and how to check, without a mark before the lines."""
    for language, code, draft in every_details(texts):
        forward = parts(draft.body)[3]
        assert len(forward) <= 10, (language, code, forward)
        assert draft.subject[1:14] in " ".join(forward)
        assert not any(line.startswith((" ", "|", ">", "│")) for line in forward), (language, code, forward)
        assert max(map(columns, forward)) <= 72, (language, code, forward)


def test_the_technical_part_stands_apart(texts: Templates) -> None:
    """The words of the report, and the type's name, are in the last part only."""
    for language, code, draft in every_details(texts):
        first, mark, technical = draft.body.rpartition("━━━ 4." if language == "ja" else "=== 4.")
        assert mark
        assert TYPES[code].name(language) in technical
        assert not any(line.startswith("|") for line in first.split("\n"))
        assert code == "other" or TYPES[code].name(language).lower() not in first.lower()


def test_no_section_is_empty(texts: Templates) -> None:
    """Every heading has something below it, in every mail to people outside and of every type."""
    mails = [(d.template[:2], d.template, d.body) for _, name, d in every_mail(texts) if name in OUTSIDE]
    mails += [(language, code, draft.body) for language, code, draft in every_details(texts)]
    for language, name, body in mails:
        lines = body.split("\n")
        for line, below in zip(lines, [*lines[1:], ""], strict=True):
            if is_heading(line, language):
                assert below.strip(), (language, name, line)
                assert not is_heading(below, language), (language, name, line)


def test_subjects_are_short_and_tell_nothing(texts: Templates) -> None:
    """60 characters at most; no type, no path, no finder."""
    secrets = [name.lower() for text in TYPES.values() for name in (text.name_ja, text.name_en)]
    secrets = [name for name in secrets if name not in ("その他", "other")]
    secrets += ["xss", "search", "shop.example", "山田", "hopkins", "みほん研究所", "harbour", "cwe", "sample viewer"]
    drafts = [draft for _, _, draft in every_mail(texts)] + [draft for _, _, draft in every_details(texts)]
    for name in ("first-contact-reminder", "details-reminder", "status-request"):
        drafts += [written(case, name, texts, last="yes") for case in CASES]
    for draft in drafts:
        assert len(draft.subject) <= 60, draft.subject
        assert not [word for word in secrets if word in draft.subject.lower()], draft.subject


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.track}-{case.language}")
def test_each_reminder_is_shorter_than_the_mail_before(case: Case, texts: Templates) -> None:
    """Whoever did not answer a long mail is not sent a longer one."""
    ladders = (
        (
            ("first-contact", {}),
            ("first-contact-reminder", {"n": "1"}),
            ("first-contact-reminder", {"n": "2", "last": "yes"}),
        ),
        (("details", {}), ("details-reminder", {"n": "1"}), ("details-reminder", {"n": "2", "last": "yes"})),
        (
            ("status-request", {"n": "1"}),
            ("status-request", {"n": "2"}),
            ("status-request", {"n": "3"}),
            ("status-request", {"n": "4", "last": "yes", "next_channel": "form"}),
        ),
        (("question", {}), ("question-reminder", {"n": "1"})),
    )
    for ladder in ladders:
        bodies = [
            written(case, name, texts, answer_by="2026-12-04", fix_by="2027-02-20", **details).body
            for name, details in ladder
        ]
        sizes = [len(body) for body in bodies]
        assert sizes == sorted(set(sizes), reverse=True), (ladder, sizes)


@pytest.mark.parametrize("name", ["first-contact-reminder", "details-reminder", "status-request"])
def test_the_last_mail_names_the_day_and_the_next_way(name: str, texts: Templates) -> None:
    """Until when an answer is awaited, and how we get in touch then."""
    given = {"last": "yes", "answer_by": "2026-12-04"}
    assert "お電話でご連絡します" in written(WEBSITE_JA, name, texts, **given, next_channel="phone").body
    assert "2026年12月4日(金)まで" in written(WEBSITE_JA, name, texts, **given).body
    english = written(of_type(WEBSITE_JA, "xss", "en"), name, texts, **given).body
    assert "phone, letter" in english
    assert "4 December 2026 (Fri)" in english
    assert "お電話" not in written(WEBSITE_JA, name, texts, answer_by="2026-12-04", n="1").body.replace("お電話で", "")


def test_a_status_request_says_when_the_day_aimed_at_has_passed(texts: Templates) -> None:
    """It is told without reproach, and only then."""
    assert (
        "目安の日（2026年11月18日(水)）を過ぎました"
        in written(WEBSITE_JA, "status-request", texts, fix_by="2026-11-18").body
    )
    assert "過ぎました" not in written(WEBSITE_JA, "status-request", texts, fix_by="2026-11-20").body


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.track}-{case.language}")
def test_a_first_contact_answers_who_why_and_whether_it_is_fraud(case: Case, texts: Templates) -> None:
    """Who writes, about what, that it is free, what to do: on the first screen; how to make sure right after."""
    lines = [
        line for line in written(case, "first-contact", texts, answer_by="2026-11-27").body.split("\n") if line.strip()
    ]
    screen = "\n".join(lines[:14])
    japanese = case.language == "ja" or case.track == "website"
    for word in ("無料", "営業ではありません", "①", "③") if japanese else ("free", "we sell nothing", "(1)", "(3)"):
        assert word in screen, word
    assert (DESK if case.language == "ja" else ENGLISH_DESK).name in screen
    told = "\n".join(lines)
    assert DESK.verify_url in told
    assert case.id in told
    assert "0123 4567 89AB" in told


READY = {
    ("ja", "contact-answers"): (Meaning.ACKNOWLEDGED, Meaning.WRONG_WINDOW, Meaning.ASKS_TIME),
    ("ja", "fix-answers"): (Meaning.ACKNOWLEDGED, Meaning.FIX_REPORTED, Meaning.NOT_AFFECTED),
    ("en", "contact-answers"): (Meaning.ASKS_DETAILS, Meaning.WRONG_WINDOW, Meaning.ASKS_TIME),
    ("en", "fix-answers"): (Meaning.ACKNOWLEDGED, Meaning.FIX_REPORTED, Meaning.NOT_AFFECTED),
}


@pytest.mark.parametrize(("language", "part"), READY)
def test_our_ready_answers_are_understood(language: str, part: str) -> None:
    """Each line that a mail offers to be copied is read as what it says."""
    lines = (ROOT / language / "parts" / f"{part}.txt").read_text("utf-8").splitlines()
    found = [read_reply(line.strip(), RULES, date(2026, 11, 20)).meanings for line in lines]
    assert all(meaning in said for meaning, said in zip(READY[language, part], found, strict=True)), found


@pytest.mark.parametrize(
    ("number", "meaning"), [("①", Meaning.ACKNOWLEDGED), ("②です。", Meaning.WRONG_WINDOW), ("③", Meaning.ASKS_TIME)]
)
def test_a_ready_answer_may_be_given_by_its_number(number: str, meaning: Meaning) -> None:
    """Busy people answer with the number alone."""
    assert read_reply(number, RULES, date(2026, 11, 20)).meanings == (meaning,)


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("直っています", Meaning.FIX_REPORTED),
        ("直っていません", Meaning.STILL_THERE),
        ("It is fixed", Meaning.FIX_REPORTED),
        ("It is not fixed", Meaning.STILL_THERE),
    ],
)
def test_the_finders_ready_answers_are_understood(words: str, meaning: Meaning) -> None:
    """What a finder is asked to write in the first line; of who mends it, "not fixed yet" is no such answer."""
    assert any(words in (ROOT / language / "fix-check" / "body.txt").read_text("utf-8") for language in ("ja", "en"))
    day = date(2026, 11, 20)
    assert meaning in read_reply(words, RULES, day, from_finder=True).meanings
    assert Meaning.STILL_THERE not in read_reply(words, RULES, day).meanings


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("③ 確認に時間がかかります。（12月10日ごろまで）", date(2026, 12, 10)),
        ("(3) We need more time, until about: 10 December", date(2026, 12, 10)),
        ("③", None),
        ("12月10日に修正します。", None),
    ],
)
def test_until_when_they_ask_for_time(text: str, until: date | None) -> None:
    """The day of the third ready answer, if they wrote one and said no more than that."""
    day = date(2026, 11, 20)
    assert asked_until(text, read_reply(text, RULES, day), day) == until


def test_the_named_window_is_read_from_the_ready_answer() -> None:
    """The address stands where the line asks for it."""
    reading = read_reply("② 別の窓口へお願いします。（宛先：security@shop.example.jp）", RULES, date(2026, 11, 20))
    assert dict(reading.told) == {"window": "security@shop.example.jp"}


def test_papers_say_no_more_than_a_first_contact(texts: Templates) -> None:
    """The script of a call and the letter name the place, the desk and the case; nothing of report or finder."""
    for case, name, paper in every_paper(texts):
        assert told_detail(paper, case, DESK) is None, name
        assert case.id in paper
        for secret in ("山田", "Hopkins", "mihon-lab", "harbour-labs", "{{", "{%", "None"):
            assert secret not in paper, (name, secret)
    assert {name for _, name, _ in every_paper(texts)} == set(PAPERS)


def test_a_letter_takes_names_as_text(texts: Templates) -> None:
    """A product's name or a postal address cannot bring markup into the page that a coordinator opens."""
    named = Field("product.name", "<img src=x onerror=alert(1)>", "test/x", 1.0)
    case = replace(PRODUCT_EN, fields=(*(f for f in PRODUCT_EN.fields if f.name != "product.name"), named))
    letter = compose_paper("letter", case, DESK, texts, NOW, (("recipient", "1 Street\n<b>Town</b>"),))
    assert "<img" not in letter
    assert "<b>" not in letter
    assert "1 Street<br>&lt;b&gt;Town&lt;/b&gt;<br>" in letter


def test_a_letter_needs_nothing_from_the_network(texts: Templates) -> None:
    """It loads no picture, font or style from anywhere, so opening it tells nobody."""
    for _, name, paper in every_paper(texts):
        if name == "letter":
            assert not re.search(r"(?:src|href)\s*=|url\(|@import|<script", paper)


@pytest.mark.parametrize(
    ("path", "text", "problem"),
    [
        ("ja/types/xss.toml", "[website", "Expected"),
        ("ja/types/xss.toml", "", "[website] is missing"),
        ("ja/types/xss.toml", "[sites]\n", "[sites] is none of website, product, contractor"),
        ("ja/types/xss.toml", "[contractor]\nmend = ''\nwhy = 'x'\n", "[contractor] mend must be a text"),
        ("ja/types/xss.toml", "[contractor]\nmend = ''\nwhy = 'x'\n", "[contractor] why is none of mend, check"),
        ("ja/types/more/xss.toml", "", "no mail of ours has that name"),
        ("ja/letter/body.txt", "hello", "no mail of ours has that name"),
        ("ja/letter/body.html", "{{ report.steps }}", "report is not for this mail"),
    ],
)
def test_a_bad_type_file_or_paper_stops_the_start(path: str, text: str, problem: str) -> None:
    """The file is named together with what is wrong with it."""
    with pytest.raises(ConfigError) as caught:
        load_templates({**template_files(), path: text})
    assert any(line.startswith(f"templates/{path}: ") and problem in line for line in caught.value.problems), (
        caught.value
    )


def test_the_words_for_other_must_be_there() -> None:
    """Without them a type of one's own could say nothing."""
    files = {path: text for path, text in template_files().items() if path != "en/types/other.toml"}
    with pytest.raises(ConfigError, match=r"templates/en/types/other\.toml: is missing"):
        load_templates(files)


def test_every_mail_stands_in_the_table_of_the_guideline() -> None:
    """docs/mails.md says of each mail and paper which of the guideline's mails it is."""
    page = (ROOT.parent / "docs" / "mails.md").read_text("utf-8")
    rows = set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE))
    assert rows == {*PURPOSES, *PAPERS, *PUBLIC_PAPERS}
