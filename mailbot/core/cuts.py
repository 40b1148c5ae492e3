"""Taking spans out of a text: what overlaps is taken once, and a mark that stands there already is left alone."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailbot.core.marks import MARK, Ledger


@dataclass(frozen=True)
class Cut:
    """A span that must not be told: which rule says so, and what kind of thing it is (a name of `marks.KINDS`)."""

    start: int
    end: int
    rule: str
    kind: str


def cut_out(text: str, cuts: Iterable[Cut], ledger: Ledger, place: str) -> str:
    """The text with a mark for each cut; of cuts that overlap the one that begins first, then the longest, counts."""
    pieces: list[str] = []
    at = 0
    for cut in sorted(_apart_from_marks(text, cuts), key=lambda cut: (cut.start, -cut.end)):
        if cut.end <= at:
            continue
        if cut.start >= at:
            before = text[cut.start : cut.end]
            pieces += [text[at : cut.start], ledger.take(cut.rule, cut.kind, before, place)]
        at = cut.end
    return "".join((*pieces, text[at:])) if pieces else text


def _apart_from_marks(text: str, cuts: Iterable[Cut]) -> Iterator[Cut]:
    """The cuts without what marks cover; what is left of one must say something."""
    marks = [found.span() for found in MARK.finditer(text)]
    ends = [end for _, end in marks]
    for cut in cuts:
        start = cut.start
        for begin, end in marks[bisect_right(ends, cut.start) :]:
            if begin >= cut.end:
                break
            yield from _saying(text, Cut(start, begin, cut.rule, cut.kind))
            start = end
        yield from _saying(text, Cut(start, cut.end, cut.rule, cut.kind))


def _saying(text: str, cut: Cut) -> Iterator[Cut]:
    if any(character.isalnum() for character in text[cut.start : cut.end]):
        yield cut
