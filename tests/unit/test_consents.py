"""Consent in many words: read where it is given, never where it is not."""

import pytest

from mailbot.core.extract import extract
from tests.shipped_rules import shipped_rules
from tests.unit.consent_texts import SILENT, WISHES

LETTER = "Hello,\n\nI found a flaw in the search page of a shop. It does not escape what is typed.\n\n{}\n"


def wishes(said: str) -> dict[str, object]:
    """What is read of consent and credit in a letter that says so."""
    fields = extract(LETTER.format(said), "", shipped_rules()).fields
    return {f.name: f.value for f in fields if f.name.startswith(("consent.", "credit_name"))}


@pytest.mark.parametrize(("said", "stated"), WISHES, ids=[said[:30] for said, _ in WISHES])
def test_a_wish_is_understood_whatever_its_words(said: str, stated: dict[str, object]) -> None:
    """What is consented to is found, what is refused is no consent, and nothing is added."""
    found = wishes(said)
    given = {name: value for name, value in stated.items() if value is not False}
    assert {name: value for name, value in found.items() if value is not False} == given


@pytest.mark.parametrize("said", SILENT, ids=[said[:30] for said in SILENT])
def test_what_consents_to_nothing_is_no_consent(said: str) -> None:
    """Questions, conditions, other people's names and what a page says are none of the finder's wishes."""
    assert [name for name, value in wishes(said).items() if value is not False] == []
