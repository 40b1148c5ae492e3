"""The fields of a free letter once more, with what the learned readers make of it: gaps filled, doubtful names judged.

What a rule is sure of stays. What is found here is never so sure as to be relied on. It makes no consent: it takes one
back where the letter seems to refuse it, or where nothing in it seems to give it.
"""

from collections.abc import Iterator
from itertools import accumulate

from mailbot.core.fields import FIELD_KINDS, value_of
from mailbot.core.learned import Letter, Shares, Telling
from mailbot.core.model import Field, FieldValue
from mailbot.core.reading import fold, sentences, short
from mailbot.core.ruleset import Ruleset

LEARNED = "learned/"
_MOST_SENTENCES, _LONGEST = 80, 500
_ENOUGH_TOLD = 0.5
_ENOUGH_NAMED = {"reporter.name": 0.8, "reporter.organisation": 0.8, "product.vendor": 0.7, "target.site_name": 0.6}
_ENOUGH = 0.42  # for the others: most letters name one thing, and few name who wrote them but in the signature
_NEVER = 2.0
_EDGES = " )"
_SURE = 0.75  # a rule as sure as that is not asked again
_BETTER = 0.7  # a name so likely goes before that of a rule that is less sure
_NO_NAME = 0.03  # so unlikely is no name
_JUDGED = ("product.name", "product.version", "product.vendor")
_NAME_CONFIDENCE, _TOLD_CONFIDENCE = 0.35, 0.3
_REFUSED = 0.9
_NO_CONSENT = 0.01
_LOOKED_AT = 2_500  # what a letter is about is named soon
_ROUGH = ("steps/", "facts/", "told/", "plans/", "informed/")
"""Rules that take the sentences with certain words."""
_DENIED = {"disclosure_plan": "no-plan", "other_reports": "not-told"}
"""Prose in which the same words tell that there is none."""
Likely = dict[Telling, Shares]


def learned_fields(flow: str, subject: str, fields: tuple[Field, ...], rules: Ruleset) -> tuple[Field, ...]:
    """The fields of a letter whose unwrapped text, without signature and quotes, is `flow`."""
    if not rules.learned:
        return fields
    pieces = [piece[:_LONGEST] for piece in (subject, *sentences(flow)[:_MOST_SENTENCES])]
    stated = {field.name: field for field in fields}
    letter = rules.learned.letter(_first(pieces))
    named = {field.name: field for field in _named(letter, stated)}
    likely = rules.learned.told(pieces, _Wanted(stated))
    told = {field.name: field for field in (*_told(pieces, likely, rules), *_refused(pieces, likely))}
    kept = (f for f in fields if f.name not in told and not _is_no_name(f, named, letter) and not _is_idle(f, likely))
    return (*(field for field in kept if field.name not in named), *named.values(), *told.values())


def _first(pieces: list[str]) -> list[str]:
    """Those that names are looked for in."""
    lengths = accumulate(len(piece) for piece in pieces)
    return [piece for piece, length in zip(pieces, lengths, strict=True) if length - len(piece) < _LOOKED_AT]


class _Wanted:
    """What is asked of the sentences: fields that nothing sure states, and consents, whether they are any."""

    def __init__(self, stated: dict[str, Field]) -> None:
        self._stated = stated

    def __contains__(self, telling: object) -> bool:
        name, value = telling if isinstance(telling, tuple) else ("", None)
        field = self._stated.get(name)
        if value is None:
            return field is None or field.rule.startswith(_ROUGH)
        return field is not None and field.value is True and (value is False or field.confidence < _SURE)


def _named(letter: Letter, stated: dict[str, Field]) -> Iterator[Field]:
    for name, likely in letter.names().items():
        words = max(likely, key=lambda one: likely[one])
        if likely[words] >= _least(name, stated.get(name)) and _may_be_named(name, stated):
            value = words.strip(_EDGES) if words.count("(") < words.count(")") else words
            yield Field(name, value, LEARNED + name.rpartition(".")[2], _NAME_CONFIDENCE, short(words))


def _least(name: str, rule: Field | None) -> float:
    """How likely a name must be to be taken, where a rule has found that."""
    if rule is None:
        return _ENOUGH_NAMED.get(name, _ENOUGH)
    return _BETTER if rule.confidence < _SURE and not name.startswith("reporter.") else _NEVER


def _may_be_named(name: str, stated: dict[str, Field]) -> bool:
    """A site has an address, a maker a product, and only who wants thanks has a name for them: no consent is made."""
    if name == "target.site_name":
        return "target.urls" in stated
    if name == "product.vendor":
        return "product.name" in stated
    return name != "credit_name" or value_of(tuple(stated.values()), "consent.credit") is True


def _is_no_name(field: Field, named: dict[str, Field], letter: Letter) -> bool:
    if (
        field.name not in _JUDGED
        or field.name in named
        or field.confidence >= _SURE
        or not isinstance(field.value, str)
    ):
        return False
    support = letter.support(field.name, field.value)
    return support is not None and support < _NO_NAME


def _told(pieces: list[str], likely: Likely, rules: Ruleset) -> Iterator[Field]:
    for (name, value), shares in likely.items():
        if value is not None:
            continue
        lines = [piece for n, piece in enumerate(pieces) if n and shares[n] >= _ENOUGH_TOLD]
        if name in _DENIED:
            lines = [line for line in lines if not rules.prose_like(_DENIED[name]).applies(fold(line))]
        if lines:
            words: FieldValue = tuple(lines) if FIELD_KINDS[name] == "list" else "\n".join(lines)
            yield Field(name, words, LEARNED + name.rpartition(".")[2], _TOLD_CONFIDENCE, short(lines[0]))


def _refused(pieces: list[str], likely: Likely) -> Iterator[Field]:
    """What some sentence most likely refuses, whatever else is said: in doubt the finder did not consent."""
    for (name, value), shares in likely.items():
        best = max(range(len(pieces)), key=lambda n: shares[n])
        if value is False and shares[best] >= _REFUSED:
            yield Field(name, False, LEARNED + name.rpartition(".")[2], _REFUSED, short(pieces[best]))


def _is_idle(field: Field, likely: Likely) -> bool:
    """Whether it is a consent that a rule is not sure of, and no sentence seems to give it."""
    shares = likely.get((field.name, True))
    return bool(shares) and field.value is True and field.confidence < _SURE and max(shares or ()) < _NO_CONSENT
