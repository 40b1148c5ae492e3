"""Cutting a text into the answers of a form, and telling which form it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from mailbot.core.form_boxes import answer_lines, is_choice
from mailbot.core.form_lines import Head, Number, heads, key_of, keys_of
from mailbot.core.form_page import Page, is_dedented, is_listed, page_of
from mailbot.core.form_shapes import WRAPPED_LABEL, Form, FormBox, FormItem
from mailbot.core.hits import applies
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold
from mailbot.core.rule_shapes import Take
from mailbot.core.screens import lines_with

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
_BULLETS = "●○◎★☆▶►"  # as usual before the items of a list as before headings
_PERSONAL = ("reporter.email", "reporter.phone", "reporter.pgp", "consent.", "credit_name")
_MOST_SKIPPED = 3
_LONGEST_QUESTION = 120
_LONGEST_WRAPPED = 400
_RULED = frozenset("=_*~#─━-")
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

    @property
    def is_answered(self) -> bool:
        """Whether anything stands there yet."""
        return any(line.strip() for line in self.lines)

    @cached_property
    def brief(self) -> bool:
        """Whether its items take one line."""
        return bool(self.items) and all(item.take in _ONE_LINE for item in self.items)

    @cached_property
    def listing(self) -> bool:
        """Whether its items take a list."""
        return all(item.take in _LISTS for item in self.items)


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
        own = (a for a in self.answers if not any(is_usual(key, other) for key in keys_of(a.label)))
        return len({item.id for answer in own for item in answer.items})

    @property
    def marked(self) -> int:
        """How many items were found under a Markdown heading."""
        return len({answer.items[0].id for answer in self.answers if answer.items and answer.markdown})


def is_usual(key: str, form: Form) -> bool:
    """Whether the form has the label, for anything but the finder's address and wishes."""
    items = form.index.get(key)
    return items is not None and (not items or any(not item.field.startswith(_PERSONAL) for item in items))


def read_form(text: str, form: Form) -> Filled:
    """The answers, ticked boxes and the rest of the text, read as that form."""
    filled, page = Filled(form), page_of(text)
    labels, asides = labels_on(page, form), form.asides.among(page.folded)
    current: Answer | None = None
    i = 0
    while i < len(page.lines):
        line, used = page.lines[i], 1
        if not line.strip() or (i in page.code and current is not None):
            current = _continue(current, page, i, filled)
        elif i in asides:
            filled.titled, current = (True, None) if form.titles.applies(page.folded[i]) else (filled.titled, current)
        elif (taken := _take_boxes(page, i, filled)) > 0:
            used = taken
        elif (found := _labelled(form, labels, page.lines, i)) is not None and not _is_choice_of(found[0], current):
            current, used = found
            current.mark, current.number = page.marks[i], page.numbers[i]
            current.items = _items_below(current.items, filled.section)
            filled.section = filled.section if current.inline else frozenset(keys_of(current.label))
            filled.answers.append(current)
        elif (unknown := _unknown_heading(page, i, current, form)) is not None:
            current = _set_aside(unknown, line, filled)
        else:
            current = _continue(current, page, i, filled)
        i += used
    return filled


def labels_on(page: Page, form: Form) -> dict[int, Answer]:
    """The answers that begin on a line of the page, by the label that the form has there."""
    ways = page.ways(form.headings)
    asking = asking_on(ways, form)
    return {i: found for i, each in enumerate(ways) if each and (found := _known(form, each, asking)) is not None}


def asking_on(ways: Sequence[tuple[Head, ...]], form: Form) -> frozenset[str]:
    """The labels, as they are written, that may be the form's own in other words."""
    if form.asked is None:
        return frozenset()
    marked = {way.label for each in ways for way in each if way.marked and len(way.label) <= _LONGEST_QUESTION}
    labels = sorted(marked)
    folded = fold("\n".join(labels)).split("\n") if labels else []
    return frozenset(labels[i] for i in lines_with(form.asked, [label.strip() for label in folded]))


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


