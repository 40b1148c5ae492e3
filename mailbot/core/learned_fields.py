"""What the rules left open in a free letter, as far as the learned readers make it out.

What a rule is sure of stays. A name that is unlikely goes where there is a likelier one, and so do sentences that were
taken for a word in them. A name that is found here is never so sure as to be relied on. It makes no consent: it takes
one back where the letter seems to refuse it, or where nothing in it seems to give it.
"""

from collections.abc import Iterator
from itertools import accumulate

from mailbot.core.fields import FIELD_KINDS, value_of
from mailbot.core.learned import Letter, Shares, Telling
from mailbot.core.learned_features import Hint
from mailbot.core.likely_version import is_no_version
from mailbot.core.model import Field, FieldValue
from mailbot.core.reading import fold, sentences, short
from mailbot.core.ruleset import Ruleset

LEARNED = "learned/"
_MOST_SENTENCES, _LONGEST = 80, 500
_ENOUGH_TOLD = {"disclosure_plan": 0.85, "other_reports": 0.8, "vulnerability.steps": 0.65}
_LIKELIER = 0.45  # for the others
_STEPS, _PLACE = "vulnerability.steps", "://"
_TOLD_SURELY = {_STEPS: 0.45}  # numbered lines and requests are steps, whatever they say
_ENOUGH_NAMED = {"reporter.name": 0.8, "reporter.organisation": 0.8, "product.vendor": 0.6, "target.site_name": 0.6}
_ENOUGH = 0.42  # for the others: most letters name one thing, and few name who wrote them but in the signature
_UNLIKELY = 0.3
_SEEN = (
    *("product.name", "product.version", "product.vendor", "target.site_name", "target.urls"),
    *("reporter.name", "reporter.organisation", "credit_name"),
)
_EDGES = " )"
_NOTHING = "\0"  # stands in no text
_SURE = 0.75  # a rule as sure as that is not asked again
_NAME_CONFIDENCE, _TOLD_CONFIDENCE = 0.35, 0.3
_REFUSED = 0.97
_NO_CONSENT = 0.03
_IDENTITY = "consent.share_identity"
_A_LETTER = 5  # sentences and the subject: what fewer words tell nobody can guess
_PASSAGES = (_STEPS, "vulnerability.impact", "vulnerability.workaround", "vulnerability.reason")
_LOOKED_AT = 250  # characters; what a letter is about is named soon
_DENIED = {"disclosure_plan": "no-plan", "other_reports": "not-told"}
"""Prose in which the same words tell that there is none."""
Likely = dict[Telling, Shares]


def learned_fields(flow: str, subject: str, fields: tuple[Field, ...], rules: Ruleset) -> tuple[Field, ...]:
    """The fields of a letter whose unwrapped text, without signature and quotes, is `flow`."""
    if not rules.learned:
        return fields
    pieces = [piece[:_LONGEST] for piece in (subject, *sentences(flow)[:_MOST_SENTENCES])]
    letter = rules.learned.letter(_first(pieces), hints_of(fields))
    likely = rules.learned.told(pieces) if len(pieces) > _A_LETTER else {}
    kept = {field.name: field for field in fields}
    if likely and _is_doubtful(kept.get(_IDENTITY), likely):
        del kept[_IDENTITY]
    for found in (*_named(letter, kept, flow, rules), *_told(pieces, likely, kept, rules)):
        kept[found.name] = found
    return tuple(kept.values())


def hints_of(fields: tuple[Field, ...]) -> tuple[Hint, ...]:
    """What the rules found, as those who seek names see it."""
    return tuple(
        Hint(field.name, field.value if isinstance(field.value, str) else "", field.rule, field.confidence)
        for field in fields
        if field.name in _SEEN and not field.derived
    )


def _first(pieces: list[str]) -> list[str]:
    """Those that names are looked for in."""
    lengths = accumulate(len(piece) for piece in pieces)
    return [piece for piece, length in zip(pieces, lengths, strict=True) if length - len(piece) < _LOOKED_AT]


def _named(letter: Letter, stated: dict[str, Field], flow: str, rules: Ruleset) -> Iterator[Field]:
    product = str(stated["product.name"].value) if "product.name" in stated else _NOTHING
    for name, likely in letter.names().items():
        words, rule = max(likely, key=lambda one: likely[one]), stated.get(name)
        enough = _ENOUGH_NAMED.get(name, _ENOUGH) if rule is None else _ENOUGH
        asked = _may_be_named(name, stated) if rule is None else _is_unlikely(rule, letter)
        if not asked or likely[words] < enough:
            continue
        value = words.strip(_EDGES) if words.count("(") < words.count(")") else words
        if name != "product.version" or not is_no_version(value, flow, product, rules):
            yield Field(name, value, LEARNED + name.rpartition(".")[2], _NAME_CONFIDENCE, short(words))


def _is_unlikely(field: Field, letter: Letter) -> bool:
    """Whether what an unsure rule took for a name most likely is none, seen with all that is around it."""
    if field.confidence >= _SURE or not isinstance(field.value, str):
        return False
    support = letter.support(field.name, field.value)
    return support is not None and support < _UNLIKELY


def _may_be_named(name: str, stated: dict[str, Field]) -> bool:
    """A site has an address, a maker a product, and only who wants thanks has a name for them: no consent is made."""
    if name.startswith("product.") and "target.urls" in stated and "product.name" not in stated:
        return False  # what a site runs on
    if name == "target.site_name":
        return "target.urls" in stated
    if name == "product.vendor":
        return "product.name" in stated
    return name != "credit_name" or value_of(tuple(stated.values()), "consent.credit") is True


def _is_doubtful(consent: Field | None, likely: Likely) -> bool:
    """Whether some sentence most likely refuses it, or none seems to give what a rule is not sure of."""
    if consent is None or consent.value is not True:
        return False
    unheard = max(likely.get((consent.name, True), (1.0,))) < _NO_CONSENT and consent.confidence < _SURE
    return unheard or max(likely.get((consent.name, False), (0.0,))) >= _REFUSED


def _told(pieces: list[str], likely: Likely, stated: dict[str, Field], rules: Ruleset) -> Iterator[Field]:
    sure = [field for field in stated.values() if field.confidence >= _TOLD_SURELY.get(field.name, _SURE)]
    taken = "\n".join(str(field.value) for field in sure if field.name in _PASSAGES)
    for (name, value), shares in likely.items():
        rule = stated.get(name)
        if value is not None or rule in sure:
            continue
        enough = _ENOUGH_TOLD.get(name, _LIKELIER)
        lines = [piece for n, piece in enumerate(pieces) if n and shares[n] >= enough and piece not in taken]
        if name in _DENIED:
            lines = [line for line in lines if not rules.prose_like(_DENIED[name]).applies(fold(line))]
        if name == _STEPS and len(lines) == 1 and _PLACE in lines[0]:
            continue  # where, but not how: the finder is asked
        if lines:
            words: FieldValue = tuple(lines) if FIELD_KINDS[name] == "list" else "\n".join(lines)
            confidence = rule.confidence if rule else _TOLD_CONFIDENCE
            yield Field(name, words, LEARNED + name.rpartition(".")[2], confidence, short(lines[0]))
