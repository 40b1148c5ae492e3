"""What a case asks the search for contact points, and what it makes of the answer."""

from dataclasses import replace

import pytest

from mailbot.core.model import Case, Contact, Field, FieldValue, Participant, Role, Standing, Track
from mailbot.core.seeking import NOT_USABLE, learned, question_about
from tests.builders import NOW

FINDER = Participant(Role.FINDER, "hanako@example.com")
KNOWN = Contact(3, "info@example.jp", "report", score=0.6, why="named in the report")
FOUND = Contact(1, "info@example.jp", "site", score=0.75, why="on the site; also named in the report", evidence=("a",))


def case(track: Track = Track.WEBSITE, **values: FieldValue) -> Case:
    fields = tuple(Field(name.replace("__", "."), value, "rule", 1.0) for name, value in values.items())
    return Case("CASE#1", track, NOW, fields=fields, participants=(FINDER,))


def test_of_a_website() -> None:
    """The URLs, what the report says of the operator, and the finder's addresses, which nobody may get."""
    question = question_about(
        case(
            target__urls=("https://shop.example.jp/a", "https://shop.example.jp/b"),
            target__site_name="Example shop",
            target__operator_contact="info@example.jp",
            reporter__email="h.tanaka@company.example",
        )
    )
    assert question.urls == ("https://shop.example.jp/a", "https://shop.example.jp/b")
    assert (question.names, question.stated) == (("Example shop",), "info@example.jp")
    assert question.not_theirs == ("hanako@example.com", "h.tanaka@company.example")
    assert not question.compromised


def test_t55_another_site_is_asked_nothing() -> None:
    """Neither the finder's own page nor another operator's site sees a request of ours before that is a case."""
    question = question_about(
        case(target__urls=("https://shop.example.jp/a", "https://neko-lab.example.dev/x", "https://www.example.jp/b"))
    )
    assert question.urls == ("https://shop.example.jp/a", "https://www.example.jp/b")


def test_of_a_product() -> None:
    """Of a product the vendor's page, and the names that the desk's directory may know."""
    question = question_about(
        case(Track.PRODUCT, product__url="https://vendor.example/", product__vendor="Vendor", product__name="Product")
    )
    assert (question.urls, question.names) == (("https://vendor.example/",), ("Vendor", "Product"))


@pytest.mark.parametrize(
    ("fields", "changes", "compromised"),
    [
        ({}, {}, False),
        ({"exploited": True}, {}, True),
        ({"exploited": False}, {"exploited": True}, True),
        ({"vulnerability__type": "os_command_injection"}, {}, True),
        ({"vulnerability__type": "xss"}, {}, False),
    ],
)
def test_compromised(fields: dict[str, FieldValue], changes: dict[str, bool], compromised: bool) -> None:
    """Where attacks are seen, or anybody may run programs, the host's own word may be a stranger's."""
    assert question_about(replace(case(**fields), **changes)).compromised is compromised  # type: ignore[arg-type]


def test_mail_that_came_back_in_another_case() -> None:
    """An address that is dead in a case about the same site is dead here."""
    dead = replace(case(), contacts=(replace(KNOWN, standing=Standing.DEAD), replace(KNOWN, n=4, address="b@x.jp")))
    assert question_about(case(), [dead]).bounced == ("info@example.jp",)


@pytest.mark.parametrize(
    ("known", "found", "score", "standing", "why"),
    [
        (KNOWN, FOUND, 0.75, Standing.CANDIDATE, FOUND.why),
        (KNOWN, replace(FOUND, score=0.3, source="report", why="doubtful"), 0.3, Standing.CANDIDATE, "doubtful"),
        (KNOWN, replace(FOUND, score=NOT_USABLE, why="null MX"), 0.0, Standing.DROPPED, "null MX"),
        (replace(KNOWN, source="coordinator", score=0.9), FOUND, 0.9, Standing.CANDIDATE, KNOWN.why),
        (replace(KNOWN, source="coordinator"), replace(FOUND, score=0.0), 0.6, Standing.CANDIDATE, KNOWN.why),
        (replace(KNOWN, standing=Standing.TRIED), FOUND, 0.6, Standing.TRIED, KNOWN.why),
        (replace(KNOWN, source="reply", score=0.3), FOUND, 0.75, Standing.CANDIDATE, KNOWN.why),
        (replace(KNOWN, source="site"), replace(FOUND, score=0.2, why="less"), 0.2, Standing.CANDIDATE, "less"),
    ],
)
def test_what_the_search_adds(known: Contact, found: Contact, score: float, standing: Standing, why: str) -> None:
    """The search knows more than the report; what a person named stays; what was written to is not changed."""
    after = learned(known, found)
    assert (after.n, after.score, after.standing, after.why) == (3, score, standing, why)
