"""Which type of vulnerability a text names."""

from mailbot.core.hits import hits_of
from mailbot.core.model import Field
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, short
from mailbot.core.ruleset import Ruleset

_NUMBER = compile_pattern(r"\bCW[ES]\s*[-:_ #]?\s*([0-9]{1,4})\b")
_NAME = 0.85  # a rule this sure looks for a fault's name, one less sure for what is seen of it, or for what it leads to
_NAME_IN_SUBJECT, _SIGN_IN_SUBJECT = 0.3, 0.04
_NUMBERED_BONUS = 0.3
_REPEAT_BONUS = 0.02


def type_in(text: str, subject: str, rules: Ruleset) -> Field | None:
    """The type that is named: the surer rule, a CWE number beside it, the subject, more and earlier mentions win."""
    folded, head = fold(text), fold(subject)
    best: tuple[float, int] = (0.0, 0)
    field: Field | None = None
    numbers = {f"CWE-{int(found.group(1) or 0)}" for found in _NUMBER.finditer(folded)}
    numbered = {code for number in numbers if (code := rules.type_of_cwe.get(number)) is not None}
    for rule in rules.type_rules.hitting(folded, head):
        ahead = next(hits_of(rule, head), None)
        hits = list(hits_of(rule, folded))
        first = ahead or (hits[0] if hits else None)
        if first is None:
            continue
        code = rules.type_codes[id(rule)]
        in_subject = _NAME_IN_SUBJECT if rule.confidence >= _NAME else _SIGN_IN_SUBJECT
        bonus = (in_subject if ahead else 0) + (_NUMBERED_BONUS if code in numbered else 0)
        rank = (
            rule.confidence + bonus + _REPEAT_BONUS * min(len(hits), 10),
            -(hits[0].start() if hits else len(folded)),
        )
        if field is None or rank > best:
            best = rank
            field = Field("vulnerability.type", code, f"type/{rule.id}", rule.confidence, short(first.group() or ""))
    return field
