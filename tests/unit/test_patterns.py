"""Patterns: asked directly they say what the library says, and loosened ones miss nothing that strict ones find."""

import importlib
import pickle
import pkgutil

import pytest
import re2  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from mailbot import core
from mailbot.core.patterns import (
    Found,
    Pattern,
    Re2Pattern,
    check_pattern,
    compile_for_lines,
    compile_pattern,
    loosened,
)
from mailbot.core.reading import fold, is_japanese, sentence_span, sentences
from mailbot.core.screens import Screen
from tests.shipped_rules import shipped_rules

_SOURCES = ("", "a*", r"\b", "(a)|(b)|あ(い)?", r"(?P<word>[^\s。]{2,3})。?", "い$", "(?m:^.)", "a{2}|[^a]")
_WORDS = st.text(alphabet="abAあい。漢𠮷é \n", max_size=30)
_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False


def _seen(found: Found, groups: int) -> list[tuple[int, int, str | None]]:
    return [(found.start(n), found.end(n), found.group(n)) for n in range(groups + 1)]


@pytest.mark.parametrize("source", _SOURCES)
@given(text=_WORDS)
def test_a_pattern_finds_what_the_library_finds(source: str, text: str) -> None:
    """Every hit, every group and every place is the same, in characters of one to four bytes."""
    whole, pattern = re2.compile(source, options=_OPTIONS), compile_pattern(source)
    assert (pattern.groups, pattern.groupindex, pattern.pattern) == (whole.groups, whole.groupindex, whole.pattern)
    theirs = [_seen(found, whole.groups) for found in whole.finditer(text)]
    assert [_seen(found, pattern.groups) for found in pattern.finditer(text)] == theirs
    first = pattern.search(text)
    assert ([_seen(first, pattern.groups)] if first else []) == theirs[:1]
    assert pattern.sub(r"<\g<0>>", text) == whole.sub(r"<\g<0>>", text)


def test_every_pattern_of_the_program_is_one() -> None:
    """They are compiled when they are first asked, so nothing else would tell before a mail does."""
    modules = [importlib.import_module(f"mailbot.core.{module.name}") for module in pkgutil.iter_modules(core.__path__)]
    patterns = [value for module in modules for value in vars(module).values() if isinstance(value, Re2Pattern)]
    assert len(patterns) > 100
    for pattern in patterns:
        pattern.compile()


def test_a_pattern_that_is_none_is_told() -> None:
    """At once where it is checked, else when it is asked."""
    with pytest.raises(ValueError, match="missing"):
        check_pattern("(a")
    late = compile_pattern("(a")
    assert late.pattern == "(a"
    with pytest.raises(re2.error):
        late.search("a")


def test_a_pattern_can_be_sent_to_another_process() -> None:
    """A pickled pattern finds the same, one for lines too."""
    patterns: tuple[Pattern, ...] = (compile_pattern("(あ)b"), compile_for_lines(("^b", "a$")))
    sent = pickle.loads(pickle.dumps(patterns))
    assert [[_seen(f, 0) for f in p.finditer("あb\nb")] for p in sent] == [
        [_seen(f, 0) for f in p.finditer("あb\nb")] for p in patterns
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"a{2,40}b", "a+b"),
        (r"a{0,40}b{3}", "a*b+"),
        (r"a{1}b{0,1}c{1,}", "a{1}b{0,1}c+"),
        (r"[^。\n]{0,60}?x", r"[^。\n]*?x"),
        (r"[]{2,3}]{4}", "[]{2,3}]+"),
        (r"[[:alpha:]{5}]", r"[[:alpha:]{5}]"),
        (r"\x{3000}{2}\p{Han}{1,4}\{2\}", r"\x{3000}+\p{Han}+\{2\}"),
        (r"\Qa{2}\E", r"\Qa{2}\E"),
    ],
)
def test_loosened_takes_any_number_for_a_count(source: str, expected: str) -> None:
    """Counts become "any number", braces of another meaning stay."""
    assert loosened(source) == expected


def test_every_loosened_pattern_of_the_rules_finds_what_the_rule_must_find() -> None:
    """No example of a rule for running text or a type is lost behind the screen, alone or in the midst of others."""
    rules = shipped_rules()
    fields, types = rules.field_rules, rules.type_rules
    texts = [(rule, fold(hit.text)) for rule in fields.rules for hit in rule.hit]
    lost = [rule.id for rule, text in texts if rule.pattern.search(text) and rule not in fields.hitting(text)]
    named = [(rule, fold(hit)) for rule in types.rules for hit in rule.hit]
    lost += [rule.id for rule, text in named if rule.pattern.search(text) and rule not in types.hitting(text)]
    assert lost == []


def test_a_screen_lets_few_rules_through_that_have_no_hit() -> None:
    """What it lets through in vain is asked by itself: of all examples together that is one in five at most."""
    screen = shipped_rules().field_rules
    texts = [fold(hit.text) for rule in screen.rules for hit in rule.hit]
    through = [(rule, text) for text in texts for rule in screen.hitting(text)]
    assert sum(rule.pattern.search(text) is None for rule, text in through) <= len(through) / 5


@given(text=_WORDS)
def test_a_screen_misses_no_rule_with_a_hit(text: str) -> None:
    """Whatever the text, a rule whose pattern is found in it is among those that may have a hit."""
    rules = shipped_rules().prose_like("name").rules
    screen = Screen(rules)
    assert [r for r in rules if r.pattern.search(text)] == [r for r in screen.hitting(text) if r.pattern.search(text)]


def _ends_at(text: str, i: int) -> bool:
    """Whether a sentence ends with the character at `i`, said in words of its own."""
    behind = text[i + 1 : i + 2]
    if text[i] == ".":
        return behind in ("", " ", "\n")
    if text[i] in "!?":
        return behind in ("", " ", "\n") or is_japanese(behind)
    return text[i] in "。！？\n"


@given(
    text=st.text(alphabet="ab .!?。！？\nあ漢、1", max_size=40),
    places=st.tuples(st.integers(0, 40), st.integers(0, 40)),
)
def test_a_sentence_goes_from_one_end_to_the_next(text: str, places: tuple[int, int]) -> None:
    """It begins behind the last end before the place and goes on up to the first end in or behind it."""
    start, end = sorted(min(place, len(text)) for place in places)
    ends = [i + 1 for i in range(len(text)) if _ends_at(text, i)]
    begin = max((at for at in ends if at <= start), default=0)
    stop = min((at for at in ends if at > max(end - 1, start)), default=len(text))
    assert sentence_span(text, start, end) == (begin, stop)
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
