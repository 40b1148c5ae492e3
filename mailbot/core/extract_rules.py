"""Applying the rules of rules/fields/ to running text."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice

from mailbot.core.extract_values import convert
from mailbot.core.fields import FIELD_KINDS
from mailbot.core.hits import hits_of
from mailbot.core.model import Field, FieldValue
from mailbot.core.patterns import Found
from mailbot.core.reading import fold, sentence_around, short
from mailbot.core.rule_shapes import FieldRule
from mailbot.core.ruleset import Ruleset

_TOLD = ("vulnerability.impact", "vulnerability.workaround")
_SETTLED = frozenset(f"vulnerability.{part}" for part in ("impact", "workaround", "discovery", "reason", "found_on"))
_MOST_TOLD = 3
_MOST_ASKED = 8
_folded = lru_cache(maxsize=4)(fold)  # every rule asks for the same two texts
_LIST_MARKS = "-*+・●○■□◆◇※>| \t　"


def settled(fields: Iterable[Field]) -> frozenset[str]:
    """The names of those that stay as they are, whatever running text says too: what is told at length, or when."""
    return frozenset(field.name for field in fields if field.name in _SETTLED)


def fields_in(
    body: str,
    subject: str,
    rules: Ruleset,
    known: frozenset[str] = frozenset(),
    wanted: tuple[str, ...] = ("",),
    barred: tuple[str, ...] = (),
) -> tuple[Field, ...]:
    """Every field that some rule finds, the surest first; none of the fields that are known is looked for.

    Nor is one whose name begins like none of the `wanted`, or like one of the `barred`.
    """
    likely = rules.field_rules.stating(known, wanted, barred).hitting(_folded(body), _folded(subject))
    found = [field for rule in likely for field in apply(rules.field_rule_names[id(rule)], rule, body, subject, rules)]
    found.sort(key=lambda field: -field.confidence)
    return tuple(
        _joined(field, found, body) if field.name in _TOLD else field
        for field in found
        if field.name.startswith(wanted) and not field.name.startswith(barred)
    )


def _joined(field: Field, found: list[Field], body: str) -> Field:
    """The field with the sentences of all rules for it, as they follow each other: what is told is told in several."""
    told = [line for each in found if each.name == field.name for line in str(each.value).split("\n")]
    kept = sorted(tuple(dict.fromkeys(told))[:_MOST_TOLD], key=body.find)
    return replace(field, value="\n".join(kept))


def apply(name: str, rule: FieldRule, body: str, subject: str, rules: Ruleset) -> Iterator[Field]:
    """What one rule yields: lists of all its hits, of other fields the first hit that states a value."""
    texts = {"body": (body,), "subject": (subject,), "both": (subject, body)}[rule.where]
    named = rule.names
    once = not any(FIELD_KINDS[name] == "list" or name in _TOLD for name in named)
    values: dict[str, FieldValue] = {}
    quotes: dict[str, str] = {}
    read: dict[str, FieldValue | None] = {}
    for text in texts:
        folded = _folded(text)
        hits = hits_of(rule, folded)
        for hit in islice(hits, _MOST_ASKED) if rule.field in _TOLD else hits:
            for field, value in _values(rule, hit, text, rules, read):
                if field not in values:
                    values[field], quotes[field] = value, short(hit.group() or "")
                elif isinstance(value, tuple) and isinstance(first := values[field], tuple):
                    values[field] = tuple(dict.fromkeys(first + value))
                elif field in _TOLD and str(values[field]).count("\n") < _MOST_TOLD - 1:
                    values[field] = "\n".join(dict.fromkeys((*str(values[field]).split("\n"), str(value))))
            if once and len(values) == len(named):
                break
    for field, value in values.items():
        yield Field(field, value, name, rule.confidence, quotes[field])


def _values(
    rule: FieldRule, hit: Found, text: str, rules: Ruleset, read: dict[str, FieldValue | None]
) -> Iterator[tuple[str, FieldValue]]:
    if rule.field is not None:
        value = rule.value if rule.value is not None else _converted(rule, hit, text, rules, read)
        if value is not None:
            yield rule.field, value
        return
    stated: dict[str, FieldValue] = {}
    for field, group_name in rule.groups.items():
        group = rule.pattern.groupindex[group_name]
        words = text[hit.start(group) : hit.end(group)] if hit.group(group) else ""
        value = _allowed(rule, convert("line", words, rules))
        if value is None and words:
            return  # a hit of which one word is barred says nothing at all
        if value is not None:
            stated[field] = value
    yield from stated.items()


def _converted(
    rule: FieldRule, hit: Found, text: str, rules: Ruleset, read: dict[str, FieldValue | None]
) -> FieldValue | None:
    """What the hit states; `read` remembers what the same words of another hit did."""
    if rule.convert == "sentence":
        sentence = _allowed(rule, short(sentence_around(text, hit.start(), hit.end()), 500).lstrip(_LIST_MARKS))
        return (sentence,) if isinstance(sentence, str) and FIELD_KINDS[str(rule.field)] == "list" else sentence
    group = next((i for i in range(1, rule.pattern.groups + 1) if hit.group(i) is not None), 0)
    words = text[hit.start(group) : hit.end(group)]
    if words not in read:
        read[words] = _allowed(rule, convert(rule.convert, words, rules))
    return read[words]


def _allowed(rule: FieldRule, value: FieldValue | None) -> FieldValue | None:
    """The value, unless it is one of the words that the rule never takes for one."""
    if rule.never is not None and isinstance(value, tuple):
        return tuple(each for each in value if not rule.never.search(fold(each))) or None
    barred = rule.never is not None and isinstance(value, str) and bool(rule.never.search(fold(value)))
    return None if barred else value
