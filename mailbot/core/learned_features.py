"""What the learned readers look at: the words around each word, where names are sought; those of a sentence otherwise.

Both work alike for Japanese and for languages with spaces: what is written without spaces is taken character by
character, but for katakana. Where names are sought, what the rules found is seen too: how far each rule is to be
trusted is learnt from letters that were written without a thought of it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

VERSION = 2
"""Counted up when anything here is seen in another way: what was learnt before is worth nothing then."""
_TOKEN = re.compile(r"(\s*)([A-Za-zÀ-ÖØ-öø-ÿĀ-ž]+|[0-9]+|[ァ-ヶー]+|\S)")
_WORD = re.compile(r"[a-zà-ÿ][a-zà-ÿ'’-]*|[0-9]+|[ぁ-んァ-ヶー一-龥々]|[^\s\w]")
_URL = re.compile(r"https?:|hxxp")
_CODE = re.compile(r"[{};<>=]{2}|\$ |curl |^\s*(?:get|post) /")
_LONG = 5
_SURE, _LIKELY = 0.75, 0.5


class Token(NamedTuple):
    """A word, number, sign or single character, and where it stands."""

    text: str
    start: int
    end: int


class Hint(NamedTuple):
    """What a rule found: a name as it is written, or "" where it only matters that something was found."""

    field: str
    name: str
    rule: str
    confidence: float


def tokens(sentence: str) -> tuple[Token, ...]:
    """The sentence in pieces."""
    found, end = [], 0
    for gap, text in _TOKEN.findall(sentence):
        start, end = end + len(gap), end + len(gap) + len(text)
        found.append(Token(text, start, end))
    return tuple(found)


def name_features(words: str, found: tuple[Token, ...], hints: Sequence[Hint] = ()) -> list[list[str]]:
    """What is seen of each token of a sentence, of its neighbours, and of what the rules make of it."""
    seen = _written(found)
    letter = [f"h{hint.field} {_sureness(hint)}" for hint in hints]
    for features in seen:
        features += letter
    for hint in hints:
        for begin, end in _places(words, hint.name):
            for features, token in zip(seen, found, strict=True):
                if begin <= token.start and token.end <= end:
                    mark = ("B" if token.start == begin else "I") + hint.field
                    features += ["r" + mark, f"r{mark} {_sureness(hint)}", f"r{mark} {hint.rule}"]
    return seen


def _places(words: str, name: str) -> Iterator[tuple[int, int]]:
    at = words.find(name) if name else -1
    while at >= 0:
        yield at, at + len(name)
        at = words.find(name, at + len(name))


def _sureness(hint: Hint) -> str:
    return "sure" if hint.confidence >= _SURE else "likely" if hint.confidence >= _LIKELY else "maybe"


def _written(found: tuple[Token, ...]) -> list[list[str]]:
    count = len(found)
    words = ["<", "<", "<", *(token.text.lower() for token in found), ">", ">", ">"]
    kinds = ["<", "<", "<", *(_kind(token.text) for token in found), ">", ">", ">"]
    gaps = ["_", "_", "_", *("-" if i and found[i - 1].end == found[i].start else "_" for i in range(count)), *"____"]
    seen = []
    for i in range(3, count + 3):
        a, b, word, d, e = words[i - 2 : i + 3]
        kind = gaps[i] + kinds[i]
        features = [
            "0" + word, "k" + kind + gaps[i + 1], "-1" + b, "+1" + d, "-2" + a, "+2" + e,
            "-b" + a + " " + b, "+b" + d + " " + e, "l" + b + " " + word, "r" + word + " " + d,
            "<k" + kinds[i - 3] + kinds[i - 2] + kinds[i - 1] + kind,
            ">k" + kind + gaps[i + 1] + kinds[i + 1] + kinds[i + 2] + kinds[i + 3],
            "-t" + words[i - 3] + " " + a + " " + b, "+t" + d + " " + e + " " + words[i + 3],
        ]  # fmt: skip
        if len(word) > 3:
            features.append("e" + word[-3:])
        seen.append(features)
    return seen


def sentence_features(sentence: str, place: int, last: int) -> list[str]:
    """What is seen of a sentence, the `place`th of a letter whose last one is the `last`th."""
    text = unicodedata.normalize("NFKC", sentence).lower()
    words = ["#" if word[0].isdigit() else word for word in _WORD.findall(text)]
    features = {"always", f"length{min(len(words) // 6, 6)}", f"place{_third(place, last)}"}
    features.update("0" + word for word in words)
    features.update("2" + a + " " + b for a, b in pairwise(words))
    features.update("3" + a + " " + b + " " + c for a, b, c in zip(words, words[1:], words[2:], strict=False))
    features.update("p" + word[:_LONG] for word in words if len(word) > _LONG)
    if words:
        features |= {"first" + words[0], "last" + " ".join(words[-3:])}
    if _URL.search(text):
        features.add("url")
    if _CODE.search(text):
        features.add("code")
    return sorted(features)


def _third(place: int, last: int) -> int:
    """0 for the first sentence, 4 for the last one, between them which third of the letter it stands in."""
    if place == 0 or place >= last:
        return 4 if place else 0
    return 1 + min(3 * place // max(last, 1), 2)


@lru_cache(4_096)
def _kind(text: str) -> str:
    """How it is written: script, capitals, digits; a sign is its own kind."""
    first = text[0]
    if "ァ" <= first <= "ヶ" or first == "ー":
        return "K"
    if "ぁ" <= first <= "ん":
        return "H"
    if "\u3400" <= first <= "\u9fff" or first in "々〆":
        return "J"
    if first.isdigit():
        return "9"
    if not first.isalpha():
        return first
    if text.islower():
        return "a"
    if text.isupper() and len(text) > 1:
        return "X"
    return "A" if len(text) == 1 or text[1:].islower() else "M"
