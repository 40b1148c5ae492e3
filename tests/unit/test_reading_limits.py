"""No text makes reading it slow (T7): what is looked at is bounded, and patterns take linear time."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from re import _constants, _parser  # type: ignore[attr-defined]  # the parser of the library itself
from typing import Any

import pytest
from pydantic import BaseModel

import mailbot.core
from mailbot.core.extract import extract
from mailbot.core.limits import Limits
from mailbot.core.patterns import Re2Pattern
from mailbot.core.reading import fold
from tests.shipped_rules import shipped_rules

_UNITS = (
    "a",
    "あ",
    "a: b\n",
    "## Impact\nx\n\n",
    "■a □b [x] c\n",
    "((((",
    '{"a":',
    "> > a\n",
    "| a | b | c |\n|---|---|---|\n",
)
_BIGGEST = 60_000
_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)


def _patterns(shape: object) -> Iterator[Any]:
    """Every compiled pattern below a table of rules."""
    if isinstance(shape, BaseModel):
        shape = [getattr(shape, name) for name in type(shape).model_fields]
    if isinstance(shape, dict):
        shape = list(shape.values())
    if isinstance(shape, list | tuple | frozenset):
        for each in shape:
            yield from _patterns(each)
    elif hasattr(shape, "finditer"):
        yield shape


def test_t7_every_pattern_of_the_rules_is_re2s() -> None:
    """RE2 takes linear time on any text; none of the rules is asked by another engine."""
    found = list(_patterns(shipped_rules()))
    assert len(found) > 1_000
    assert {type(pattern) for pattern in found} == {Re2Pattern}


def test_t7_no_rule_outgrows_its_automaton() -> None:
    """RE2 has a far slower engine for patterns that are too large: counted letters of all scripts make them so."""
    rules = shipped_rules()
    asked = (*rules.field_rules.rules, *rules.type_rules.rules)
    assert [r.id for r in asked if r.pattern.programsize > _BIGGEST] == []  # type: ignore[attr-defined]


def _parts(argument: Any) -> Iterator[Any]:
    """The patterns within a node of a parsed pattern."""
    for part in argument if isinstance(argument, tuple | list) else (argument,):
        if isinstance(part, _parser.SubPattern):
            yield part
        elif isinstance(part, list):
            yield from (branch for branch in part if isinstance(branch, _parser.SubPattern))


def _is_endless(code: Any, argument: Any) -> bool:
    return code in _REPEATS and argument[1] == _constants.MAXREPEAT


def _endless(parsed: Any) -> Iterator[Any]:
    """What is repeated without a bound, at any depth."""
    for code, argument in parsed:
        if _is_endless(code, argument):
            yield argument[2]
        for part in _parts(argument):
            yield from _endless(part)


def _source(parsed: Any) -> str | None:
    """One repeated character class as a pattern; None for anything else."""
    if len(parsed) != 1:
        return None
    code, argument = parsed[0]
    if code is _constants.LITERAL or code is _constants.NOT_LITERAL:
        return f"[{'^' if code is _constants.NOT_LITERAL else ''}{re.escape(chr(argument))}]"
    if code is not _constants.IN:
        return "." if code is _constants.ANY else None
    signs = {_constants.CATEGORY_DIGIT: r"\d", _constants.CATEGORY_WORD: r"\w", _constants.CATEGORY_SPACE: r"\s"}
    pieces = []
    for kind, value in argument:
        if kind is _constants.CATEGORY and value not in signs:
            return None
        ends = value if kind is _constants.RANGE else (value,)
        pieces.append(
            "^"
            if kind is _constants.NEGATE
            else signs[value]
            if kind is _constants.CATEGORY
            else "-".join(re.escape(chr(end)) for end in ends)
        )
    return f"[{''.join(pieces)}]"


def _is_parted(parsed: Any) -> bool:
    """Whether each round of a repetition has a character that nothing repeated within it can take."""
    while len(parsed) == 1 and parsed[0][0] is _constants.SUBPATTERN:
        parsed = parsed[0][1][-1]
    sources = [_source(inner) for inner in _endless(parsed)]
    marks = [chr(argument) for code, argument in parsed if code is _constants.LITERAL]
    return None not in sources and any(not any(re.fullmatch(str(s), mark) for s in sources) for mark in marks)


def _repeats_within(parsed: Any) -> bool:
    """Whether something without a bound is repeated without a bound, so that a text can be cut up in many ways."""
    for code, argument in parsed:
        if _is_endless(code, argument) and any(True for _ in _endless(argument[2])) and not _is_parted(argument[2]):
            return True
        if any(_repeats_within(part) for part in _parts(argument)):
            return True
    return False


def _standard_patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module in iter_modules([str(Path(mailbot.core.__file__).parent)]):
        for name, value in vars(import_module(f"mailbot.core.{module.name}")).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                yield f"{module.name}.{name}", value


def test_the_check_knows_a_bad_pattern() -> None:
    """A repetition of a repetition is found, wherever it hides; counted ones and parted ones are none."""
    bad = [_repeats_within(_parser.parse(source)) for source in ("(a+)+", "(?:x|(?:a*b?)+)*", "((a{2,})*)c")]
    good = [_repeats_within(_parser.parse(source)) for source in ("a+b*", "(?:a{1,9}b)+", "(a|b)*", r"(?:\.[a-z]+)*")]
    assert (bad, good) == ([True] * 3, [False] * 4)


def test_t7_no_pattern_of_the_standard_library_can_be_tried_in_too_many_ways() -> None:
    """The library's engine goes back and tries again; it must not have exponentially many ways to do so."""
    assert [name for name, pattern in _standard_patterns() if _repeats_within(_parser.parse(pattern.pattern))] == []


@pytest.mark.parametrize("unit", _UNITS)
def test_t7_of_a_huge_text_only_the_beginning_is_read(unit: str) -> None:
    """10 MB say what the first characters up to the limit say."""
    limit = Limits.text_characters
    huge = unit * (10_000_000 // len(unit))
    assert extract(huge, "Report", shipped_rules()) == extract(huge[:limit], "Report", shipped_rules())


@pytest.mark.parametrize(
    "kind", ["quote", "closing", "courtesy", "introduction", "aside", "steps", "steps-told", "steps-seen"]
)
def test_lines_say_together_what_each_says_alone(kind: str) -> None:
    """Asked of all lines at once, a rule finds the lines that it finds one by one."""
    rules = shipped_rules()
    texts = (text for rule in rules.prose_like(kind).rules for text in (*rule.hit, *rule.miss, "", "  "))
    others = (text for rule in rules.type_rules.rules for text in (*rule.hit, *rule.miss))
    lines = [line for text in (*texts, *others) for line in fold(text).split("\n")]
    screen = rules.prose_like(kind)
    assert screen.among(lines) == {i for i, line in enumerate(lines) if screen.applies(line)}


def test_a_text_that_is_nothing_but_a_table_head_states_nothing() -> None:
    """Lines that are spread out may leave none."""
    assert extract("| a | b | c |\n|---|---|---|", "", shipped_rules()).fields == ()
