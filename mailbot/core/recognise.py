"""Telling which form a text is: by the form's title, by enough of its labels, or as one of the JSON formats."""

from collections.abc import Iterable, Iterator

from mailbot.core.extract_form import Filled, lines_of, read_form
from mailbot.core.extract_json import read_json
from mailbot.core.form_lines import heads, keys_of
from mailbot.core.hits import applies
from mailbot.core.model import Field
from mailbot.core.reading import fold
from mailbot.core.rule_shapes import Form
from mailbot.core.ruleset import Ruleset

MARKDOWN = "markdown"
JSON = "json"
_TITLED_NEEDS = 2


def recognise(text: str, subject: str, rules: Ruleset) -> Filled | None:
    """The text as the form that it is; None for free text and Markdown."""
    enough = [
        filled
        for filled in _readings(text, subject, rules)
        if (_is_titled(filled, subject) and filled.labels >= _TITLED_NEEDS) or _is_own(filled, rules)
    ]
    return max(enough, key=strength, default=None)


def strength(filled: Filled) -> tuple[bool, int]:
    """What makes one reading better than another."""
    return filled.titled, filled.labels


def _readings(text: str, subject: str, rules: Ruleset) -> Iterator[Filled]:
    """The text read as each form that it may be: whose labels it has, as a quick look at its lines shows."""
    told = read_json(text, rules.forms[JSON]) if JSON in rules.forms else None
    if told is not None and told.labels >= told.form.needs:
        yield told  # its keys look like labels of other forms too
        return
    lines = lines_of(text)
    keys = {key for i, line in enumerate(lines) for key in _keys(line, lines[i + 1] if i + 1 < len(lines) else "")}
    likely = [
        form
        for name, form in rules.forms.items()
        if name not in (JSON, MARKDOWN) and len(keys & form.index.keys()) >= _TITLED_NEEDS
    ]
    titled = [form for form in likely if _has_title(form, (subject, *lines))]
    yield from (read_form(text, form) for form in titled or likely if form in titled or form.needs <= len(form.item))
    if told is not None:
        yield told


def _keys(line: str, below: str) -> Iterator[str]:
    return (key for way in heads(line, below) for key in keys_of(way.label)) if line.strip() else iter(())


def _has_title(form: Form, lines: Iterable[str]) -> bool:
    return any(applies(rule, fold(line)) for rule in form.title for line in lines)


def _is_titled(filled: Filled, subject: str) -> bool:
    filled.titled = filled.titled or _has_title(filled.form, (subject,))
    return filled.titled


def _is_own(filled: Filled, rules: Ruleset) -> bool:
    """Whether enough labels were found that are the form's own, not headings that people use anyway."""
    usual = rules.forms.get(MARKDOWN)
    own = filled.labels if usual is None or filled.form.form == JSON else filled.labels_beside(usual)
    return own >= filled.form.needs


def markdown(text: str, rules: Ruleset) -> Form | None:
    """The form of Markdown reports, if the text has enough headings of it."""
    form = rules.forms.get(MARKDOWN)
    return form if form is not None and read_form(text, form).marked >= form.needs else None


def completed(fields: tuple[Field, ...], more: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields, with those of another reading whose names they lack."""
    names = {field.name for field in fields}
    return (*fields, *(field for field in more if field.name not in names))
