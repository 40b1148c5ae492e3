"""The rules that the desk works by, and how they are loaded: all of them good, or every problem named."""

import tomllib
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from mailbot.core.bounce_shapes import BounceFile, BounceRules
from mailbot.core.directory import Directory, directory_of
from mailbot.core.directory_shapes import ContactsFile
from mailbot.core.field_rules import FieldRules
from mailbot.core.form_shapes import Form
from mailbot.core.learned import Learned, LearnedFile
from mailbot.core.page_shapes import PageFile, PageRules
from mailbot.core.redaction_shapes import RedactionFile, Redactions
from mailbot.core.reply_shapes import Concept, ConceptFile, ReplyRules
from mailbot.core.rule_checks import doubles, models_of, rules_of, unknown_concepts
from mailbot.core.rule_shapes import (
    KNOWN_TO_BE_GOOD,
    AutomaticRule,
    FieldRule,
    FieldSignal,
    HostRule,
    PatternRule,
    Pieced,
    ProseRule,
    Shape,
    Signal,
    TypeRule,
    VulnerabilityType,
)
from mailbot.core.screens import Screen
from mailbot.core.vocabulary import Vocabulary
from mailbot.errors import ConfigError

_FILE_CHARACTERS = 2_000_000
_FOREIGN = frozenset({"policy", "statistics"})


class _FieldFile(Pieced):
    rule: tuple[FieldRule, ...]


class _AutomaticFile(Shape):
    rule: tuple[AutomaticRule, ...]


class _ProseFile(Pieced):
    rule: tuple[ProseRule, ...]


class _RoutingFile(Shape):
    signal: tuple[Signal, ...] = ()
    found: tuple[FieldSignal, ...] = ()
    host: tuple[HostRule, ...] = ()


_SHAPES: dict[str, type[Shape]] = {
    "forms": Form,
    "fields": _FieldFile,
    "types": VulnerabilityType,
    "concepts": ConceptFile,
    "replies": ReplyRules,
    "automatic": _AutomaticFile,
    "bounces": BounceFile,
    "routing": _RoutingFile,
    "prose": _ProseFile,
    "tickets": _FieldFile,
    "redaction": RedactionFile,
    "pages": PageFile,
    "contacts": ContactsFile,
    "vocabulary": Vocabulary,
    "learned": LearnedFile,
}


