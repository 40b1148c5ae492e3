"""What an operator's, vendor's or finder's reply says, as far as its sentences tell."""

from dataclasses import dataclass
from datetime import date
from itertools import islice

from mailbot.core.concepts import Said, holds, said_in
from mailbot.core.events import Meaning
from mailbot.core.limits import Limits
from mailbot.core.messages import OpenedMail
from mailbot.core.patterns import compile_pattern
from mailbot.core.quoting import begins_with_headers
from mailbot.core.reading import fold, tidy, unwrap
from mailbot.core.reply_facts import contractor_in, window_in
from mailbot.core.reply_shapes import ReplyRule
from mailbot.core.ruleset import Ruleset
from mailbot.core.stated_days import stated_day

_OF_FINDERS = frozenset((Meaning.STILL_THERE, Meaning.ASKS_DISCLOSURE, Meaning.PLANS_DISCLOSURE, Meaning.PUBLISHED))
_OF_ANSWERS = frozenset((Meaning.AGREES, Meaning.DISAGREES))  # read by term_answers, to a question that is open
_OF_FIRST = frozenset(
    (Meaning.IN_CHARGE, Meaning.NOT_THEIRS, Meaning.WANTS_NO_MAIL, Meaning.SOUNDS_AUTOMATIC, Meaning.NOTHING)
)
_NO_ANSWER = frozenset((Meaning.OTHER, Meaning.THANKS, Meaning.ASKS_STATUS))
_WORD = compile_pattern(r"[\p{Han}\p{Hiragana}\p{Katakana}]{2}|[^\s\p{P}\p{S}\p{Han}\p{Hiragana}\p{Katakana}]+")
_FEWEST_WORDS = 3  # that can be an answer where no rule knows them; two Japanese characters count as one
_ASKING_TIME = 1_000  # characters of a mail that asks for time
_BELOW = 6  # sentences after the one that points to an address


@dataclass(frozen=True)
class Reading:
    """The meanings of a reply, in the order of `Meaning`, and what it names: fix_by, fixed_on, window, contractor."""

    meanings: tuple[Meaning, ...]
    told: tuple[tuple[str, str], ...] = ()


def spoken(opened: OpenedMail) -> str:
    """The words of a reply that are surely its sender's."""
    # Under headers may stand our own mail, sent back without a word.
    return "" if begins_with_headers(opened.text) else opened.new_text


def read_reply(
    new_text: str, rules: Ruleset, written: date, *, from_finder: bool = False, to_first_contact: bool = False
) -> Reading:
    """What a reply says without its quoted rest; OTHER if no rule knows a sentence.

    What only a finder means is read with `from_finder`: who mends it may say that it is not mended yet, too.
    What says whether somebody is in charge is read in answers `to_first_contact`.
    Days are read as seen from the day it was `written`. Thanks count only where nothing else is said.
    """
    folded = fold(unwrap(tidy(new_text, Limits.text_characters)))
    said = said_in(folded, rules.concepts)
    found = _found(said, rules)
    every = {meaning for parts in found for meaning in parts}
    every -= _OF_ANSWERS if from_finder else _OF_ANSWERS | _OF_FINDERS
    of_first = every & _OF_FIRST if to_first_contact else frozenset()
    every -= _OF_FIRST
    every = every - {Meaning.THANKS} or every
    if to_first_contact and not of_first and _says_nothing(folded, every):
        of_first = frozenset((Meaning.NOTHING,))
    every |= of_first
    ordered = tuple(meaning for meaning in Meaning if meaning in every) or (Meaning.OTHER,)
    told = _told(said, found, written)
    return Reading(ordered, tuple(pair for pair in told if from_finder or pair[0] != "publishes_on"))


def asked_until(new_text: str, reading: Reading, written: date) -> date | None:
    """The day that a mail names which asks for time and says no more; None if it names none, or says more."""
    if reading.meanings != (Meaning.ASKS_TIME,):
        return None
    return stated_day(fold(unwrap(tidy(new_text, _ASKING_TIME))), written, past=False)


def means(rule: ReplyRule, folded: str, rules: Ruleset) -> bool:
    """Whether folded text says what the rule looks for."""
    said = said_in(folded, rules.concepts)
    everywhere = _everywhere(said)
    return any(holds(rule, sentence, everywhere) for sentence in said)


def _found(said: tuple[Said, ...], rules: Ruleset) -> tuple[dict[Meaning, str], ...]:
    """For each sentence its meanings, with the words in which each stands."""
    everywhere = _everywhere(said)
    found: list[dict[Meaning, str]] = []
    for sentence in said:
        parts = {
            file.meaning: part
            for file in rules.replies.values()
            if (part := next(filter(None, (holds(rule, sentence, everywhere) for rule in file.rule)), None))
        }
        found.append({meaning: part.text for meaning, part in parts.items()})
    return tuple(found)


def _says_nothing(folded: str, meanings: set[Meaning]) -> bool:
    """Whether the mail cannot be an answer to the question who is in charge."""
    if meanings - _NO_ANSWER:
        return False
    return bool(meanings) or sum(1 for _ in islice(_WORD.finditer(folded), _FEWEST_WORDS)) < _FEWEST_WORDS


def _everywhere(said: tuple[Said, ...]) -> frozenset[str]:
    return frozenset().union(*(sentence.concepts for sentence in said))


def _told(said: tuple[Said, ...], found: tuple[dict[Meaning, str], ...], written: date) -> list[tuple[str, str]]:
    """The first value of each name that a sentence of the right meaning states."""
    told: dict[str, str | None] = {}
    for at, (sentence, meant) in enumerate(zip(said, found, strict=True)):
        if Meaning.FIX_PLANNED in meant and not told.get("fix_by"):
            told["fix_by"] = _day(meant[Meaning.FIX_PLANNED], sentence.text, written, past=False)
        done = meant.get(Meaning.FIX_REPORTED) or meant.get(Meaning.PAGE_REMOVED)
        if done and not told.get("fixed_on"):
            told["fixed_on"] = _day(done, sentence.text, written, past=True)
        if Meaning.PLANS_DISCLOSURE in meant and not told.get("publishes_on"):
            told["publishes_on"] = _day(meant[Meaning.PLANS_DISCLOSURE], sentence.text, written, past=False)
        if Meaning.WRONG_WINDOW in meant and not told.get("window"):
            below = "\n".join(other.text for other in said[at + 1 : at + 1 + _BELOW])
            told["window"] = window_in(sentence.text) or window_in(below)
        if Meaning.FORWARDED in meant and not told.get("contractor"):
            told["contractor"] = contractor_in(sentence.text)
    return [(name, value) for name, value in told.items() if value]


def _day(clause: str, sentence: str, written: date, past: bool) -> str | None:
    """The day that the clause names, else the sentence."""
    day = stated_day(clause, written, past) or stated_day(sentence, written, past)
    return day.isoformat() if day else None
