"""What is wrong between the rules of several files, or within one, beyond the shape of each."""

from collections.abc import Iterator, Mapping
from typing import Any

from mailbot.core.rule_shapes import Rule, Shape


def rules_of(shape: Shape) -> Iterator[Rule]:
    """Every rule of a file, in order."""
    for name in type(shape).model_fields:
        value = getattr(shape, name)
        if isinstance(value, tuple):
            yield from (rule for rule in value if isinstance(rule, Rule))


def doubles(loaded: Mapping[str, Mapping[str, Shape]]) -> Iterator[str]:
    """Ids that stand twice in a file, and codes that two files claim."""
    for folder, shapes in loaded.items():
        claimed: dict[str, str] = {}
        for name, shape in shapes.items():
            ids = [rule.id for rule in rules_of(shape)]
            for double in sorted({i for i in ids if ids.count(i) > 1}):
                yield f"rules/{folder}/{name}.toml: rule {double} stands there twice; rename one"
            key = getattr(shape, "code", None)
            if key is not None and claimed.setdefault(key, name) != name:
                yield f"rules/{folder}/{name}.toml: {key} is already in {claimed[key]}.toml; keep one of them"


def models_of(forms: Mapping[str, Any]) -> Iterator[str]:
    """Forms that are like one that is not there, or in the end like themselves."""
    for name, form in forms.items():
        if form.like is not None and (form.like not in forms or name in _lineage(form.like, forms)):
            yield f"rules/forms/{name}.toml: like: {form.like} is no other form's file; name one without .toml"


def unknown_concepts(replies: Mapping[str, Any], files: Mapping[str, Any]) -> Iterator[str]:
    """Concepts that two files define, and those that a rule for replies names but no file defines."""
    known: dict[str, str] = {}
    for name, file in files.items():
        for concept in file.concept:
            if known.setdefault(concept.id, name) != name:
                yield f"rules/concepts/{name}.toml: {concept.id} is already in {known[concept.id]}.toml; rename one"
    for name, file in replies.items():
        for rule in file.rule:
            for unknown in sorted((rule.all | rule.none | rule.around | rule.nowhere) - known.keys()):
                yield f"rules/replies/{name}.toml: rule {rule.id}: no file in rules/concepts defines {unknown}"


def _lineage(name: str | None, forms: Mapping[str, Any]) -> list[str]:
    """The form and those that it is like, as far as they are there."""
    line: list[str] = []
    while name is not None and name in forms and name not in line:
        line.append(name)
        name = forms[name].like
    return line
