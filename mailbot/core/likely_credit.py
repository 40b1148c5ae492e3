"""Under which name the finder wants to be thanked, where no rule knows the wording.

Theory. Such a sentence speaks of thanks or of a public record, and holds a name: in quotes, behind "as" or a colon, or
one that agrees with what the finder is called elsewhere in the mail. What speaks for a name and against it are signals
(rules/routing/credit-name.toml), looked at only in sentences of which credit-said.toml says that they are about credit.
It is asked only of who wants thanks, as the rules have read it.
"""

import re
from collections.abc import Iterator

from mailbot.core.fields import value_of
from mailbot.core.hits import applies
from mailbot.core.model import Field
from mailbot.core.patterns import compile_pattern
from mailbot.core.reading import fold, sentences, short, unwrap
from mailbot.core.ruleset import Ruleset

_NAME = compile_pattern(
    r"[\"「『'“(]([^\"」』「『\n<>:。、“”()]{1,60}(?:\([^()\n]{1,40}\))?)[\"」』'”)]"
    r"|(?-i:(?:^|[^\p{L}0-9_./@-])((?:(?:Dr|Prof|Mr|Ms|Mrs)\. )?(?:\p{Lu}[\p{L}0-9&'.-]*[\p{L}0-9]|\p{Lu}\.)"
    r"(?:,? (?:(?:of|and|&|de|du|da|van|von|from|at) )?(?:\p{Lu}[\p{L}0-9&'.-]*[\p{L}0-9]|\p{Lu}\.)){0,7}"
    r"(?: ?\(@?[\p{L}0-9_ .-]{2,30}\))?))"
    r"|(?:^|[\s(:])(@[\w.-]{1,30}\w)"
    r"|(?:\b(?:as|under|handle|alias|nick|thank) |(?:->|=|:) ?)((?-i:[a-z0-9])[\w.-]{1,30}\w)(?:[\s.,;)]|$)"
    r"|(?:^|[\s、。「『(はがをにでの:])([\p{Han}々]{1,4}[ 　]?[\p{Han}々ぁ-んァ-ヶー]{1,6}(?:\([^()\n]{2,30}\))?)"
)
_FORBIDDEN = -2.0
_ENOUGH = 1.4
_CONFIDENCE = 0.34
_MOST_SENTENCES, _MOST_NAMES = 4, 12
_CALLED = ("reporter.name", "reporter.organisation", "reporter.email")
_WORD = re.compile(r"[^\W_]{2,}")


def likely_credit(body: str, fields: tuple[Field, ...], rules: Ruleset) -> tuple[Field, ...]:
    """The name to be thanked under, where thanks are wanted and no name is stated: it never makes a consent."""
    if value_of(fields, "credit_name") is not None or value_of(fields, "consent.credit") is not True:
        return ()
    pieces = [fold(piece) for piece in sentences(unwrap(body))]
    about = sorted(rules.signals_of("credit-said").among(pieces))[:_MOST_SENTENCES]
    called = {word.casefold() for field in fields if field.name in _CALLED for word in _WORD.findall(str(field.value))}
    best, name = 0.0, ""
    for n in about:
        for start, end in _spans(pieces[n]):
            weight = _weight(pieces[n], start, end, called, rules)
            if weight > best:
                best, name = weight, pieces[n][start:end].strip(" ,")
    if best < _ENOUGH:
        return ()
    return (Field("credit_name", name, "name/credit", _CONFIDENCE, short(name)),)


def _spans(sentence: str) -> Iterator[tuple[int, int]]:
    for number, hit in enumerate(_NAME.finditer(sentence)):
        if number == _MOST_NAMES:
            return
        group = next(i for i in (1, 2, 3, 4, 5) if hit.group(i) is not None)
        yield hit.start(group), hit.end(group)


def _is_called(name: str, called: set[str]) -> bool:
    """Whether one of its words is the finder's; names in Chinese characters have no spaces between them."""
    words = set(_WORD.findall(name))
    return bool(words & called) or any(not one.isascii() and (one in name or name in one) for one in called)


def _weight(sentence: str, start: int, end: int, called: set[str], rules: Ruleset) -> float:
    name = sentence[start:end]
    mark = "=" if _is_called(name.casefold(), called) else ""
    before, behind = (part.replace("<", " ").replace(">", " ") for part in (sentence[:start], sentence[end:]))
    marked = f"{before}<{mark}{name}>{behind}"
    said = [signal.weight for signal in rules.signals_of("credit-name").hitting(marked) if applies(signal, marked)]
    return _FORBIDDEN if _FORBIDDEN in said else sum(said)
