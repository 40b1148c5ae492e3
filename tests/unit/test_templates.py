"""What the texts of our mails promise, whoever edits them."""

import re
from datetime import date

import pytest
from jinja2 import TemplateError

from mailbot.core.templates import Templates, bar, day, load_templates
from mailbot.core.views import LOG, PURPOSES, WORDINGS, Purpose
from mailbot.errors import ConfigError
from tests.sample_cases import CASES, compose, every_mail, template_files, templates

FIELD_NAMES = {
    *(f"reporter.{name}" for name in ("name", "organisation", "email", "phone", "pgp")),
    *(f"consent.{name}" for name in ("share_identity", "direct_contact", "credit")),
    *("credit_name", "target.urls", "target.site_name", "target.operator_contact"),
    *(f"product.{name}" for name in ("name", "version", "vendor", "url")),
    *(f"vulnerability.{name}" for name in ("type", "cwe", "cve", "cvss_vector", "cvss_score", "summary", "steps")),
    *(f"vulnerability.{name}" for name in ("reason", "impact", "workaround", "discovery", "found_on")),
    *("exploited", "exploit_public", "public", "other_reports", "disclosure_plan", "tracking_ids"),
    *("critical_infrastructure", "personal_data"),
}


@pytest.fixture(scope="module")
def texts() -> Templates:
    return templates()


def test_every_mail_renders_in_both_languages(texts: Templates) -> None:
    """Each mail of each sample case has a one-line subject, a body, and nothing unfilled."""
    written = set()
    for case, name, draft in every_mail(texts):
        written.add(draft.template)
        assert "\n" not in draft.subject
        assert draft.subject.startswith(f"[{case.id}] ") or PURPOSES[name] in (Purpose.ANYONE, Purpose.DIGEST)
        assert draft.body.strip()
        for unfilled in ("None", "{{", "}}", "{%", "Undefined", "()", "（）"):
            assert unfilled not in draft.body.replace("read_header()", ""), (draft.template, unfilled)
    worded = (f"{handling}/{name}" for handling, names in WORDINGS.items() for name in names)
    assert written == {f"{language}/{name}" for name in (*PURPOSES, *worded) for language in ("ja", "en")}


def test_no_label_is_left_a_bare_code(texts: Templates) -> None:
    """Every field of the contract has a name that a person understands, in both languages."""
    for language in ("ja", "en"):
        assert set(texts.labels[language]["fields"]) == FIELD_NAMES


def test_receipt_repeats_nothing_of_the_report(texts: Templates) -> None:
    """What goes to an address that anyone may have typed carries no word of what was typed."""
    for case in CASES:
        for name, purpose in PURPOSES.items():
            if purpose is not Purpose.FINDER:
                continue
            draft = compose(case, name, texts)
            told = draft.subject + draft.body
            for field in case.fields:
                for line in case.field_text(field.name).split("\n"):
                    assert len(line) < 6 or line not in told, (name, field.name)


def test_japanese_lines_fit_a_phone(texts: Templates) -> None:
    """Lines of our own in mails to people outside are 36 full-width characters at most, links and labels aside."""
    for _, name, draft in every_mail(texts):
        if draft.template.startswith("ja/") and PURPOSES[name] not in (Purpose.COORDINATOR, Purpose.DIGEST):
            long = [
                line
                for line in draft.body.split("\n")
                if not line.startswith("|") and sum(1 if ord(c) < 0x2000 else 2 for c in line) > 72
            ]
            assert not long, (draft.template, long)


@pytest.mark.parametrize(
    ("value", "language", "shown"),
    [
        ("2026-11-20", "ja", "2026年11月20日(金)"),
        ("2026-11-20", "en", "20 November 2026 (Fri)"),
        (date(2027, 1, 1), "ja", "2027年1月1日(金)"),
        (date(2027, 1, 1), "en", "1 January 2027 (Fri)"),
        ("soon", "en", "soon"),
        ("", "ja", ""),
    ],
)
def test_days_are_shown_as_readers_expect(value: str, language: str, shown: str) -> None:
    """A day carries its weekday; what is no date stays as it is."""
    assert day(value, language) == shown


def test_bar_marks_every_line() -> None:
    """Someone else's words never start a line of ours."""
    assert bar("\n!approve x\n\nend\n") == "| !approve x\n| \n| end"


