"""What the parts of a reply are about: the concepts of rules/concepts/ that stand in a clause, a sentence and a mail.

A sentence is cut into clauses where one thing said ends and the next begins, so that "it is fixed, but the report is
not written" denies only the report. A concept marked `aside` is courtesy: it is cut out before the others are sought.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import sentences
from mailbot.core.reply_shapes import Concept, ReplyRule

_MOST_SENTENCES = 500
_MOST_CLAUSES = 40
_JAPANESE = compile_pattern(r"[\p{Hiragana}\p{Katakana}\p{Han}]")
_LATIN = compile_pattern(r"[a-z]{2}")
# A clause ends where the group does; what follows the group only tells that a new one begins.
_BOUNDARY = compile_pattern(
    r"((?:ます|ません|です|でした|ました|でしょう|[しっいえけめれきりせ]た|だ|ない|いる|ある|する|なる|ん)"
    r"(?:が|けれども?|けど|ものの)[、 ]+"
    r"|(?:[るたい]|の)か、|(?:で|ため|から|ところ|うえ|上|おらず|なく)[、,]\s*"
    r"|(?:[っい]て|して|きて|れて|えて|[しりいきちみびぎえれせけめてね])[、,]\s*"
    r"|(?:ます|です|まし[たて]|ません|ない|[しっいえけめれきり]た|な)[のん]で[、 ]+"
    r"|(?:ます|です|まし[たて]|ません)ので"
    r"|(?:した|ました|ない|いる|れた|った|いた)(?:こと[をが]|と、)"
    r"|(?:について(?:は)?|に(?:関|つき)しまして(?:は)?|に関して(?:は)?|につきまして(?:は)?|の件(?:は|ですが)?)、"
    r"|;\s+|\s--?\s|:\s|,\s(?:and|so|which|since|as|then)\s"
    r"|,?\s(?:but|however|although|though|whereas|while|because)\s)"
    r"|(\sand\s|,\s)(?:then|we|i|it|our|my|the|what|that|could|would|please)\s"
    r"|(\sand\s)(?:should|will|can|is|are|has|have|had|expect)\s"
)


@dataclass(frozen=True)
class Clause:
    """A part of a sentence that says one thing, with the concepts that stand in it."""

    text: str
    concepts: frozenset[str]


@dataclass(frozen=True)
class Said:
    """A sentence and its clauses."""

    text: str
    clauses: tuple[Clause, ...]

    @cached_property
    def concepts(self) -> frozenset[str]:
        """What the sentence is about."""
        return frozenset().union(*(clause.concepts for clause in self.clauses))


def said_in(folded: str, concepts: Mapping[str, Concept]) -> tuple[Said, ...]:
    """The sentences of folded, unwrapped text with what they are about."""
    return tuple(Said(text, tuple(_tagged(text, concepts))) for text in sentences(folded)[:_MOST_SENTENCES])


def holds(rule: ReplyRule, said: Said, everywhere: frozenset[str]) -> Clause | None:
    """The first clause of the sentence for which the rule holds; `everywhere` is what the whole mail is about."""
    if everywhere & rule.nowhere or not rule.around <= said.concepts:
        return None
    return next((clause for clause in said.clauses if _fits(rule, clause)), None)


def _fits(rule: ReplyRule, clause: Clause) -> bool:
    return (
        rule.all <= clause.concepts
        and not rule.none & clause.concepts
        and (rule.pattern is None or rule.pattern.search(clause.text) is not None)
        and (rule.unless is None or rule.unless.search(clause.text) is None)
    )


def _tagged(sentence: str, concepts: Mapping[str, Concept]) -> Iterator[Clause]:
    for clause in _clauses(_without_asides(sentence, concepts)):
        tongues = _tongues(clause)
        yield Clause(clause, frozenset(name for name, concept in concepts.items() if _stands(concept, clause, tongues)))


def stands(concept: Concept, clause: str) -> bool:
    """Whether the clause has words of the concept."""
    return _stands(concept, clause, _tongues(clause))


def _tongues(clause: str) -> tuple[bool, bool]:
    """Whether the clause may have Japanese words, and English ones."""
    return _JAPANESE.search(clause) is not None, _LATIN.search(clause) is not None


def _stands(concept: Concept, clause: str, tongues: tuple[bool, bool]) -> bool:
    spoken = zip((concept.ja, concept.en), tongues, strict=True)
    found = any(words and tongue and words.search(clause) for words, tongue in spoken)
    return found and not (concept.unless and concept.unless.search(clause))


def _without_asides(sentence: str, concepts: Mapping[str, Concept]) -> str:
    for concept in concepts.values():
        if concept.aside:
            for words in (concept.ja, concept.en):
                sentence = words.sub(" ", sentence) if words else sentence
    return sentence


def _clauses(sentence: str) -> Iterator[str]:
    begin = 0
    for number, found in enumerate(_BOUNDARY.finditer(sentence)):
        if number >= _MOST_CLAUSES:
            break
        end = max(found.end(group) for group in (1, 2, 3))
        yield sentence[begin:end]
        begin = end
    yield sentence[begin:]
