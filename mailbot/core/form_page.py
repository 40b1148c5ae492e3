"""A text seen line by line, with what is the same for every form that it may be."""

from functools import cached_property, lru_cache

from mailbot.core.form_boxes import Box, boxes_of
from mailbot.core.form_lines import (
    Head,
    Number,
    fenced,
    heading_mark,
    heads_of,
    number_of,
    unquoted,
    with_pairs_apart,
    with_table_rows,
)
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold

_LISTED = compile_pattern(
    r"^\s*(?:[-*+・●•]\s|\(?[0-9]{1,2}[.):、]|\([0-9]{1,2}\)|[①-⑳]|[0-9]{1,2}/\s|step(?:\b|[0-9])|手順\s?[0-9]|```)"
    r"|^(?:\s{2,}|\t|　)\S"
)


class Page:
    """The lines without quoting, tables spread out; forms are told apart by asking one page many things."""

    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        self.lines = with_pairs_apart(with_table_rows([unquoted(line) for line in lines] if ">" in text else lines))
        self.folded = fold("\n".join(self.lines)).split("\n")

    @cached_property
    def code(self) -> frozenset[int]:
        """The lines between the fences of code."""
        return fenced(self.lines)

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """What makes each line a heading, see heading_mark()."""
        return tuple(heading_mark(line) for line in self.lines)

    @cached_property
    def numbers(self) -> tuple[Number | None, ...]:
        """The number that each line begins with."""
        return tuple(number_of(line) for line in self.lines)

    @cached_property
    def boxes(self) -> tuple[tuple[Box, ...], ...]:
        """The boxes of each line."""
        return tuple(boxes_of(self.lines, i) for i in range(len(self.lines)))

    def ways(self, headings: bool) -> tuple[tuple[Head, ...], ...]:
        """Each line's ways to be read as a label; with `headings` a bare line is one only below a blank one."""
        return self._below_blanks if headings else self._anywhere

    @cached_property
    def _anywhere(self) -> tuple[tuple[Head, ...], ...]:
        return heads_of(self.lines)

    @cached_property
    def _below_blanks(self) -> tuple[tuple[Head, ...], ...]:
        return heads_of(self.lines, below_blanks=True)

    @cached_property
    def keys(self) -> frozenset[str]:
        """What all labels that may stand in it are found by."""
        return frozenset(key for ways in self._anywhere for way in ways for key in way.keys)


@lru_cache(maxsize=16)
def page_of(text: str) -> Page:
    """The text as a page; the forms that it may be share it."""
    return Page(text)


def is_listed(lines: list[str]) -> bool:
    """Whether the answer is a list: then what stands below it without a mark is no part of it."""
    return bool(_LISTED.search(fold(next((line for line in lines if line.strip()), ""))))


def is_dedented(lines: list[str], line: str) -> bool:
    """Whether the line begins a paragraph further to the left than the whole answer above it."""
    if line[:1].isspace() or not line.strip() or len(lines) < 2 or lines[-1].strip():
        return False
    told = [each for each in lines if each.strip()]
    return bool(told) and all(each[:1].isspace() for each in told)
