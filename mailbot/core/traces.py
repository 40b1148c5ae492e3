"""Whether a mail carries words of another case's report: by pieces of text that are kept for every open case.

Theory. A report's own words are cut into pieces of 20 letters, one beside the other; a mail is looked through at every
letter. So any 39 letters that both have in common are found, however the lines are broken, for one look-up a letter and
without reading any other case. A piece that many cases have is everyone's words and tells nothing.
"""

from collections.abc import Iterable, Mapping, Sequence

from mailbot.core.disguises import bare

LENGTH = 20
OF_A_CASE = 200
"""Pieces that are kept of one case: what a report says first says whose it is."""

EVERYONES = 3
"""A piece that more open cases than this have is told by forms and tools, not by a finder."""

FIELDS = (
    *("vulnerability.summary", "vulnerability.steps", "vulnerability.reason", "vulnerability.impact"),
    *("vulnerability.workaround", "vulnerability.discovery", "other_reports", "disclosure_plan"),
)
"""The fields in which finders write in words of their own."""


def pieces(values: Mapping[str, object]) -> tuple[int, ...]:
    """Of the fields (name to value, lists as any sequence): what is kept of a case.

    The numbers hold within one process only: they are kept in memory, never stored.
    """
    found: dict[int, None] = {}
    for name in FIELDS:
        text = bare(_text(values.get(name)))
        for start in range(0, min(len(text) - LENGTH, OF_A_CASE * LENGTH) + 1, LENGTH):
            found[hash(text[start : start + LENGTH])] = None
    return tuple(found)[:OF_A_CASE]


def windows(texts: Iterable[str]) -> frozenset[int]:
    """Of texts: every piece that `pieces` could have made of them."""
    found: set[int] = set()
    for text in map(bare, texts):
        found.update(hash(text[start : start + LENGTH]) for start in range(len(text) - LENGTH + 1))
    return frozenset(found)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "\n".join(map(str, value)) if isinstance(value, Sequence) else ""
