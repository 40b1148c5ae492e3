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
_BOUNDARY = compile_pattern(
    r"((?:ます|ません|です|でした|ました|でしょう|[しっいえけめれきりせ]た|だ|ない|いる|ある|する|なる|ん)"
    r"(?:が|けれども?|けど|ものの)[、 ]+"
    r"|(?:で|ため|から|ところ|うえ|上|[っい]て|して|きて|れて|えて|[しりいきちみびぎえれせけめてね]|おらず|なく)[、,]\s*"
    r"|(?:ます|です|まし[たて]|ません|ない|[しっいえけめれきり]た|な)(?:の|ん)で[、 ]+|(?:ます|です|まし[たて]|ません)ので|(?:した|ました|ない|いる|れた|った|いた)(?:こと(?:を|が)|と、)"
    r"|;\s+|\s--?\s|:\s|,?\s(?:but|however|although|though|whereas|while|because)\s|,\s(?:and|so|which|since|as|then)\s)"
    r"|(\sand\s|,\s)(?:then|we|i|it|our|my|the|what|that)\s"
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
        yield Clause(clause, frozenset(name for name, concept in concepts.items() if stands(concept, clause)))


def stands(concept: Concept, clause: str) -> bool:
    """Whether the clause has words of the concept."""
    tongues = ((concept.ja, _JAPANESE), (concept.en, _LATIN))
    found = any(words and tongue.search(clause) and words.search(clause) for words, tongue in tongues)
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