class Ruleset(Shape):
    """All rules; the name of a rule in the outside world is `file/id`."""

    forms: Mapping[str, Form]
    fields: Mapping[str, tuple[FieldRule, ...]]
    types: Mapping[str, VulnerabilityType]
    concepts: Mapping[str, Concept]
    concept_files: Mapping[str, str]  # the file that each concept stands in
    replies: Mapping[str, ReplyRules]
    automatic: Mapping[str, tuple[AutomaticRule, ...]]
    bounces: BounceRules
    signals: Mapping[str, tuple[Signal, ...]]
    found: Mapping[str, tuple[FieldSignal, ...]]
    hosts: Mapping[str, tuple[HostRule, ...]]
    prose: Mapping[str, tuple[ProseRule, ...]]
    tickets: Mapping[str, tuple[FieldRule, ...]]
    redaction: Mapping[str, RedactionFile]
    pages: Mapping[str, PageFile]
    contacts: Mapping[str, ContactsFile]
    vocabulary: Mapping[str, Vocabulary]
    learned: Learned

    @cached_property
    def titles(self) -> Screen[PatternRule]:
        """The titles of all forms."""
        return Screen(title for form in self.forms.values() for title in form.title)

    @cached_property
    def type_of_cwe(self) -> dict[str, str]:
        """The type that a CWE number usually stands for; a number of several types belongs to the first."""
        return {cwe: t.code for t in reversed(tuple(self.types.values())) for cwe in reversed(t.cwe)}

    @cached_property
    def automatic_of(self) -> Mapping[str, Screen[AutomaticRule]]:
        """The signs of mail that no person wrote, by the lower-case name of what they stand in."""
        rules = [rule for table in self.automatic.values() for rule in table]
        names = dict.fromkeys(rule.header.lower() for rule in rules)
        return {name: Screen(rule for rule in rules if rule.header.lower() == name) for name in names}

    @cached_property
    def asides(self) -> Screen[FieldRule | ProseRule]:
        """Sentences that are no part of a report: courtesy, and the wishes, contact points and who knows of it."""
        named = ("consent.", "credit_name", "target.operator_contact", "other_reports", "public")
        remarks = (r for file in self.fields.values() for r in file if r.field and r.field.startswith(named))
        return Screen((*self.prose_of("courtesy"), *remarks))

    @cached_property
    def field_rules(self) -> FieldRules:
        """The rules for running text."""
        return FieldRules(rule for file in self.fields.values() for rule in file)

    @cached_property
    def field_rule_names(self) -> dict[int, str]:
        """What each of them is called, by its identity."""
        return {id(rule): f"{name}/{rule.id}" for name, file in self.fields.items() for rule in file}

    @cached_property
    def type_rules(self) -> Screen[TypeRule]:
        """The rules that name a type."""
        return Screen(rule for each in self.types.values() for rule in each.rule)

    @cached_property
    def type_codes(self) -> dict[int, str]:
        """Which type each of them names, by its identity."""
        return {id(rule): each.code for each in self.types.values() for rule in each.rule}

    def signals_of(self, *names: str) -> Screen[Signal]:
        """The signals of each routing/NAME.toml, behind one screen."""
        if names not in self._signals:
            self._signals[names] = Screen(signal for name in names for signal in self.signals.get(name, ()))
        return self._signals[names]

    @cached_property
    def _signals(self) -> dict[tuple[str, ...], Screen[Signal]]:
        return {}

    @cached_property
    def signal_names(self) -> dict[int, str]:
        """Which file each signal stands in, by its identity."""
        return {id(signal): name for name, signals in self.signals.items() for signal in signals}

    def prose_like(self, *kinds: str) -> Screen[ProseRule]:
        """The prose rules of these kinds, behind one screen."""
        if kinds not in self._prose:
            self._prose[kinds] = Screen(rule for kind in kinds for rule in self.prose_of(kind))
        return self._prose[kinds]

    @cached_property
    def _prose(self) -> dict[tuple[str, ...], Screen[ProseRule]]:
        return {}

    @cached_property
    def redactions(self) -> Redactions:
        """What is cut out of a case before an operator or vendor is told of it."""
        return Redactions(self.redaction.values())

    @cached_property
    def page_rules(self) -> PageRules:
        """How a site's pages are read for its contact points."""
        return PageRules(self.pages.values())

    @cached_property
    def directory(self) -> Directory:
        """Whom the desk knows, whom it never writes to, and the by-ways of the guideline."""
        return directory_of(self.contacts.values())

    def prose_of(self, kind: str) -> tuple[ProseRule, ...]:
        """The prose rules of one kind."""
        return self._by_kind.get(kind, ())

    @cached_property
    def _by_kind(self) -> dict[str, tuple[ProseRule, ...]]:
        rules = [rule for rules in self.prose.values() for rule in rules]
        return {kind: tuple(r for r in rules if r.kind == kind) for kind in {r.kind for r in rules}}

    def host_kind(self, host: str) -> str | None:
        """What kind of bystander the host is, or None if it may be what the report is about."""
        rules = (rule for rules in self.hosts.values() for rule in rules)
        return next((rule.kind for rule in rules if rule.pattern.search(host)), None)


