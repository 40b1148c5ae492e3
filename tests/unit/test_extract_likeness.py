"""Which mails in free text read like a report: letters that are one, and letters that only sound so."""

import tomllib
from pathlib import Path

import pytest

from mailbot.core.classify import REPORT_LIKENESS
from mailbot.core.messages import Address
from mailbot.core.understand import understand
from tests.shipped_rules import shipped_rules

LETTERS: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
    (Path(__file__).resolve().parents[1] / "mails" / "likeness.toml").read_text(encoding="utf-8")
)


def likeness(letter: dict[str, str]) -> float:
    """How much the letter looks like a report."""
    sender = Address("A. Writer", "writer@mail.example")
    return understand(letter["text"], letter["subject"], shipped_rules(), sender=sender).likeness


@pytest.mark.parametrize("name", LETTERS["report"])
def test_a_letter_that_tells_of_a_fault_is_a_report(name: str) -> None:
    """Nobody needs to know the name of a fault to report it."""
    assert likeness(LETTERS["report"][name]) >= REPORT_LIKENESS


@pytest.mark.parametrize("name", LETTERS["other"])
def test_a_letter_about_security_is_no_report(name: str) -> None:
    """News, offers, questions, thanks and other people's trouble are left to a person."""
    assert likeness(LETTERS["other"][name]) < REPORT_LIKENESS
