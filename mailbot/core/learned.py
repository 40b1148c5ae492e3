"""What no rule knows: the names in a letter, and what its sentences tell, as marked letters have taught it.

Theory. People word what they report in ever new ways. Conditional random fields (python-crfsuite) weigh the words
around a name, and those of a sentence together with its neighbours; the weights are learnt from letters in which people
marked what is what (tests/reports/bank/, `python -m tests.rules.learn`). They lie in rules/learned/ like other rules.
"""

import zlib
from base64 import b85decode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pycrfsuite  # type: ignore[import-untyped]
from pydantic import Field, ValidationInfo, field_validator, model_validator

from mailbot.core.learned_features import VERSION, Hint, Token, name_features, sentence_features, tokens
from mailbot.core.rule_shapes import KNOWN_TO_BE_GOOD, FieldName, Shape

Telling = tuple[str, bool | None]
"""A field, and for a wish the value that it is given."""
Shares = tuple[float, ...]
_MOST_BYTES = 20_000_000  # of a model
_MARK = b"lCRF"  # every file of CRFsuite begins so
_WISHED, _REFUSED = "+", "-"


class Model(Shape):
    """What was learnt: the weights in CRFsuite's own form, deflated, in base 85.

    It tells where in a sentence something is named: `names` are the fields, in the order of their labels' numbers. Or
    it tells what sentences say: `tells` gives the field of a label, which ends with + or - where the field is wished or
    refused.
    """

    names: tuple[FieldName, ...] = ()
    tells: dict[str, FieldName] = Field(default_factory=dict)
    seen: int
    weights: str

    @field_validator("seen")
    @classmethod
    def _of_now(cls, seen: int) -> int:
        if seen != VERSION:
            raise ValueError("this was learnt for another version of mailbot; remove the file to use the shipped one")
        return seen

    @field_validator("weights")
    @classmethod
    def _whole(cls, weights: str, told: ValidationInfo) -> str:
        if told.context != KNOWN_TO_BE_GOOD and not _unpacked(weights).startswith(_MARK):
            raise ValueError("these are no weights; remove the file to use the shipped one")
        return weights

    @model_validator(mode="after")
    def _is_one(self) -> "Model":
        if bool(self.names) == bool(self.tells):
            raise ValueError("it gives either names or what sentences tell; remove the file to use the shipped one")
        return self


class LearnedFile(Shape):
    """A file of rules/learned/."""

    model: Model


class Learned:
    """All models, each opened when it is first asked; asked of the sentences of one letter, its subject first."""

    def __init__(self, files: Mapping[str, LearnedFile]) -> None:
        self._files = dict(files)
        self._opened: dict[str, tuple[Any, bytes]] = {}

    def __bool__(self) -> bool:
        return bool(self._files)

    def __reduce__(self) -> tuple[type["Learned"], tuple[dict[str, LearnedFile]]]:
        return Learned, (self._files,)

    def told(self, sentences: Sequence[str]) -> dict[Telling, Shares]:
        """For each field, and value of a wish, how likely each of the sentences tells it."""
        last = len(sentences) - 1
        seen = pycrfsuite.ItemSequence([sentence_features(words, n, last) for n, words in enumerate(sentences)])
        found = {}
        for name, model in ((name, file.model) for name, file in self._files.items() if file.model.tells):
            tagger = self._tagger(name)
            tagger.set(seen)
            known = set(tagger.labels())
            for label, field in ((label, field) for label, field in model.tells.items() if label in known):
                found[field, _value(label)] = tuple(tagger.marginal(label, n) for n in range(last + 1))
        return found

    def letter(self, sentences: Sequence[str], hints: Sequence[Hint] = ()) -> "Letter":
        """The letter, to be asked for names; `hints`: what the rules found."""
        models = [(file.model.names, self._tagger(name)) for name, file in self._files.items() if file.model.names]
        return Letter(models, sentences, hints)

    def _tagger(self, name: str) -> Any:
        if name not in self._opened:
            weights = _unpacked(self._files[name].model.weights)
            tagger = pycrfsuite.Tagger()
            tagger.open_inmemory(weights)
            self._opened[name] = (tagger, weights)  # it reads from them as long as it lives, and does not hold them
        return self._opened[name][0]


class Letter:
    """A letter in which names are sought; each sentence is looked at once."""

    def __init__(
        self, models: Sequence[tuple[tuple[str, ...], Any]], sentences: Sequence[str], hints: Sequence[Hint]
    ) -> None:
        """`models`: the fields of each, and the tagger."""
        self._models = models
        cut = [(words, tokens(words)) for words in sentences]
        self._cut = [
            (words, found, pycrfsuite.ItemSequence(name_features(words, found, hints))) for words, found in cut if found
        ]

    def names(self) -> dict[str, dict[str, float]]:
        """For each field the names in the letter, and how likely each is one: the more often, the likelier."""
        named: dict[str, dict[str, float]] = {}
        for fields, tagger in self._models:
            for words, found, seen in self._cut:
                tagger.set(seen)
                for number, begin, end, likely in _spans(tagger):
                    name, known = words[found[begin].start : found[end - 1].end], named.setdefault(fields[number], {})
                    known[name] = 1.0 - (1.0 - known.get(name, 0.0)) * (1.0 - likely)
        return named

    def support(self, field: str, name: str) -> float | None:
        """How likely the words of a name are that field's, where they most are; None if they stand nowhere."""
        shares = []
        for fields, tagger in self._models:
            labels = [mark + str(fields.index(field)) for mark in "BI"] if field in fields else []
            known = [label for label in labels if label in tagger.labels()]
            for words, found, seen in self._cut if known else ():
                within = _within(words, found, name)
                if within:
                    tagger.set(seen)
                    shares.append(sum(tagger.marginal(label, n) for label in known for n in within) / len(within))
        return max(shares, default=None)


def _value(label: str) -> bool | None:
    return True if label.endswith(_WISHED) else False if label.endswith(_REFUSED) else None


def _spans(tagger: Any) -> Iterator[tuple[int, int, int, float]]:
    """Of each name in the sentence that the tagger is at: its field, first token, the one behind it, likelihood."""
    labels = tagger.tag()
    for begin, label in enumerate(labels):
        if label.startswith("B"):
            end = begin + 1
            while end < len(labels) and labels[end] == "I" + label[1:]:
                end += 1
            yield int(label[1:]), begin, end, min(tagger.marginal(labels[n], n) for n in range(begin, end))


def _within(words: str, found: tuple[Token, ...], name: str) -> list[int]:
    """The tokens of the name, where it first stands."""
    at = words.find(name)
    if at < 0:
        return []
    return [n for n, token in enumerate(found) if token.start >= at and token.end <= at + len(name)]


def _unpacked(weights: str) -> bytes:
    try:
        return zlib.decompressobj().decompress(b85decode("".join(weights.split())), _MOST_BYTES)
    except (ValueError, zlib.error) as exc:
        raise ValueError(f"cannot be unpacked ({exc}); remove the file to use the shipped one") from exc
