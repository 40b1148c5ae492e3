"""The shapes of rules/sentences/: signs, which are words for one idea, and what sentences with such signs tell."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Annotated, NamedTuple

from pydantic import Field, StringConstraints

from mailbot.core.reading import fold
from mailbot.core.rule_shapes import FieldName, Rule, Shape

_NUMBER = re.compile(r"[0-9]+")
_WORD = re.compile(r"#(?:[-./,]#)+d?|[hq]?#d?|[^\W\d_#](?:[^\W\d_#]|['/@-](?=[^\W\d_#]))*'?@?")
_ENTRY = re.compile(r"[a-z'@/-]+\*?|[hq]?#d?|#(?:[-./,]#)+")
_FIRST_WORDS, _FIRST_CHARACTERS = 3, 6  # so far reaches the beginning of a sentence
_KNOWN_WORDS = 20_000
_SHORT = 15
_LONG = 300

Entry = Annotated[str, StringConstraints(min_length=1, max_length=60)]


class Sign(Rule):
    """Words for one idea. Latin words count as whole ones; `*` is any ending, spaces make a phrase, `#` is a number.

    Entries in other letters, or with signs, are found anywhere. With `first` they count where a sentence begins.
    """

    words: tuple[Entry, ...]
    first: bool = False
    hit: tuple[str, ...] = ()
    miss: tuple[str, ...] = ()


class Told(Shape):
    """How much each sign says that a sentence tells this field; `doer+can` weighs where both signs stand in it.

    `early` and `late` weigh the sentence's place in the letter (from 0 to 1, and its square), `length` how long it is,
    up to 300 characters, `brief` whether it has fewer than 15. The weights add up to a likelihood; below `enough`
    nothing is taken. `more` is for fields of several sentences: those as likely as that are taken too.
    """

    field: FieldName
    enough: Annotated[float, Field(gt=0, lt=1)]
    more: Annotated[float, Field(gt=0, le=1)] = 1.0
    start: float
    early: float = 0.0
    late: float = 0.0
    length: float = 0.0
    brief: float = 0.0
    weights: dict[str, float]

    def weigh(self, ideas: Iterable[str], place: float, length: int) -> float:
        """What speaks for a sentence with these signs and pairs, of this length, at this place between 0 and 1."""
        total = self.start + self.early * place + self.late * place * place
        total += self.length * min(length, _LONG) / _LONG + (self.brief if length < _SHORT else 0.0)
        weights = self.weights
        return total + sum([weights[idea] for idea in ideas if idea in weights])


class SentenceFile(Shape):
    """A file of rules/sentences/."""

    sign: tuple[Sign, ...] = ()
    told: tuple[Told, ...] = ()


class _Phrase(NamedTuple):
    rest: tuple[str, ...]
    sign: str


class Lexicon:
    """The words of many signs, for looking up each word of a sentence once."""

    def __init__(self, signs: Iterable[Sign]) -> None:
        self._signs = tuple(signs)
        self._whole: dict[str, set[str]] = {}
        self._stems: dict[str, set[str]] = {}
        self._phrases: dict[str, list[_Phrase]] = {}
        self._anywhere: dict[str, list[tuple[str, str]]] = {}
        self._first: set[str] = set()
        for sign in self._signs:
            self._first |= {sign.id} if sign.first else set()
            for words in sign.words:
                self._add(fold(words).lower(), sign.id)
        self._lengths = sorted({len(stem) for stem in self._stems})
        self._of_word = lru_cache(maxsize=_KNOWN_WORDS)(self._look_up)
        self._of_pair = lru_cache(maxsize=_KNOWN_WORDS)(self._look_up_pair)

    def __reduce__(self) -> tuple[type["Lexicon"], tuple[tuple[Sign, ...]]]:
        return Lexicon, (self._signs,)

    def _add(self, words: str, sign: str) -> None:
        first, *rest = words.split(" ")
        if not all(_ENTRY.fullmatch(word) for word in (first, *rest)):
            self._anywhere.setdefault(words[0], []).append((words, sign))
        elif rest:
            self._phrases.setdefault(first, []).append(_Phrase(tuple(rest), sign))
        elif first.endswith("*"):
            self._stems.setdefault(first[:-1], set()).add(sign)
        else:
            self._whole.setdefault(first, set()).add(sign)

    def _look_up(self, word: str) -> tuple[frozenset[str], frozenset[str], bool]:
        """The signs of a word, those that it has anywhere in a sentence, and whether it may begin a phrase."""
        heads = [word[:length] for length in self._lengths if length <= len(word)]
        signs = self._whole.get(word, set()).union(*(self._stems[head] for head in heads if head in self._stems))
        begins = any(head in self._phrases for head in (word, *self._starred(word)))
        return frozenset(signs), frozenset(signs - self._first), begins

    def _look_up_pair(self, word: str, following: str) -> tuple[_Phrase, ...]:
        """The phrases that begin with the two words."""
        begun = [phrase for head in (word, *self._starred(word)) for phrase in self._phrases.get(head, ())]
        return tuple(phrase for phrase in begun if _goes_on(phrase.rest[:1], [following], 0))

    def _starred(self, word: str) -> Iterator[str]:
        return (f"{word[:length]}*" for length in range(1, len(word) + 1) if f"{word[:length]}*" in self._phrases)

    def signs_in(self, sentence: str) -> frozenset[str]:
        """The signs that stand in the sentence."""
        text = _NUMBER.sub("#", fold(sentence).lower())
        words = _WORD.findall(text)
        found: set[str] = set()
        for place, word in enumerate(words):
            early, signs, begins = self._of_word(word)
            found |= early if place < _FIRST_WORDS else signs
            if begins and place + 1 < len(words):
                for phrase in self._of_pair(word, words[place + 1]):
                    if (place < _FIRST_WORDS or phrase.sign not in self._first) and _goes_on(
                        phrase.rest, words, place + 1
                    ):
                        found.add(phrase.sign)
        for character in self._anywhere.keys() & set(text):
            for entry, sign in self._anywhere[character]:
                if sign not in found and entry in text and self._may_stand(sign, entry, text):
                    found.add(sign)
        return frozenset(found)

    def _may_stand(self, sign: str, entry: str, text: str) -> bool:
        return sign not in self._first or text.find(entry) < _FIRST_CHARACTERS


def _goes_on(rest: tuple[str, ...], words: list[str], place: int) -> bool:
    """Whether the words of the phrase stand at the place."""
    if place + len(rest) > len(words):
        return False
    return all(
        word.startswith(one[:-1]) if one.endswith("*") else word == one
        for one, word in zip(rest, words[place : place + len(rest)], strict=True)
    )


class Sentences:
    """All files of rules/sentences/ together."""

    def __init__(self, files: Mapping[str, SentenceFile]) -> None:
        self.files = files
        self.told = tuple(told for file in files.values() for told in file.told)
        self.lexicon = Lexicon(sign for file in files.values() for sign in file.sign)
        self._pairs: dict[str, tuple[tuple[str, str], ...]] = {}
        for names in sorted({names for told in self.told for names in told.weights if "+" in names}):
            one, _, other = names.partition("+")
            self._pairs[one] = (*self._pairs.get(one, ()), (other, names))

    def ideas_in(self, sentence: str) -> tuple[str, ...]:
        """The signs that stand in the sentence, and the pairs of them that are weighed."""
        signs = self.lexicon.signs_in(sentence)
        pairs = [names for sign in signs for other, names in self._pairs.get(sign, ()) if other in signs]
        return (*signs, *pairs)


def unknown_signs(files: Mapping[str, Shape]) -> Iterator[str]:
    """Signs that are weighed, but that no file has."""
    read = {name: file for name, file in files.items() if isinstance(file, SentenceFile)}
    known = {sign.id for file in read.values() for sign in file.sign}
    for name, file in read.items():
        for told in file.told:
            for unknown in sorted({sign for names in told.weights for sign in names.split("+")} - known):
                yield f"rules/sentences/{name}.toml: {told.field}: no file in rules/sentences has the sign {unknown}"


def stands(sign: Sign, text: str) -> bool:
    """Whether the sign stands in the text, taken as one sentence."""
    return bool(Lexicon((sign,)).signs_in(text))
