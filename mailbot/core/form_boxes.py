"""Checkboxes as people fill them by hand: which words of a form are ticked, and which are only a list with bullets."""

import re
from collections.abc import Sequence
from functools import lru_cache

from mailbot.core.patterns import Found, compile_pattern
from mailbot.core.reading import fold

_ON = r"[■☑☒✓✔✅◼]|\[\s*[x✓✔レv○●◯*]\s*\]|\(\s*[x✓✔レv○●◯*・•]\s*\)"
_OFF = r"[□☐◻]|\[\s*\]|\(\s*\)"
_DOT, _RING, _CROSS = "[●◎◉⦿]", "[○〇◯]", "[×✕✗]"
_KINDS = ("on", "off", "dot", "ring", "cross")
_PLAIN = ("on", "off")  # these are boxes whatever stands around them
_ANY = rf"({_ON})|({_OFF})|({_DOT})|({_RING})|({_CROSS})"
_VARIANT = "[\\x{FE0E}\\x{FE0F}]?"
_BEGIN = compile_pattern(rf"^\s*(?:[-*・+]\s+|[0-9]{{1,2}}[.)]\s*)?(?:{_ANY}){_VARIANT}\s*(\S.*)$")
_BEHIND = compile_pattern(r"^\s*(\S.*?\S)\s*(?:([■☑☒✓✔✅◼])|([□☐◻]))\s*$")
_WORD, _WORDS = r"[^\[\]■□☑☐☒●○/／|\s(]", r"[^\[\]■□☑☐☒●○/／|]"
_INLINE = compile_pattern(
    rf"(?:^|[\s:、,/|・])(?:({_ON})|({_OFF})|({_DOT})|({_RING})){_VARIANT}\s*({_WORD}(?:{_WORDS}{{0,60}}{_WORD})?)"
)
_MARKS = frozenset("■□☑☐☒✓✔✅◼◻●◎◉⦿○〇◯×✕✗")
_BRACKETS = frozenset("[(（［")
_MARK = re.compile(f"[{''.join(sorted(_MARKS))}]")  # faster than to look up each character of a line
_BRACKET = re.compile(f"[{re.escape(''.join(sorted(_BRACKETS)))}]")
_EMPTY_OR_ONE = compile_pattern(r"\[\s*[^\s\]]?\s*\]|\(\s*[^\s)]?\s*\)")
_SQUARE = "■"
_REACH = 3
_LONGEST = 160

Box = tuple[bool | None, str]
"""Whether it is ticked (None: its mark is only a bullet), and its words."""


def _is_marked(line: str) -> bool:
    """Whether there is anything in the line that may be a box: asked of every line, so it has to be quick."""
    if line.isascii():
        return ("[" in line or "(" in line) and bool(_EMPTY_OR_ONE.search(line))
    if _MARK.search(line):
        return True
    return _BRACKET.search(line) is not None and bool(_EMPTY_OR_ONE.search(fold(line)))


@lru_cache(maxsize=2048)
def _kind(line: str) -> str:
    """Which kind of mark the line begins with, "" if with none."""
    found = _BEGIN.search(fold(line)) if _is_marked(line) else None
    return _kind_of(found) if found else ""


def _kind_of(found: Found) -> str:
    return next((kind for i, kind in enumerate(_KINDS, 1) if found.group(i) is not None), "")


def _near(lines: Sequence[str], i: int) -> set[str]:
    """The kinds of marks on the lines around line `i`, itself left out, as far as no paragraph is between."""
    kinds = set()
    for step in (-1, 1):
        for j in range(i + step, i + step * (_REACH + 1), step):
            if not 0 <= j < len(lines) or not lines[j].strip():
                break
            kinds.add(_kind(lines[j]))
    return kinds


def boxes_of(lines: Sequence[str], i: int) -> tuple[Box, ...]:
    """The boxes of line `i`; a dot or a ring is one only among other marks: ● among ○ or □, ○ among □ or ×."""
    line = lines[i]
    if len(line) > _LONGEST or not _is_marked(line):
        return ()
    folded = fold(line)
    beside = _beside(line, folded) if sum(c in _MARKS or c in _BRACKETS for c in line) > 1 else ()
    if beside:
        return beside
    found = _BEGIN.search(folded)
    if found is not None:
        kind, words = _kind_of(found), line[found.start(6) :].strip()
        return ((_state(kind, set() if kind in _PLAIN else _near(lines, i)), words),)
    found = _BEHIND.search(folded)
    if found is not None:
        return ((found.group(2) is not None, line[found.start(1) : found.end(1)].strip()),)
    return ()


def _state(kind: str, others: set[str]) -> bool | None:
    if kind in _PLAIN:
        return kind == "on"
    if kind == "dot":
        return True if others & {"off", "ring"} else None
    if kind == "ring":
        return False if others & {"dot", "on"} else True if others & {"off", "cross"} else None
    return False if "ring" in others else None


def _beside(line: str, folded: str) -> tuple[Box, ...]:
    """Boxes side by side: "[x] Yes [ ] No"; () unless there are two."""
    found = list(_INLINE.finditer(folded))
    kinds = [next(kind for i, kind in enumerate(_KINDS, 1) if each.group(i) is not None) for each in found]
    if len(found) < 2:
        return ()
    states = [_state(kind, {*kinds[:i], *kinds[i + 1 :]}) for i, kind in enumerate(kinds)]
    if any(state is None for state in states):
        return ()
    return tuple((state, line[each.start(5) : each.end(5)].strip()) for state, each in zip(states, found, strict=True))


def is_choice(lines: list[str], i: int) -> bool:
    """Whether line `i` is one of several boxes; ■ is a heading's mark too where there is no □ beside it."""
    return _is_choice(lines, i, [box for box in boxes_of(lines, i) if box[0] is not None])


def _is_choice(lines: Sequence[str], i: int, boxes: list[Box]) -> bool:
    return bool(boxes) and (_SQUARE not in lines[i] or len(boxes) > 1 or bool(_near(lines, i) & {"off"}))


def answer_lines(lines: list[str]) -> str:
    """An answer without boxes that are not ticked; where all are boxes and none is ticked, nothing."""
    return _answer(tuple(lines))


@lru_cache(maxsize=64)
def _answer(lines: tuple[str, ...]) -> str:
    if not any(map(_is_marked, lines)):
        return "\n".join(lines)
    boxes = [[box for box in boxes_of(lines, i) if box[0] is not None] for i in range(len(lines))]
    mixed = any(line.strip() and not each for line, each in zip(lines, boxes, strict=True))
    kept: Sequence[str] = lines
    if mixed and not any(_is_choice(lines, i, each) for i, each in enumerate(boxes)):
        return "\n".join(lines)
    if any(state for each in boxes for state, _ in each):
        kept = [
            " ".join(words for state, words in each if state) if each else line
            for line, each in zip(lines, boxes, strict=True)
            if not each or any(state for state, _ in each)
        ]
    elif any(boxes) and all(each or not line.strip() for line, each in zip(lines, boxes, strict=True)):
        kept = ()
    return "\n".join(kept)


def without_unticked(lines: list[str]) -> list[str]:
    """The lines without those that hold nothing but boxes that are not ticked."""
    return [
        line
        for i, line in enumerate(lines)
        if not (boxes := boxes_of(lines, i)) or any(state is not False for state, _ in boxes)
    ]
