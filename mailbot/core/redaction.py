"""What of a report is never passed on, whoever consented to what: rules/redaction/.

A finder may mark a passage as meant for the desk alone; other patterns are secrets wherever they stand. The case keeps
both, coordinators see them, and every mail to an operator or vendor is written from a case without them. A marked
passage is looked for twice: in the mail, so that what only it states is known as such, and in what was read from it.
"""

import json
from dataclasses import replace

from mailbot.core.model import Case, Field, FieldValue
from mailbot.core.passages import Span, passages
from mailbot.core.reading import fold, sentence_around
from mailbot.core.redaction_shapes import Redaction, Redactions
from mailbot.core.ruleset import Ruleset

WITHHELD = {"ja": "[非公開]"}
WITHHELD_ELSEWHERE = "[withheld]"
_MOST = 200


def without_private(text: str, rules: Ruleset) -> tuple[str, str]:
    """The text without the passages that the finder keeps for the desk, and these passages."""
    spans = () if _is_json(text) else private_spans(text, rules)
    if not spans:
        return text, ""
    kept, at = [], 0
    for start, end in spans:
        kept.append(text[at:start])
        at = end
    return "".join((*kept, text[at:])), "\n".join(text[start:end].rstrip("\n") for start, end in spans)


def private_spans(text: str, rules: Ruleset) -> tuple[Span, ...]:
    """Where these passages stand, as offsets in order and apart."""
    return _within(passages(text, rules.redactions), text)


def redacted(text: str, rules: Redactions, mark: str) -> str:
    """The text with marked passages and secrets replaced by `mark`; a text without a hit comes back as it is."""
    kept = _within(passages(text, rules), text)
    spans = sorted((*kept, *_secrets(text, rules)))
    pieces, at = list[str](), 0
    for start, end in spans:
        if end <= at:
            continue
        pieces += [text[at : max(start, at)], mark if start >= at else "", "\n" if text[end - 1 : end] == "\n" else ""]
        at = end
    return "".join((*pieces, text[at:])) if spans else text


def for_others(case: Case, rules: Redactions) -> Case:
    """The case as it may be told to operators and vendors: no field holds a private passage or a secret.

    What a private passage says of consent stays: it is told to nobody, but decides what else is.
    """
    mark = WITHHELD.get(case.language, WITHHELD_ELSEWHERE)
    told = (field for field in case.fields if not field.private or field.name.startswith("consent."))
    return replace(case, fields=tuple(_field_for_others(field, rules, mark) for field in told))


def _field_for_others(field: Field, rules: Redactions, mark: str) -> Field:
    value: FieldValue = field.value
    if isinstance(value, tuple):
        value = tuple(redacted(each, rules, mark) for each in value)
    elif isinstance(value, str):
        value = redacted(value, rules, mark)
    return field if value == field.value else replace(field, value=value, quote=redacted(field.quote, rules, mark))


def _is_json(text: str) -> bool:
    """Whether the text is a record for machines: what its values keep is cut out of the fields that hold them."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _within(spans: tuple[Span, ...], text: str) -> tuple[Span, ...]:
    return tuple((start, min(end, len(text))) for start, end in spans)


def _secrets(text: str, rules: Redactions) -> tuple[Span, ...]:
    folded = fold(text)
    return tuple(span for rule in rules.secrets.hitting(folded) for span in _cuts(folded, rule))


def _cuts(folded: str, rule: Redaction) -> list[Span]:
    """What the rule finds; so many hits are no accident: nothing after them is told."""
    cuts: list[Span] = []
    for found in rule.pattern.finditer(folded):
        around = sentence_around(folded, found.start(), found.end()) if rule.unless else ""
        if rule.unless is not None and rule.unless.search(around):
            continue
        group = next((n for n in range(1, rule.pattern.groups + 1) if found.group(n) is not None), 0)
        if len(cuts) == _MOST:
            return [*cuts, (found.start(), len(folded))]
        cuts.append((found.start(group), found.end(group)))
    return cuts
