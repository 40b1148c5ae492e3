"""Cutting a text into the answers of a form, and telling which form it is."""

from dataclasses import dataclass, field
from functools import lru_cache

from mailbot.core.form_boxes import answer_lines, boxes_of, is_choice
from mailbot.core.form_lines import (
    Head,
    Number,
    fenced,
    heading_mark,
    heads,
    keys_of,
    number_of,
    unquoted,
    with_table_rows,
)
from mailbot.core.hits import applies
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold
from mailbot.core.rule_shapes import WRAPPED_LABEL, Form, FormBox, FormItem, Take

_ONE_LINE: frozenset[Take] = frozenset(
    {
        "line",
        "flag",
        "product",
        "version",
        "version-after-name",
        "email",
        "date",
        "score",
        "vector",
        "type",
        "cwe",
        "cve",
        "person",
        "organisation",
        "credit",
        "refusal",
        "plan",
        "phone",
    }
)
_LISTS: frozenset[Take] = frozenset({"urls", "site", "list", "ids", "reports"})
_HEADING = compile_pattern(r"^\s{0,3}#{1,6}\s+\S")
_LISTED = compile_pattern(
    r"^\s*(?:[-*+・●•]\s|\(?[0-9]{1,2}[.):、]|\([0-9]{1,2}\)|[①-⑳]|step\b|```)|^(?:\s{2,}|\t|　)\S"
)
_BULLETS = "●○◎★☆▶►"  # as usual before the items of a list as before headings
_PERSONAL = ("reporter.email", "reporter.phone", "reporter.pgp", "consent.", "credit_name")
_MOST_SKIPPED = 3
_LONGEST_QUESTION = 120
_RULER = compile_pattern(r"^\s*[=_*~#─━-]{5,}\s*$")


@dataclass
class Answer:
    """What stands under one label: the items it answers (none: a label that is skipped) and its lines."""

    label: str
    items: tuple[FormItem, ...]
    heading: bool = False
    markdown: bool = False
    inline: bool = False  # the answer begins beside the label
    lines: list[str] = field(default_factory=list)
    mark: str = ""  # what makes its label a heading, see heading_mark()
    number: Number | None = None
    marked: bool = True
    listed: dict[tuple[str, int], int] = field(default_factory=dict)  # the last number of each list in the answer

    @property
    def text(self) -> str:
        """The answer, without boxes that were not ticked."""
        return answer_lines(self.lines)


@dataclass
class Filled:
    """A text read as a form."""

    form: Form
    answers: list[Answer] = field(default_factory=list)
    boxes: list[tuple[FormBox, str]] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    titled: bool = False
    section: frozenset[str] = frozenset()  # the keys of the last label with nothing beside it

    @property
    def labels(self) -> int:
        """How many different items of the form were found."""
        return len({item.id for answer in self.answers for item in answer.items})

    def labels_beside(self, other: Form) -> int:
        """How many different items were found by labels that the other form lacks, or has only for the finder."""
        own = (a for a in self.answers if not any(_is_usual(key, other) for key in keys_of(a.label)))
        return len({item.id for answer in own for item in answer.items})

    @property
    def marked(self) -> int:
        """How many items were found under a Markdown heading."""
        return len({answer.items[0].id for answer in self.answers if answer.items and answer.markdown})


def _is_usual(key: str, form: Form) -> bool:
    """Whether the form has the label, for anything but the finder's address and wishes."""
    items = form.index.get(key)
    return items is not None and (not items or any(not item.field.startswith(_PERSONAL) for item in items))


@lru_cache(maxsize=16)
def _split(text: str) -> tuple[str, ...]:
    return tuple(with_table_rows([unquoted(line) for line in text.split("\n")]))


def lines_of(text: str) -> list[str]:
    """The lines without quoting, tables spread out."""
    return list(_split(text))


def read_form(text: str, form: Form) -> Filled:
    """The answers, ticked boxes and the rest of the text, read as that form."""
    filled = Filled(form)
    lines = lines_of(text)
    code = fenced(lines)
    current: Answer | None = None
    i = 0
    while i < len(lines):
        line, used = lines[i], 1
        if not line.strip() or (i in code and current is not None):
            current = _continue(current, line, filled)
        elif form.aside is not None and form.aside.search(fold(line)) and (kind := _aside(form, line)):
            filled.titled, current = (True, None) if kind == "title" else (filled.titled, current)
        elif (taken := _take_boxes(lines, i, filled)) > 0:
            used = taken
        elif (found := _labelled(form, lines, i)) is not None and not _is_choice_of(found[0], current):
            current, used = found
            current.mark, current.number = heading_mark(line), number_of(line)
            current.items = _items_below(current.items, filled.section)
            filled.section = filled.section if current.inline else frozenset(keys_of(current.label))
            filled.answers.append(current)
        elif (unknown := _unknown_heading(lines, i, current, form)) is not None:
            current = _set_aside(unknown, line, filled)
        else:
            current = _continue(current, line, filled)
        i += used
    return filled


def _is_choice_of(found: Answer, current: Answer | None) -> bool:
    """Whether a bare word that is a label elsewhere ("その他") is the answer to the label just above it."""
    bare = not found.items and not found.inline and not found.marked
    return bare and current is not None and bool(current.items) and not any(line.strip() for line in current.lines)


def _set_aside(unknown: Answer, line: str, filled: Filled) -> Answer | None:
    """What stands below an unknown heading: in free text the finder's own words, in a form nothing that we keep."""
    if filled.form.headings:
        filled.rest.append(line)
        return None
    filled.answers.append(unknown)
    return unknown


