"""Forms as people fill them from memory: only the numbers, other words, answers below, dots in place of colons."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mailbot.core.messages import Address
from mailbot.core.understand import understand
from tests.shipped_rules import shipped_rules

SENDER = Address("", "stranger@mail.example")
CASES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "forms_from_memory.toml").read_text(encoding="utf-8")
)["case"]


@pytest.mark.parametrize("case", CASES, ids=[str(n) for n in range(len(CASES))])
def test_a_form_from_memory_is_read(case: dict[str, Any]) -> None:
    """The form is known by what is left of it, and each answer belongs to its question."""
    found = understand(case["text"], "脆弱性の届出", shipped_rules(), (), SENDER)
    fields = {field.name: list(f) if isinstance(f := field.value, tuple) else f for field in found.fields}
    assert found.form == case["form"]
    assert {name: fields.get(name) for name in case["stated"]} == case["stated"]


def test_numbers_of_steps_are_no_form() -> None:
    """Numbered steps are not answers by number: none of them is an address or a type where the form wants one."""
    text = "1-1) open the page\n1-2) press save\n1-3) press it again\n2-1) close it\n2-2) it is gone\n"
    assert understand(text, "", shipped_rules(), (), SENDER).form == "free-text"
