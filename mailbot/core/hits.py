"""Where a rule's pattern stands in a text, and where it does not count."""

from collections.abc import Iterator
from itertools import islice
from typing import Protocol

from mailbot.core.patterns import Found, Pattern
from mailbot.core.reading import sentence_around

_MOST = 200


class HasPattern(Protocol):
    """A rule with a pattern and perhaps an `unless`."""

    @property
    def pattern(self) -> Pattern: ...
    @property
    def unless(self) -> Pattern | None: ...


def hits_of(rule: HasPattern, folded: str) -> Iterator[Found]:
    """The first hits of the rule in folded text, less those whose sentence matches its `unless`."""
    for found in islice(rule.pattern.finditer(folded), _MOST):
        sentence = sentence_around(folded, found.start(), found.end()) if rule.unless else ""
        if rule.unless is None or not rule.unless.search(sentence):
            yield found


def applies(rule: HasPattern, folded: str) -> bool:
    """Whether the rule has a hit."""
    if rule.unless is None:
        return rule.pattern.search(folded) is not None
    return next(hits_of(rule, folded), None) is not None
