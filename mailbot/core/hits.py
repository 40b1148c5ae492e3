"""Where a rule's pattern stands in a text, and where it does not count."""

from collections.abc import Iterator
from itertools import islice
from typing import Protocol

from mailbot.core.clauses import clause_of
from mailbot.core.patterns import Found, Pattern
from mailbot.core.reading import sentence_span

MOST_HITS = 200  # of one rule in one text


class HasPattern(Protocol):
    """A rule with a pattern, and perhaps words that must or must not stand around it."""

    @property
    def pattern(self) -> Pattern: ...
    @property
    def unless(self) -> Pattern | None: ...
    @property
    def also(self) -> tuple[Pattern, ...]: ...
    @property
    def but(self) -> Pattern | None: ...


def hits_of(rule: HasPattern, folded: str) -> Iterator[Found]:
    """The first hits of the rule in folded text, less those that do not count where they stand."""
    return (found for found in islice(rule.pattern.finditer(folded), MOST_HITS) if _counts(rule, folded, found))


def applies(rule: HasPattern, folded: str) -> bool:
    """Whether the rule has a hit."""
    if rule.unless is None and rule.but is None and not rule.also:
        return rule.pattern.search(folded) is not None
    return next(hits_of(rule, folded), None) is not None


def _counts(rule: HasPattern, folded: str, found: Found) -> bool:
    """Whether the words around the hit are as the rule wants them."""
    if rule.unless is None and rule.but is None and not rule.also:
        return True
    begin, end = sentence_span(folded, found.start(), found.end())
    sentence = folded[begin:end]
    if rule.unless is not None and rule.unless.search(sentence):
        return False
    # What is not in the sentence is not in the clause: most hits need not be asked for theirs.
    if not all(each.search(sentence) for each in rule.also):
        return False
    if rule.but is None and not rule.also:
        return True
    clause = clause_of(sentence, found.start() - begin, found.end() - begin)
    return all(each.search(clause) for each in rule.also) and (rule.but is None or not rule.but.search(clause))
