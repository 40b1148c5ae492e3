"""The shapes of the rules in rules/, as their TOML is written."""

from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator

from mailbot.core.events import Meaning
from mailbot.core.fields import FIELD_KINDS
from mailbot.core.form_lines import keys_of
from mailbot.core.model import Track
from mailbot.core.patterns import Pattern, compile_pattern


def _known_field(name: str) -> str:
    if name not in FIELD_KINDS:
        raise ValueError(f"{name!r} is no field of a report; see docs for the list")
    return name


Compiled = Annotated[Pattern, PlainValidator(compile_pattern)]
FieldName = Annotated[str, BeforeValidator(_known_field)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Confidence = Annotated[float, Field(ge=0, le=1)]
WRAPPED_LABEL = 16
"""Labels whose key has this many characters may stand on two lines."""

Expected = bool | float | str | tuple[str, ...]
Convert = Literal[
    "text", "line", "sentence", "list", "urls", "type", "cwe", "cve", "vector", "score", "date", "email", "flag",
    "product", "version", "version-after-name", "site", "ids",
]  # fmt: skip
AutomaticKind = Literal["auto_reply", "list", "human"]


class Shape(BaseModel):
    """A table of TOML: no unknown keys, never changed after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Hit(Shape):
    """A text that a rule must find, and what it must yield."""

    text: str
    value: Expected


class Rule(Shape):
    """What every rule has: a name, and why it is there."""

    id: Identifier
    why: Annotated[str, Field(min_length=1)]


class PatternRule(Rule):
    """A pattern with texts that it must and must not match; `unless` looks at the sentence around a hit."""

    pattern: Compiled
    unless: Compiled | None = None
    hit: tuple[str, ...] = ()
    miss: tuple[str, ...] = ()


class FieldRule(Rule):
    """Reads one field, or with `groups` several, out of running text.

    `value` is what a hit means; without it, the first group of the pattern (or the whole hit) is converted.
    A value that matches `never` is no value.
    """

    field: FieldName | None = None
    groups: dict[FieldName, str] = {}
    pattern: Compiled
    unless: Compiled | None = None
    never: Compiled | None = None
    value: Expected | None = None
    convert: Convert = "text"
    where: Literal["body", "subject", "both"] = "body"
    confidence: Confidence = 0.7
    hit: tuple[Hit, ...] = ()
    miss: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _yields_something(self) -> "FieldRule":
        if (self.field is None) == (not self.groups):
            raise ValueError("say either field or groups")
        unknown = set(self.groups.values()) - set(self.pattern.groupindex)
        if unknown:
            raise ValueError(f"the pattern has no group {', '.join(sorted(unknown))}")
        return self


class TypeRule(PatternRule):
    """Words that name a type of vulnerability."""

    confidence: Confidence = 0.9


class VulnerabilityType(Shape):
    """A type: its code, its names, IPA's name, the usual CWE numbers, and plain words for site owners."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    name: dict[Literal["ja", "en"], str]
    ipa: str
    cwe: tuple[Annotated[str, Field(pattern=r"^CWE-[0-9]+$")], ...] = ()
    plain: dict[Literal["ja", "en"], str]
    rule: tuple[TypeRule, ...]

    @model_validator(mode="after")
    def _both_languages(self) -> "VulnerabilityType":
        if len(self.name) < 2 or len(self.plain) < 2:
            raise ValueError("name and plain need ja and en")
        return self


class FormItem(Rule):
    """A labelled item of a form, and how its answer is read."""

    labels: Annotated[tuple[str, ...], Field(min_length=1)]
    field: FieldName
    take: Convert = "text"
    hit: tuple[Hit, ...] = ()
    miss: tuple[str, ...] = ()


class FormBox(PatternRule):
    """A checkbox, and what it states when it is ticked."""

    sets: dict[FieldName, Expected]


class Form(Shape):
    """A form that reports come in; `skip` are labels that end an answer but hold nothing that we keep."""

    form: Literal["ipa-website", "ipa-product", "certcc-vrf", "markdown", "json"]
    why: Annotated[str, Field(min_length=1)]
    track: Track | None = None
    needs: Annotated[int, Field(ge=1)]
    headings: bool = False
    confidence: Confidence = 0.95
    skip: tuple[str, ...] = ()
    title: tuple[PatternRule, ...] = ()
    note: tuple[PatternRule, ...] = ()
    item: tuple[FormItem, ...]
    box: tuple[FormBox, ...] = ()

    @cached_property
    def index(self) -> dict[str, tuple[FormItem, ...]]:
        """The items that a label, spelt any way, belongs to; none for a label that is skipped."""
        index: dict[str, tuple[FormItem, ...]] = {}
        for item in self.item:
            for key in {key for label in item.labels for key in keys_of(label)}:
                index[key] = (*index.get(key, ()), item)
        for key in {key for label in self.skip for key in keys_of(label)}:
            index.setdefault(key, ())
        return index

    @cached_property
    def long_labels(self) -> tuple[str, ...]:
        """The keys that are long enough to be wrapped over two lines by a mail program."""
        return tuple(key for key in self.index if len(key) >= WRAPPED_LABEL)


class ReplyRules(Shape):
    """Sentences of a reply that have one meaning."""

    meaning: Meaning
    rule: tuple[PatternRule, ...]


class AutomaticRule(PatternRule):
    """A header (or "Subject") whose value tells mail that no person wrote; "human" ends the search."""

    header: str
    kind: AutomaticKind


class Signal(PatternRule):
    """Words that make a mail look more like a report (or a product's report), or with a negative weight less."""

    where: Literal["text", "subject", "both"] = "both"
    weight: Annotated[float, Field(ge=-2, le=2)]


class FieldSignal(Rule):
    """A field that does so when a mail states it this surely; the examples are texts that state it or do not."""

    field: FieldName
    confidence: Confidence = 0.0
    weight: Annotated[float, Field(ge=-2, le=2)]
    hit: tuple[str, ...] = ()
    miss: tuple[str, ...] = ()


class HostRule(PatternRule):
    """Hosts that are named in reports but are not what the report is about."""

    kind: Literal["reference", "attacker", "code"]


class ProseRule(PatternRule):
    """Lines or sentences of a mail that carry courtesy, not substance."""

    kind: Literal[
        "courtesy",
        "introduction",
        "closing",
        "signature",
        "card",
        "separator",
        "quote",
        "aside",
        "steps",
        "steps-told",
        "blank",
    ]
