"""The product that a report names in no wording that a rule knows: of all names in it, the one most is said for."""

from collections.abc import Iterator
from itertools import islice

from mailbot.core.hits import applies
from mailbot.core.model import Field
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, sentence_span, short
from mailbot.core.ruleset import Ruleset

_NAME = compile_pattern(
    r"[\"「『`]([^\"」』`「『\n<>:()]{2,40})[\"」』`]"
    r"|(?-i:(?:^|[^0-9A-Za-z_./@-])((?:[A-ZÀ-Ý][0-9A-Za-zÀ-ÿ&'_+-]*|[a-z]{1,3}[A-Z][0-9A-Za-z]*)(?:\.(?:js|io|py|NET|php))?"
    r"(?:[ -](?:[A-ZÀ-Ý][0-9A-Za-zÀ-ÿ&'_+-]*|[0-9]{1,4}[A-Za-z]{0,2}\b))*))"
    r"|(?-i:(?:^|[^0-9A-Za-z_./@-])(@?[a-z][a-z0-9]+(?:[-_/][a-z0-9]+)+|lib[a-qs-z0-9][a-z0-9]{2,20})(?:[^0-9A-Za-z_./@-]|[.](?:\s|$)|$))"
    r"|(?-i:(?:^|[^0-9A-Za-z_./@-])([a-z][a-z0-9]{2,20}),? (?:v?[0-9]+\.[0-9]|\((?:the|an?) |before [0-9]|is an? ))"
    r"|(?-i:(?:^|[.:!?\n]\s?)([a-z][a-z0-9]{3,20}) (?:reads|writes|crash|segfault|allows|lets|leaks|trusts|accepts|"
    r"does not|doesn't|fails|panics|hangs|dies|exposes|sends|ignores|loops|executes|evals|skips|uses|has an?|mis|"
    r"forgets|never))"
)
_MOST = 60
_LOOKED_AT = 6_000  # characters; what a report is about is named soon
_REACH = 80
_ENOUGH = 1.3
_FORBIDDEN = -2.0
_AGAIN = 0.4
_IN_SUBJECT = 1.0
_OPENS = -0.8  # one plain word at the beginning of a sentence has its capital from there
_DOUBTS = {4: -1.5, 5: -0.3}  # plain words in lower case, which only what stands behind them makes names
_CONFIDENCE = 0.35


def likely_product(body: str, subject: str, rules: Ruleset) -> Field | None:
    """The name that most speaks for, None if nothing is sure enough (see rules/routing/name.toml)."""
    head = fold(subject)
    weights: dict[str, float] = {}
    for folded, start, end, doubt in (*_names(head), *_names(fold(body)[:_LOOKED_AT])):
        name = folded[start:end].strip()
        weight = _weight(folded, start, end, rules) + doubt
        if weight <= _FORBIDDEN or weights.get(name) == _FORBIDDEN:
            weights[name] = _FORBIDDEN
            continue
        weights[name] = max(weight, weights[name]) + _AGAIN if name in weights else weight
    for name in weights:
        weights[name] += _IN_SUBJECT if name in head and weights[name] > _FORBIDDEN else 0.0
    best = max(weights, key=lambda name: weights[name], default=None)
    if best is None or weights[best] < _ENOUGH:
        return None
    return Field("product.name", best, "name/likely", _CONFIDENCE, short(best))


def _names(folded: str) -> Iterator[tuple[str, int, int, float]]:
    """Where the names of a text stand, and how much their shape speaks against them."""
    for found in islice(_NAME.finditer(folded), _MOST):
        group = next(i for i in (1, 2, 3, 4, 5) if found.group(i) is not None)
        start, end = found.start(group), found.end(group)
        if folded[end : end + 1] == "." and folded[end + 1 : end + 2].isdigit():
            end = start + folded[start:end].rfind(" ")  # its last word begins a version
        if end > start + 1:
            yield folded, start, end, _DOUBTS.get(group, 0.0)


def _weight(folded: str, start: int, end: int, rules: Ruleset) -> float:
    """What its sentence says for and against the name."""
    begin, stop = sentence_span(folded, start, end)
    before, name = folded[max(begin, start - _REACH) : start], folded[start:end]
    behind = folded[end : min(stop, end + _REACH)]
    marked = f"{_bare(before)}<{_bare(name)}>{_bare(behind)}"
    said = [signal.weight for signal in rules.signals_of("name").hitting(marked) if applies(signal, marked)]
    if _FORBIDDEN in said:
        return _FORBIDDEN
    plain = not before.strip() and name.isalpha() and name[1:].islower()
    return sum(said) + (_OPENS if plain else 0.0)


def _bare(words: str) -> str:
    return words.replace("<", " ").replace(">", " ")
