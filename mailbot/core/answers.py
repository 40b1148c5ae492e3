"""What a finder's answer to our question says: the items that were asked for, and what else it states surely.

An answer comes as form lines, as numbers of our list, between the quoted lines of our question, or in plain sentences.
Only the finder's own words are read: what they quote of us holds the names of the items and an example.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from mailbot.core.events import Meaning
from mailbot.core.extract_form import Filled, read_form
from mailbot.core.extract_free import end_sections
from mailbot.core.extract_values import is_blank
from mailbot.core.form_answers import PASSAGES, value_of_answer
from mailbot.core.form_lines import heads, keys_of, unquoted
from mailbot.core.form_shapes import Form, FormItem
from mailbot.core.hits import applies
from mailbot.core.messages import OpenedMail
from mailbot.core.model import Case, DeadlineKind, Field, FieldValue
from mailbot.core.reading import fold, short, tidy
from mailbot.core.redaction import without_private
from mailbot.core.replies import spoken
from mailbot.core.ruleset import Ruleset
from mailbot.core.understand import understand

LABELLED = "answer/labelled"
NUMBERED = "answer/numbered"
PLAIN = "answer/plain"
_SURE = 0.8  # what was not asked for has to be said this clearly
_BASIS = {
    "cwe/of-type": "vulnerability.type",
    "type/of-cwe": "vulnerability.cwe",
    "cvss/of-vector": "vulnerability.cvss_vector",
}
"""What a derived value stands on: it is as clear as that."""
_FORMS_WITHOUT_LABELS = ("json",)
_FILLING = ("introduction", "courtesy", "aside")
_ENDING = ("closing", "signature", "separator")
_SHORTEST = 25  # characters of an answer in plain words that tells anything; twice as many in English
_NUMBER = re.compile(r"^\s{0,3}[(（]?([0-9０-９]{1,2}(?:[-－.][0-9０-９]{1,2})?)\s*[)）.．、:：]\s*(?=\S)")
_POLITE_END = re.compile(r"\s*(?:です|でした|になります)?[。.]?$")
_QUOTED = re.compile(r"^[ \u3000]?[>＞]")


def asked_of(case: Case) -> tuple[str, ...]:
    """What the finder was asked last, while an answer is awaited; else all that the report lacks."""
    waiting = [d.note for d in case.deadlines if d.kind is DeadlineKind.FINDER_ANSWER and d.note]
    return tuple(waiting[-1].split(", ")) if waiting else case.missing


def read_answer(
    opened: OpenedMail, asked: tuple[str, ...], meanings: tuple[Meaning, ...], rules: Ruleset, limit: int
) -> tuple[Field, ...]:
    """The fields that the mail states; of what was `asked` also what only an answer can be, the rest if it is sure.

    `meanings` is what its sentences are known to say: whoever thanks, or asks for time, does not answer in plain words.
    """
    whole = tidy(spoken(opened), limit)
    if not whole.strip() and not opened.attachments:
        return ()
    words, secret = without_private(whole, rules)
    found = understand(whole, "", rules, opened.attachments, None, limit).fields
    between, _ = without_private(tidy(opened.text, limit), rules)
    answers = {f.name: f for f in _between_quotes(between, asked, rules)}
    for field in (*_listed(words, asked, rules), *_meant(found, asked), *_kept(secret, asked, rules)):
        answers.setdefault(field.name, field)
    if len(asked) == 1 and asked[0] not in answers and meanings == (Meaning.OTHER,):
        answers |= {field.name: field for field in _plain(words, asked[0], rules)}
    clear = {f.name for f in found if f.name in asked or (f.confidence >= _SURE and not f.derived)}
    more = (f for f in found if (_BASIS.get(f.rule) if f.derived else f.name) in clear)
    return (*answers.values(), *(f for f in more if f.name not in asked))


def unknown_to_finder(opened: OpenedMail, asked: tuple[str, ...], rules: Ruleset, limit: int) -> tuple[str, ...]:
    """Which of the items asked for the finder answered with 不明, unknown, none."""
    words = tidy(spoken(opened), limit)
    segments = {name: text for name, text in _segments(words, asked) if text.strip()}
    for _, filled in _readings(words, rules):
        for answer in filled.answers:
            names = {_asked_as(item.field, asked) for item in answer.items}
            segments |= {name: answer.text for name in asked if name in names and answer.text.strip()}
    return tuple(name for name in asked if name in segments and is_blank(segments[name], rules))


def _listed(words: str, asked: tuple[str, ...], rules: Ruleset) -> Iterator[Field]:
    yield from _labelled(words, asked, rules)
    yield from _numbered(words, asked, rules)


def _kept(secret: str, asked: tuple[str, ...], rules: Ruleset) -> Iterator[Field]:
    """What only the passages answer that the finder keeps for the desk."""
    yield from (replace(field, private=True) for field in _listed(secret, asked, rules) if secret)


def _meant(found: tuple[Field, ...], asked: tuple[str, ...]) -> Iterator[Field]:
    """What was read as in any report; a number of our list is no numbered step."""
    yield from (f for f in found if f.name in asked and not f.derived and f.rule != "steps/numbered-list")


def _readings(words: str, rules: Ruleset) -> Iterator[tuple[Form, Filled]]:
    for name, form in rules.forms.items():
        if name not in _FORMS_WITHOUT_LABELS:
            filled = read_form(words, form)
            end_sections(filled, rules)
            yield form, filled


def _labelled(words: str, asked: tuple[str, ...], rules: Ruleset) -> Iterator[Field]:
    """Answers that stand under the name of an item, as some form has it."""
    for form, filled in _readings(words, rules):
        for answer in filled.answers:
            for item in answer.items:
                name = _asked_as(item.field, asked)
                if name in asked and not item.given and (value := value_of_answer(item, answer.text, rules)):
                    yield Field(name, value, LABELLED, form.confidence, short(answer.text))


def _asked_as(field: str, asked: tuple[str, ...]) -> str:
    """The form for websites has no item for the steps: they are asked for under the story of the discovery."""
    told = field == "vulnerability.discovery" and field not in asked
    return "vulnerability.steps" if told and "vulnerability.steps" in asked else field


def _numbered(words: str, asked: tuple[str, ...], rules: Ruleset) -> Iterator[Field]:
    """Answers under the numbers of our list; unless all are what was asked for, they number something else."""
    read = [(name, text, _read(name, text, rules)) for name, text in _segments(words, asked)]
    if all(value is not None or is_blank(text, rules) for _, text, value in read):
        yield from (Field(n, value, NUMBERED, 0.85, short(text)) for n, text, value in read if value is not None)


def _segments(words: str, asked: tuple[str, ...]) -> list[tuple[str, str]]:
    """What stands under each number: as many as were asked for in their order, fewer by plain numbers of our list."""
    starts: list[tuple[int, str]] = []
    lines = words.split("\n")
    for at, line in enumerate(lines):
        if found := _NUMBER.match(line):
            starts.append((at, fold(found[1])))
    if not starts or len(asked) < 2 or len(starts) > len(asked):
        return []
    if len(starts) == len(asked):
        names = list(asked)
    elif all(number.isdigit() and 0 < int(number) <= len(asked) for _, number in starts):
        names = [asked[int(number) - 1] for _, number in starts]
    else:
        return []
    ends = [at for at, _ in starts[1:]] + [len(lines)]
    texts = ("\n".join(lines[at:end]).split("\n\n")[0] for (at, _), end in zip(starts, ends, strict=True))
    return [(name, _NUMBER.sub("", text, count=1)) for name, text in zip(names, texts, strict=True)]


def _between_quotes(text: str, asked: tuple[str, ...], rules: Ruleset) -> Iterator[Field]:
    """Answers that were written below the quoted name of the item that they answer."""
    named: str | None = None
    below: dict[str, list[str]] = {}
    for line in text.split("\n"):
        if _QUOTED.match(line):
            named = _item_named(unquoted(line), asked, rules) or named
        elif named is not None and line.strip():
            below.setdefault(named, []).append(line)
    if len(below) < 2:  # an answer below the whole quotation stands below its last item as well
        return
    for name, lines in below.items():
        words = "\n".join(lines)
        if (value := _read(name, words, rules)) is not None:
            yield Field(name, value, LABELLED, 0.85, short(words))


def _item_named(line: str, asked: tuple[str, ...], rules: Ruleset) -> str | None:
    keys = {key for head in heads(line) for key in keys_of(head.label)}
    for form in rules.forms.values():
        for key in keys:
            for item in form.index.get(key, ()):
                if (name := _asked_as(item.field, asked)) in asked:
                    return name
    return None


def _plain(words: str, name: str, rules: Ruleset) -> Iterator[Field]:
    """An answer in plain sentences to the only question: a passage is what the finder tells, a version one line."""
    told = substance(words, rules)
    long_enough = len(told) >= (2 * _SHORTEST if told.isascii() else _SHORTEST)
    if name in PASSAGES and long_enough and not told.endswith(("?", "？")):
        yield Field(name, told, PLAIN, 0.6, short(told))
    one_line = name == "product.version" and "\n" not in told and any(c.isdigit() for c in told)
    if one_line and (value := _read(name, _POLITE_END.sub("", told), rules)) is not None:
        yield Field(name, value, PLAIN, 0.6, short(told))


def substance(words: str, rules: Ruleset) -> str:
    """The words without greeting, and without what follows the closing line."""
    filling, ending = ([rule for kind in kinds for rule in rules.prose_of(kind)] for kinds in (_FILLING, _ENDING))
    kept: list[str] = []
    for line in words.split("\n"):
        if any(applies(rule, fold(line)) for rule in ending) and any(map(str.strip, kept)):
            break
        if not any(applies(rule, fold(line)) for rule in filling):
            kept.append(line)
    return "\n".join(kept).strip()


def _read(name: str, words: str, rules: Ruleset) -> FieldValue | None:
    """The words as the answer to the item of that field; a type that no rule knows is none here."""
    item = _item_of(name, rules)
    if item is None:
        return None
    value = value_of_answer(item, words, rules)
    return None if name == "vulnerability.type" and value == "other" else value


def _item_of(name: str, rules: Ruleset) -> FormItem | None:
    items = (item for form in rules.forms.values() for item in form.item)
    return next((item for item in items if item.field == name and not item.given and not item.below), None)
