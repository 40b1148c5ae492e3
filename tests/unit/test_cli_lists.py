"""What the lists show first, what they leave out, and the sign of life on a terminal."""

import io
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from mailbot.cli.output import put, say
from mailbot.cli.progress import busy, counted
from mailbot.core.outbox import CalledOff, OutboxItem, Status, was_called_off
from mailbot.overview import urgency
from mailbot.shapes import CaseSummaryShape

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def line(name: str, state: str, due: int | None, since: int) -> CaseSummaryShape:
    """A case by its name, due in and waiting for so many days."""
    at = NOW + timedelta(days=due) if due is not None else None
    return CaseSummaryShape(
        id=name,
        track="website",
        state=state,
        title="",
        received=NOW,
        opened_by="finder",
        waiting_for="none",
        since=NOW - timedelta(days=since),
        due=at,
        overdue=at is not None and at < NOW,
        priority="normal",
        language="ja",
        closing_code=None,
    )


def test_the_order_of_cases() -> None:
    """Overdue first, the longest at the top; then what is due next; without a term; what ended, the newest first."""
    wanted = [
        line("longest overdue", "contacting", -9, 1),
        line("overdue", "triage", -1, 1),
        line("due soon", "fixing", 1, 1),
        line("due later", "fixing", 30, 1),
        line("without a term, the older", "triage", None, 5),
        line("without a term", "triage", None, 2),
        line("just closed", "closed", None, 1),
        line("rejected long ago", "rejected", None, 90),
    ]
    assert sorted([*wanted[4:], *wanted[:4]], key=urgency) == wanted


ITEM = OutboxItem("0" * 16, "CASE#12345678", "key", "fix-notice", Status.DEAD, NOW, NOW)


@pytest.mark.parametrize("why", CalledOff)
def test_a_mail_that_nobody_misses_is_no_failure(why: CalledOff) -> None:
    """Whatever else its line says; but one that is still on its way is not called off."""
    assert was_called_off(replace(ITEM, error=f"{why.value}: more"))
    assert not was_called_off(replace(ITEM, error=why.value, status=Status.UNCERTAIN))


@pytest.mark.parametrize(
    "error", ["gave up after 8 attempts: 451 later", "550 no such user", "came back: 5.1.1 unknown", ""]
)
def test_a_mail_that_failed_is_one(error: str) -> None:
    """The relay's no stays in the list."""
    assert not was_called_off(replace(ITEM, error=error))


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_long_work_shows_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, with the number done; sentences come between, and it ends where the result begins."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal := _Terminal())
    with busy("reconciling"):
        counted(1234)
        say("one thing is odd")
        put("the result")
        length = len(terminal.getvalue())
        counted(1235)
        assert len(terminal.getvalue()) == length
    assert "reconciling: 1,234" in terminal.getvalue()
    assert "mailbot: one thing is odd\n" in terminal.getvalue()
    assert capsys.readouterr().out == "the result\n"


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_elsewhere_it_shows_nothing(
    term: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not in a pipe, a log or on a dumb terminal."""
    monkeypatch.setenv("TERM", term)
    terminal = _Terminal()
    if term == "dumb":
        monkeypatch.setattr(sys, "stderr", terminal)
    with busy("reconciling"):
        counted(5)
    assert (terminal.getvalue(), *capsys.readouterr()) == ("", "", "")
