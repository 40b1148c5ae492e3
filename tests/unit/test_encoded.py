"""What is encoded in a text: read, found there, taken out with its code, and held if it still stands in a mail."""

import base64
import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.egress import check
from mailbot.core.egress_rules import Known
from mailbot.core.encoded import encoded_readings
from mailbot.core.finder_words import may_tell, words_of
from mailbot.core.finder_words import part_of_name as part
from mailbot.core.marks import Ledger
from mailbot.core.messages import SanitisedDraft
from mailbot.core.model import Case, Field, Participant, Role
from mailbot.core.withholding import known_of, withhold
from tests.sample_cases import DESK, WEBSITE_JA, compose, held_item, templates


def stated(*agreed: str, **values: str) -> Case:
    """The website case whose finder is described by those reporter fields, with those consents."""
    kept = (f for f in WEBSITE_JA.fields if not f.name.startswith(("reporter.", "consent.")))
    fields = [Field(f"reporter.{name}", value, "r", 1.0) for name, value in values.items()]
    fields += [Field(f"consent.{name}", True, "r", 1.0) for name in agreed]
    finder = Participant(Role.FINDER, values.get("email", ""), values.get("name", ""))
    return replace(WEBSITE_JA, fields=(*fields, *kept), participants=(finder,) if values.get("email") else ())


TEXTS = templates()
KOTARO = stated(name="伊集院 光太郎", email="kotaro@ijuin-lab.jp", phone="090-1234-5678")
WEI = stated(name="Wei Li", email="wl@gmail.com")


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def left(text: str, case: Case = KOTARO) -> str:
    """The text with its marks, without their kind."""
    done = withhold(text, known_of(case, DESK), Ledger("en"), "body")
    return re.sub(r"\[withheld: [^\]]{1,60}\]", "[x]", done)


def held(text: str, case: Case = KOTARO) -> str:
    """The rule that holds a mail with this text; "" if none does."""
    draft = compose(WEBSITE_JA, "status-request", TEXTS)
    draft = replace(draft, body=f"{draft.body}\n{text}\n")
    hit = check(SanitisedDraft(draft, ()), case, held_item(draft, case, "status-request"), DESK, Known())
    return hit.rule if hit else ""


@pytest.mark.parametrize(
    ("text", "expected", "rule"),
    [
        ("/r?mail=kotaro%40ijuin-lab.jp&x=1", "/r?mail=[x]&x=1", "address"),
        ("/?u=https%3A%2F%2Fijuin-lab.jp%2Fevil.js", "/?u=https%3A%2F%2F[x]%2Fevil.js", "address"),
        (f"a {b64('ijuin-lab.jp')} b", "a [x] b", "address"),
        (f"a {b64(quote('ijuin-lab.jp', safe=''))} b", "a [x] b", "address"),
        ("kotaro&#64;ijuin-lab.jp", "[x]", "address"),
        ('{"mail":"kotaro\\u0040ijuin-lab.jp"}', '{"mail":"[x]"}', "address"),
        ("tel=+81%2090%201234%205678&x", "tel=[x]&x", "phone"),
        ("tel=+81 90 1234 5678", "tel=[x]", "phone"),
        (f"q={quote('伊集院')}&a=1", "q=[x]&a=1", "name"),
        (f"q={quote('光太郎')}&a=1", "q=[x]&a=1", "name"),
        ("\\u5149\\u592a\\u90ce.", "[x].", "name"),
        ("&#20809;&#22826;&#37070;.", "[x].", "name"),
        (f"From: =?UTF-8?B?{b64('伊集院')}?=", "From: [x]", "name"),
        (f"n={quote('光太郎'.encode('cp932'))}", "n=[x]", "name"),
        (f"n={quote(quote('伊集院 光太郎'))}", "n=[x]", "name"),
        (f"n={'伊集院光太郎'.encode().hex()}.", "n=[x].", "name"),
        ("伊 集 院 光 太 郎", "[x]", "name"),
        ("伊\n> 集\n> 院\n> 光\n> 太\n> 郎", "[x]", "name"),
    ],
)
def test_t52_the_finder_is_taken_out_of_what_is_encoded(text: str, expected: str, rule: str) -> None:
    """With its code and nothing beside it; left there, it would hold the mail."""
    assert left(text) == expected
    assert held(text) == f"egress/finder-{rule}"
    assert held(expected) == ""


