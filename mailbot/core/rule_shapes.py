"""The shapes of the rules in rules/, as their TOML is written."""

import re
from bisect import bisect_left
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator

from mailbot.core.fields import FIELD_KINDS
from mailbot.core.form_lines import keys_of
from mailbot.core.model import Track
from mailbot.core.patterns import Pattern, compile_for_lines, compile_pattern
from mailbot.core.screens import Screen
from mailbot.core.signs import SignKind

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def _known_field(name: str) -> str:
    if name not in FIELD_KINDS:
        raise ValueError(f"{name!r} is no field of a report; see docs for the list")
    return name


def _plain_name(name: str) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} must be lower-case letters and digits, with single hyphens between them")
    return name


Compiled = Annotated[Pattern, PlainValidator(compile_pattern)]
FieldName = Annotated[str, BeforeValidator(_known_field)]
Identifier = Annotated[str, BeforeValidator(_plain_name)]
Confidence = Annotated[float, Field(ge=0, le=1)]
WRAPPED_LABEL = 16
"""Labels whose key has this many characters may stand on two lines."""

Expected = bool | float | str | tuple[str, ...]
Convert = Literal[
    "text", "line", "sentence", "list", "urls", "type", "cwe", "cve", "vector", "score", "date", "email", "flag",
    "product", "version", "version-after-name", "site", "ids",
]  # fmt: skip
Take = Convert | Literal["person", "organisation", "credit", "refusal", "key", "reports", "plan", "phone"]
"""How the answer of a form is read: as running text may be, or as only an answer can be."""


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


class Worded(Rule):
    """Words and where they count: `unless` looks at the sentence around a hit, `also` and `but` at its clause.

    Each pattern of `also` must be found in the clause, in whatever order; `but` must not.
    """

    pattern: Compiled
    unless: Compiled | None = None
    also: tuple[Compiled, ...] = ()
    but: Compiled | None = None


class PatternRule(Worded):
    """Words with texts that they must and must not be found in."""

    hit: tuple[str, ...] = ()
    miss: tuple[str, ...] = ()


class FieldRule(Worded):
    """Reads one field, or with `groups` several, out of running text.

    `value` is what a hit means; without it, the first group of the pattern (or the whole hit) is converted.
    A value that matches `never` is no value.
    """

    field: FieldName | None = None
    groups: dict[FieldName, str] = {}
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
    """A type: its code, its names, IPA's name and the usual CWE numbers."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    name: dict[Literal["ja", "en"], str]
    ipa: str
    cwe: tuple[Annotated[str, Field(pattern=r"^CWE-[0-9]+$")], ...] = ()
    rule: tuple[TypeRule, ...]

    @model_validator(mode="after")
    def _both_languages(self) -> "VulnerabilityType":
        if len(self.name) < 2:
            raise ValueError("name needs ja and en")
        return self


class FormItem(Rule):
    """A labelled item of a form, and how its answer is read.

    `asks` finds the label in other words. An item with `given` counts only if one of those labels was answered with
    yes; one with `below` only in a section with such a heading, and there in place of the label's other items.
    """

    labels: Annotated[tuple[str, ...], Field(min_length=1)]
    asks: Compiled | None = None
    given: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    field: FieldName
    take: Take = "text"
    hit: tuple[Hit, ...] = ()
    miss: tuple[str, ...] = ()


class FormBox(PatternRule):
    """A checkbox, and what it states when it is ticked."""

    sets: dict[FieldName, Expected]


class Form(Shape):
    """A form that reports come in; `skip` are labels that end an answer but hold nothing that we keep.

    A form that is `like` another file's has its items, boxes, notes and labels to skip too, `without` some.
    """

    form: Literal["ipa-website", "ipa-product", "certcc-vrf", "markdown", "json"]
    why: Annotated[str, Field(min_length=1)]
    track: Track | None = None
    like: str | None = None
    without: tuple[str, ...] = ()
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
    def asked(self) -> Pattern | None:
        """One pattern for lines of labels that may be put in other words; None if there is none."""
        asks = [item.asks.pattern for item in self.item if item.asks is not None]
        return compile_for_lines(asks) if asks else None

    @cached_property
    def titles(self) -> Screen[PatternRule]:
        """The form's titles."""
        return Screen(self.title)

    @cached_property
    def asides(self) -> Screen[PatternRule]:
        """The lines of the form that are no labels: titles and notes."""
        return Screen((*self.title, *self.note))

    @cached_property
    def boxes(self) -> Screen[FormBox]:
        """Its boxes."""
        return Screen(self.box)

    def with_items_of(self, other: "Form") -> "Form":
        """This form with what the other has and this one has not."""
        own = {rule.id for rule in (*self.item, *self.box, *self.note)} | {*self.without}
        return self.model_copy(
            update={
                "item": (*self.item, *(item for item in other.item if item.id not in own)),
                "box": (*self.box, *(box for box in other.box if box.id not in own)),
                "note": (*self.note, *(note for note in other.note if note.id not in own)),
                "skip": (*self.skip, *other.skip),
            }
        )

    @cached_property
    def long_labels(self) -> tuple[str, ...]:
        """The keys that are long enough to be wrapped over two lines by a mail program, in order."""
        return tuple(sorted(key for key in self.index if len(key) >= WRAPPED_LABEL))

    def begins_long_label(self, key: str) -> bool:
        """Whether the key is the beginning of such a label, or one."""
        at = bisect_left(self.long_labels, key)
        return at < len(self.long_labels) and self.long_labels[at].startswith(key)


class AutomaticRule(PatternRule):
    """A header whose value tells who or what sent a mail; "Text", "Part" and "Attachment" are treated like headers."""

    header: str
    kind: SignKind


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
        "elsewhere",
        "beside",
        "part",
        "steps",
        "steps-told",
        "blank",
        "steps-seen",
        "steps-item",
        "role",
        "organisation",
        "name",
    ]
