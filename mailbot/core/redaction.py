"""What of a report is never passed on, whoever consented to what: rules/redaction/.

A finder may mark a passage as meant for the desk alone; other patterns are secrets wherever they stand. The case keeps
both, coordinators see them, and every mail to an operator or vendor is written from a case without them.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from mailbot.core.model import Case, Field, FieldValue
from mailbot.core.patterns import Found
from mailbot.core.reading import fold
from mailbot.core.rule_shapes import Compiled, Hit, Rule, Shape

WITHHELD = {"ja": "[非公開]"}
WITHHELD_ELSEWHERE = "[withheld]"
_MOST = 200


class Redaction(Rule):
    """Words that are cut out: the hit's first group or whole, or a passage that begins with the line of the hit.

    A passage goes on to the next blank line (`paragraph`), to the line that `closes` it, or to the end.
    """

    pattern: Compiled
    unless: Compiled | None = None
    cut: Literal["words", "line", "paragraph", "rest"] = "words"
    closes: Compiled | None = None
    hit: tuple[Hit, ...] = ()
    miss: tuple[str, ...] = ()


class RedactionFile(Shape):
    """Redactions of one kind."""

    rule: tuple[Redaction, ...]


def redacted(text: str, rule: Redaction, mark: str) -> str:
    """The text with what the rule finds replaced by `mark`; a text without a hit comes back as it is."""
    folded = fold(text)
    cuts = list(_cuts(folded, rule))
    for start, end in reversed(cuts):
        text = text[:start] + mark + text[end:]
    return text


def for_others(case: Case, rules: tuple[Redaction, ...]) -> Case:
    """The case as it may be told to operators and vendors: no field holds a private passage or a secret."""
    mark = WITHHELD.get(case.language, WITHHELD_ELSEWHERE)
    return replace(
        case, fields=tuple(_field_for_others(field, rules, mark) for field in case.fields if not field.private)
    )


def _field_for_others(field: Field, rules: tuple[Redaction, ...], mark: str) -> Field:
    value: FieldValue = field.value
    if isinstance(value, tuple):
        value = tuple(_all(each, rules, mark) for each in value)
    elif isinstance(value, str):
        value = _all(value, rules, mark)
    return field if value == field.value else replace(field, value=value, quote=_all(field.quote, rules, mark))


def _all(text: str, rules: tuple[Redaction, ...], mark: str) -> str:
    for rule in rules:
        text = redacted(text, rule, mark)
    return text


def _cuts(folded: str, rule: Redaction) -> Iterator[tuple[int, int]]:
    """From where to where, in order and without overlap."""
    past = 0
    for count, found in enumerate(rule.pattern.finditer(folded)):
        if count == _MOST:  # so many are no accident: nothing after them is told
            yield max(found.start(), past), len(folded)
            return
        if found.start() < past or _barred(folded, found, rule):
            continue
        start, end = _extent(folded, found, rule)
        yield max(start, past), end
        past = end


def _barred(folded: str, found: Found, rule: Redaction) -> bool:
    line = folded[folded.rfind("\n", 0, found.start()) + 1 : _line_end(folded, found.end())]
    return rule.unless is not None and rule.unless.search(line) is not None


def _extent(folded: str, found: Found, rule: Redaction) -> tuple[int, int]:
    if rule.cut == "words":
        group = next((n for n in range(1, rule.pattern.groups + 1) if found.group(n) is not None), 0)
        return found.start(group), found.end(group)
    words = found.group() or ""
    start = folded.rfind("\n", 0, found.start() + len(words) - len(words.lstrip())) + 1
    closing = rule.closes.search(folded[found.end() :]) if rule.closes else None
    if closing is not None:
        return start, _line_end(folded, found.end() + closing.end())
    if rule.cut == "rest":
        return start, len(folded)
    after = _line_end(folded, found.end())
    blank = folded.find("\n\n", after)
    if rule.cut == "line" or blank < 0:
        return start, after if rule.cut == "line" else len(folded)
    return start, blank


def _line_end(folded: str, at: int) -> int:
    end = folded.find("\n", at)
    return len(folded) if end < 0 else end