@pytest.mark.parametrize("text", ["W e i  L i", "wei%20li", "wei+li", "Wei Li", "li, wei", "WeiLi", b64("by Wei Li")])
def test_t52_a_short_name_is_known_by_its_spaces(text: str) -> None:
    """It is taken out, and holds a mail in which it is left."""
    assert left(f"a {text} b", WEI) == "a [x] b"
    assert held(f"a {text} b", WEI) == "egress/finder-name"


@pytest.mark.parametrize("text", ["we, I like it", "the weight limit", "wellington", "Weiland"])
def test_words_that_hold_a_short_name_are_other_words(text: str) -> None:
    """Its letters alone mean nothing."""
    assert (left(text, WEI), held(text, WEI)) == (text, "")


@pytest.mark.parametrize("text", ["it will do", "WILLING", "Willow", "mark it", "Markup"])
def test_names_that_are_words_count_with_a_capital(text: str) -> None:
    """And not as part of another."""
    case = stated(name="Will Mark")
    assert part((text,), words_of(case, DESK, may_tell(case))) is None
    assert part((f"{text}, says Will",), words_of(case, DESK, may_tell(case))) == "reporter.name"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("user=victim.tanaka%40gmail.com&x", "user=[x]&x"),
        ("victim.tanaka&#64;gmail.com", "[x]"),
        (b64("mail victim.tanaka@gmail.com"), "[x]"),
        ("tel=%2B81%2080%204321%208765&x", "tel=[x]&x"),
    ],
)
def test_t52_other_peoples_data_are_taken_out_of_what_is_encoded(text: str, expected: str) -> None:
    """They are theirs in any code."""
    assert left(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "x%0d%0aSet-Cookie:%20session=evil",
        "/?q=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "&lt;img src=x onerror=alert(1)&gt; \\u003cscript\\u003e",
        "name=test%0d%0aBcc:%20attacker@example.com",
        "/?u=https%3A%2F%2Fshop.example.jp%40evil.example%2F",
        "/?q=%E3%83%86%E3%82%B9%E3%83%88",
        'O:8:"stdClass":1:{s:4:"file";s:11:"/etc/passwd";}',
        f"data:text/html;base64,{b64('<script>alert(document.domain)</script>')}",
        "90 90 90 90 31 c0 50 68 2f 2f 73 68 68 2f 62 69 6e",
    ],
)
def test_encoded_payloads_stay(text: str) -> None:
    """They are needed to see the fault again."""
    assert (left(text), held(text)) == (text, "")


@pytest.mark.parametrize(
    "text", ["kotaro@ijuin-lab.jp", b64("kotaro@ijuin-lab.jp"), "090 1234 5678", "%2B819012345678"]
)
def test_t52_who_may_be_named_may_not_be_reached(text: str) -> None:
    """Consent to the name alone lets the name pass, and nothing of how to reach its bearer."""
    said = {"name": "伊集院 光太郎", "email": "kotaro@ijuin-lab.jp", "phone": "090-1234-5678"}
    named, reachable = stated("share_identity", **said), stated("share_identity", "direct_contact", **said)
    assert held("伊集院 光太郎", named) == ""
    assert held(text, named).startswith("egress/finder-")
    assert "[x]" in left(text, named)
    assert held(text, reachable) == ""


@given(st.text(alphabet="ab%40=&#;\\ux?UTF-8BQéあ+/ \n", max_size=60))
def test_every_character_of_a_reading_has_a_place(text: str) -> None:
    """Within the text, in whatever it is broken off."""
    for reading in encoded_readings(text):
        assert len(reading.text) == len(reading.starts) == len(reading.ends)
        assert all(0 <= a < b <= len(text) for a, b in zip(reading.starts, reading.ends, strict=True))
