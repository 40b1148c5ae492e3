"""What of a report is never passed on, whoever consented to what: rules/redaction/.

A finder may mark a passage as meant for the desk alone; other patterns are secrets wherever they stand. The case keeps
both, coordinators see them, and every mail to an operator or vendor is written from a case without them. A marked
passage is looked for twice: in the mail, so that what only it states is known as such, and in what was read from it.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

from mailbot.core.cuts import Cut
from mailbot.core.marks import Ledger
from mailbot.core.messages import Withheld
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
    return _filled(text, _cuts_of(text, rules), lambda cut: mark)


def for_others(case: Case, rules: Redactions) -> Case:
    """The case as it may be told to operators and vendors: no field holds a private passage or a secret.

    What a private passage says of consent stays: it is told to nobody, but decides what else is.
    """
    return told_and_withheld(case, rules)[0]


def told_and_withheld(case: Case, rules: Redactions) -> tuple[Case, tuple[Withheld, ...]]:
    """The same, and what was taken out of which field; of a private field everything."""
    ledger = Ledger(case.language)
    ledger.go_on_after(*(case.field_text(field.name) for field in case.fields))
    told = tuple(field for field in case.fields if not field.private or field.name.startswith("consent."))
    for field in case.fields:
        if field.private and not field.name.startswith("consent."):
            ledger.drop("private", case.field_text(field.name), field.name)
    fields = tuple(_field_for_others(field, rules, ledger) for field in told)
    return replace(case, fields=fields), tuple(ledger.records)


def _field_for_others(field: Field, rules: Redactions, ledger: Ledger) -> Field:
    def told(text: str) -> str:
        def mark(cut: Cut) -> str:
            return ledger.take(cut.rule, cut.kind, text[cut.start : cut.end], field.name)

        return _filled(text, _cuts_of(text, rules), mark)

    value: FieldValue = field.value
    if isinstance(value, tuple):
        value = tuple(map(told, value))
    elif isinstance(value, str):
        value = told(value)
    return field if value == field.value else replace(field, value=value, quote=redacted(field.quote, rules, "[…]"))


def _cuts_of(text: str, rules: Redactions) -> list[Cut]:
    """Everything that a rule takes, in order and apart."""
    kept = [Cut(start, end, "private", "") for start, end in _within(passages(text, rules), text)]
    cuts: list[Cut] = []
    for cut in sorted((*kept, *_secrets(text, rules)), key=lambda cut: (cut.start, -cut.end)):
        if cuts and cut.start < cuts[-1].end:
            cuts[-1] = replace(cuts[-1], end=max(cut.end, cuts[-1].end))
        elif cut.end > cut.start:
            cuts.append(cut)
    return cuts


def _filled(text: str, cuts: list[Cut], mark: Callable[[Cut], str]) -> str:
    """The text with a mark for each cut; the line break behind a passage stays."""
    pieces, at = list[str](), 0
    for cut in cuts:
        pieces += [text[at : cut.start], mark(cut), "\n" if text[cut.end - 1 : cut.end] == "\n" else ""]
        at = cut.end
    return "".join((*pieces, text[at:]))


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


def _secrets(text: str, rules: Redactions) -> Iterator[Cut]:
    folded = fold(text)
    for rule in rules.secrets.hitting(folded):
        yield from (Cut(start, end, rule.id, rule.kind) for start, end in _spans(folded, rule))


def _spans(folded: str, rule: Redaction) -> list[Span]:
    """What the rule finds; so many hits are no accident: nothing after them is told."""
    spans: list[Span] = []
    for found in rule.pattern.finditer(folded):
        around = sentence_around(folded, found.start(), found.end()) if rule.unless else ""
        if rule.unless is not None and rule.unless.search(around):
            continue
        group = next((n for n in range(1, rule.pattern.groups + 1) if found.group(n) is not None), 0)
        if len(spans) == _MOST:
            return [*spans, (found.start(), len(folded))]
        spans.append((found.start(group), found.end(group)))
    return spans
