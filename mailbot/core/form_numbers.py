"""Forms of which only the numbers were kept: "2-1) https://…" in place of "2-1) URL of the site: https://…"."""

from collections.abc import Iterable

from mailbot.core.extract_values import convert
from mailbot.core.form_lines import heads
from mailbot.core.form_shapes import Form
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold
from mailbot.core.ruleset import Ruleset

_NUMBERED = compile_pattern(
    r"^\s*\(?([1-6])(?:\)\s*[-.]?\s*\(?|\s*[-.]\s*\(?)([1-9])[).:、]?\)?(?:\s+|\)|、|:)\s*(\S.*)$"
)
_CHAPTER = compile_pattern(r"^\s?\(?([1-6])[).:、]\)?\s*(\S.*)$")
_BEGINS = frozenset("(（123456１２３４５６")
_REACH = 4_000
_ENOUGH = 4


def with_labels(text: str, forms: Iterable[Form], rules: Ruleset) -> str:
    """The text with the labels that belong to its numbers, if it has the numbers of a form and nothing else of it."""
    lines = text.split("\n")
    numbered = _numbers(lines)
    if len({number for number, _ in numbered.values() if "-" in number}) < _ENOUGH:
        return text
    best = max((form for form in forms if form.numbers), key=lambda form: _fits(form, numbered, rules), default=None)
    if best is None or _fits(best, numbered, rules) == 0:
        return text
    for i, (number, words) in numbered.items():
        label = best.numbers.get(number)
        lines[i] = f"{number}. {label}: {words}" if label else lines[i]
    return "\n".join(lines)


def _numbers(lines: list[str]) -> dict[int, tuple[str, str]]:
    """The numbers that lines begin with, and the words behind them; a chapter's number only behind its sections."""
    found: dict[int, tuple[str, str]] = {}
    last = 0
    for i, line in enumerate(lines):
        if line.lstrip()[:1] not in _BEGINS:
            continue
        folded = fold(line[:_REACH])
        section = _NUMBERED.search(folded)
        if section is not None:
            last = int(section.group(1) or 0)
            found[i] = (f"{section.group(1)}-{section.group(2)}", line[section.start(3) :].strip())
        elif found and (chapter := _CHAPTER.search(folded)) and int(chapter.group(1) or 0) > last:
            last = int(chapter.group(1) or 0)
            found[i] = (str(last), line[chapter.start(2) :].strip())
    return found


def _fits(form: Form, numbered: dict[int, tuple[str, str]], rules: Ruleset) -> int:
    """How many answers that not all words can be are as the numbers want them; 0 where labels stand beside them."""
    fitting = 0
    for number, words in numbered.values():
        label = form.numbers.get(number, "")
        if any(key in form.index for head in heads(words) for key in head.keys):
            return 0
        for item in form.index.get("".join(label.casefold().split()), ()):
            if item.take == "urls" or item.take == "type":
                value = convert(item.take, words, rules)
                fitting += value is not None and value != "other"
    return fitting
