"""What is never passed on: private passages and secrets, by the rules of rules/redaction/."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.model import Field
from mailbot.core.redaction import WITHHELD, for_others, redacted
from mailbot.core.redaction_shapes import Redaction, RedactionFile, Redactions
from mailbot.core.rule_shapes import PatternRule
from tests.builders import case
from tests.faults.quick_desk import QuickDesk
from tests.shipped_rules import shipped_rules

RULES = shipped_rules()
END = (PatternRule.model_validate({"id": "over", "why": "y", "pattern": "OVER", "hit": ("OVER",)}),)
PRIVATE = """Hello,

I found a cross-site scripting vulnerability on https://shop.example.jp/search

Steps to reproduce:
1. Open the page
2. Search for a script

Private note: I used to work for this company, in the purple team.
Please keep that in mind.

Impact: an attacker can show false content. Do not share this with the operator: they would know my purple style.

Regards,
Hanako
"""


def rule(**how: object) -> Redaction:
    return Redaction.model_validate({"id": "x", "why": "y", "pattern": "secret", "hit": (), **how})


def cut(text: str, **how: object) -> str:
    """What such a rule leaves of the text."""
    return redacted(text, Redactions((RedactionFile(rule=(rule(**how),), end=END),)), "#")


@pytest.mark.parametrize(
    ("how", "left"),
    [
        ({}, "a\nb # c\nd\n\ne"),
        ({"pattern": "se(cre)t"}, "a\nb se#t c\nd\n\ne"),
        ({"cut": "sentence"}, "a\n#\nd\n\ne"),
        ({"cut": "paragraph"}, "a\n#\n\ne"),
        ({"cut": "rest"}, "a\n#"),
        ({"cut": "rest", "pattern": "^a"}, "#"),
        ({"cut": "above"}, "#\nd\n\ne"),
        ({"cut": "mark"}, "a\n#\n\ne"),
        ({"cut": "sentence", "unless": "c"}, "a\nb secret c\nd\n\ne"),
        ({"pattern": "nowhere"}, "a\nb secret c\nd\n\ne"),
    ],
)
def test_what_is_cut(how: dict[str, str], left: str) -> None:
    """Words, a group of them, the sentence, the paragraph, the rest, what is above, or what a mark covers."""
    assert cut("a\nb secret c\nd\n\ne", **how) == left


def test_a_line_that_ends_a_passage_ends_it() -> None:
    """It goes, too; what follows is told."""
    assert cut("a\nsecret\nb\n\nc\nOVER\nd", cut="rest") == "a\n#\nd"


@given(
    st.text(alphabet="secrt \nａ＃", max_size=80), st.sampled_from(["words", "sentence", "paragraph", "rest", "mark"])
)
def test_nothing_that_is_found_remains(text: str, how: str) -> None:
    """Whatever the text, the words are gone and it has not grown by more than the marks."""
    once = cut(text, cut=how)
    assert "secret" not in once or "secret" in once.replace("#", "")
    assert len(once) <= len(text) + text.count("secret")


def test_a_text_of_nothing_but_hits_ends() -> None:
    """Beyond 200 hits the rest is cut as a whole."""
    left = cut("secret " * 100_000)
    assert "secret" not in left
    assert len(left) < 1_000


def test_every_field_is_told_without_it() -> None:
    """Texts and lists; a field that holds nothing private stays as it is, and so does the case itself."""
    words = "1. open\n[private]\nmy colleague\n[/private]\n2. click"
    before = case(
        fields=(Field("vulnerability.steps", words, "r/x", 0.9, words), Field("product.name", "X", "r/y", 0.9))
    )
    told = for_others(before, RULES.redactions)
    assert told.field("vulnerability.steps") == f"1. open\n{WITHHELD['ja']}\n2. click"
    assert "colleague" not in told.fields[0].quote
    assert told.fields[1] is before.fields[1]
    assert before.field("vulnerability.steps") == words


def test_t52_a_private_passage_is_in_no_mail_to_the_operator() -> None:
    """The coordinators see it with the report; details go out without it, though the finder consented to everything."""
    desk = QuickDesk()
    desk.round(desk.write("Hanako", text=PRIVATE))
    assert "purple" in str(desk.case.fields)
    desk.command("!accept")
    desk.command(f"!approve {desk.held('first-contact').hash}")
    desk.round(desk.answer("Shop", desk.mail("Shop")[-1], "We are in charge. Please send it here.\n"), hours=1)
    held = desk.held("details")
    assert held.draft is not None
    assert "Search for a script" in held.draft.body
    assert "purple" not in held.draft.body
    desk.command(f"!approve {held.hash}")
    assert all("purple" not in mail.text for mail in desk.mail("Shop"))
