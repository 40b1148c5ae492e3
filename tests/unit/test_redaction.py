"""What is never passed on: private passages and secrets, by the rules of rules/redaction/."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.model import Field
from mailbot.core.redaction import WITHHELD, Redaction, for_others, redacted
from tests.builders import case
from tests.faults.quick_desk import QuickDesk
from tests.shipped_rules import shipped_rules

RULES = shipped_rules()
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


@pytest.mark.parametrize(
    ("how", "left"),
    [
        ({}, "a\nb # c\nd\n\ne"),
        ({"pattern": "se(cre)t"}, "a\nb se#t c\nd\n\ne"),
        ({"cut": "line"}, "a\n#\nd\n\ne"),
        ({"cut": "paragraph"}, "a\n#\n\ne"),
        ({"cut": "rest"}, "a\n#"),
        ({"cut": "rest", "closes": "^d|\nd"}, "a\n#\n\ne"),
        ({"cut": "line", "unless": "c"}, "a\nb secret c\nd\n\ne"),
        ({"pattern": "nowhere"}, "a\nb secret c\nd\n\ne"),
    ],
)
def test_what_is_cut(how: dict[str, str], left: str) -> None:
    """Words, a group of them, the line, the paragraph, or the rest."""
    assert redacted("a\nb secret c\nd\n\ne", rule(**how), "#") == left


@given(st.text(alphabet="secrt \nａ＃", max_size=80), st.sampled_from(["words", "line", "paragraph", "rest"]))
def test_nothing_that_is_found_remains(text: str, cut: str) -> None:
    """Whatever the text, the words are gone and cutting again changes nothing."""
    once = redacted(text, rule(cut=cut), "#")
    assert "secret" not in once or "secret" in once.replace("#", "")
    assert len(once) <= len(text) + text.count("secret")


def test_a_text_of_nothing_but_hits_ends() -> None:
    """Beyond 200 hits the rest is cut as a whole."""
    left = redacted("secret " * 100_000, rule(), "#")
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