def _unknown_heading(page: Page, i: int, current: Answer | None, form: Form) -> Answer | None:
    """The heading that we do not know, if the line is one: in the style of the heading above it, or in Markdown."""
    lines, line, mark, number = page.lines, page.lines[i], page.marks[i], page.numbers[i]
    hashed = "#" in line[:4] and bool(_HEADING.search(line)) and (form.headings or bool(current and current.markdown))
    if not hashed and (current is None or not (mark or number)):
        return None
    unknown = Answer(line.strip(), (), mark=mark, number=number)
    if hashed or current is None:
        return unknown
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


def _take_boxes(page: Page, i: int, filled: Filled) -> int:
    """Note the known boxes of the line, whose words may go on below; how many lines they take, 0 for none."""
    if not filled.form.box or not page.boxes[i]:
        return 0
    boxes = [box for box in page.boxes[i] if box[0] is not None]
    below = page.lines[i + 1].strip() if i + 1 < len(page.lines) else ""
    known = 0
    for state, words in boxes:
        rule = _box_of(filled.form, words)
        if rule is None and len(boxes) == 1 and below and not page.boxes[i + 1]:
            words = f"{words}{below}"
            rule = _box_of(filled.form, words)
            known += rule is not None
        if rule is not None:
            known = known or 1
            filled.boxes += [(rule, words)] if state else []
    return known


def _box_of(form: Form, words: str) -> FormBox | None:
    return next((rule for rule in form.box if applies(rule, fold(words))), None)


def _labelled(form: Form, labels: dict[int, Answer], lines: list[str], i: int) -> tuple[Answer, int] | None:
    """The answer that begins here and how many lines its label takes; a long label may be wrapped."""
    if i in labels:
        return labels[i], 1
    joined = lines[i].strip()
    for used in (2, 3):
        key = key_of(joined) if len(joined) <= _LONGEST_WRAPPED else ""
        if i + used > len(lines) or len(key) < WRAPPED_LABEL or not form.begins_long_label(key):
            break
        if not lines[i + used - 1].strip():
            break
        joined = f"{joined} {lines[i + used - 1].strip()}"
        ways = heads(joined)
        found = _known(form, ways, asking_on((ways,), form))
        if found is not None:
            return found, used
    return None


def _known(form: Form, ways: tuple[Head, ...], asking: frozenset[str]) -> Answer | None:
    for way in ways:
        for key in way.keys:
            if key in form.index:
                return _answer(way, form.index[key])
    if not asking:
        return None
    for way in sorted(ways, key=lambda way: not way.answer):  # a question with its answer beside it is no label whole
        if way.marked and way.label in asking:
            words = fold(way.label).strip()
            items = tuple(item for item in form.item if item.asks and item.asks.search(words))
            if items:
                return _answer(way, items)
    return None


def _answer(way: Head, items: tuple[FormItem, ...]) -> Answer:
    lines = [way.answer] if way.answer else []
    return Answer(way.label, items, way.heading, way.markdown, bool(way.answer), lines, marked=way.marked)


def _continue(current: Answer | None, page: Page, i: int, filled: Filled) -> Answer | None:
    """Give the line to the answer above it, or end that answer and keep the line for the rest."""
    line, number = page.lines[i], page.numbers[i]
    if current is not None and _ends(current, line, filled.form.headings):
        current = None
    (filled.rest if current is None else current.lines).append(line)
    if current is not None and number is not None:
        current.listed[number.style, number.indent] = number.value
    return current


def _ends(current: Answer, line: str, headings: bool) -> bool:
    """Whether an answer is over without a new label: one-line answers, and passages under a plain label."""
    beside = current.inline and current.brief
    if not headings and is_dedented(current.lines, line):
        return True
    if not headings or (current.heading and not beside):
        ruled = line.strip()[:1] in _RULED and bool(_RULER.search(line))
        return ruled and current.brief and current.is_answered
    if not current.is_answered:
        return False
    if line.strip() and not current.lines[-1].strip() and is_listed(current.lines) and not is_listed([line]):
        return True
    return current.brief or (not line.strip() and (current.inline or current.listing))
