"""Which of two sorts of letter the words of a letter are like, weighed all together.

Theory. Rules know words that somebody thought of; a stranger writes others. So besides the rules all the words count,
a little each: how much was learnt from letters whose sort is known. A word is not looked at as such but in pieces of a
few characters, which inflected English and unspaced Japanese have in common. Names of hosts and people's addresses tell
nothing of the sort. What has no known piece is like neither.
"""

import math
import re
from collections.abc import Iterable, Set
from functools import cached_property, lru_cache
from itertools import islice
from operator import add

from mailbot.core.rule_shapes import Shape

_LETTER_CHARACTERS = 1_500
_MOST = 30.0  # no more is needed to be sure, and exp() has an end
_HOST = re.compile(r"\bh(?:tt|xx)ps?://[^\s/?<>\"]{1,100}|(?<![\w.@-])(?:[a-z0-9-]{1,60}\.){1,6}[a-z]{2,10}\b")
_ADDRESS = re.compile(r"[\w.+-]{1,60}@[\w.-]{1,100}")
_NUMBER = re.compile(r"[0-9]+")
_WORD = re.compile(r"[^\W\d_]+")
_COMMON = re.compile(r"\b(?:the|and|is|of|to|in|a|i|that|it|for|with|on|this|you|your)\b|[\u3040-\u30ff\u4e00-\u9fff]")
_ENOUGH_WORDS = 30  # to tell a language by
_SHARE_KNOWN, _SHARE_COMMON = 0.5, 0.06  # with less of both it is written in neither language
_BETWEEN = re.compile(r"[^\w#¤§?'/]+")


class PieceGroup(Shape):
    """Pieces of the same weight, with a bar behind each."""

    weight: float
    pieces: str


class Vocabulary(Shape):
    """What pieces of words speak for the sort of letter that the file is named after, or, below 0, for the other."""

    why: str
    start: float  # where a letter begins that has none of them
    group: tuple[PieceGroup, ...]

    @cached_property
    def weights(self) -> dict[str, float]:
        """The weight of each piece."""
        return {
            piece: group.weight
            for group in self.group
            for line in group.pieces.split("\n")
            for piece in line.split("|")
            if piece
        }

    def lean(self, subject: str, letter: str) -> float:
        """From -0.5, all like the other sort, to 0.5, all like this one; both texts folded."""
        pieces = pieces_of(subject, letter)
        known = self.weights.keys() & pieces
        if not known or (len(known) < _SHARE_KNOWN * len(pieces) and _in_neither(letter[:_LETTER_CHARACTERS])):
            return 0.0
        return likely(self.start + total(self.weights, known)) - 0.5


def _in_neither(letter: str) -> bool:
    """Whether it is neither Japanese nor English: what was learnt from those tells nothing of other languages."""
    words = len(_WORD.findall(letter))
    if words < _ENOUGH_WORDS:
        return False
    enough = math.ceil(_SHARE_COMMON * words)
    return sum(1 for _ in islice(_COMMON.finditer(letter.lower()), enough)) < enough


def pieces_of(subject: str, letter: str) -> Set[str]:
    """Every run of two to four characters in the subject and the beginning of the letter, without names of hosts."""
    return _pieces_of(f"{subject} {letter[:_LETTER_CHARACTERS]}".lower())


@lru_cache(maxsize=2)  # every vocabulary asks for those of the same letter
def _pieces_of(text: str) -> Set[str]:
    text = _ADDRESS.sub(" § ", text) if "@" in text else text
    text = _HOST.sub(" ¤ ", text) if "." in text or "://" in text else text
    text = f" {_BETWEEN.sub(' ', _NUMBER.sub('#', text))} "
    pairs = list(map(add, text, text[1:]))
    return {*pairs, *map(add, pairs, text[2:]), *map(add, pairs, pairs[2:])}


def total(weights: dict[str, float], known: Iterable[str]) -> float:
    """What the pieces weigh together: of many each weighs less, or long letters would always be sure."""
    found = [weights[piece] for piece in known]
    return sum(found) / math.sqrt(len(found)) if found else 0.0


def likely(weight: float) -> float:
    """The weight as a likelihood between 0 and 1."""
    return 1.0 / (1.0 + math.exp(-max(min(weight, _MOST), -_MOST)))
