"""The shapes of the rules in rules/redaction/: what finders keep for the desk, and secrets wherever they stand."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, model_validator

from mailbot.core.marks import KINDS
from mailbot.core.pieces import with_pieces
from mailbot.core.rule_shapes import Hit, PatternRule, Shape, Worded
from mailbot.core.screens import Screen

Cut = Literal["words", "sentence", "paragraph", "rest", "above", "mark"]


class Redaction(Worded):
    """Words that are cut out, or that keep a passage for the desk; how far it goes is told by `cut`.

    `words` (the hit's first group, or the whole hit) are a secret. All others are words of the finder's: they keep the
    `sentence` or `paragraph` in which they stand, the `rest` of the text, the paragraph `above`, or, as a `mark`, what
    a mark at that place covers. `kind` says what a secret is, a name of `marks.KINDS`: the mark tells it.
    """

    cut: Cut = "words"
    kind: str = ""
    hit: tuple[Hit, ...] = ()
    miss: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known_kind(self) -> "Redaction":
        if self.kind and self.kind not in KINDS:
            raise ValueError(f'kind "{self.kind}" is none of {", ".join(KINDS)}')
        return self


class RedactionFile(Shape):
    """Redactions of one kind, and the lines by which a passage ends."""

    pieces: dict[str, str] = Field(default_factory=dict)
    rule: tuple[Redaction, ...] = ()
    end: tuple[PatternRule, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, table: Any) -> Any:
        return with_pieces(table)


class Redactions:
    """All redactions, each behind a screen."""

    def __init__(self, files: Iterable[RedactionFile]) -> None:
        self._files = tuple(files)

    @cached_property
    def secrets(self) -> Screen[Redaction]:
        """The rules for words that never leave the desk."""
        return Screen(rule for file in self._files for rule in file.rule if rule.cut == "words")

    @cached_property
    def passages(self) -> Screen[Redaction]:
        """The rules by which a finder keeps a passage."""
        return Screen(rule for file in self._files for rule in file.rule if rule.cut != "words")

    @cached_property
    def ends(self) -> Screen[PatternRule]:
        """The rules for lines that end one."""
        return Screen(rule for file in self._files for rule in file.end)
