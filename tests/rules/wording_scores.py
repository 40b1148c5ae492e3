"""How well single wordings are understood: `python -m tests.rules.wording_scores [odd|even|all] [--bank B] [--errors]`.

A bank of tests/reports/wordings/ has a few lines of a report in each case, what they state, and the fields it is about
(of the others nothing is asked). It was written by people who had not seen the rules. Every second case is held out: of
those only the sums are shown. The bank of strangers is for development as a whole, and counts only where it is named.
"""

import argparse
import tomllib
from collections.abc import Iterator
from typing import Any, NamedTuple

from mailbot.core.messages import Address
from mailbot.core.model import FieldValue
from mailbot.core.understand import understand
from tests.rules.report_scores import REPORTS, Score, compare, count_field, lines_of
from tests.shipped_rules import shipped_rules

WORDINGS = REPORTS / "wordings"
BANKS = ("faults", "things", "wishes")
LOOKED_AT = "strangers"
_STRANGER = Address("", "stranger@mail.example")


class Wording(NamedTuple):
    """A few lines, what they state, and the fields that they are about."""

    name: str
    text: str
    stated: dict[str, Any]
    about: tuple[str, ...]


def wordings(bank: str, which: str = "all") -> Iterator[Wording]:
    """The bank's cases with odd numbers, with even ones, or all; the first is number 1."""
    cases = tomllib.loads((WORDINGS / f"{bank}.toml").read_text("utf-8"))["case"]
    for number, case in enumerate(cases, 1):
        if which == "all" or number % 2 == (which == "odd"):
            yield Wording(f"{bank}-{number:03}", case["text"], case.get("stated", {}), tuple(case["about"]))


def score(which: str = "all", *banks: str) -> Score:
    """What is understood of the banks' cases; only the fields that a case is about count."""
    total, rules = Score(), shipped_rules()
    for bank in banks or BANKS:
        for case in wordings(bank, which):
            found = understand(case.text, "", rules, (), _STRANGER)
            values = {one.name: _as_json(one.value) for one in found.fields if not one.derived}
            for entry in sorted({*case.about, *case.stated}):
                tally = compare(values.get(entry), case.stated.get(entry), None)
                count_field(total, case.name, entry, tally, values.get(entry), case.stated.get(entry))
    return total


def _as_json(value: FieldValue) -> FieldValue | list[str]:
    return list(value) if isinstance(value, tuple) else value


def main() -> None:
    """Print the score; with --errors what differs in the cases with odd numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="?", default="odd", choices=("odd", "even", "all"))
    parser.add_argument("--bank", default="", choices=("", *BANKS, LOOKED_AT))
    parser.add_argument("--errors", action="store_true", help="each miss and extra (not of cases held out)")
    parser.add_argument("--field", default="", help="only the errors of fields that begin so")
    chosen = parser.parse_args()
    banks = (chosen.bank,) if chosen.bank else BANKS
    total = score(chosen.which, *banks)
    shown = ((bank, "all" if bank == LOOKED_AT else "odd") for bank in banks)
    texts = {case.name: case.text for bank, which in shown for case in wordings(bank, which)}
    for name, entry, stated, found in total.errors if chosen.errors or chosen.field else ():
        if name in texts and entry.startswith(chosen.field):
            print(f"{name} {entry}\n    stated: {stated!r}\n    found:  {found!r}\n{texts[name]}")  # noqa: T201
    print("\n".join(lines_of(total)))  # noqa: T201


if __name__ == "__main__":
    main()
