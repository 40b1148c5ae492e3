"""What letters in free text state: every field with its quote, and nothing that they do not state."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mailbot.core.messages import Address
from mailbot.core.understand import Understanding, understand
from tests.shipped_rules import shipped_rules

LETTERS: dict[str, dict[str, Any]] = tomllib.loads(
    (Path(__file__).resolve().parents[1] / "mails" / "letters.toml").read_text(encoding="utf-8")
)


def read(letter: dict[str, Any]) -> Understanding:
    """The letter as the desk understands it."""
    sender = Address(letter["name"], letter["address"])
    return understand(letter["text"], letter["subject"], shipped_rules(), sender=sender)


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_states_these_fields_and_no_other(name: str) -> None:
    """What is stated is found as it is written; what is not stated is absent."""
    letter = LETTERS[name]
    found = read(letter)
    stated = {f.name: list(f.value) if isinstance(f.value, tuple) else f.value for f in found.fields if not f.derived}
    assert found.track == letter["track"]
    assert {field: value for field, value in stated.items() if field not in letter["may"]} == letter["fields"]


@pytest.mark.parametrize("name", LETTERS)
def test_every_field_has_a_rule_and_the_words_that_it_was_read_from(name: str) -> None:
    """A coordinator can look up where a value comes from."""
    fields = [field for field in read(LETTERS[name]).fields if not field.derived]
    assert [field.name for field in fields if not field.rule or not field.quote] == []
