"""Who wrote a letter, in the many ways in which people say, sign and label it; and words that say it of others."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mailbot.core.messages import Address
from mailbot.core.understand import understand
from tests.shipped_rules import shipped_rules

STRANGER = Address("", "stranger@mail.example")
ASKED = ("name", "organisation", "email", "phone", "pgp")
CASES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "finder_wordings.toml").read_text(encoding="utf-8")
)["case"]


@pytest.mark.parametrize("case", CASES, ids=[str(n) for n in range(len(CASES))])
def test_the_finder_is_told_from_others(case: dict[str, Any]) -> None:
    """Name, organisation, address, telephone and key are those of the writer; of nobody else, and of no product."""
    found = understand(case["text"], "", shipped_rules(), (), STRANGER).fields
    values = {field.name.removeprefix("reporter."): field.value for field in found}
    told = {name: values[name] for name in ASKED if name in values and values[name] != STRANGER.address}
    assert told == case["stated"]
