"""What the answers and ticked boxes of a form state."""

from collections.abc import Iterator

from mailbot.core.extract_form import Answer, Filled
from mailbot.core.extract_values import convert
from mailbot.core.form_lines import keys_of
from mailbot.core.form_shapes import FormItem
from mailbot.core.form_values import READERS
from mailbot.core.form_wishes import credited_name
from mailbot.core.hits import applies
from mailbot.core.model import Field, FieldValue
from mailbot.core.reading import fold, short
from mailbot.core.rule_shapes import Convert
from mailbot.core.ruleset import Ruleset

_TOLD_TWICE = frozenset({"vulnerability.workaround"})
PASSAGES = frozenset(f"vulnerability.{part}" for part in ("summary", "steps", "reason", "impact", "discovery"))


def answer_fields(filled: Filled, rules: Ruleset) -> tuple[Field, ...]:
    """What a form states; passages under several labels of one field are joined."""
    found: dict[str, Field] = {}
    for answer in filled.answers:
        text = answer.text if answer.items else ""
        for item in answer.items:
            first = found.get(item.field)
            if first is not None and item.field not in PASSAGES | _TOLD_TWICE and not isinstance(first.value, tuple):
                continue
            value = value_of_answer(item, text, rules) if _counts(item, filled, rules) else None
            if value is not None:
                field = Field(item.field, value, f"{filled.form.form}/{item.id}", filled.form.confidence, short(text))
                found[item.field] = _joined(found.get(item.field), field)
    for field in _ticked(filled, rules):
        found.setdefault(field.name, field)
    return tuple(found.values())


def value_of_answer(item: FormItem, words: str, rules: Ruleset) -> FieldValue | None:
    """The value that an answer states for the item, or None."""
    reader = READERS.get(item.take)
    if reader is not None:
        return reader(words, item.field, rules)
    take: Convert = item.take  # type: ignore[assignment]  # all others are conversions of running text too
    return convert(take, words, rules)


def _joined(first: Field | None, field: Field) -> Field:
    """The first answer with what a later one adds: to a passage its text, to a list its entries, else nothing."""
    if first is None:
        return field
    value: FieldValue = first.value
    if field.value == first.value:
        return first
    if field.name in PASSAGES | _TOLD_TWICE and isinstance(first.value, str):
        value = f"{first.value}\n\n{field.value}"
    elif isinstance(first.value, tuple) and isinstance(field.value, tuple):
        value = tuple(dict.fromkeys(first.value + field.value))
        if field.name == "target.urls":
            value = _without_bare_hosts(value, f"{first.quote} {field.quote}")
    return Field(first.name, value, first.rule, first.confidence, first.quote)


def _without_bare_hosts(urls: tuple[str, ...], written: str) -> tuple[str, ...]:
    """Without hosts that were written without a scheme and of which another answer gives the page."""
    words = {word.strip("()<>「」、,.").rstrip("/") for word in written.replace("(", " ").split()}
    return tuple(
        url for url in urls if url in words or not any(other.startswith(f"{url}/") for other in urls if other != url)
    )


def _counts(item: FormItem, filled: Filled, rules: Ruleset) -> bool:
    """Whether the item stands alone, or the question that it belongs to was answered with yes."""
    wanted = {key for label in item.given for key in keys_of(label)}
    return not wanted or any(_said_yes(answer, rules) for answer in filled.answers if wanted & {*keys_of(answer.label)})


def _said_yes(answer: Answer, rules: Ruleset) -> bool:
    return convert("flag", answer.text, rules) is True


def drop_other_options(filled: Filled) -> None:
    """Leave out of the answers the options without any mark beside one that was ticked."""
    chosen = {name for box, _ in filled.boxes for name in box.sets}
    options = [box for box in filled.form.box if chosen & box.sets.keys()]
    for answer in filled.answers if options else ():
        folded = fold("\n".join(answer.lines)).split("\n")
        named = filled.form.boxes.among(folded)  # which few lines to ask for each box by itself
        dropped = {i for i in named if any(applies(box, folded[i]) for box in options)}
        answer.lines[:] = [line for i, line in enumerate(answer.lines) if i not in dropped]


def _ticked(filled: Filled, rules: Ruleset) -> Iterator[Field]:
    """What ticked boxes state; of two that contradict each other neither counts."""
    said: dict[str, set[FieldValue]] = {}
    for box, _ in filled.boxes:
        for name, value in box.sets.items():
            said.setdefault(name, set()).add(value)
    for box, words in filled.boxes:
        for name, value in box.sets.items():
            if len(said[name]) == 1:
                yield Field(name, value, f"{filled.form.form}/{box.id}", filled.form.confidence, short(words))
            if len(said[name]) == 1 and name == "consent.credit" and value and (named := credited_name(words, rules)):
                yield Field("credit_name", named, f"{filled.form.form}/{box.id}", filled.form.confidence, short(words))
