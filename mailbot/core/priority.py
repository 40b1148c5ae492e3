"""How urgent a case is: the severity of the vulnerability against how far it reaches (guideline, Appendix 4).

What the report states and coordinators found out goes in; the level comes out with its reasons, each a phrase that
labels.toml puts into other languages. A coordinator's own decision always stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mailbot.core.model import Case, FieldValue, Track

DECIDED = "a coordinator set it"
"""The reason of a priority that is nobody's calculation."""

_WIDENING = {
    "exploited": "attacks are seen",
    "exploit_public": "exploit code is public",
    "critical_infrastructure": "critical infrastructure is affected",
    "personal_data": "personal data is at stake",
}
"""What makes the reach wide: ② and ③ of Appendix 4; personal data is this desk's own addition."""

REASONS = (
    DECIDED,
    *("high severity", "medium severity", "low severity", "no severity is stated"),
    *_WIDENING.values(),
    "nothing is known of its reach, which then counts as wide",
    "little speaks for a wide reach",
    "nothing speaks for a wide reach",
    "a passive attack on a website, which may end with telling the operator",
)
"""Every reason there is."""


@dataclass(frozen=True)
class Matrix:
    """The levels by reach and severity: `levels["wide"]["high"]` is one of high, normal and simple."""

    medium_from: float
    high_from: float
    levels: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Priority:
    """A level and why it is that."""

    level: str
    why: tuple[str, ...]


def judge(case: Case, matrix: Matrix) -> Priority:
    """The priority that Appendix 4 gives the case as it is known now."""
    stated = {name: case.field(name) for name in _WIDENING}
    if case.exploited is not None:  # a coordinator found out
        stated["exploited"] = case.exploited
    severity = _severity(case.field("vulnerability.cvss_score"), matrix)
    widening = tuple(reason for name, reason in _WIDENING.items() if stated[name] is True)
    denied = sum(1 for value in stated.values() if value is False)
    if widening:
        reach, reasons = "wide", widening
    elif not denied:
        reach, reasons = "unknown", ("nothing is known of its reach, which then counts as wide",)
    elif denied < len(_WIDENING):
        reach, reasons = "medium", ("little speaks for a wide reach",)
    else:
        reach, reasons = "narrow", ("nothing speaks for a wide reach",)
    severe = "no severity is stated" if severity == "unrated" else f"{severity} severity"
    passive = (_PASSIVE,) if severity == reach == "medium" and _is_passive_on_website(case) else ()
    return Priority(matrix.levels[reach][severity], (severe, *reasons, *passive))


_PASSIVE = REASONS[-1]


def _severity(score: FieldValue | None, matrix: Matrix) -> str:
    if not isinstance(score, int | float) or isinstance(score, bool):
        return "unrated"
    if score >= matrix.high_from:
        return "high"
    return "medium" if score >= matrix.medium_from else "low"


def _is_passive_on_website(case: Case) -> bool:
    """Whether an attack needs somebody else's act (受動型), as a vector of CVSS 3 or 4 says."""
    vector = case.field_text("vulnerability.cvss_vector")
    return case.track is Track.WEBSITE and "/UI:" in vector and "/UI:N" not in vector
