"""Many patterns asked at once: which rules can have a hit in a text at all. One pass instead of one for each rule."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Generic, TypeVar

import re2  # type: ignore[import-untyped]

from mailbot.core.hits import HasPattern, applies
from mailbot.core.patterns import Pattern, compile_for_lines, for_lines, loosened

_Set = tuple[tuple[int, ...], int, re2.Set]
"""The numbers of the rules in it, which of its patterns is the witness, and the set."""

Rule = TypeVar("Rule", bound=HasPattern)

_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 64 << 20


_TOGETHER = 20  # more in one set: fewer passes, but a text that nobody wrote before leads to far more new states


class Screen(Generic[Rule]):
    """Rules behind sets of their patterns."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(rules)
        sources = tuple(rule.pattern.pattern for rule in self.rules)
        self._sets = tuple((numbers, *_set_of(sources[n] for n in numbers)) for numbers in self._groups())

    def _groups(self) -> Iterator[tuple[int, ...]]:
        """The numbers of the rules that share a set: of one script, as a text in the other takes next to no time."""
        if len(self.rules) <= _TOGETHER:
            yield from [tuple(range(len(self.rules)))] if self.rules else []
            return
        for japanese in (False, True):
            numbers = [n for n, rule in enumerate(self.rules) if _is_japanese(rule) is japanese]
            yield from (tuple(numbers[i : i + _TOGETHER]) for i in range(0, len(numbers), _TOGETHER))

    def hitting(self, *texts: str) -> tuple[Rule, ...]:
        """The rules that may have a hit in one of the folded texts, in their order; few of them have none."""
        found = {number for text in texts for number in _matching(self._sets, text)}
        return tuple(self.rules[i] for i in sorted(found)) if found else ()

    def applies(self, text: str) -> bool:
        """Whether a rule applies to the folded text."""
        return any(applies(rule, text) for rule in self.hitting(text))

    def among(self, lines: Sequence[str]) -> frozenset[int]:
        """Which of the folded lines a rule applies to: as `applies` of each, but most are never asked by themselves."""
        text = "\n".join(lines)
        matching = tuple(_matching(self._line_sets, text))
        if not matching:
            return frozenset()
        ends = tuple(accumulate(len(line) + 1 for line in lines))
        asked: dict[int, list[int]] = {}
        for n in matching:
            for line in dict.fromkeys(_touched(self._for_lines(n), text, ends)):
                asked.setdefault(line, []).append(n)
        said: dict[tuple[str, int], bool] = {}
        return frozenset(line for line, rules in asked.items() if any(self._says(n, lines[line], said) for n in rules))

    def _says(self, number: int, line: str, said: dict[tuple[str, int], bool]) -> bool:
        """Whether that rule applies to the line; the same line is asked once."""
        key = (line, number)
        if key not in said:
            said[key] = applies(self.rules[number], line)
        return said[key]

    @cached_property
    def _line_sets(self) -> tuple[_Set, ...]:
        """The sets for many lines as one text."""
        sources = tuple(for_lines(rule.pattern.pattern) for rule in self.rules)
        return tuple((numbers, *_set_of(sources[n] for n in numbers)) for numbers in self._groups())

    def _for_lines(self, number: int) -> Pattern:
        if number not in self._compiled:
            self._compiled[number] = compile_for_lines((self.rules[number].pattern.pattern,))
        return self._compiled[number]

    @cached_property
    def _compiled(self) -> dict[int, Pattern]:
        return {}


def _matching(sets: Iterable[_Set], text: str) -> Iterator[int]:
    """The numbers of the patterns that are found in the text, of all of a set where RE2 could not tell."""
    encoded = text.encode()
    for numbers, witness, patterns in sets:
        matched = patterns.Match(encoded) or ()
        if witness not in matched:
            yield from numbers
        elif len(matched) > 1:
            yield from (numbers[i] for i in matched if i != witness)


def _is_japanese(rule: HasPattern) -> bool:
    return any(character >= "\u3000" for character in rule.pattern.pattern)


def _set_of(sources: Iterable[str]) -> tuple[int, re2.Set]:
    """The set of these patterns, and which of its patterns is the witness."""
    patterns = re2.Set.SearchSet(_OPTIONS)
    for source in sources:
        patterns.Add(loosened(source))
    # RE2 gives up on a text that needs too much memory, and then names no pattern: this one ends every text.
    witness = patterns.Add(r"\z")
    patterns.Compile()
    return witness, patterns


def lines_with(pattern: Pattern, lines: Sequence[str]) -> frozenset[int]:
    """The lines that a pattern of `compile_for_lines` touches when it is asked of all of them together."""
    ends = tuple(accumulate(len(line) + 1 for line in lines))
    return frozenset(_touched(pattern, "\n".join(lines), ends))


def _touched(pattern: Pattern, text: str, ends: Sequence[int]) -> Iterator[int]:
    for found in pattern.finditer(text):
        first = bisect_right(ends, found.start())
        yield from range(first, min(max(first, bisect_left(ends, found.end())) + 1, len(ends)))
