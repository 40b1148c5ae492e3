"""Attacks, publication, other reports and plans, as letters tell of them."""

import pytest

from mailbot.core.extract import extract
from tests.shipped_rules import shipped_rules
from tests.unit.circumstance_texts import CIRCUMSTANCES

FIELDS = (
    "exploited",
    "exploit_public",
    "public",
    "critical_infrastructure",
    "personal_data",
    "disclosure_plan",
    "other_reports",
)
LETTER = "Hello,\n\nI found a flaw in a search page. It does not escape what is typed.\n\n{}\n"


@pytest.mark.parametrize(("said", "stated"), CIRCUMSTANCES, ids=[said[:30] for said, _ in CIRCUMSTANCES])
def test_what_a_sentence_tells_of_the_circumstances(said: str, stated: tuple[str, ...]) -> None:
    """What is told is found and nothing else; where attack code lies open, the flaw is public too."""
    fields = extract(LETTER.format(said), "", shipped_rules()).fields
    found = {f.name for f in fields if f.name in FIELDS and f.value is not False}
    implied = {"public"} if "exploit_public" in stated else set()
    assert found - implied == set(stated) - implied
