"""Whether a text says part of the finder's name, or a name so short that only its spaces tell it from other words."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import permutations

from mailbot.core.identity import NO_NAMES
from mailbot.core.romaji import is_romaji

_APART = r"[\s・,._()/;、<>\[\]]+"
_BETWEEN = r"[\W_]{1,3}"
_SHORT = 6  # longer ones are found by plain containment
_LONG = 5  # letters that make a Japanese name no other word


def part_in(texts: Iterable[str], names: Iterable[tuple[str, str]], ours: Iterable[str]) -> str | None:
    """The field whose name, or one word of it, stands in a text as such; what is within `ours` is nobody's."""
    known, kept = tuple(names), tuple(ours)
    found = (field for text in texts for _, _, field in parts_standing(text, known, kept))
    return next(found, None)


def parts_standing(
    text: str, names: tuple[tuple[str, str], ...], ours: tuple[str, ...]
) -> Iterator[tuple[int, int, str]]:
    """Where they stand: from, to, and which field it is."""
    said = _plain(text)
    patterns = [(field, pattern) for field, name in names for pattern in _compiled(_plain(name))]
    if not any(pattern.search(said) for _, pattern in patterns):
        return
    letters = [(letter, n) for n, character in enumerate(text) for letter in _plain(character)]
    said = "".join(letter for letter, _ in letters)
    said = _apart(ours).sub(lambda found: "\n" * len(found[0]), said)
    for field, pattern in patterns:
        for found in pattern.finditer(said):
            yield letters[found.start()][1], letters[found.end() - 1][1] + 1, field


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


@lru_cache(maxsize=256)
def _compiled(name: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in dict.fromkeys(_patterns(name)))


def _apart(ours: tuple[str, ...]) -> re.Pattern[str]:
    kept = sorted({_plain(word) for word in ours if len(word) > 1}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, kept)) or "(?!)", re.IGNORECASE)


def _patterns(name: str) -> Iterator[str]:
    parts = [part for part in re.split(_APART, name) if part]
    if not 2 <= len(parts) <= 4 or any(part.casefold() in NO_NAMES for part in parts):
        return
    for part in parts:
        if not part.isascii():
            yield from (re.escape(part) for _ in range(len(part) > 1))
        elif part.isalpha() and len(part) >= 4:
            any_case = is_romaji(part.lower()) and len(part) >= _LONG
            yield _word(f"(?i:{part})" if any_case else f"{part.capitalize()}|{part.upper()}")
    if "".join(parts).isascii() and 3 <= sum(map(len, parts)) < _SHORT:
        for order in permutations(parts):
            yield _word("(?i:" + _BETWEEN.join(map(re.escape, order)) + ")")
            yield _word("(?i:" + _BETWEEN.join(map(re.escape, "".join(order))) + ")")
            yield _word("".join(re.escape(part.capitalize()) for part in order))


def _word(pattern: str) -> str:
    return rf"(?<![^\W\d_])(?:{pattern})(?![^\W\d_])"
