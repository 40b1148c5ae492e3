"""Which versions of a product a text means, and whether two texts mean some of the same."""

import re
import unicodedata
from dataclasses import dataclass

Number = tuple[int, ...]

_VERSION = re.compile(r"(?<![0-9a-z])(?<!\d\.)v?(\d{1,9}(?:\.\d{1,9}){0,5})(\.[x*])?(?!\d)")
_UP_TO = re.compile(r"以前|以下|まで|未満|より前|古い|<|earlier|prior|before|below|and older|up to|through")
_FROM = re.compile(r"以降|以上|から|>|and later|and newer|and above|since|onwards?")
_RANGE = re.compile(r"[\d.x*]\s*(?:-|~|〜|から|to|through|until)\s*v?\d")
_BETWEEN = re.compile(r"(>=?\s*v?[\d.]+)\s*,\s*(?=<)")
_NEXT = re.compile(r"[,、;/\n]|\band\b(?! (?:older|later|newer|above|earlier|below|prior|before|previous))|および|及び")
_ALL = re.compile(r"すべて|全(?:ての|て|)バージョン|\ball\b|\bany\b")
_AS_WELL = re.compile(r"(?:および|及び)\s*(?:それ|これ)?(?=以前|以降)")
_ANY = 10**9  # of the part that 2.x leaves open
_LONGEST = 500
_MOST = 20


@dataclass(frozen=True)
class Span:
    """Versions from one to another, both included; None: no end on that side."""

    first: Number | None
    last: Number | None

    def meets(self, other: "Span") -> bool:
        """Whether some version lies in both."""
        return _not_after(self.first, other.last) and _not_after(other.first, self.last)


def spans(text: str) -> tuple[Span, ...]:
    """The versions that a text states, generously: of "1.2 未満" 1.2 itself is one; () if it states none."""
    folded = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()
    found: list[Span] = []
    for part in _NEXT.split(_BETWEEN.sub(r"\1 ", _AS_WELL.sub(" ", folded))):
        stated = [(_number(text), bool(wild)) for text, wild in _VERSION.findall(part)]
        numbers = [number for number, _ in stated]
        if len(numbers) == 2 and (_RANGE.search(part) or (_UP_TO.search(part) and _FROM.search(part))):
            found.append(Span(min(numbers), max(numbers)))
        elif numbers and _UP_TO.search(part):
            found.append(Span(None, max(numbers)))
        elif numbers and _FROM.search(part):
            found.append(Span(min(numbers), None))
        else:
            found += [Span(number, (*number, _ANY) if wild else number) for number, wild in stated]
    if not found and _ALL.search(folded):
        return (Span(None, None),)
    return tuple(found[:_MOST])


def overlap(one: tuple[Span, ...], other: tuple[Span, ...]) -> bool | None:
    """Whether they have a version in common; None if either says nothing."""
    if not one or not other:
        return None
    return any(mine.meets(theirs) for mine in one for theirs in other)


def _number(text: str) -> Number:
    """The parts of a version; zeros at its end say nothing: 1.2.0 is 1.2."""
    parts = [int(part) for part in text.split(".")]
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def _not_after(first: Number | None, last: Number | None) -> bool:
    return first is None or last is None or first <= last