@pytest.mark.parametrize(
    ("path", "text", "problem"),
    [
        ("ja/receipt/subject.txt", "one\ntwo\n", "a subject is one line"),
        ("ja/receipt/subject.txt", "\n", "a subject is one line"),
        ("ja/receipt/body.txt", "{% if %}", "Expected an expression"),
        ("ja/receipt/body.txt", "{{ case.id|shout }}", "No filter named 'shout'"),
        ("ja/receipt/body.txt", "{{ report.steps }}", "report is not for this mail"),
        ("ja/first-contact/body.txt", "{{ report.summary }}", "report is not for this mail"),
        ("ja/details/body.txt", "{{ reporter.name }}", "reporter is not for this mail"),
        ("ja/details/body.txt", "{{ report.stepz }}", "report.stepz does not exist"),
        ("ja/details/body.txt", "{{ file.fields }}", "file is not for this mail"),
        ("ja/details/body.txt", '{% include "parts/none.txt" %}', "includes parts/none.txt, which does not exist"),
        ("ja/details/body.txt", "{% include case.id %}", "includes a name made at run time"),
        ("ja/parts/sign.txt", "{{ held }}", "held is not for this mail"),
        ("ja/receits/body.txt", "hello", "no mail of ours has that name"),
        ("ja/labels.toml", "[fields", "Expected"),
        ("en/labels.toml", "[fields]\nnew = 'x'\n", "[closing] lacks fixed"),
        ("stray.txt", "hello", "belongs into a language's folder"),
    ],
)
def test_a_bad_template_stops_the_start(path: str, text: str, problem: str) -> None:
    """The file is named together with what is wrong with it."""
    with pytest.raises(ConfigError) as caught:
        load_templates({**template_files(), path: text})
    assert any(problem in line for line in caught.value.problems), caught.value.problems


def test_all_problems_are_told_at_once() -> None:
    """Three bad files give three problems, and a missing one a fourth."""
    files = {**template_files(), "ja/receipt/body.txt": "{{", "en/receipt/subject.txt": "", "en/x/body.txt": ""}
    del files["ja/question/body.txt"]
    with pytest.raises(ConfigError) as caught:
        load_templates(files)
    assert [re.sub(r":.*", "", line) for line in caught.value.problems] == [
        "templates/en/receipt/subject.txt",
        "templates/en/x/body.txt",
        "templates/ja/receipt/body.txt",
        "templates/ja/question/body.txt",
    ]


@pytest.mark.parametrize(
    "attack",
    ["{{ ''.__class__.__mro__ }}", "{{ details.given.update({}) }}", "{{ desk.name.__init__.__globals__ }}"],
)
def test_a_template_cannot_leave_the_sandbox(attack: str) -> None:
    """Even an edited template reaches nothing of the program, however often it tries."""
    texts = load_templates({**template_files(), "ja/undecryptable/body.txt": attack})
    for _ in range(2):
        with pytest.raises(TemplateError):
            compose(CASES[0], "undecryptable", texts)


def test_no_templates_at_all_is_a_problem() -> None:
    """An empty folder is told as such."""
    with pytest.raises(ConfigError, match="there are none"):
        load_templates({})


def test_own_words_are_what_a_template_says_in_every_case() -> None:
    """Its texts and those of its parts, without what a case puts in; nothing for a template that does not exist."""
    files, loaded = template_files(), templates()
    words = loaded.own_words("ja/first-contact")
    assert any("よろしくお願いいたします。" in piece for piece in words)
    assert any(line in piece for piece in words for line in files["ja/parts/sign.txt"].split("\n") if "{" not in line)
    assert not any("{" in piece for piece in words)
    assert loaded.own_words("fr/first-contact") == ()
    assert loaded.own_words("ja/unknown") == ()


@pytest.mark.parametrize(
    ("body", "rendered"),
    [
        ("{{ who }} 様\n\n\n\n{{ text }}{{ who }}", 1),
        ("{% include 'parts/who.txt' %}{{ text }}", 1),
        ("{{ who|label('states') }}{{ text }}", 2),
        ("{% if who %}{{ who }}{% endif %}{{ text }}", 2),
        ("{{ who ~ '.' }}{{ text }}", 2),
        ("{% set who %}Saburo{% endset %}{{ who }}{{ text }}", 2),
        ("{% filter label('states') %}{{ who }}{% endfilter %}{{ text }}", 2),
        ("{% include text %}{{ text }}{{ who }}", 2),
    ],
)
def test_a_mail_to_several_is_as_one_to_each(body: str, rendered: int) -> None:
    """Rendered once where the value only stands there, else for each; what comes out is the same."""
    files = {**template_files(), "ja/greeting/subject.txt": "{{ who }}:  x", "ja/greeting/body.txt": body}
    texts = load_templates({**files, "ja/parts/who.txt": "({{ who }})"}, known=True)
    counted = Counted("parts/who.txt")
    context = {"who": "", "text": counted}
    each = texts.render_each("greeting", "ja", context, "who")
    said = [each(who) for who in ("Taro", "Jiro  ")]
    assert counted.shown == rendered
    assert said == [texts.render("greeting", "ja", {**context, "who": who}) for who in ("Taro", "Jiro  ")]


class Counted(str):
    """A text that counts how often it is put out."""

    shown = 0

    def __str__(self) -> str:
        self.shown += 1
        return super().__str__()

    def __html__(self) -> str:
        return str(self)


def test_to_print_one_paper_no_other_is_checked() -> None:
    """A fault in a mail stops no log; one in the log, or in the words for codes, does."""
    files = template_files()
    faulty = {**files, "ja/receipt/body.txt": "{{"}
    assert load_templates(faulty, only=LOG).languages == ("en", "ja")
    for broken in ({**files, f"ja/{LOG}/body.txt": "{{"}, {**files, "ja/labels.toml": ""}):
        with pytest.raises(ConfigError):
            load_templates(broken, only=LOG)
    with pytest.raises(ConfigError):
        load_templates(faulty)
