"""Rules for running text that are asked in part: what is left out changes nothing of the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.extract_rules import fields_in
from mailbot.core.form_lines import heads, heads_of
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold
from tests.shipped_rules import shipped_rules

_NOBODY_KNOWS: frozenset[str] = frozenset()
_PARTS = (
    (_NOBODY_KNOWS, ("consent.", "credit_name"), ()),
    (_NOBODY_KNOWS, ("",), ("product.",)),
    (frozenset({"vulnerability.impact", "vulnerability.workaround"}), ("",), ()),
    (frozenset({"vulnerability.impact"}), ("vulnerability.", "public"), ("vulnerability.cwe",)),
)


@pytest.mark.parametrize(("known", "wanted", "barred"), _PARTS)
def test_a_part_of_the_rules_lets_through_what_all_of_them_do(
    known: frozenset[str], wanted: tuple[str, ...], barred: tuple[str, ...]
) -> None:
    """Of every example, the rules that state what is asked for, in the order of the whole, and no others."""
    rules = shipped_rules().field_rules
    part = rules.stating(known, wanted, barred)
    for text in (fold(hit.text) for rule in rules.rules for hit in rule.hit[:1]):
        asked_for = [
            rule
            for rule in rules.hitting(text)
            if rule.field not in known
            and any(name.startswith(wanted) and not name.startswith(barred) for name in rule.names)
        ]
        assert list(part.hitting(text)) == asked_for


@pytest.mark.parametrize(("known", "wanted", "barred"), _PARTS)
def test_what_is_not_asked_for_is_not_stated(
    known: frozenset[str], wanted: tuple[str, ...], barred: tuple[str, ...]
) -> None:
    """The fields of a part are those of the whole whose names are asked for, with the same values and rules."""
    rules = shipped_rules()
    for text in (hit.text for rule in rules.field_rules.rules for hit in rule.hit[:1]):
        told = [
            field
            for field in fields_in(text, "", rules, known)
            if field.name.startswith(wanted) and not field.name.startswith(barred)
        ]
        assert list(fields_in(text, "", rules, known, wanted, barred)) == told


def test_an_empty_text_lets_no_rule_through_that_has_no_hit_in_it() -> None:
    """It is looked at once for all mails: what was found then is what is found again."""
    rules = shipped_rules().field_rules
    assert rules.hitting("") == rules.hitting("", "") == rules.stating(_NOBODY_KNOWS).hitting("")


@given(
    lines=st.lists(
        st.sampled_from(("", "  ", "Impact", "Impact:", "===", "-----", "  indented", "■影響", "some words.", "**a**")),
        max_size=8,
    )
)
def test_the_lines_of_a_page_are_read_as_each_is_alone(lines: list[str]) -> None:
    """Read together, each line has the heads that it has beside the lines above and below it."""
    padded = ["", *lines, ""]
    beside = list(zip(padded[1:-1], padded[2:], padded[:-2], strict=True))
    anywhere = [heads(line, below) if line.strip() else () for line, below, _ in beside]
    parted = [heads(line, below, above) if line.strip() else () for line, below, above in beside]
    assert list(heads_of(lines)) == anywhere
    assert list(heads_of(lines, below_blanks=True)) == parted


@pytest.mark.parametrize(
    ("pattern", "text", "changed"),
    [
        ("b+", "abbabc", "a-a-c"),
        ("あ*", "あかa", "--か-a-"),
        ("x", "漢字", "漢字"),
        ("字$", "漢字", "漢-"),
        ("", "", "-"),
    ],
)
def test_hits_are_replaced_wherever_they_stand(pattern: str, text: str, changed: str) -> None:
    """Of each hit nothing stays; where nothing is matched between two characters, the words are put there."""
    assert compile_pattern(pattern).sub("-", text) == changed
    assert compile_pattern(f"({pattern})").sub(r"-", text) == changed
