"""Learn rules/sentences/told.toml anew from reports of which it is known: `python -m tests.rules.learn_sentences`.

The reports are the odd ones of tests/reports/ and all of its fifth set, and the odd cases of the banks of wordings; the
even ones measure what was learnt. Logistic regression by Newton's steps, always the same. With `--check` nothing is
written, but each set is read with what was learnt from the others. To be run after signs were changed.
"""

import argparse
import math
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from mailbot.core.extract_text import without_quotes, without_signature
from mailbot.core.reading import sentences, tidy, unwrap
from mailbot.core.sentence_shapes import Told
from tests.rules.report_scores import ANY, expected_of, mails, plain, understood
from tests.rules.wording_scores import BANKS, wordings
from tests.shipped_rules import shipped_rules

FILE = Path(__file__).resolve().parents[2] / "rules" / "sentences" / "told.toml"
SETS = ("first", "second", "third", "fourth", "fifth")
_SHRINK = 1.5  # how much a weight must tell to be worth its size
_STEPS = 15
_SMALL = 0.05  # weights below say nothing
_PLACE = 0.6  # of a lone sentence, that stands nowhere
_FREE = ("free-text", "markdown")
_PLAIN = ("start", "early", "late", "length", "brief")
# fmt: off
_PAIRS = (
    "doer+can", "can+read", "can+take", "can+run", "can+break", "asset+read", "asset+scale", "doer+read",
    "doer+take", "doer+run", "can+conseq", "asset+fear", "past+self", "can+self", "desk+tell", "past+tell",
    "desk+reply", "self+tell", "outlet+will", "cond+outlet", "day+outlet", "outlet+self", "not+outlet", "day+will",
    "aim+protect", "protect+self", "not+protect", "find+occasion", "find+self", "find+past", "find+when",
    "occasion+self", "act+seen", "act+tech", "seen+then", "act+then", "imp+tech", "act+imp", "cause+not", "not+wish",
    "tell+yet", "desk+wish", "find+vuln", "day+tell",
)
# fmt: on


class Aim(NamedTuple):
    """A field to learn: from which likelihood on it is taken, and from which on a second sentence is."""

    field: str
    enough: float
    more: float = 1.0


AIMS = (
    Aim("vulnerability.impact", 0.15, 0.5),
    Aim("vulnerability.steps", 0.25, 0.5),
    Aim("vulnerability.discovery", 0.35),
)


class Letter(NamedTuple):
    """A letter in sentences, each as its signs, place and length, and what it states; `about` None is everything."""

    set: str
    name: str
    free: bool
    pieces: tuple[str, ...]
    seen: tuple[tuple[frozenset[str], float, int], ...]
    stated: dict[str, Any]
    optional: dict[str, Any]
    about: tuple[str, ...] | None = None


def letters() -> Iterator[Letter]:
    """Every letter to learn from."""
    for which in SETS:
        for path, found in understood(mails("all" if which == "fifth" else "odd", which)):
            expected = expected_of(path)
            if expected["kind"] == "report" and found.report is not None:
                free, text = found.report.form in _FREE, found.message.text
                yield _letter(which, path.stem, free, text, expected["fields"], expected.get("optional", {}))
    for case in chain.from_iterable(wordings(bank, "odd") for bank in BANKS):
        yield _letter("wordings", case.name, False, case.text, case.stated, {}, (*case.about, *case.stated))


def _letter(which: str, name: str, free: bool, text: str, stated: Any, optional: Any, about: Any = None) -> Letter:
    rules = shipped_rules()
    flow = unwrap(without_signature(without_quotes(tidy(text, 200_000), rules), rules))
    pieces = sentences(flow)
    last = max(len(pieces) - 1, 1)
    places = (_PLACE if about else n / last for n in range(len(pieces)))
    signs = (rules.sentences.lexicon.signs_in(piece) for piece in pieces)
    seen = tuple((sign, place, len(piece)) for sign, place, piece in zip(signs, places, pieces, strict=True))
    return Letter(which, name, free, pieces, seen, stated, optional, about)


def tells(letter: Letter, field: str) -> tuple[bool, ...]:
    """Which sentences hold what is stated of the field."""
    value = letter.stated.get(field, letter.optional.get(field))
    parts = value.get("contains") if isinstance(value, dict) else value
    words = [plain(one) for one in (parts if isinstance(parts, list) else [parts]) if isinstance(one, str)]
    words = [word for word in words if word != ANY]
    enough = any if isinstance(value, list) else all
    return tuple(bool(words) and enough(word in plain(piece) for word in words) for piece in letter.pieces)


