"""Running every rule's own examples: what `mailbot rules test` and the test suite do."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mailbot.core.automatic import matches
from mailbot.core.bounce_reasons import from_example, holds
from mailbot.core.bounce_shapes import ReasonRule
from mailbot.core.concepts import stands
from mailbot.core.directory import is_forbidden, is_of, is_on_route
from mailbot.core.directory_shapes import Never, Organisation, Route
from mailbot.core.extract import extract
from mailbot.core.extract_form import read_form
from mailbot.core.extract_json import read_json
from mailbot.core.extract_rules import apply
from mailbot.core.form_answers import answer_fields
from mailbot.core.form_shapes import Form, FormBox, FormItem
from mailbot.core.hits import applies
from mailbot.core.model import FieldValue
from mailbot.core.reading import fold, short, tidy
from mailbot.core.redaction import WITHHELD, redacted
from mailbot.core.redaction_shapes import Redaction, RedactionFile, Redactions
from mailbot.core.replies import means
from mailbot.core.reply_shapes import Concept, ReplyRule
from mailbot.core.rule_checks import rules_of
from mailbot.core.rule_shapes import AutomaticRule, Expected, FieldRule, FieldSignal, PatternRule, Rule
from mailbot.core.ruleset import Ruleset

_LIMIT = 20_000
_NOTHING = "nothing"

_Difference = tuple[str, str, str]  # example, what was expected, what was found


def rule_count(rules: Ruleset) -> int:
    """How many rules there are."""
    return sum(1 for _ in _all(rules))


def example_count(rules: Ruleset) -> int:
    """How many examples the rules have."""
    return sum(len(getattr(rule, kind, ())) for _, rule, _ in _all(rules) for kind in ("hit", "miss"))


@dataclass(frozen=True)
class Wrong:
    """An example that does not do what it says."""

    file: str
    rule: str
    example: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.file}: rule {self.rule}: {self.example!r}: expected {self.expected}, found {self.found}"


def run_examples(rules: Ruleset) -> tuple[Wrong, ...]:
    """Every example that does not do what it says; empty if all is well."""
    return tuple(
        Wrong(f"rules/{path}", rule.id, short(text), expected, found)
        for path, rule, form in _all(rules)
        for text, expected, found in _check(rule, form, rules)
    )


def _all(rules: Ruleset) -> Iterator[tuple[str, Rule, Form | None]]:
    """Every rule with its file, and its form if it is part of one."""
    for name, form in rules.forms.items():
        model = rules.forms[form.like] if form.like else None
        elsewhere = {id(rule) for rule in (*model.note, *model.item, *model.box)} if model else set()
        for rule in (*form.title, *form.note, *form.item, *form.box):
            if id(rule) not in elsewhere:
                yield f"forms/{name}.toml", rule, form
    for each in rules.types.values():
        yield from ((f"types/{each.code}.toml", rule, None) for rule in each.rule)
    for name, replies in rules.replies.items():
        yield from ((f"replies/{name}.toml", rule, None) for rule in replies.rule)
    for concept in rules.concepts.values():
        yield f"concepts/{rules.concept_files[concept.id]}.toml", concept, None
    tables = {"fields": rules.fields, "automatic": rules.automatic, "prose": rules.prose, "tickets": rules.tickets}
    routing = {"signals": rules.signals, "hosts": rules.hosts, "found": rules.found}
    for folder, table in (*tables.items(), *(("routing", table) for table in routing.values())):
        for name, file in table.items():
            yield from ((f"{folder}/{name}.toml", rule, None) for rule in file)
    others = {"bounces": rules.bounces.files, "redaction": rules.redaction, "pages": rules.pages}
    for folder, files in (*others.items(), ("contacts", rules.contacts)):
        for name, read in files.items():
            yield from ((f"{folder}/{name}.toml", rule, None) for rule in rules_of(read))


def _check(rule: Rule, form: Form | None, rules: Ruleset) -> Iterator[_Difference]:
    if isinstance(rule, Redaction):
        yield from _compared(rule, lambda text: _left(rule, text, rules))
    elif isinstance(rule, FieldRule):
        yield from _compared(rule, lambda text: _read(rule, text, rules))
    elif isinstance(rule, FormItem) and form is not None:
        yield from _compared(rule, lambda text: _answered(rule, form, text, rules))
    elif isinstance(rule, FieldSignal):
        yield from _claims(rule, lambda text: _states(rule, text, rules))
    elif isinstance(rule, FormBox) and form is not None:
        yield from _claims(
            rule, lambda text: any(box.id == rule.id for box, _ in read_form(tidy(text, _LIMIT), form).boxes)
        )
    elif isinstance(rule, Organisation):
        yield from _claims(rule, lambda text: is_of(rule, text))
    elif isinstance(rule, Never):
        yield from _claims(rule, lambda text: is_forbidden(rule, text))
    elif isinstance(rule, Route):
        yield from _claims(rule, lambda text: is_on_route(rule, text))
    elif isinstance(rule, ReasonRule):
        yield from _claims(rule, lambda text: holds(rule, from_example(text)))
    elif isinstance(rule, AutomaticRule):
        yield from _claims(rule, lambda text: _header_matches(rule, text))
    elif isinstance(rule, ReplyRule):
        yield from _claims(rule, lambda text: means(rule, fold(tidy(text, _LIMIT)), rules))
    elif isinstance(rule, Concept):
        yield from _claims(rule, lambda text: stands(rule, fold(tidy(text, _LIMIT))))
    elif isinstance(rule, PatternRule):
        yield from _claims(rule, lambda text: applies(rule, fold(tidy(text, _LIMIT))))


def _claims(
    rule: PatternRule | FieldSignal | FormBox | ReasonRule | ReplyRule | Concept | Organisation | Never | Route,
    found: Callable[[str], bool],
) -> Iterator[_Difference]:
    yield from ((text, "a hit", _NOTHING) for text in rule.hit if not found(text))
    yield from ((text, "no hit", "a hit") for text in rule.miss if found(text))


def _compared(
    rule: FieldRule | FormItem | Redaction, read: Callable[[str], FieldValue | None]
) -> Iterator[_Difference]:
    for hit in rule.hit:
        if (value := read(hit.text)) != hit.value:
            yield hit.text, _shown(hit.value), _shown(value)
    yield from ((text, _NOTHING, _shown(value)) for text in rule.miss if (value := read(text)))


def _shown(value: Expected | FieldValue | None) -> str:
    """A value as a rule file writes it."""
    if value is None:
        return _NOTHING
    return json.dumps(value, ensure_ascii=False)


def _left(rule: Redaction, text: str, rules: Ruleset) -> str | None:
    """What a redaction leaves of the text, given all the lines that end a passage; None if it cuts nothing."""
    ends = tuple(end for file in rules.redaction.values() for end in file.end)
    left = redacted(tidy(text, _LIMIT), Redactions((RedactionFile(rule=(rule,), end=ends),)), WITHHELD["ja"])
    return None if left == text else left


def _read(rule: FieldRule, text: str, rules: Ruleset) -> FieldValue | None:
    """What a field rule yields; of several fields their values in order."""
    words = tidy(text, _LIMIT)
    body, subject = ("", words) if rule.where == "subject" else (words, "")
    values = tuple(field.value for field in apply("", rule, body, subject, rules))
    if rule.field is not None:
        return values[0] if values else None
    return tuple(str(value) for value in values) or None


def _answered(item: FormItem, form: Form, text: str, rules: Ruleset) -> FieldValue | None:
    words = tidy(text, _LIMIT)
    filled = read_json(words, form) if form.form == "json" else read_form(words, form)
    fields = answer_fields(filled, rules) if filled else ()
    return next((field.value for field in fields if field.rule.endswith(f"/{item.id}")), None)


def _states(signal: FieldSignal, text: str, rules: Ruleset) -> bool:
    """Whether a mail of that text alone states the signal's field surely enough."""
    fields = extract(text, "", rules).fields
    return any(f.name == signal.field and f.confidence >= signal.confidence and not f.derived for f in fields)


def _header_matches(rule: AutomaticRule, text: str) -> bool:
    """Whether the rule matches an example "Header: value"."""
    name, _, value = text.partition(":")
    return name.strip().lower() == rule.header.lower() and matches(rule, fold(tidy(value, _LIMIT)))
