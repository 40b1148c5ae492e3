"""Which type of vulnerability a text names."""

from mailbot.core.hits import hits_of
from mailbot.core.model import Field
from mailbot.core.reading import fold, short
from mailbot.core.ruleset import Ruleset

_SUBJECT_BONUS = 0.3
_REPEAT_BONUS = 0.02


def type_in(text: str, subject: str, rules: Ruleset) -> Field | None:
    """The type that is named: the surer rule, the subject, the more frequent and the earlier mention win."""
    folded, head = fold(text), fold(subject)
    best: tuple[float, int] = (0.0, 0)
    field: Field | None = None
    for rule in rules.type_rules.hitting(folded, head):
        ahead = next(hits_of(rule, head), None)
        hits = list(hits_of(rule, folded))
        first = ahead or (hits[0] if hits else None)
        if first is None:
            continue
        bonus = (_SUBJECT_BONUS if ahead else 0) + _REPEAT_BONUS * min(len(hits), 10)
        rank = (rule.confidence + bonus, -(hits[0].start() if hits else len(folded)))
        if field is None or rank > best:
            best, code = rank, rules.type_codes[id(rule)]
            field = Field("vulnerability.type", code, f"type/{rule.id}", rule.confidence, short(first.group() or ""))
    return field
