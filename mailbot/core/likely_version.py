"""The version of a named product in no wording that a rule knows.

Theory. A number that is a version stands beside the product's name, behind a word for versions, or where the finder
tells what they have. So the text is marked once: the product as `¤`, the number in <angle brackets>. What then speaks
for it and against it are signals (rules/routing/version.toml): other programs, standards, days and prices have numbers
too. The most likely one is taken if enough speaks for it; it is the last resort, and never so sure as to be relied on.
"""

import re
from collections.abc import Iterator
from itertools import islice

from mailbot.core.hits import applies
from mailbot.core.model import Field
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, sentence_span, short
from mailbot.core.ruleset import Ruleset

_ONE = (
    r"(?:[vV]\.?|[Vv]er\.? ?|[Rr]el\.? ?|V)?"
    r"(?:[0-9]{1,8}(?:\.[0-9]{1,6}|\.x){1,4}[a-z]{0,2}[0-9]{0,3}(?:[-+_](?:rc|beta|alpha|p|r|b)?[0-9]{1,6})?"
    r"|[VRN][0-9]{1,4}(?:[RC.][0-9]{1,4})*|[0-9]{1,8})"
    r"(?: ?(?:SP|SR|CU|HF|RC|U|update|patch|build|beta|rev\.?|パッチ|ビルド) ?-?[0-9]{1,6})?"
)
_UNDER = r"(?:(?:<=?|>=?|≤|≥|before|below|until|up to|prior to|since|from) ?(?:version )?)?"
_JOIN = r"(?: ?(?:,|/|-|–|~|〜|～|to|through|and|or|から|と|、|および) ?(?:<=? ?)?)"
_BOUND = r"(?: ?(?:and |or )?(?:earlier|below|older|later|prior)| ?(?:以前|以下|未満|以降|まで|系)(?:すべて|全て)?)?"
_VERSION = compile_pattern(
    rf"(?-i:(?:^|[^0-9A-Za-z_./#-])({_UNDER}{_ONE}(?:{_JOIN}{_ONE}){{0,4}}{_BOUND})(?:[^0-9A-Za-z_@]|$))"
)
_MOST = 40
_LOOKED_AT = 2_500
_REACH = 70
_ENOUGH = 1.3
_FORBIDDEN = -2.0
_BARE = -0.4  # a plain number is mostly none
_IN_SUBJECT = 0.4
_CONFIDENCE = 0.32


def likely_version(flow: str, subject: str, product: str, rules: Ruleset) -> Field | None:
    """The version of the product that most speaks for, None if nothing is sure enough."""
    best, version = 0.0, ""
    for text, more in ((fold(flow)[:_LOOKED_AT], 0.0), (fold(subject), _IN_SUBJECT)):
        for marked, number in _candidates(text, product):
            weight = _weight(marked, rules) + more + (_BARE if number.isdigit() else 0.0)
            if weight > best:
                best, version = weight, number
    if round(best, 3) < _ENOUGH:
        return None
    return Field("product.version", version, "name/version", _CONFIDENCE, short(version))


def is_no_version(number: str, flow: str, product: str, rules: Ruleset) -> bool:
    """Whether all that is said of a number is that it is something else, or a release in which the flaw is mended."""
    text = fold(flow)[:_LOOKED_AT]
    weights = [_weight(marked, rules) for marked, known in _candidates(text, product) if fold(number) in known]
    return bool(weights) and max(weights) < 0.0


def _weight(marked: str, rules: Ruleset) -> float:
    said = [signal.weight for signal in rules.signals_of("version").hitting(marked) if applies(signal, marked)]
    return _FORBIDDEN if _FORBIDDEN in said else sum(said)


def _candidates(text: str, product: str) -> Iterator[tuple[str, str]]:
    """Each number in its marked sentence, and how it is written."""
    name = re.compile(rf"(?<![^\W_]){re.escape(fold(product))}", re.IGNORECASE)
    for hit in islice(_VERSION.finditer(text), _MOST):
        start, end = hit.start(1), hit.end(1)
        begin, stop = sentence_span(text, start, end)
        before, behind = text[max(begin, start - _REACH) : start], text[end : min(stop, end + _REACH)]
        left, right = (name.sub("¤", _bare(part)) for part in (before, behind))
        number = text[start:end].strip(" ,、")
        yield f"{left}<{number}>{right}", number


def _bare(words: str) -> str:
    return words.replace("<", " ").replace(">", " ").replace("¤", " ")
