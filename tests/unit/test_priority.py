"""Appendix 4 as a table: severity against reach, and what widens it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mailbot.core.advance import advance
from mailbot.core.events import CommandGiven
from mailbot.core.lifecycle import Decision
from mailbot.core.model import Case, Field, Track
from mailbot.core.policy_file import load_edition
from mailbot.core.priority import DECIDED, REASONS, judge
from tests.faults.world import POLICY

TEXT = (Path(__file__).parents[2] / "rules/policy/p-guideline-2022.toml").read_text(encoding="utf-8")
MATRIX = load_edition(TEXT).matrix
NOW = datetime(2026, 11, 20, tzinfo=UTC)
SCORE, VECTOR = "vulnerability.cvss_score", "vulnerability.cvss_vector"
NO = {"exploited": False, "exploit_public": False, "critical_infrastructure": False, "personal_data": False}


def case(fields: dict[str, Any], **changes: Any) -> Case:
    stated = tuple(Field(name, value, "r", 1.0) for name, value in fields.items())
    return replace(Case("CASE#00000001", Track.PRODUCT, NOW, fields=stated), **changes)


@pytest.mark.parametrize(
    ("score", "wide", "medium", "narrow"),
    [
        (0.0, "normal", "simple", "simple"),
        (3.9, "normal", "simple", "simple"),
        (4.0, "high", "normal", "simple"),
        (6.9, "high", "normal", "simple"),
        (7.0, "high", "high", "normal"),
        (10.0, "high", "high", "normal"),
    ],
)
def test_the_matrix(score: float, wide: str, medium: str, narrow: str) -> None:
    """The nine cells of the guideline's chart, at the edges of each column."""
    for fields, level in (({"exploited": True}, wide), ({"exploited": False}, medium), (NO, narrow)):
        assert judge(case({SCORE: score, **fields}), MATRIX).level == level


@pytest.mark.parametrize("fact", ["exploited", "exploit_public", "critical_infrastructure", "personal_data"])
def test_what_makes_the_reach_wide(fact: str) -> None:
    """One fact is enough, whatever else is denied, also where no severity is stated; it is named."""
    found = judge(case(NO | {fact: True}), MATRIX)
    assert found.level == "high"
    assert len(found.why) == 2
    assert set(found.why) <= set(REASONS)


def test_nothing_known_counts_as_wide() -> None:
    """Of a report that says nothing of the reach it is taken as wide (付録4); without a severity it is normal."""
    assert judge(case({SCORE: 5.0}), MATRIX).level == "high"
    assert judge(case({SCORE: 3.1}), MATRIX).level == "normal"
    assert judge(case({}), MATRIX).level == "normal"


def test_what_a_coordinator_found_out_counts_more_than_the_report() -> None:
    """`!exploited no` takes back what the finder believed, `!exploited yes` adds what nobody had stated."""
    assert judge(case({SCORE: 5.0, "exploited": True}, exploited=False), MATRIX).level == "normal"
    assert "attacks are seen" in judge(case({SCORE: 5.0}, exploited=True), MATRIX).why


def test_a_passive_attack_on_a_website_is_pointed_out() -> None:
    """Only where the guideline lets such a case end: website, medium severity, medium reach, another's act needed."""
    fields = {SCORE: 6.1, VECTOR: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "exploited": False}
    website = case(fields, track=Track.WEBSITE)
    assert REASONS[-1] in judge(website, MATRIX).why
    active = replace(website, fields=case(fields | {VECTOR: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N"}).fields)
    for other in (case(fields), active, case(fields | {"exploited": True}, track=Track.WEBSITE)):
        assert REASONS[-1] not in judge(other, MATRIX).why


def test_the_priority_follows_what_becomes_known_until_a_coordinator_sets_it() -> None:
    """Every event judges anew; after `!priority` none does."""

    def told(before: Case, name: str, *arguments: str) -> Case:
        decision = advance(before, CommandGiven(name, arguments, "Taro"), NOW, POLICY)
        assert isinstance(decision, Decision)
        return decision.case

    known = told(case({}), "exploited", "yes")
    assert (known.priority, known.priority_why[-1]) == ("high", "attacks are seen")
    decided = told(told(known, "priority", "simple"), "exploited", "yes")
    assert (decided.priority, decided.priority_why) == ("simple", (DECIDED,))
