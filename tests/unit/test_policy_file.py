"""Editions of the guideline as TOML: the shipped one, and what is wrong with others."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailbot.core.calendar import YearlyDay
from mailbot.core.model import ClosingCode, RejectionCode, Track
from mailbot.core.policy import Policy, Waits
from mailbot.core.policy_file import load_edition, load_policy
from mailbot.errors import ConfigError

TEXT = (Path(__file__).parents[2] / "rules/policy/p-guideline-2022.toml").read_text(encoding="utf-8")
TOKYO = ZoneInfo("Asia/Tokyo")


def policy(text: str = TEXT, country: str = "JP", details: str = "approve") -> Policy:
    return load_policy(
        text,
        acknowledge="auto",
        first_contact="approve",
        details=details,
        plaintext_details="with_consent",
        zone=TOKYO,
        country=country,
    )


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load_edition(text)
    return caught.value.problems


def test_shipped_waits() -> None:
    """The shipped edition waits as the guideline and its practice say."""
    assert policy().waits == Waits(
        triage_business=5,
        finder_answer_business=10,
        finder_reminders=1,
        contact_answer_business=5,
        contact_reminders=2,
        ways_by_hand=("form", "phone", "letter"),
        by_hand_answer_business=10,
        details_receipt_business=(5, 10),
        verification_days=(14,),
        status_days=(30, 60, 80, 90),
        status_days_product=(30, 40),
        fix_days_website=90,
        fix_days_product=45,
        overdue_days=30,
        fix_check_business=10,
        unreachable_days=184,
        listing_days=(90, 150),
        disclosure_days=366,
        finder_status_days=90,
    )


def test_shipped_required() -> None:
    """Acceptance needs the URL or the product, the steps and the finder's name."""
    assert dict(policy().required) == {
        "website": ("reporter.name", "target.urls", "vulnerability.steps"),
        "product": ("reporter.name", "product.name", "vulnerability.steps"),
    }


def test_every_wait_has_a_source() -> None:
    """Each number says where it comes from."""
    edition = load_edition(TEXT)
    assert {name for name, source in edition.sources if source} == set(Waits.__dataclass_fields__)


def test_shipped_codes() -> None:
    """Every closing and rejection code has a Japanese label and a bucket of the quarterly report."""
    edition = load_edition(TEXT)
    assert [r.code for r in edition.closing] == [c.value for c in ClosingCode]
    assert [r.code for r in edition.rejection] == [c.value for c in RejectionCode]
    buckets = {track: {r.bucket(track) for r in edition.closing} - {None} for track in Track}
    assert buckets[Track.WEBSITE] == {"修正完了", "注意喚起", "脆弱性ではない", "取扱不能", "不受理"}
    assert buckets[Track.PRODUCT] == {"公表済み", "個別対応", "脆弱性ではない", "取扱い中", "不受理"}


def test_new_year_is_closed_in_japan_only() -> None:
    """年末年始 counts for desks in Japan."""
    assert load_edition(TEXT).closed_in("JP") == tuple(
        YearlyDay(*day) for day in ((12, 29), (12, 30), (12, 31), (1, 2), (1, 3))
    )
    start = datetime(2026, 12, 28, 10, tzinfo=TOKYO)
    assert policy().business_days(start, 1) == datetime(2027, 1, 5, tzinfo=TOKYO)
    assert policy(country="US").business_days(start, 1) == datetime(2026, 12, 30, tzinfo=TOKYO)


def test_choices_and_clock_are_taken_over() -> None:
    """The desk's own choices and zone stand in the policy."""
    made = policy()
    assert (made.edition, made.acknowledge, made.details) == ("p-guideline-2022", "auto", "approve")
    assert made.today(datetime(2026, 11, 16, 15, tzinfo=ZoneInfo("UTC"))) == date(2026, 11, 17)
    assert made.morning(date(2026, 11, 17)) == datetime(2026, 11, 17, 9, tzinfo=TOKYO)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("triage_business = { value = 5", "triage_business = { value = -5", "waits.triage_business.value"),
        ("triage_business = { value = 5", "triage_business = { value = 1.5", "waits.triage_business.value"),
        ("triage_business = { value", "triages_business = { value", "waits.triages_business: Extra"),
        ("value = [5, 10]", "value = [10, 5]", "waits.details_receipt_business.value: each number"),
        ('source = "慣行: 詳細通知からの受領確認"', 'source = ""', "waits.details_receipt_business.source"),
        ('"12-29"', '"12-32"', 'closed.JP.0: write "12-29"'),
        ('"12-29"', '"tomorrow"', 'closed.JP.0: write "12-29"'),
        ("[closing.fixed]", "[closing.fixd]", "closing: fixed is missing, fixd is unknown"),
        ("[rejection.INCOMPLETE]", "[rejection.incomplete]", "rejection: INCOMPLETE is missing"),
        ("[required.product]", "[required.products]", "required: product is missing, products is unknown"),
        ('"product.name" =', '"Product name" =', "required.product.Product name"),
        ('edition = "', 'edition = "../', "edition: String should match"),
    ],
)
def test_problem_is_named(old: str, new: str, problem: str) -> None:
    """A mistake is reported with its place."""
    assert old in TEXT
    assert any(found.startswith(problem) for found in problems(TEXT.replace(old, new)))


def test_all_problems_at_once() -> None:
    """Mistakes in the file and in the configuration are told together."""
    with pytest.raises(ConfigError) as caught:
        policy(TEXT.replace('"12-29"', '"12-32"').replace("value = [5, 10]", "value = [0]"), details="always")
    assert len(caught.value.problems) == 3


def test_not_toml() -> None:
    """A file that is not TOML is one problem, with its line."""
    assert "line 2" in problems("a = 1\nb = \nc = 3")[0]


def test_one_day_closed() -> None:
    """A day may be closed in one year only."""
    assert load_edition(TEXT.replace('"12-29"', '"2026-08-13"')).closed_in("JP")[0] == date(2026, 8, 13)
