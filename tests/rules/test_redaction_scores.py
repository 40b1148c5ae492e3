"""What the details tell of the reports: nobody, no secret, and nearly all one needs (`pytest -s` prints it)."""

import pytest

from tests.rules.redaction_scores import Tally, lines_of, passages, reports

NEEDED = 0.95


@pytest.fixture(scope="module")
def told() -> dict[str, Tally]:
    """Both sets, each composed once."""
    found = {"reports": reports(), "passages": passages()}
    print("", *(line for title, tally in found.items() for line in lines_of(title, tally)), sep="\n")  # noqa: T201
    return found


@pytest.mark.parametrize("name", ["reports", "passages"])
def test_t52_no_finder_no_stranger_and_no_secret_is_told(told: dict[str, Tally], name: str) -> None:
    """Not one of the strings that the mails state of their finders, or that a person marked, is in the details."""
    assert told[name].leaked == []


@pytest.mark.parametrize("name", ["reports", "passages"])
def test_what_one_needs_to_see_the_fault_is_told(told: dict[str, Tally], name: str) -> None:
    """Places, parameters, payloads, versions and the product's own passwords are left."""
    assert told[name].kept >= NEEDED


def test_enough_was_marked(told: dict[str, Tally]) -> None:
    """The figures are over many reports and strings."""
    assert told["reports"].texts >= 150
    assert told["reports"].needed >= 250
    assert told["reports"].secrets >= 250
    assert told["passages"].texts >= 20
