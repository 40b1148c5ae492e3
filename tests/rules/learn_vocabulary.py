"""Learn rules/vocabulary/ anew from letters whose kind is known: `python -m tests.rules.learn_vocabulary`.

The letters are those of tests/mails/, tests/reports/ and its bank (`tests/rules/bank.py`), but not the mails with even
numbers of its third set and of the banks of short mails: those measure what was learnt. Letters that could be called a
report as well as something else are left out. Logistic regression by gradient descent, always in the same order. To be
run after letters were added, or when `mailbot/core/vocabulary.py` cuts them otherwise.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator, Set
from pathlib import Path
from typing import NamedTuple

from mailbot.core.messages import RawMail
from mailbot.core.reading import fold, tidy, unwrap
from mailbot.core.signature_blocks import without_signature
from mailbot.core.vocabulary import likely, pieces_of, total
from tests.faults.quick_desk import QuickDesk
from tests.rules import bank
from tests.rules.kind_scores import BANKS, short_mails
from tests.rules.report_scores import expected_of, mails
from tests.unit.test_extract_likeness import LETTERS
from tests.unit.test_kinds import ALL, Letter

FOLDER = Path(__file__).resolve().parents[2] / "rules" / "vocabulary"
_USUAL = 6
"""So often each letter counts but those of the bank: their writers made them as unlike all others as they could."""
_RARE = 3  # pieces of fewer letters say nothing in general
_ROUNDS = 20
_STEP = 1.0
_PARTS = 20  # weights are rounded to twentieths
_LINE = 110


class Sort(NamedTuple):
    """How a vocabulary is learnt: of how many pieces, and how much of each weight goes in a round.

    With `level` it starts at 0: there is other mail without end, so words that nobody learnt from are like neither.
    """

    why: str
    most: int
    decay: float
    level: bool


_SORTS = {
    "report": Sort("Letters that report a fault, and all others.", 8_000, decay=0.1, level=True),
    "product": Sort("Reports about a product, and those about a site.", 4_000, decay=0.02, level=False),
}


class Known(NamedTuple):
    """A letter in pieces; `track` only of reports."""

    pieces: Set[str]
    is_report: bool
    track: str | None


def letters() -> Iterator[Known]:
    """What a desk gets."""
    for sort, others in LETTERS.items():
        for name, text in others.items():
            yield from _known(Letter(name, (sort,), text["subject"], text["text"]).raw, (sort,), None)
    for letter in ALL:
        yield from _known(letter.raw, letter.kind, letter.track)
    for name in BANKS:
        for mail in short_mails("odd", name):
            yield from _known(mail.raw, mail.kinds, mail.track)
    for path in (*mails(sets="first"), *mails(sets="second"), *mails("odd", "third")):
        expected = expected_of(path)
        raw = RawMail(path.read_bytes(), path.name)
        kinds = (expected["kind"], *expected.get("kind_ok", ()))
        yield from _known(raw, kinds, expected.get("track"))


def unusual() -> Iterator[Known]:
    """The letters of the bank."""
    for letter in bank.letters():
        yield Known(_pieces("", "\n".join(sentence.words for sentence in letter)), True, _track(letter))
    for subject, text in bank.others():
        yield Known(_pieces(subject, text), False, None)


def _track(letter: bank.Letter) -> str | None:
    """By what is named in it; None where that is neither or both."""
    named = {name for sentence in letter for name, _, _ in sentence.names}
    tracks = {"product.name": "product", "target.site_name": "website"}
    found = [track for name, track in tracks.items() if name in named]
    return found[0] if len(found) == 1 else None


_READER = QuickDesk().bot.reader


def _known(raw: RawMail, kinds: tuple[str, ...], track: str | None) -> Iterator[Known]:
    is_report = kinds[0] == "report"
    if not is_report and "report" in kinds:
        return
    opened = _READER.read(raw).opened
    yield Known(_pieces(opened.subject, opened.text), is_report, track)


def _pieces(subject: str, text: str) -> Set[str]:
    letter = "\n".join(without_signature(fold(unwrap(tidy(text, 100_000))).split("\n")))
    return pieces_of(fold(tidy(subject, 1_000)), letter)


def learn(samples: list[tuple[Set[str], bool]], sort: Sort) -> tuple[float, dict[str, float]]:
    """Where to start, and the weights of the pieces that tell most; both sorts count alike, however many there are."""
    shared = Counter(piece for pieces, _ in samples for piece in pieces)
    known = sorted(piece for piece, count in shared.items() if count >= _RARE and "''" not in piece)
    _, weights = _descend(samples, known, sort)
    telling = sorted(known, key=lambda piece: (-abs(weights[piece]) * math.sqrt(shared[piece]), piece))
    return _descend(samples, sorted(telling[: sort.most]), sort)


def _descend(samples: list[tuple[Set[str], bool]], known: list[str], sort: Sort) -> tuple[float, dict[str, float]]:
    weights, start = dict.fromkeys(known, 0.0), 0.0
    rows = [(sorted(pieces & weights.keys()), is_it) for pieces, is_it in samples]
    share = {side: len(rows) / 2 / sum(is_it is side for _, is_it in rows) for side in (True, False)}
    dice = random.Random(1)
    for number in range(_ROUNDS):
        step = _STEP / (1 + number / 5)
        dice.shuffle(rows)
        for row, is_it in rows:
            error = share[is_it] * (is_it - likely(start + total(weights, row)))
            start += 0.0 if sort.level else step * error / 20
            for piece in row:
                weights[piece] += step * error / math.sqrt(len(row))
        weights = {piece: weight * (1 - sort.decay * step) for piece, weight in weights.items()}
    return start, weights


def as_toml(why: str, start: float, weights: dict[str, float]) -> str:
    """The file in rules/vocabulary/."""
    grouped: dict[int, list[str]] = {}
    for piece, weight in sorted(weights.items()):
        grouped.setdefault(round(weight * _PARTS), []).append(piece)
    lines = ["# Learnt from letters by `python -m tests.rules.learn_vocabulary`; not for writing by hand.", ""]
    lines += [f'why = "{why}"', f"start = {start:.2f}"]
    for parts, pieces in sorted(grouped.items(), reverse=True):
        if parts:
            lines += ["", "[[group]]", f"weight = {parts / _PARTS}", "pieces = '''", *_lines(pieces), "'''"]
    return "\n".join(lines) + "\n"


def _lines(pieces: list[str]) -> Iterator[str]:
    line = ""
    for piece in pieces:
        line += piece + "|"
        if len(line) >= _LINE:
            yield line
            line = ""
    if line:
        yield line


def main() -> None:
    """Learn both vocabularies and write them."""
    known = [*letters()] * _USUAL + [*unusual()]
    samples = {
        "report": [(one.pieces, one.is_report) for one in known],
        "product": [(one.pieces, one.track == "product") for one in known if one.is_report and one.track],
    }
    FOLDER.mkdir(exist_ok=True)
    for name, sort in _SORTS.items():
        start, weights = learn(samples[name], sort)
        (FOLDER / f"{name}.toml").write_text(as_toml(sort.why, start, weights), encoding="utf-8")
        print(f"{name}: {len(weights)} pieces from {len(samples[name])} letters")  # noqa: T201


if __name__ == "__main__":
    main()
