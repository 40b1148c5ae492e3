"""The shapes of the rules in rules/, as their TOML is written."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationInfo, model_validator

from mailbot.core.fields import FIELD_KINDS
from mailbot.core.patterns import Pattern, check_pattern, compile_pattern
from mailbot.core.pieces import with_pieces
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


def _compiled(source: str, told: ValidationInfo) -> Pattern:
    """Not compiled yet where the loading was told that all patterns are known to be good."""
    return compile_pattern(source) if told.context == KNOWN_TO_BE_GOOD else check_pattern(source)


KNOWN_TO_BE_GOOD = "known to be good"
Compiled = Annotated[Pattern, PlainValidator(_compiled)]
FieldName = Annotated[str, BeforeValidator(_known_field)]
Identifier = Annotated[str, BeforeValidator(_plain_name)]
Confidence = Annotated[float, Field(ge=0, le=1)]
Expected = bool | float | str | tuple[str, ...]
Convert = Literal[
    "text", "line", "sentence", "list", "urls", "url", "contact", "type", "cwe", "cve", "vector", "score", "date",
    "email", "flag",
    "product", "version", "version-after-name", "site", "ids",
]  # fmt: skip
Take = Convert | Literal["person", "organisation", "credit", "refusal", "key", "reports", "plan", "phone", "maker"]
"""How the answer of a form is read: as running text may be, or as only an answer can be."""


class Shape(BaseModel):
    """A table of TOML: no unknown keys, never changed after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Pieced(Shape):
    """A file of rules that share pieces of patterns."""

    pieces: dict[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, table: Any) -> Any:
        return with_pieces(table)


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

    Each pattern of `also` must be found in the clause, in whatever order; `but` must not, where the words of
    `aside` do not count ("I do not mind"). What stands ahead of
    the hit in its sentence must not match `ahead`, what stands behind it not `behind`. Each of `near` must be found
    in the sentence or the one before it, each of `beside` in the sentence, the one before it or the one after it.
    """

    pattern: Compiled
    unless: Compiled | None = None
    also: tuple[Compiled, ...] = ()
    but: Compiled | None = None
    ahead: Compiled | None = None
    behind: Compiled | None = None
    aside: Compiled | None = None
    near: tuple[Compiled, ...] = ()
    beside: tuple[Compiled, ...] = ()


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

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that it states."""
        return tuple(self.groups) or (str(self.field),)

    @model_validator(mode="after")
    def _yields_something(self) -> "FieldRule":
        if (self.field is None) == (not self.groups):
            raise ValueError("say either field or groups")
        unknown = set(self.groups.values()) - set(self.pattern.groupindex) if self.groups else ()
        if unknown:
            raise ValueError(f"the pattern has no group {', '.join(sorted(unknown))}")
        return self


class TypeRule(PatternRule):
    """Words that name a type of vulnerability."""

    confidence: Confidence = 0.9


class VulnerabilityType(Pieced):
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
        "pointer",
        "part",
        "steps",
        "steps-told",
        "blank",
        "steps-seen",
        "steps-item",
        "steps-code",
        "denied",
        "no-plan",
        "not-told",
        "role",
        "organisation",
        "name",
    ]
