"""How well the mails of tests/reports/ are understood: `python -m tests.rules.report_scores [odd|even|all] [--errors]`.

Odd numbers are for development, even numbers are held out: of those only the sums are shown. The first set is in the
folder itself; the others, each written later by people who had not seen the rules, in second/ to sixth/. Of third/
and fifth/ every mail is for development. The fifth and sixth count among "all" no more than the banks of wordings do.
"""

import argparse
import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mailbot.core.messages import RawMail
from mailbot.mail_shapes import RehearsalShape
from mailbot.rehearsal import rehearse
from tests.fakes_keyring import NOW
from tests.faults.quick_desk import QuickDesk

REPORTS = Path(__file__).resolve().parents[1] / "reports"
_SETS = {
    "first": (REPORTS,),
    "second": (REPORTS / "second",),
    "third": (REPORTS / "third",),
    "fourth": (REPORTS / "fourth",),
    "fifth": (REPORTS / "fifth",),
    "sixth": (REPORTS / "sixth",),
    "all": (REPORTS, REPORTS / "second", REPORTS / "third", REPORTS / "fourth"),
}
LOOKED_AT = ("third", "fifth")
ANY = "*"
_NEVER_INVENTED = ("target.", "product.vendor", "consent.")


@dataclass
class Tally:
    """Right, extra and missed values of one field; of other questions right and extra (wrong) answers."""

    right: int = 0
    extra: int = 0
    missed: int = 0

    def add(self, other: "Tally") -> None:
        """Count the other's too."""
        self.right, self.extra, self.missed = (
            self.right + other.right,
            self.extra + other.extra,
            self.missed + other.missed,
        )

    @property
    def precision(self) -> float:
        """Of what was found, how much is right."""
        return self.right / (self.right + self.extra) if self.right + self.extra else 1.0

    @property
    def recall(self) -> float:
        """Of what is stated, how much was found."""
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = 2 * self.right + self.extra + self.missed
        return 2 * self.right / total if total else 1.0


@dataclass
class Score:
    """The sums over several mails; `errors` are (mail, field or question, what was stated, what was found)."""

    fields: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    answers: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    errors: list[tuple[str, str, Any, Any]] = field(default_factory=list)
    invented: list[tuple[str, str, Any]] = field(default_factory=list)

    @property
    def overall(self) -> Tally:
        """All fields together."""
        total = Tally()
        for tally in self.fields.values():
            total.add(tally)
        return total


def mails(which: str = "all", sets: str = "all") -> list[Path]:
    """The mails with odd numbers, with even ones, or all, of one set or of all."""
    remainders = {"odd": (1,), "even": (0,), "all": (0, 1)}[which]
    found = (path for folder in _SETS[sets] for path in sorted(folder.glob("*.eml")))
    return [path for path in found if number_of(path.name) % 2 in remainders]


def number_of(name: str) -> int:
    """The number that a mail's file name begins with."""
    return int(name.partition("-")[0])


def held_out(path: Path) -> bool:
    """Whether nobody may look at what differs in this mail."""
    return number_of(path.name) % 2 == 0 and path.parent.name not in LOOKED_AT


def expected_of(path: Path) -> dict[str, Any]:
    """What the mail states."""
    loaded: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return loaded


def understood(paths: Iterable[Path]) -> Iterator[tuple[Path, RehearsalShape]]:
    """What would happen to each mail at a desk whose memory is empty."""
    bot = QuickDesk().bot
    for path in paths:
        yield path, rehearse(bot, RawMail(path.read_bytes(), path.name), NOW)


def score(paths: Iterable[Path]) -> Score:
    """Everything that is asked of these mails."""
    total = Score()
    for path, found in understood(paths):
        _score_answers(path.stem, expected_of(path), found, total)
        _score_fields(path.stem, expected_of(path), found, total)
    return total


def _score_answers(name: str, expected: dict[str, Any], found: RehearsalShape, total: Score) -> None:
    report = found.report
    answers = {
        "kind": found.kind,
        "track": report.track if report else None,
        "form": report.form if report else None,
        "language": found.message.language,
    }
    for question, answer in answers.items():
        allowed = [expected.get(question), *expected.get(f"{question}_ok", ())]
        excused = report is None and found.kind in expected.get("kind_ok", ()) and question in ("track", "form")
        if allowed == [None] or excused:
            continue
        right = answer in allowed
        total.answers[question].add(Tally(right=right, extra=not right))
        if not right:
            total.errors.append((name, question, allowed, answer))


