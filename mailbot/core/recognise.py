"""Telling which form a text is: by the form's title, by enough of its labels, or as one of the JSON formats."""

from collections.abc import Iterator, Sequence

from mailbot.core.extract_form import Filled, asking_on, is_usual, labels_on, read_form
from mailbot.core.extract_json import read_json
from mailbot.core.form_numbers import with_labels
from mailbot.core.form_page import Page, page_of
from mailbot.core.form_shapes import WRAPPED_LABEL, Form
from mailbot.core.model import Field, Track
from mailbot.core.reading import fold
from mailbot.core.ruleset import Ruleset

MARKDOWN = "markdown"
JSON = "json"
_TITLED_NEEDS = 2
_HEADED = ("#", "**", "__")  # one of which begins each heading of Markdown
_MANY = 2


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
    told = read_json(text, rules.forms[JSON], rules.forms.get(MARKDOWN)) if JSON in rules.forms else None
    if told is not None and told.labels >= told.form.needs:
        yield told  # its keys look like labels of other forms too
        return
    forms = [form for name, form in rules.forms.items() if name not in (JSON, MARKDOWN)]
    text = with_labels(text, forms, rules)
    page = page_of(text)
    likely = [form for form in forms if len(page.keys & form.index.keys()) >= _TITLED_NEEDS]
    lines = (fold(subject), *page.folded)
    titles = [lines[i] for i in rules.titles.among(lines)] if likely else []
    titled = [form for form in likely if _has_title(form, titles)]
    yield from (read_form(text, form) for form in titled or _with_labels_enough(likely, page, rules))
    if told is not None:
        yield told


def _with_labels_enough(forms: list[Form], page: Page, rules: Ruleset) -> Iterator[Form]:
    """Those of which as many own labels may be found as they need: to read a form takes longer than to tell."""
    usual = rules.forms.get(MARKDOWN)
    own = frozenset(key for key in page.keys if usual is None or not is_usual(key, usual))
    for form in forms:
        if form.needs > len(form.item):
            continue
        known = {item.id for key in own & form.index.keys() for item in form.index[key]}
        wrapped = sum(len(key) >= WRAPPED_LABEL and form.begins_long_label(key) for key in own)
        if len(known) + wrapped + len(asking_on(page.ways(form.headings), form)) >= form.needs:
            yield form


def _has_title(form: Form, folded: Sequence[str]) -> bool:
    return bool(form.titles.among(folded))


def _is_titled(filled: Filled, subject: str) -> bool:
    filled.titled = filled.titled or _has_title(filled.form, (fold(subject),))
    return filled.titled


def _is_own(filled: Filled, rules: Ruleset) -> bool:
    """Whether enough labels were found that are the form's own, not headings that people use anyway."""
    usual = rules.forms.get(MARKDOWN)
    own = filled.labels if usual is None or filled.form.form == JSON else filled.labels_beside(usual)
    return own >= filled.form.needs and _asks_for_its_kind(filled, own)


def _asks_for_its_kind(filled: Filled, own: int) -> bool:
    """Whether a form for products names one, and one for websites a site, unless it has far more labels than it needs.

    All else the forms share with each other, and with the tables that people put into their letters.
    """
    fields = {item.field for answer in filled.answers for item in answer.items}
    if filled.form.like is not None:
        return any(field.startswith("product.") for field in fields)
    if filled.form.track is not Track.WEBSITE:
        return True
    return own >= _MANY * filled.form.needs or any(field.startswith("target.") for field in fields)


def markdown(text: str, rules: Ruleset) -> Form | None:
    """The form of Markdown reports, if the text has enough headings of it."""
    form = rules.forms.get(MARKDOWN)
    if form is None or not any(mark in text for mark in _HEADED):
        return None
    page = page_of(text)
    if sum(any(way.markdown for way in ways) for ways in page.ways(form.headings)) < form.needs:
        return None
    labels = ((i, answer) for i, answer in labels_on(page, form).items() if answer.items and answer.markdown)
    marked = {answer.items[0].id for i, answer in labels if i not in page.code}
    return form if len(marked) >= form.needs else None


def completed(fields: tuple[Field, ...], more: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields, with those of another reading whose names they lack."""
    names = {field.name for field in fields}
    return (*fields, *(field for field in more if field.name not in names))
