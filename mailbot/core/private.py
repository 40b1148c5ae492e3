"""Which passages of a report its finder keeps for the desk: they stay out of every mail to operator or vendor.

In doubt more is kept back rather than less: a coordinator sees all of it and can ask the finder.
"""

from mailbot.core.extract_text import said
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold
from mailbot.core.ruleset import Ruleset

_LISTED = compile_pattern(r"^\s*(?:[-*+・●○■□◆◇※>]|[(（]?[0-9]{1,2}[.):）、]|[①-⑳])\s*")
_HEADING = compile_pattern(r"^\s{0,3}(?:(#{1,6})\s+\S|([■□◆◇●○▼▽★☆])\s*\S|([【〔《])[^\n】〕》]{1,40}[】〕》]\s*$)")
_ANSWERED = compile_pattern(r"[:：]\s*\S")
_MARKS = ("private-below", "private-above", "private-mark")
_LEFT = 6  # so many characters beside a mark are words of their own


def private_spans(text: str, rules: Ruleset) -> tuple[tuple[int, int], ...]:
    """Where the marked passages stand, as offsets; passages that meet are one."""
    lines = text.split("\n")
    marked = [False] * len(lines)
    begin = 0
    number = 0
    while number < len(lines):
        end = _marked_by(lines, number, rules)
        if end is not None:
            begin = _first_above(lines, number) if said("private-above", lines[number], rules) else number
            marked[begin:end] = [True] * (end - begin)
        number = max(number + 1, end or 0)
    return _spans(lines, marked)


def without_private(text: str, rules: Ruleset) -> tuple[str, str]:
    """The text without its marked passages, and the marked passages."""
    spans = private_spans(text, rules)
    if not spans:
        return text, ""
    kept, at = [], 0
    for start, end in spans:
        kept.append(text[at:start])
        at = end
    return "".join((*kept, text[at:])), "\n".join(text[start:end].rstrip("\n") for start, end in spans)


def _marked_by(lines: list[str], number: int, rules: Ruleset) -> int | None:
    """The line behind the passage that this line marks; None if it marks nothing."""
    line = lines[number]
    if not line.strip() or not rules.prose_like(*_MARKS).applies(fold(line).strip()):
        return None
    if said("private-above", line, rules):
        return number + 1
    below = said("private-below", line, rules)
    if not below and not said("private-mark", line, rules):
        return None
    if said("private-end", line, rules) and not below:
        return None
    if _HEADING.search(fold(line)) and not below:
        return _to_next_heading(lines, number, rules)
    if _says_more(line) if below else _has_words_beside(line):
        return _end_of_paragraph(lines, number)
    return _to_end_mark(lines, number, rules)


def _says_more(line: str) -> bool:
    """Whether the private words themselves follow on the line, behind a colon."""
    return bool(_ANSWERED.search(fold(line)))


def _has_words_beside(line: str) -> bool:
    """Whether the line holds more than the mark."""
    bare = _MARK_WORDS.sub("", fold(line))
    return sum(c.isalnum() for c in bare) >= _LEFT


_MARK_WORDS = compile_pattern(
    r"[\[【<〈《(][^\]】>〉》)\n]{1,60}[\]】>〉》)]|\b(?:for|to|the|desk|ipa|jpcert(?:/cc)?|only|private|confidential|note|part|section|"
    r"information|tlp|red|please|your|eyes|is|this|coordinators?|staff|begin|start)\b|(?:貴機構|貴機関|貴窓口|貴所|窓口|事務局|様|限り|のみ|だけ|です|の情報)"
)


def _end_of_paragraph(lines: list[str], number: int) -> int:
    """The line behind the paragraph or list item that begins here."""
    for i in range(number + 1, len(lines)):
        if not lines[i].strip() or _LISTED.search(fold(lines[i])):
            return i
    return len(lines)


def _to_next_heading(lines: list[str], number: int, rules: Ruleset) -> int:
    """The line with the next heading of the same style, or behind the end mark."""
    style = _style(lines[number])
    for i in range(number + 1, len(lines)):
        if said("private-end", lines[i], rules):
            return i + 1
        if _style(lines[i]) == style:
            return i
    return len(lines)


def _style(line: str) -> str:
    found = _HEADING.search(fold(line))
    return next((group for n in (1, 2, 3) if (group := found.group(n))), "") if found else ""


def _to_end_mark(lines: list[str], number: int, rules: Ruleset) -> int:
    """The line behind the end mark; without one everything below is private."""
    return next((i + 1 for i in range(number + 1, len(lines)) if said("private-end", lines[i], rules)), len(lines))


def _first_above(lines: list[str], number: int) -> int:
    """Where the paragraph above begins."""
    i = number - 1
    while i > 0 and not lines[i].strip():
        i -= 1
    while i > 0 and lines[i - 1].strip():
        i -= 1
    return max(i, 0)


def _spans(lines: list[str], marked: list[bool]) -> tuple[tuple[int, int], ...]:
    spans: list[tuple[int, int]] = []
    at = 0
    for line, private in zip(lines, marked, strict=True):
        end = at + len(line) + 1
        if private:
            spans = [*spans[:-1], (spans[-1][0], end)] if spans and spans[-1][1] == at else [*spans, (at, end)]
        at = end
    return tuple((start, min(end, at - 1)) for start, end in spans)