def _items_below(items: tuple[FormItem, ...], section: frozenset[str]) -> tuple[FormItem, ...]:
    """Of a label's items those that are asked for in that section, else those of every section."""
    there = tuple(item for item in items if any(key in section for label in item.below for key in keys_of(label)))
    return there or tuple(item for item in items if not item.below)


def _unknown_heading(lines: list[str], i: int, current: Answer | None, form: Form) -> Answer | None:
    """The heading that we do not know, if the line is one: in the style of the heading above it, or in Markdown."""
    line, mark, number = lines[i], heading_mark(lines[i]), number_of(lines[i])
    unknown = Answer(line.strip(), (), mark=mark, number=number)
    if _HEADING.search(line) and (form.headings or (current is not None and current.markdown)):
        return unknown
    if current is None:
        return None
    if mark and not current.inline and mark == current.mark and not is_choice(lines, i):
        return unknown if mark not in _BULLETS or not (i and lines[i - 1].strip()) else None
    return unknown if number is not None and _follows(number, current) else None


def _follows(number: Number, current: Answer) -> bool:
    """Whether the number goes on from the heading's own, and not from a list in the answer below it."""
    own = current.number
    if own is None or number.style != own.style or number.indent > own.indent + 1:
        return False
    listed = current.listed.get((number.style, number.indent))
    return own.value < number.value <= own.value + _MOST_SKIPPED and listed != number.value - 1


def _aside(form: Form, line: str) -> str:
    """Whether the line is a "title" or a "note" of the form; "" for neither."""
    kinds = {"title": form.title, "note": form.note}
    return next((kind for kind, rules in kinds.items() if any(applies(rule, fold(line)) for rule in rules)), "")


def _take_boxes(lines: list[str], i: int, filled: Filled) -> int:
    """Note the known boxes of the line, whose words may go on below; how many lines they take, 0 for none."""
    boxes = [box for box in boxes_of(lines, i) if box[0] is not None] if filled.form.box else []
    below = lines[i + 1].strip() if i + 1 < len(lines) else ""
    known = 0
    for state, words in boxes:
        rule = _box_of(filled.form, words)
        if rule is None and len(boxes) == 1 and below and not boxes_of(lines, i + 1):
            words = f"{words}{below}"
            rule = _box_of(filled.form, words)
            known += rule is not None
        if rule is not None:
            known = known or 1
            filled.boxes += [(rule, words)] if state else []
    return known


def _box_of(form: Form, words: str) -> FormBox | None:
    return next((rule for rule in form.box if applies(rule, fold(words))), None)


def _labelled(form: Form, lines: list[str], i: int) -> tuple[Answer, int] | None:
    """The answer that begins here and how many lines its label takes; a long label may be wrapped."""
    above = lines[i - 1] if form.headings and i else ""
    found = _known(form, heads(lines[i], lines[i + 1] if i + 1 < len(lines) else "", above))
    if found is not None:
        return found, 1
    joined = lines[i].strip()
    for used in (2, 3):
        key = next(iter(keys_of(joined)), "")
        if i + used > len(lines) or len(key) < WRAPPED_LABEL or not form.begins_long_label(key):
            break
        if not lines[i + used - 1].strip():
            break
        joined = f"{joined} {lines[i + used - 1].strip()}"
        found = _known(form, heads(joined))
        if found is not None:
            return found, used
    return None


def _known(form: Form, ways: tuple[Head, ...]) -> Answer | None:
    for way in ways:
        for key in keys_of(way.label):
            if key in form.index:
                return _answer(way, form.index[key])
    for way in ways:
        if form.asked is None or not way.marked or len(way.label) > _LONGEST_QUESTION:
            continue
        if not form.asked.search(fold(way.label).strip()):
            continue
        return _answer(
            way, tuple(item for item in form.item if item.asks and item.asks.search(fold(way.label).strip()))
        )
    return None


def _answer(way: Head, items: tuple[FormItem, ...]) -> Answer:
    lines = [way.answer] if way.answer else []
    return Answer(way.label, items, way.heading, way.markdown, bool(way.answer), lines, marked=way.marked)


def _continue(current: Answer | None, line: str, filled: Filled) -> Answer | None:
    """Give the line to the answer above it, or end that answer and keep the line for the rest."""
    if current is not None and _ends(current, line, filled.form.headings):
        current = None
    (filled.rest if current is None else current.lines).append(line)
    number = number_of(line) if current is not None else None
    if current is not None and number is not None:
        current.listed[number.style, number.indent] = number.value
    return current


def _ends(current: Answer, line: str, headings: bool) -> bool:
    """Whether an answer is over without a new label: one-line answers, and passages under a plain label."""
    answered = any(words.strip() for words in current.lines)
    brief = bool(current.items) and all(item.take in _ONE_LINE for item in current.items)
    if not headings or current.heading:
        return answered and brief and bool(_RULER.search(line))
    if not answered:
        return False
    if line.strip() and not current.lines[-1].strip() and _is_listed(current.lines) and not _LISTED.search(fold(line)):
        return True
    listing = all(item.take in _LISTS for item in current.items)
    return brief or (not line.strip() and (current.inline or listing))


def _is_listed(lines: list[str]) -> bool:
    """Whether the answer is a list: then what stands below it without a mark is no part of it."""
    return bool(_LISTED.search(fold(next((line for line in lines if line.strip()), ""))))
