"""Replies as operators and vendors write them, with what a person reads in them: the files of tests/replies/.

A line is the text (its line breaks as \\n), its meanings, and what it names: the day of a fix, the right window, who
was handed the case. All are replies of Friday, 20 November 2026.
"""

from pathlib import Path

from mailbot.core.events import Meaning

Told = dict[str, str]
Row = tuple[str, set[Meaning], Told]

_FOLDER = Path(__file__).resolve().parents[1] / "replies"


def rows(name: str) -> tuple[Row, ...]:
    """The replies of one file, in order."""
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    return tuple(_row(line) for line in lines if line and not line.startswith("#"))


def _row(line: str) -> Row:
    text, meanings, *told = line.split(" | ")
    pairs = (part.partition("=") for part in ", ".join(told).split(", ") if part)
    named = {name: value for name, _, value in pairs}
    return text.replace("\\n", "\n"), {Meaning(word) for word in meanings.split(", ")}, named
