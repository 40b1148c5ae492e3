"""The shapes of the rules in rules/forms/: labelled items, checkboxes, and what a form says of itself."""

from bisect import bisect_left
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from mailbot.core.form_lines import keys_of
from mailbot.core.model import Track
from mailbot.core.patterns import Pattern, compile_for_lines
from mailbot.core.rule_shapes import Compiled, Confidence, Expected, FieldName, Hit, PatternRule, Rule, Shape, Take
from mailbot.core.screens import Screen

WRAPPED_LABEL = 16
"""Labels whose key has this many characters may stand on two lines."""


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

    `numbers` are the labels by the numbers of the printed form, for those who keep nothing else of it.
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
    numbers: dict[str, str] = Field(default_factory=dict)
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
