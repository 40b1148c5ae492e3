"""The version of a named product where no rule's wording reads it: by what stands beside the number."""

import pytest

from mailbot.core.likely_version import likely_version
from tests.shipped_rules import shipped_rules

TOLD = [
    ("Heads-up about Tidepool. On build 7741 and anything before, the link never expires.", "7741"),
    ("An XXE in the importer of Tidepool, we're on 2026.3 here.", "2026.3"),
    ("The Tidepool server has it. Mine is 5.1.9 and crashes.", "5.1.9"),
    ("Tidepool というアプリ(たぶん1.8.3)で見えます。", "1.8.3"),
    ("Tidepool の 3.3 系すべてで読めます。4.0 では直っていました。", "3.3 系すべて"),
]
NONE = [
    "Tidepool leaks. CVSS score 9.8, found with Python 3.11 on Ubuntu 22.04.",
    "Tidepool is open at 192.168.0.12, port 8080.",
    "Tidepool: it is fixed in 2.0.1.",
    "I found it on 20.12.2026 in Tidepool, it took 1.5 hours and 3 pages.",
    "Tidepool は 12000 人が使っています。",
    "",
]


@pytest.mark.parametrize(("text", "version"), TOLD)
def test_a_number_in_the_place_of_a_version_is_one(text: str, version: str) -> None:
    """Whatever the words, it stands beside the product, behind a word for versions, or where the finder has it."""
    found = likely_version(text, "", "Tidepool", shipped_rules())
    assert found is not None
    assert found.value == version
    assert found.confidence < 0.4


@pytest.mark.parametrize("text", NONE)
def test_other_numbers_are_none(text: str) -> None:
    """Scores, addresses, days, versions of other programs and of what is mended."""
    assert likely_version(text, "", "Tidepool", shipped_rules()) is None
