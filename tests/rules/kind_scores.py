"""How well kinds of mail are told apart: `python -m tests.rules.kind_scores [odd|even|all] [--errors]`.

The bank tests/reports/wordings/kinds.toml has short whole mails, written by people who had not seen the rules: of each
what kind it is and, of reports, the track. Every second mail is held out: of those only the sums are shown.
"""

import argparse
import tomllib
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any, NamedTuple

from mailbot.core.messages import RawMail
from mailbot.rehearsal import rehearse
from tests.fakes_keyring import NOW
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import DESK
from tests.rules.report_scores import Score, Tally, lines_of
from tests.rules.wording_scores import WORDINGS


class ShortMail(NamedTuple):
    """A mail of the bank, and what a sensible clerk could call it."""

    number: int
    raw: RawMail
    kinds: tuple[str, ...]
    track: str | None

    @property
    def name(self) -> str:
        """As it is called in lists of errors."""
        return f"kinds-{self.number:03}"


def short_mails(which: str = "all") -> Iterator[ShortMail]:
    """The bank's mails with odd numbers, with even ones, or all; the first is number 1."""
    cases = tomllib.loads((WORDINGS / "kinds.toml").read_text("utf-8"))["case"]
    for number, case in enumerate(cases, 1):
        if which == "all" or number % 2 == (which == "odd"):
            kinds = (case["kind"], *case.get("kind_ok", ()))
            yield ShortMail(number, _mail(number, case), kinds, case.get("track"))


def _mail(number: int, case: dict[str, Any]) -> RawMail:
    mail = EmailMessage()
    mail["From"] = case["from"]
    mail["To"] = DESK
    mail["Subject"] = case["subject"]
    mail["Date"] = NOW
    mail["Message-ID"] = f"<kind-{number}@mail.example>"
    mail.set_content(case["text"])
    return RawMail(mail.as_bytes(), f"kinds-{number:03}")


def score(which: str = "all") -> Score:
    """The answers to "which kind?" and, of reports, "which track?"; a mail that is not taken for a report has none."""
    total, bot = Score(), QuickDesk().bot
    for mail in short_mails(which):
        found = rehearse(bot, mail.raw, NOW)
        _count(total, mail.name, "kind", found.kind, *mail.kinds)
        if mail.track and (found.report or found.kind not in mail.kinds):
            _count(total, mail.name, "track", found.report.track if found.report else None, mail.track)
    return total


def _count(total: Score, name: str, question: str, answer: str | None, *allowed: str) -> None:
    right = answer in allowed
    total.answers[question].add(Tally(right=right, extra=not right))
    if not right:
        total.errors.append((name, question, list(allowed), answer))


def main() -> None:
    """Print the score; with --errors what differs in the mails with odd numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="?", default="odd", choices=("odd", "even", "all"))
    parser.add_argument("--errors", action="store_true", help="each wrong answer (of odd numbers only)")
    chosen = parser.parse_args()
    total = score(chosen.which)
    mails = {mail.name: mail.raw for mail in short_mails("odd")}
    for name, question, stated, found in total.errors if chosen.errors else ():
        if name in mails:
            print(f"{name} {question}\n    stated: {stated!r}\n    found:  {found!r}")  # noqa: T201
    print("\n".join(lines_of(total)))  # noqa: T201


if __name__ == "__main__":
    main()
