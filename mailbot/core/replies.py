"""What an operator's, vendor's or finder's reply says, as far as its sentences tell."""

from mailbot.core.events import Meaning
from mailbot.core.hits import applies
from mailbot.core.limits import Limits
from mailbot.core.reading import fold, sentences, tidy, unwrap
from mailbot.core.ruleset import Ruleset


def meanings(new_text: str, rules: Ruleset) -> tuple[Meaning, ...]:
    """The meanings of a reply without its quoted rest, in the order of `Meaning`; OTHER if no rule knows a sentence."""
    said = set(sentences(fold(unwrap(tidy(new_text, Limits.text_characters)))))
    found = {
        file.meaning for file in rules.replies.values() if any(applies(rule, s) for rule in file.rule for s in said)
    }
    return tuple(meaning for meaning in Meaning if meaning in found) or (Meaning.OTHER,)