def load_rules(files: Mapping[str, str], *, known: bool = False) -> Ruleset:
    """The rules in these files: path relative to rules/ -> TOML text. Raises ConfigError with every problem.

    Files of folders that belong to others (policy, statistics) are passed over. `known`: these very files were found
    good before, so a pattern is compiled when it is first asked.
    """
    problems: list[str] = []
    loaded: dict[str, dict[str, Shape]] = {folder: {} for folder in _SHAPES}
    for path in sorted(files):
        folder, _, name = path.rpartition("/")
        if folder in _FOREIGN or folder.split("/")[0] in _FOREIGN:
            continue
        if folder not in _SHAPES or not name.endswith(".toml"):
            problems.append(f"rules/{path}: no rules are read from here; use {', '.join(sorted(_SHAPES))}/NAME.toml")
            continue
        shape = _read(path, files[path], _SHAPES[folder], problems, KNOWN_TO_BE_GOOD if known else None)
        if shape is not None:
            loaded[folder][name.removesuffix(".toml")] = shape
    problems += doubles(loaded)
    problems += models_of(loaded["forms"])
    problems += unknown_concepts(loaded["replies"], loaded["concepts"])
    if problems:
        raise ConfigError(tuple(problems))
    return _ruleset(loaded)


def _read(path: str, text: str, shape: type[Shape], problems: list[str], told: str | None) -> Shape | None:
    if len(text) > _FILE_CHARACTERS:
        problems.append(f"rules/{path}: longer than {_FILE_CHARACTERS} characters; split it")
        return None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        problems.append(f"rules/{path}: not TOML: {exc}")
        return None
    try:
        read = shape.model_validate(table, context=told)
    except ValidationError as exc:
        problems += [_problem(path, table, error["loc"], error["msg"]) for error in exc.errors(include_url=False)]
        return None
    problems += [
        f"rules/{path}: rule {rule.id} has no example; add one"
        for rule in rules_of(read)
        if not getattr(rule, "hit", ())
    ]
    return read


def _problem(path: str, table: Any, location: tuple[int | str, ...], message: str) -> str:
    """A problem in words: the rule it is in by its id, the key, and what is wrong."""
    named = ""
    keys: list[str] = []
    for step in location:
        table = table[step] if _has(table, step) else None
        if isinstance(table, dict) and isinstance(table.get("id"), str):
            named, keys = f"rule {table['id']}: ", []
        else:
            keys.append(str(step))
    message = message.removeprefix("Value error, ")
    return f"rules/{path}: {named}{'.'.join(keys)}{': ' if keys else ''}{message}"


def _has(table: Any, step: int | str) -> bool:
    if isinstance(table, dict):
        return step in table
    return isinstance(table, list) and isinstance(step, int) and step < len(table)


def _whole_form(form: Form, forms: Mapping[str, Form]) -> Form:
    return form if form.like is None else form.with_items_of(_whole_form(forms[form.like], forms))


def _ruleset(loaded: Mapping[str, Mapping[str, Any]]) -> Ruleset:
    return Ruleset(
        forms={name: _whole_form(form, loaded["forms"]) for name, form in loaded["forms"].items()},
        fields={name: file.rule for name, file in loaded["fields"].items()},
        types={each.code: each for each in loaded["types"].values()},
        concepts={concept.id: concept for file in loaded["concepts"].values() for concept in file.concept},
        concept_files={concept.id: name for name, file in loaded["concepts"].items() for concept in file.concept},
        replies=dict(loaded["replies"]),
        automatic={name: file.rule for name, file in loaded["automatic"].items()},
        bounces=BounceRules(files=loaded["bounces"]),
        signals={name: file.signal for name, file in loaded["routing"].items() if file.signal},
        found={name: file.found for name, file in loaded["routing"].items() if file.found},
        hosts={name: file.host for name, file in loaded["routing"].items() if file.host},
        prose={name: file.rule for name, file in loaded["prose"].items()},
        tickets={name: file.rule for name, file in loaded["tickets"].items()},
        redaction=dict(loaded["redaction"]),
        pages=dict(loaded["pages"]),
        contacts=dict(loaded["contacts"]),
        vocabulary=dict(loaded["vocabulary"]),
        learned=Learned(loaded["learned"]),
    )