def learn(aim: Aim, known: Iterable[Letter]) -> Told:
    """The weights of a field."""
    names = (*_PLAIN, *sorted({s for letter in known for signs, _, _ in letter.seen for s in signs}), *_PAIRS)
    number = {name: n for n, name in enumerate(names)}
    rows = [row for letter in known if _counts(letter, aim.field) for row in _rows(letter, aim.field, number)]
    weights = dict(zip(names, _regress(rows, len(names)), strict=True))
    plainly = {name: round(weights.pop(name), 2) for name in _PLAIN}
    telling = {name: round(weight, 2) for name, weight in weights.items() if abs(weight) >= _SMALL}
    return Told(field=aim.field, enough=aim.enough, more=aim.more, **plainly, weights=telling)


def _counts(letter: Letter, field: str) -> bool:
    if letter.about is not None:
        return field in letter.about
    return field in letter.stated or letter.optional.get(field) != ANY


def ideas(signs: frozenset[str]) -> tuple[str, ...]:
    """The signs and the pairs of them."""
    return (*sorted(signs), *(pair for pair in _PAIRS if signs.issuperset(pair.split("+"))))


def _rows(letter: Letter, field: str, number: dict[str, int]) -> Iterator[tuple[dict[int, float], bool]]:
    for (signs, place, length), told in zip(letter.seen, tells(letter, field), strict=True):
        row = dict.fromkeys((number[idea] for idea in ideas(signs)), 1.0)
        values = (1.0, place, place * place, min(length, 300) / 300, float(length < 15))
        yield row | dict(enumerate(values)), told


def _regress(rows: list[tuple[dict[int, float], bool]], size: int) -> list[float]:
    weights = [0.0] * size
    for _ in range(_STEPS):
        slope = [_SHRINK * weight for weight in weights]
        bend = [[_SHRINK if i == j else 0.0 for j in range(size)] for i in range(size)]
        for row, told in rows:
            share = 1.0 / (1.0 + math.exp(-sum(weights[n] * value for n, value in row.items())))
            spread = share * (1.0 - share)
            for n, value in row.items():
                slope[n] += value * (share - told)
                line, part = bend[n], spread * value
                for m, other in row.items():
                    line[m] += part * other
        weights = [old - step for old, step in zip(weights, _solved(bend, slope), strict=True)]
    return weights


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """What times the matrix, symmetric and positive, is the right side."""
    size = len(right)
    lines = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for n in range(size):
        for m in range(n + 1, size):
            if factor := lines[m][n] / lines[n][n]:
                lines[m][n:] = [old - factor * above for old, above in zip(lines[m][n:], lines[n][n:], strict=True)]
    result = [0.0] * size
    for n in reversed(range(size)):
        rest = sum(lines[n][m] * result[m] for m in range(n + 1, size))
        result[n] = (lines[n][size] - rest) / lines[n][n]
    return result


def as_toml(learnt: Iterable[Told]) -> str:
    """The file in rules/sentences/."""
    lines = ["# Learnt from reports by `python -m tests.rules.learn_sentences`; not for writing by hand.", ""]
    for told in learnt:
        more = [f"more = {told.more}"] if told.more < 1.0 else []
        lines += ["[[told]]", f'field = "{told.field}"', f"enough = {told.enough}", *more]
        lines += [f"{name} = {getattr(told, name)}" for name in _PLAIN]
        lines += ["", "[told.weights]", *(f'"{name}" = {weight}' for name, weight in told.weights.items()), ""]
    return "\n".join(lines)


def check(known: list[Letter]) -> Iterator[str]:
    """How well each set's letters are read with what was learnt from the others."""
    for aim in AIMS:
        right = extra = missed = best_right = 0
        for which in SETS:
            told = learn(aim, [letter for letter in known if letter.set != which])
            for letter in known:
                if letter.set == which and letter.free and letter.pieces:
                    weights = [told.weigh(ideas(signs), place, length) for signs, place, length in letter.seen]
                    best = max(range(len(weights)), key=lambda n: weights[n])
                    taken = 1.0 / (1.0 + math.exp(-weights[best])) >= aim.enough
                    hit, stated = tells(letter, aim.field)[best], aim.field in letter.stated
                    right += taken and hit and stated
                    extra += taken and not hit and aim.field not in letter.optional
                    missed += stated and not (taken and hit)
                    best_right += stated and hit
        yield f"{aim.field:26} best is right {best_right:3}; taken: right {right:3} extra {extra:3} missed {missed:3}"


def main() -> None:
    """Learn all fields and write them, or check what comes of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; read each set with the others' weights")
    chosen = parser.parse_args()
    known = list(letters())
    if chosen.check:
        print("\n".join(check(known)))  # noqa: T201
        return
    FILE.write_text(as_toml(learn(aim, known) for aim in AIMS), encoding="utf-8")
    print(f"{len(AIMS)} fields from {len(known)} letters")  # noqa: T201


if __name__ == "__main__":
    main()
