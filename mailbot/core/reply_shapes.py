"""The shapes of rules/concepts/ and rules/replies/, as their TOML is written."""

from pydantic import model_validator

from mailbot.core.events import Meaning
from mailbot.core.rule_shapes import Compiled, Identifier, Rule, Shape


class Concept(Rule):
    """Words that stand for one idea, Japanese and English; where `unless` stands too, the clause has no such idea.

    Words of a concept that is set `aside` are courtesy: they are cut out before any other concept is looked for.
    """

    ja: Compiled | None = None
    en: Compiled | None = None
    unless: Compiled | None = None
    aside: bool = False
    hit: tuple[str, ...] = ()
    miss: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_words(self) -> "Concept":
        if self.ja is None and self.en is None:
            raise ValueError("say ja, en or both")
        return self


class ConceptFile(Shape):
    """Concepts of one kind."""

    concept: tuple[Concept, ...]


class ReplyRule(Rule):
    """What must stand together in a clause to have the meaning of the file, and what must not.

    `all` and `none` name concepts of the clause, `around` such as must stand in its sentence, `nowhere` such as may not
    stand anywhere in the mail; `pattern` and `unless` look at the words of the clause.
    """

    all: frozenset[Identifier] = frozenset()
    none: frozenset[Identifier] = frozenset()
    around: frozenset[Identifier] = frozenset()
    nowhere: frozenset[Identifier] = frozenset()
    pattern: Compiled | None = None
    unless: Compiled | None = None
    hit: tuple[str, ...] = ()
    miss: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _asks_something(self) -> "ReplyRule":
        if not self.all and self.pattern is None:
            raise ValueError("say all, pattern or both")
        return self


class ReplyRules(Shape):
    """Rules that read one meaning in a reply."""

    meaning: Meaning
    rule: tuple[ReplyRule, ...]
