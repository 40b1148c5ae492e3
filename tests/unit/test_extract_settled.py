"""What a label has answered is not looked for in running text again, and nothing else is missed for it."""

from mailbot.core.extract_rules import fields_in, settled
from mailbot.core.model import Field
from tests.shipped_rules import shipped_rules

_TEXT = "CVE-2026-1234 in ExampleCMS 1.2. An attacker can read all data of other users. I found it on 2026-04-01."


def test_only_what_is_told_stays_whatever_running_text_says() -> None:
    """Wishes, names and lists are read everywhere: a refusal counts, a list grows."""
    names = ("vulnerability.impact", "vulnerability.cve", "consent.credit", "credit_name", "reporter.name")
    assert settled(Field(name, "x", "form/x", 0.9, "x") for name in names) == {"vulnerability.impact"}


def test_a_known_field_is_not_looked_for() -> None:
    """All other fields are as they were."""
    every = fields_in(_TEXT, "", shipped_rules())
    assert {"vulnerability.impact", "vulnerability.cve"} <= {field.name for field in every}
    others = tuple(field for field in every if field.name != "vulnerability.impact")
    assert fields_in(_TEXT, "", shipped_rules(), frozenset({"vulnerability.impact"})) == others