def _score_fields(name: str, expected: dict[str, Any], whole: RehearsalShape, total: Score) -> None:
    if whole.report is None and whole.kind in expected.get("kind_ok", ()):
        return
    shown = whole.report.fields if whole.report else {}
    found = {entry: field.value for entry, field in shown.items() if not field.derived}
    stated, optional = expected["fields"], expected.get("optional", {})
    for entry in sorted({*found, *stated}):
        tally = compare(found.get(entry), stated.get(entry), optional.get(entry))
        count_field(total, name, entry, tally, found.get(entry), stated.get(entry))


def count_field(total: Score, name: str, entry: str, tally: Tally, found: Any, stated: Any) -> None:
    """Add one field of one mail to the sums, and what is wrong with it to the lists."""
    total.fields[entry].add(tally)
    if tally.extra or tally.missed:
        total.errors.append((name, entry, stated, found))
    if tally.extra and entry.startswith(_NEVER_INVENTED) and not _near(found, stated):
        total.invented.append((name, entry, found))


def compare(found: Any, stated: Any, optional: Any) -> Tally:
    """One field: lists value by value; a "no" and an absent value are equal; what is optional costs nothing."""
    found, stated, optional = (None if value is False else value for value in (found, stated, optional))
    if isinstance(found, list) and not isinstance(stated, dict) and optional != ANY:
        return _compare_lists(found, _listed(stated), _listed(optional))
    if found is None:
        return Tally(missed=stated is not None)
    if stated is None and optional is not None and _same(found, optional):
        return Tally()
    right = (stated is not None and _same(found, stated)) or (optional is not None and _same(found, optional))
    return Tally(right=right, extra=not right, missed=stated is not None and not right)


def _compare_lists(found: list[Any], stated: list[Any], optional: list[Any]) -> Tally:
    right = sum(any(_same(value, one) for one in found) for value in stated)
    extra = [one for one in found if not any(_same(one, value) for value in (*stated, *optional))]
    return Tally(right, len(extra), len(stated) - right)


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _same(found: Any, stated: Any) -> bool:
    if stated == ANY:
        return True
    if isinstance(stated, dict):
        return all(plain(piece) in plain(found) for piece in stated["contains"])
    if isinstance(stated, list):
        return {plain(value) for value in _listed(found)} == {plain(value) for value in stated}
    if isinstance(found, bool) or isinstance(stated, bool):
        return found is stated
    if isinstance(stated, int | float) and isinstance(found, int | float):
        return abs(found - stated) < 0.05
    return plain(found) == plain(stated)


def plain(value: Any) -> str:
    """The value without white space, width, case and the slash after a bare host."""
    words = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    folded = "".join(unicodedata.normalize("NFKC", words).casefold().split())
    return folded.removesuffix("/") if folded.count("/") == 3 else folded


def _near(found: Any, stated: Any) -> bool:
    """Whether a wrong value is only cut differently: one contains the other."""
    if stated is None or isinstance(found, list):
        return False
    one, other = plain(found), plain(" ".join(stated["contains"]) if isinstance(stated, dict) else stated)
    return one in other or other in one


def lines_of(total: Score) -> Iterator[str]:
    """The score as a table."""
    yield f"{'field':28} {'right':>5} {'extra':>5} {'missed':>6} {'prec.':>6} {'recall':>6} {'F1':>6}"
    for name, tally in (*sorted(total.fields.items()), ("all fields", total.overall)):
        yield (
            f"{name:28} {tally.right:5} {tally.extra:5} {tally.missed:6} "
            f"{tally.precision:6.3f} {tally.recall:6.3f} {tally.f1:6.3f}"
        )
    for name, tally in total.answers.items():
        yield f"{name:28} {tally.right:5} of {tally.right + tally.extra} = {tally.precision:.3f}"
    yield f"invented targets, vendors, consents: {len(total.invented)}"


def main() -> None:
    """Print the score; with --errors what differs in the mails that are not held out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="?", default="odd", choices=("odd", "even", "all"))
    parser.add_argument("--set", default="all", choices=tuple(_SETS))
    parser.add_argument("--errors", action="store_true", help="each miss and extra (not of mails held out)")
    parser.add_argument("--field", default="", help="only the errors of fields that begin so")
    chosen = parser.parse_args()
    chosen_mails = mails(chosen.which, chosen.set)
    total, secret = score(chosen_mails), {path.stem for path in chosen_mails if held_out(path)}
    for name, entry, stated, found in total.errors if chosen.errors or chosen.field else ():
        if name not in secret and entry.startswith(chosen.field):
            print(f"{name} {entry}\n    stated: {stated!r}\n    found:  {found!r}")  # noqa: T201
    print("\n".join(lines_of(total)))  # noqa: T201


if __name__ == "__main__":
    main()
