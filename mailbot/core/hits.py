"""Where a rule's pattern stands in a text, and where it does not count."""

from collections.abc import Iterator
from itertools import islice
from typing import Protocol

from mailbot.core.clauses import clause_of
from mailbot.core.patterns import Found, Pattern
from mailbot.core.reading import sentence_span

_REACH = 60  # characters ahead of a hit and behind it
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
    @property
    def ahead(self) -> Pattern | None: ...
    @property
    def behind(self) -> Pattern | None: ...
    @property
    def aside(self) -> Pattern | None: ...
    @property
    def near(self) -> tuple[Pattern, ...]: ...
    @property
    def beside(self) -> tuple[Pattern, ...]: ...


def hits_of(rule: HasPattern, folded: str) -> Iterator[Found]:
    """The first hits of the rule in folded text, less those that do not count where they stand."""
    return (found for found in islice(rule.pattern.finditer(folded), MOST_HITS) if _counts(rule, folded, found))


def applies(rule: HasPattern, folded: str) -> bool:
    """Whether the rule has a hit."""
    if _is_plain(rule):
        return rule.pattern.search(folded) is not None
    return next(hits_of(rule, folded), None) is not None


def _is_plain(rule: HasPattern) -> bool:
    """Whether nothing is asked of the words around a hit."""
    barred = rule.unless or rule.but or rule.ahead or rule.behind
    return barred is None and not (rule.also or rule.near or rule.beside)


def _counts(rule: HasPattern, folded: str, found: Found) -> bool:
    """Whether the words around the hit are as the rule wants them."""
    if _is_plain(rule):
        return True
    begin, end = sentence_span(folded, found.start(), found.end())
    sentence = folded[begin:end]
    if rule.unless is not None and rule.unless.search(sentence):
        return False
    if rule.ahead is not None and rule.ahead.search(folded[max(begin, found.start() - _REACH) : found.start()]):
        return False
    if rule.behind is not None and rule.behind.search(folded[found.end() : min(end, found.end() + _REACH)]):
        return False
    # What is not in the sentence is not in the clause: most hits need not be asked for theirs.
    if not all(each.search(sentence) for each in rule.also):
        return False
    if rule.near:
        before = sentence_span(folded, begin - 1, begin)[0] if begin else 0
        if not all(each.search(folded[before:end]) for each in rule.near):
            return False
    if rule.beside and not _stand_beside(rule.beside, folded, begin, end):
        return False
    if rule.but is None and not rule.also:
        return True
    clause = clause_of(sentence, found.start() - begin, found.end() - begin)
    if not all(each.search(clause) for each in rule.also):
        return False
    if rule.but is None:
        return True
    return not rule.but.search(clause if rule.aside is None else rule.aside.sub(" ", clause))


def _stand_beside(patterns: tuple[Pattern, ...], folded: str, begin: int, end: int) -> bool:
    """Whether all are found in the sentence folded[begin:end], the one before and the one after."""
    sentence = folded[begin:end]
    lacking = [each for each in patterns if not each.search(sentence)]
    if not lacking:
        return True
    before = sentence_span(folded, begin - 1, begin)[0] if begin else 0
    gap = folded[end : end + 3]
    end += 0 if gap.startswith("\n\n") else len(gap) - len(gap.lstrip())
    after = sentence_span(folded, end, end + 1)[1] if end < len(folded) else end
    return all(each.search(folded[before:after]) for each in lacking)
