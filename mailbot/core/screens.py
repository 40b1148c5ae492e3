"""Many patterns asked at once: which rules can have a hit in a text at all. One pass instead of one for each rule."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Generic, TypeVar

import re2  # type: ignore[import-untyped]

from mailbot.core.hits import HasPattern, applies
from mailbot.core.patterns import Found, Pattern, compile_for_lines, for_lines, loosened

_Ask = Callable[[bytes], list[int]]
_Set = tuple[tuple[int, ...], int, _Ask]
"""The numbers of the rules in it, which of its patterns is the witness, and what asks it which are found in a text."""

Rule = TypeVar("Rule", bound=HasPattern)

_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 64 << 20


_TOGETHER = 20  # more in one set: fewer passes, but a text that nobody wrote before leads to far more new states


class Screen(Generic[Rule]):
    """Rules behind sets of their patterns; those of one `kind` share sets, where not all are asked each time."""

    def __init__(self, rules: Iterable[Rule], kind: Callable[[Rule], str] = lambda rule: "") -> None:
        self.rules = tuple(rules)
        self._kinds = tuple(map(kind, self.rules))
        sources = tuple(rule.pattern.pattern for rule in self.rules)
        self._sets = tuple((numbers, *_set_of(sources[n] for n in numbers)) for numbers in self._groups())

    def part(self, wanted: Callable[[Rule], bool]) -> "Part[Rule]":
        """The screen of those that are wanted: sets that have none of them are not asked."""
        numbers = frozenset(n for n, rule in enumerate(self.rules) if wanted(rule))
        sets = tuple(each for each in self._sets if not numbers.isdisjoint(each[0]))
        return Part(self.rules, numbers, sets, self._of_nothing)

    def _groups(self) -> Iterator[tuple[int, ...]]:
        """The numbers of the rules that share a set: of one script, as a text in the other takes next to no time."""
        if len(self.rules) <= _TOGETHER:
            yield from [tuple(range(len(self.rules)))] if self.rules else []
            return
        alike: dict[tuple[bool, str], list[int]] = {}
        for n, rule in enumerate(self.rules):
            alike.setdefault((_is_japanese(rule), self._kinds[n]), []).append(n)
        for numbers in alike.values():
            yield from (tuple(numbers[i : i + _TOGETHER]) for i in range(0, len(numbers), _TOGETHER))

    def hitting(self, *texts: str) -> tuple[Rule, ...]:
        """The rules that may have a hit in one of the folded texts, in their order; few of them have none."""
        found = _in_any(self._sets, texts, self._of_nothing)
        return tuple([self.rules[i] for i in sorted(found)]) if found else ()

    def applies(self, text: str) -> bool:
        """Whether a rule applies to the folded text."""
        return any(applies(rule, text) for rule in self.hitting(text))

    def among(self, lines: Sequence[str]) -> frozenset[int]:
        """Which of the folded lines a rule applies to: as `applies` of each, but most are never asked by themselves."""
        text = "\n".join(lines)
        matching = _matching(self._line_sets, text)
        if not matching:
            return frozenset()
        ends = _ends(lines)
        asked: dict[int, list[int]] = {}
        for n in matching:
            for line in dict.fromkeys(_lines_of(self._for_lines(n).finditer(text), ends)):
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
    def _of_nothing(self) -> tuple[int, ...]:
        """What an empty text matches: most mails have some."""
        return tuple(_matching(self._sets, ""))

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


class Part(Generic[Rule]):
    """Some rules of a screen, asked by themselves."""

    def __init__(
        self, rules: tuple[Rule, ...], wanted: frozenset[int], sets: tuple[_Set, ...], of_nothing: Iterable[int]
    ) -> None:
        """`wanted` are numbers among the rules, `sets` those that hold them, `of_nothing` what an empty text hits."""
        self._rules, self._wanted, self._sets, self._of_nothing = rules, wanted, sets, of_nothing

    def hitting(self, *texts: str) -> tuple[Rule, ...]:
        """Those that may have a hit in one of the folded texts, in their order; few of them have none."""
        found = _in_any(self._sets, texts, self._of_nothing)
        return tuple([self._rules[i] for i in sorted(found & self._wanted)])


def _in_any(sets: tuple[_Set, ...], texts: Iterable[str], of_nothing: Iterable[int]) -> set[int]:
    """The numbers of the patterns that are found in some of the texts."""
    found: set[int] = set()
    for text in texts:
        found.update(_matching(sets, text) if text else of_nothing)
    return found


def _matching(sets: Iterable[_Set], text: str) -> list[int]:
    """The numbers of the patterns that are found in the text, of all of a set where RE2 could not tell."""
    encoded = text.encode()
    found: list[int] = []
    for numbers, witness, ask in sets:
        matched = ask(encoded)
        if witness not in matched:
            found += numbers
        elif len(matched) > 1:
            found += [numbers[i] for i in matched if i != witness]
    return found


def _is_japanese(rule: HasPattern) -> bool:
    return any(character >= "\u3000" for character in rule.pattern.pattern)


def _set_of(sources: Iterable[str]) -> tuple[int, _Ask]:
    """Which of its patterns is the witness, and how the set of these patterns is asked, without its Python half."""
    patterns = re2.Set.SearchSet(_OPTIONS)
    for source in sources:
        patterns.Add(loosened(source))
    # RE2 gives up on a text that needs too much memory, and then names no pattern: this one ends every text.
    witness = patterns.Add(r"\z")
    patterns.Compile()
    ask: _Ask = patterns._set.Match
    return witness, ask


def lines_with(pattern: Pattern, lines: Sequence[str]) -> frozenset[int]:
    """The lines that a pattern of `compile_for_lines` touches when it is asked of all of them together."""
    hits = list(pattern.finditer("\n".join(lines)))
    return frozenset(_lines_of(hits, _ends(lines))) if hits else frozenset()


def _ends(lines: Sequence[str]) -> tuple[int, ...]:
    """Where each of the lines ends when they are joined, its newline with it."""
    return tuple(accumulate(map((1).__add__, map(len, lines))))


def _lines_of(hits: Iterable[Found], ends: Sequence[int]) -> Iterator[int]:
    """The lines that are touched, those of one hit after the other."""
    for found in hits:
        first = bisect_right(ends, found.start())
        yield from range(first, min(max(first, bisect_left(ends, found.end())) + 1, len(ends)))
