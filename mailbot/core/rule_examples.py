"""Running every rule's own examples: what `mailbot rules test` and the test suite do."""

from collections.abc import Callable, Iterator

from mailbot.core.automatic import matches
from mailbot.core.extract import extract
from mailbot.core.extract_form import read_form
from mailbot.core.extract_free import answer_fields
from mailbot.core.extract_json import read_json
from mailbot.core.extract_rules import apply
from mailbot.core.hits import applies
from mailbot.core.model import FieldValue
from mailbot.core.reading import fold, short, tidy
from mailbot.core.rule_shapes import (
    AutomaticRule,
    Expected,
    FieldRule,
    FieldSignal,
    Form,
    FormBox,
    FormItem,
    PatternRule,
    Rule,
)
from mailbot.core.ruleset import Ruleset

_LIMIT = 20_000


def example_count(rules: Ruleset) -> int:
    """How many examples the rules have."""
    return sum(len(getattr(rule, kind, ())) for _, rule, _ in _all(rules) for kind in ("hit", "miss"))


def run_examples(rules: Ruleset) -> tuple[str, ...]:
    """What is wrong: examples that do not do what they say, in words; empty if all is well."""
    return tuple(
        f"rules/{path}: rule {rule.id}: {problem}"
        for path, rule, form in _all(rules)
        for problem in _check(rule, form, rules)
    )


def _all(rules: Ruleset) -> Iterator[tuple[str, Rule, Form | None]]:
    """Every rule with its file, and its form if it is part of one."""
    for form in rules.forms.values():
        for rule in (*form.title, *form.note, *form.item, *form.box):
            yield f"forms/{form.form}.toml", rule, form
    for each in rules.types.values():
        yield from ((f"types/{each.code}.toml", rule, None) for rule in each.rule)
    for name, replies in rules.replies.items():
        yield from ((f"replies/{name}.toml", rule, None) for rule in replies.rule)
    tables = {"fields": rules.fields, "automatic": rules.automatic, "prose": rules.prose}
    routing = {"signals": rules.signals, "hosts": rules.hosts, "found": rules.found}
    for folder, table in (*tables.items(), *(("routing", table) for table in routing.values())):
        for name, file in table.items():
            yield from ((f"{folder}/{name}.toml", rule, None) for rule in file)


def _check(rule: Rule, form: Form | None, rules: Ruleset) -> Iterator[str]:
    if isinstance(rule, FieldRule):
        for hit in rule.hit:
            yield from _compared(hit.text, hit.value, _read(rule, hit.text, rules))
        yield from (f"must not match {short(text)!r}" for text in rule.miss if _read(rule, text, rules))
    elif isinstance(rule, FormItem) and form is not None:
        for hit in rule.hit:
            yield from _compared(hit.text, hit.value, _answered(rule, form, hit.text, rules))
        yield from (
            f"must read nothing from {short(text)!r}" for text in rule.miss if _answered(rule, form, text, rules)
        )
    elif isinstance(rule, FieldSignal):
        yield from _claims(rule, lambda text: _states(rule, text, rules))
    elif isinstance(rule, FormBox) and form is not None:
        yield from _claims(
            rule, lambda text: any(box.id == rule.id for box, _ in read_form(tidy(text, _LIMIT), form).boxes)
        )
    elif isinstance(rule, AutomaticRule):
        yield from _claims(rule, lambda text: _header_matches(rule, text))
    elif isinstance(rule, PatternRule):
        yield from _claims(rule, lambda text: applies(rule, fold(tidy(text, _LIMIT))))


def _claims(rule: PatternRule | FieldSignal | FormBox, found: Callable[[str], bool]) -> Iterator[str]:
    yield from (f"must match {short(text)!r}" for text in rule.hit if not found(text))
    yield from (f"must not match {short(text)!r}" for text in rule.miss if found(text))


def _compared(text: str, expected: Expected, value: Expected | FieldValue | None) -> Iterator[str]:
    if value != expected:
        yield f"must yield {expected!r} from {short(text)!r}, yields {value!r}"


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
