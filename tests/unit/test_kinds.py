"""What kind a mail from a stranger is: a table of letters that ask for a fault to be handled, and of others.

`tests/mails/kinds-*.toml` are the letters; `python -m tests.unit.test_kinds` prints what is taken for something else.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from mailbot.core.messages import RawMail
from mailbot.mail_shapes import RehearsalShape
from mailbot.rehearsal import rehearse
from tests.fakes_keyring import NOW
from tests.faults.quick_desk import QuickDesk
from tests.faults.world import DESK

MAILS = Path(__file__).resolve().parents[1] / "mails"
SETS = ("kinds-one", "kinds-two", "kinds-three", "kinds-four", "kinds-five", "kinds-six", "kinds-seven", "kinds-eight")
VISIBLE = ("report", "held")
"""What a coordinator sees; a report that is taken for anything else is as good as lost."""


@dataclass(frozen=True)
class Letter:
    """One mail of the table; `track` only of reports."""

    id: str
    kind: tuple[str, ...]
    subject: str
    text: str
    track: str = ""
    headers: tuple[str, ...] = ()
    sender: str = "someone@mail.example.net"

    @property
    def is_report(self) -> bool:
        """Whether it asks for a fault to be handled."""
        return self.kind[0] == "report"

    @property
    def raw(self) -> RawMail:
        """The mail as it arrives."""
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Subject"] = self.sender, DESK, self.subject
        mail["Date"], mail["Message-ID"] = "Mon, 16 Nov 2026 10:00:00 +0900", f"<{self.id}@mail.example.net>"
        for header in self.headers:
            name, _, value = header.partition(":")
            mail[name] = value.strip()
        mail.set_content(self.text.strip() + "\n", charset="utf-8")
        return RawMail(mail.as_bytes(), self.id)


def letters(name: str) -> Iterator[Letter]:
    """The letters of one file."""
    for row in tomllib.loads((MAILS / f"{name}.toml").read_text(encoding="utf-8"))["mail"]:
        kind, headers = tuple(row.pop("kind")), tuple(row.pop("headers", ()))
        yield Letter(kind=kind, headers=headers, **row)


def taken(letter: Letter) -> RehearsalShape:
    """What a desk whose memory is empty makes of it."""
    return rehearse(QuickDesk().bot, letter.raw, NOW)


def differs(letter: Letter, found: RehearsalShape) -> str:
    """What is taken wrongly; "" where nothing is."""
    if found.kind not in letter.kind:
        return f"{found.kind} ({found.why})"
    track = found.report.track if found.report else ""
    return f"track {track}" if letter.track and track and track != letter.track else ""


ALL = [letter for name in SETS for letter in letters(name)]


@pytest.mark.parametrize("letter", ALL, ids=lambda letter: letter.id)
def test_kind(letter: Letter) -> None:
    """A letter is taken for what it is, and a report is about a site or a product as it says."""
    assert differs(letter, taken(letter)) == ""


@pytest.mark.parametrize("header", ["X-Spam-Flag: YES", "List-Id: <all.lists.example.net>", "Precedence: bulk"])
@pytest.mark.parametrize("letter", [one for one in ALL if one.is_report and not one.headers], ids=lambda one: one.id)
def test_report_stays_visible(letter: Letter, header: str) -> None:
    """A report that a spam filter or a list has marked is never put aside unseen."""
    marked = Letter(letter.id, letter.kind, letter.subject, letter.text, headers=(header,))
    found = taken(marked)
    assert found.kind in VISIBLE or found.outcome != "ignore"


if __name__ == "__main__":
    for name in SETS:
        results = [(letter, differs(letter, taken(letter))) for letter in letters(name)]
        for letter, wrong in results:
            if wrong:
                print(f"{letter.id}: {wrong}, not {' or '.join(letter.kind)} {letter.track}")  # noqa: T201
        print(f"{name}: {sum(not wrong for _, wrong in results)} of {len(results)}")  # noqa: T201
