"""Which type of vulnerability a text names."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from mailbot.core.hits import hits_of
from mailbot.core.model import Field
from mailbot.core.patterns import Found, compile_pattern
from mailbot.core.reading import fold, sentence_span, short
from mailbot.core.rule_shapes import TypeRule
from mailbot.core.ruleset import Ruleset

_NUMBER = compile_pattern(r"\bCW[ES]\s*[-:_ #]?\s*([0-9]{1,4})\b")
_NAME = 0.85  # a rule this sure looks for a fault's name, one less sure for what is seen of it, or for what it leads to
_NAME_IN_SUBJECT, _SIGN_IN_SUBJECT = 0.3, 0.04
_NUMBERED_BONUS = 0.3
_REPEAT_BONUS, _MOST_REPEATS = 0.02, 10
_VOTE, _MOST_VOTES = 0.04, 4  # for each rule of a type beside its surest one
_REACH = 60  # so many characters on either side tell whether a name is denied


def type_in(text: str, subject: str, rules: Ruleset) -> Field | None:
    """The type that is named: surer rule, CWE number beside it, subject, more rules, more and earlier mentions win."""
    folded, head = fold(text), fold(subject)
    found: dict[str, tuple[tuple[float, int], Field]] = {}
    votes: Counter[str] = Counter()
    numbers = {f"CWE-{int(hit.group(1) or 0)}" for hit in _NUMBER.finditer(folded)}
    numbered = {code for number in numbers if (code := rules.type_of_cwe.get(number)) is not None}
    for rule in rules.type_rules.hitting(folded, head):
        ahead = next(_stated(rule, head, rules), None)
        hits = list(islice(_stated(rule, folded, rules), _MOST_REPEATS))
        first = ahead or (hits[0] if hits else None)
        if first is None:
            continue
        code = rules.type_codes[id(rule)]
        votes[code] += 1
        in_subject = _NAME_IN_SUBJECT if rule.confidence >= _NAME else _SIGN_IN_SUBJECT
        bonus = (in_subject if ahead else 0) + (_NUMBERED_BONUS if code in numbered else 0)
        rank = (
            rule.confidence + bonus + _REPEAT_BONUS * len(hits),
            -(hits[0].start() if hits else len(folded)),
        )
        if code not in found or rank > found[code][0]:
            named = Field("vulnerability.type", code, f"type/{rule.id}", rule.confidence, short(first.group() or ""))
            found[code] = rank, named
    ranked = (
        (rank + _VOTE * min(votes[code] - 1, _MOST_VOTES), place, field)
        for code, ((rank, place), field) in found.items()
    )
    return max(ranked, key=lambda each: each[:2], default=(0, 0, None))[2]


def _stated(rule: TypeRule, folded: str, rules: Ruleset) -> Iterator[Found]:
    """The rule's hits, less those that name what the fault is not; of a rule with words beside it only the first."""
    if not all(each.search(folded) for each in rule.beside):
        return iter(())
    denied = rules.prose_like("denied")
    stated = (found for found in hits_of(rule, folded) if not denied.applies(_marked(folded, found)))
    return islice(stated, 1) if rule.beside else stated


def _marked(folded: str, found: Found) -> str:
    """What stands around the hit in its sentence, with a sign in the place of the hit."""
    start, stop = found.start(), found.end()
    begin, end = sentence_span(folded, start, stop)
    return f"{folded[max(begin, start - _REACH) : start]}¤{folded[stop : min(end, stop + _REACH)]}"
