"""How well kinds of mail are told apart: `python -m tests.rules.kind_scores [odd|even|all] [--bank B] [--errors]`.

The banks tests/reports/wordings/kinds.toml and others.toml have short whole mails: of each what kind it is and, of
reports, the track. Those of `kinds` were written by people who had not seen the rules; no mail of `others` is a report.
Every second mail is held out: of those only the sums are shown.
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

BANKS = ("kinds", "others")


class ShortMail(NamedTuple):
    """A mail of a bank, and what a sensible clerk could call it."""

    bank: str
    number: int
    raw: RawMail
    kinds: tuple[str, ...]
    track: str | None

    @property
    def name(self) -> str:
        """As it is called in lists of errors."""
        return f"{self.bank}-{self.number:03}"


def short_mails(which: str = "all", bank: str = "kinds") -> Iterator[ShortMail]:
    """The bank's mails with odd numbers, with even ones, or all; the first is number 1."""
    cases = tomllib.loads((WORDINGS / f"{bank}.toml").read_text("utf-8"))["case"]
    for number, case in enumerate(cases, 1):
        if which == "all" or number % 2 == (which == "odd"):
            kinds = (case["kind"], *case.get("kind_ok", ()))
            yield ShortMail(bank, number, _mail(bank, number, case), kinds, case.get("track"))


def _mail(bank: str, number: int, case: dict[str, Any]) -> RawMail:
    mail = EmailMessage()
    mail["From"] = case["from"]
    mail["To"] = DESK
    mail["Subject"] = case["subject"]
    mail["Date"] = NOW
    mail["Message-ID"] = f"<{bank}-{number}@mail.example>"
    mail.set_content(case["text"])
    return RawMail(mail.as_bytes(), f"{bank}-{number:03}")


def score(which: str = "all", bank: str = "kinds") -> Score:
    """The answers to "which kind?", of reports to "which track?", and of others to "a report?".

    A mail that is not taken for a report has no track.
    """
    total, bot = Score(), QuickDesk().bot
    for mail in short_mails(which, bank):
        found = rehearse(bot, mail.raw, NOW)
        _count(total, mail.name, "kind", found.kind, *mail.kinds)
        if "report" not in mail.kinds:
            _count(total, mail.name, "no report", "report" if found.kind == "report" else "other", "other")
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
    parser.add_argument("--bank", default="kinds", choices=BANKS)
    parser.add_argument("--errors", action="store_true", help="each wrong answer (of odd numbers only)")
    chosen = parser.parse_args()
    total = score(chosen.which, chosen.bank)
    mails = {mail.name: mail.raw for mail in short_mails("odd", chosen.bank)}
    for name, question, stated, found in total.errors if chosen.errors else ():
        if name in mails:
            print(f"{name} {question}\n    stated: {stated!r}\n    found:  {found!r}")  # noqa: T201
    print("\n".join(lines_of(total)))  # noqa: T201


if __name__ == "__main__":
    main()
