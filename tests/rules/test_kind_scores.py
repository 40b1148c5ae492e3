"""Short mails of a bank written blind are taken for what they are; the score is printed (`pytest -s`)."""

import pytest

from tests.rules.kind_scores import BANKS, score, short_mails
from tests.rules.report_scores import lines_of

KIND = 0.95
TRACK = 0.9
NO_REPORT = 0.95


@pytest.mark.parametrize("which", ["odd", "even"])
def test_kinds_and_tracks_are_told_apart(which: str) -> None:
    """Of the half that was looked at, and of the half that was not and nothing was learnt from."""
    found = score(which)
    print("", *lines_of(found), sep="\n")  # noqa: T201  # the score, for `pytest -s`
    assert found.answers["kind"].precision >= KIND
    assert found.answers["track"].precision >= TRACK


@pytest.mark.parametrize("which", ["odd", "even"])
def test_ordinary_mail_is_no_report(which: str) -> None:
    """Advertisements, news, tests, bugs that endanger nobody and letters between people are left to a person."""
    found = score(which, "others")
    print("", *lines_of(found), sep="\n")  # noqa: T201  # the score, for `pytest -s`
    assert found.answers["no report"].precision >= NO_REPORT


@pytest.mark.parametrize("bank", BANKS)
def test_halves_cover_the_bank_once(bank: str) -> None:
    """Odd and even share nothing and leave nothing out."""
    odd, even, whole = ([mail.number for mail in short_mails(which, bank)] for which in ("odd", "even", "all"))
    assert sorted(odd + even) == whole
    assert {number % 2 for number in odd} == {1}
