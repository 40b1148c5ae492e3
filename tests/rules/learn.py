"""Learn rules/learned/ anew: `python -m tests.rules.learn`. To be run after the bank of letters grew; takes minutes.

Learnt from are the bank (tests/reports/bank/) and the reports that are for development (tests/reports/README.md), where
a sentence is taken to tell a field, or a name to be one, if the value that is expected of it stands there. What the
rules find is shown only of the bank: on the reports they were made with they are better than on others.
"""

import re
import tempfile
import zlib
from base64 import b85encode
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pycrfsuite  # type: ignore[import-untyped]

from mailbot.core.extract import extract
from mailbot.core.extract_text import without_quotes, without_signature
from mailbot.core.learned_features import VERSION, Hint, name_features, sentence_features, tokens
from mailbot.core.learned_fields import hints_of
from mailbot.core.reading import sentences, tidy, unwrap
from mailbot.core.ruleset import load_rules
from mailbot.mail_shapes import RehearsalShape
from tests.rules.bank import NAMES, NOTHING, TELLS, Letter, Sentence, letters
from tests.rules.report_scores import ANY, expected_of, mails, understood
from tests.shipped_rules import rule_files, shipped_rules

LEARNED = Path(__file__).resolve().parents[2] / "rules" / "learned"
KNOWN = (("first", "odd"), ("second", "odd"), ("third", "all"), ("fourth", "odd"), ("fifth", "all"), ("sixth", "odd"))
_RULES = load_rules({name: text for name, text in rule_files().items() if not name.startswith("learned/")})
_FIELDS = tuple(NAMES.values())
_FOR_NAMES = {"c1": 0.2, "c2": 0.05, "max_iterations": 120, "feature.minfreq": 2, "feature.possible_transitions": True}
_FOR_SENTENCES = _FOR_NAMES | {"c1": 0.12, "c2": 0.1, "max_iterations": 100}


def main() -> None:
    """Write every file anew."""
    bank = tuple(letters())
    LEARNED.mkdir(exist_ok=True)
    _write("sentences", {"tells": TELLS}, learn_told(bank))
    known = [(letter, found_in(letter)) for letter in bank] + [(letter, ()) for letter in known_reports()]
    _write("names", {"names": _FIELDS}, learn_names(known))


def found_in(letter: Letter) -> tuple[Hint, ...]:
    """What the rules alone find in it."""
    return hints_of(extract("\n".join(sentence.words for sentence in letter), "", _RULES).fields)


def learn_names(known: Iterable[tuple[Letter, Sequence[Hint]]]) -> bytes:
    """The weights for names: B and I with the field's number for a name's first token and the others."""
    trainer = pycrfsuite.Trainer(params=_FOR_NAMES, verbose=False)
    for letter, hints in known:
        for sentence in letter:
            cut = tokens(sentence.words)
            labels = ["O"] * len(cut)
            for field, start, end in sentence.names:
                within = [n for n, token in enumerate(cut) if token.start >= start and token.end <= end]
                for n in within:
                    labels[n] = ("B" if n == within[0] else "I") + str(_FIELDS.index(field))
            if cut:
                trainer.append(name_features(sentence.words, cut, hints), labels)
    return _weights(trainer)


def learn_told(known: Iterable[Letter]) -> bytes:
    """The weights for sentences: the label is what each mostly tells."""
    trainer = pycrfsuite.Trainer(params=_FOR_SENTENCES, verbose=False)
    for letter in known:
        seen = [sentence_features(each.words, n, len(letter) - 1) for n, each in enumerate(letter)]
        trainer.append(seen, [each.roles[0] if each.roles else NOTHING for each in letter])
    return _weights(trainer)


def known_reports() -> Iterator[Letter]:
    """The reports that are for development, marked by what is expected of them."""
    for which, numbers in KNOWN:
        for path, found in understood(mails(numbers, which)):
            expected = expected_of(path)
            if expected["kind"] == "report" and found.report is not None:
                yield _marked(found, expected.get("optional", {}) | expected["fields"])


def _marked(found: RehearsalShape, stated: dict[str, Any]) -> Letter:
    rules = shipped_rules()
    text = tidy(found.message.text, 200_000)
    flow = unwrap(without_signature(without_quotes(text, rules), rules))
    return tuple(_with_names(words, stated) for words in (found.message.subject or "", *sentences(flow)))


def _with_names(words: str, stated: dict[str, Any]) -> Sentence:
    names: list[tuple[str, int, int]] = []
    for field in _FIELDS:
        for part in _parts(stated.get(field)):
            for hit in re.finditer(re.escape(part), words):
                if all(hit.end() <= start or end <= hit.start() for _, start, end in names):
                    names.append((field, hit.start(), hit.end()))
    return Sentence((), words, tuple(sorted(names, key=lambda name: name[1])))


def _parts(value: Any) -> list[str]:
    value = value.get("contains") if isinstance(value, dict) else value
    return [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, str) and part != ANY]


def _weights(trainer: Any) -> bytes:
    with tempfile.NamedTemporaryFile() as file:
        trainer.train(file.name)
        return Path(file.name).read_bytes()


def _write(name: str, told: dict[str, Any], weights: bytes) -> None:
    packed = b85encode(zlib.compress(weights, 9)).decode()
    lines = "\n".join(packed[at : at + 120] for at in range(0, len(packed), 120))
    head = "# Learnt from marked letters by `python -m tests.rules.learn`; not for writing by hand.\n\n"
    (known,) = (f"{key} = {_toml(value)}" for key, value in told.items())
    text = f"{head}[model]\n{known}\nseen = {VERSION}\nweights = '''\n{lines}\n'''\n"
    (LEARNED / f"{name}.toml").write_text(text, "utf-8")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = "{one}"' for key, one in value.items()) + " }"
    return "[" + ", ".join(f'"{one}"' for one in value) + "]"


if __name__ == "__main__":
    main()
