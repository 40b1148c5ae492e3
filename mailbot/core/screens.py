"""Many patterns asked at once: which rules can have a hit in a text at all. One pass instead of one for each rule."""

from collections.abc import Iterable
from typing import Generic, TypeVar

import re2  # type: ignore[import-untyped]

from mailbot.core.hits import HasPattern, applies

Rule = TypeVar("Rule", bound=HasPattern)

_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 64 << 20


_TOGETHER = 24  # with more patterns in one set its automaton outgrows its memory and is built again and again


class Screen(Generic[Rule]):
    """Rules behind sets of their patterns."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        self._sets = tuple(self._set_of(begin) for begin in range(0, len(self.rules), _TOGETHER))

    def _set_of(self, begin: int) -> tuple[int, int, re2.Set]:
        """Where the set's rules begin, which of its patterns is the witness, and the set."""
        patterns = re2.Set.SearchSet(_OPTIONS)
        for rule in self.rules[begin : begin + _TOGETHER]:
            patterns.Add(rule.pattern.pattern)
        # RE2 gives up on a text that needs too much memory, and then names no pattern: this one is in every text.
        witness = patterns.Add("")
        patterns.Compile()
        return begin, witness, patterns

    def hitting(self, *texts: str) -> tuple[Rule, ...]:
        """The rules with a hit in one of the folded texts, in their order; `unless` is not asked."""
        found: set[int] = set()
        for begin, witness, patterns in self._sets:
            for text in texts:
                matched = patterns.Match(text)
                if witness not in matched:
                    found.update(range(begin, min(begin + _TOGETHER, len(self.rules))))
                else:
                    found.update(begin + i for i in matched if i != witness)
        return tuple(self.rules[i] for i in sorted(found))

    def applies(self, text: str) -> bool:
        """Whether a rule applies to the folded text."""
        return any(applies(rule, text) for rule in self.hitting(text))
