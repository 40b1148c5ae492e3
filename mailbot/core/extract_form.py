"""Cutting a text into the answers of a form, and telling which form it is."""

from dataclasses import dataclass, field

from mailbot.core.form_lines import Head, answer_lines, heading_mark, heads, keys_of, ticked, unquoted
from mailbot.core.hits import applies
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold
from mailbot.core.rule_shapes import WRAPPED_LABEL, Convert, Form, FormBox, FormItem, PatternRule

_ONE_LINE: frozenset[Convert] = frozenset(
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
    }
)
_LISTS: frozenset[Convert] = frozenset({"urls", "site", "list", "ids"})
_HEADING = compile_pattern(r"^\s{0,3}#{1,6}\s+\S")
_LISTED = compile_pattern(
    r"^\s*(?:[-*+・●•]\s|\(?[0-9]{1,2}[.):、]|\([0-9]{1,2}\)|[①-⑳]|step\b|```)|^(?:\s{2,}|\t|　)\S"
)
_BULLETS = "●○◎★☆▶►"  # as usual before the items of a list as before headings
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

    @property
    def labels(self) -> int:
        """How many different items of the form were found."""
        return len({item.id for answer in self.answers for item in answer.items})

    def labels_beside(self, other: Form) -> int:
        """How many different items were found by labels that the other form does not have."""
        own = (a for a in self.answers if not any(key in other.index for key in keys_of(a.label)))
        return len({item.id for answer in own for item in answer.items})

    @property
    def marked(self) -> int:
        """How many items were found under a Markdown heading."""
        return len({answer.items[0].id for answer in self.answers if answer.items and answer.markdown})


def read_form(text: str, form: Form) -> Filled:
    """The answers, ticked boxes and the rest of the text, read as that form."""
    filled = Filled(form)
    lines = [unquoted(line) for line in text.split("\n")]
    current: Answer | None = None
    i = 0
    while i < len(lines):
        line, used = lines[i], 1
        if not line.strip():
            current = _continue(current, line, filled)
        elif _is_one_of(form.title, line):
            filled.titled, current = True, None
        elif _take_box(line, filled) or _is_one_of(form.note, line):
            pass
        elif (found := _labelled(form, lines, i)) is not None:
            current, used = found
            current.mark = heading_mark(line)
            filled.answers.append(current)
        elif form.headings and _is_heading(line, lines[i - 1] if i else "", current):
            current = None
            filled.rest.append(line)
        else:
            current = _continue(current, line, filled)
        i += used
    return filled


def _is_heading(line: str, above: str, current: Answer | None) -> bool:
    """Whether the line is a heading that we do not know: in Markdown, or in the style of the heading before it."""
    if _HEADING.search(line):
        return True
    mark = heading_mark(line)
    same = bool(mark) and current is not None and not current.inline and mark == current.mark
    return same and (mark not in _BULLETS or not above.strip())


def _is_one_of(rules: tuple[PatternRule, ...], line: str) -> bool:
    return any(applies(rule, fold(line)) for rule in rules)


def _take_box(line: str, filled: Filled) -> bool:
    box = ticked(line) if filled.form.box else None
    rule = next((rule for rule in filled.form.box if applies(rule, fold(box[1]))), None) if box else None
    if box is None or rule is None:
        return False
    if box[0]:
        filled.boxes.append((rule, box[1]))
    return True


def _labelled(form: Form, lines: list[str], i: int) -> tuple[Answer, int] | None:
    """The answer that begins here and how many lines its label takes; a long label may be wrapped."""
    above = lines[i - 1] if form.headings and i else ""
    found = _known(form, heads(lines[i], lines[i + 1] if i + 1 < len(lines) else "", above))
    if found is not None:
        return found, 1
    joined = lines[i].strip()
    for used in (2, 3):
        key = next(iter(keys_of(joined)), "")
        if i + used > len(lines) or len(key) < WRAPPED_LABEL or not any(k.startswith(key) for k in form.long_labels):
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
                lines = [way.answer] if way.answer else []
                return Answer(way.label, form.index[key], way.heading, way.markdown, bool(way.answer), lines)
    return None


def _continue(current: Answer | None, line: str, filled: Filled) -> Answer | None:
    """Give the line to the answer above it, or end that answer and keep the line for the rest."""
    if current is not None and _ends(current, line, filled.form.headings):
        current = None
    (filled.rest if current is None else current.lines).append(line)
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
