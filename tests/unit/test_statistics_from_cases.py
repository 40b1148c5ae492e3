"""The desk's own cases as records: days, outcomes, and which report counts where."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mailbot.core.brief import in_brief
from mailbot.core.codes import ClosingCode, FixMethod, RejectionCode
from mailbot.core.model import Case, Contact, Entry, Field, Link, Milestones, Participant, Provision, Role, State, Track
from mailbot.core.statistics.from_cases import case_records
from mailbot.core.statistics.outcomes import outcome_of
from mailbot.core.statistics.records import CaseRecord, disagreements
from mailbot.retention import purged
from tests.statistics_records import rules

TOKYO = ZoneInfo("Asia/Tokyo")
START = datetime(2026, 1, 9, 15, 30, tzinfo=UTC)  # 00:30 of the tenth in Tokyo
DAY = timedelta(days=1)
SECRET = ("hanako@finder.example", "発見 花子", "web@shop.example", "shop.example", "Sample Software", "secret steps")


def case(number: int = 1, track: Track = Track.WEBSITE, **values: Any) -> Case:
    """A case with a stranger's words in every place that has room for them."""
    stated = {"vulnerability.type": "xss", "vulnerability.steps": "secret steps", "product.name": "Sample Software"}
    return replace(
        Case(
            id=f"CASE#0000000{number}",
            track=track,
            received=START,
            fields=(
                *(Field(name, value, "r", 1.0, value) for name, value in stated.items()),
                Field("target.urls", ("https://www.shop.example/x?a=1",), "r", 1.0),
            ),
            participants=(Participant(Role.FINDER, "hanako@finder.example", "発見 花子"),),
            contacts=(Contact(1, "web@shop.example", "report", why="secret steps"),),
            timeline=(Entry(START, "report", "hanako@finder.example", "secret steps"),),
            exploited=False,
        ),
        **values,
    )


def all_days() -> Milestones:
    """A day for every milestone, each later than the one before."""
    return Milestones(**{f.name: START + n * DAY for n, f in enumerate(fields(Milestones), 1)})


def made(*cases: Case, brought: tuple[CaseRecord, ...] = ()) -> dict[str, CaseRecord]:
    """The records by number; what is left of archived cases gives the same."""
    beside = {record.id: record for record in brought}
    found = case_records(cases, beside, rules(), TOKYO)
    assert case_records(map(in_brief, cases), beside, rules(), TOKYO) == found
    assert not [problem for record in found for problem in disagreements(record, rules())]
    return {record.id: record for record in found}


def test_days_are_those_of_the_desk() -> None:
    """What happened after midnight in Tokyo happened on that day; nothing that happened is left out."""
    closed = case(
        milestones=all_days(), state=State.CLOSED, closing_code=ClosingCode.FIXED, fix_method=FixMethod.AVOIDED
    )
    (record,) = made(closed).values()
    assert record.received == date(2026, 1, 10)
    assert (record.accepted, record.first_contact, record.details_sent) == tuple(date(2026, 1, n) for n in (11, 13, 16))
    assert (record.fix_reported, record.fix_confirmed, record.closed) == tuple(date(2026, 1, n) for n in (17, 18, 20))
    assert (record.closing_code, record.fix_method, record.type) == (ClosingCode.FIXED, FixMethod.AVOIDED, "xss")
    assert record.published is None


def test_no_word_of_a_stranger_is_in_a_record() -> None:
    """No site, operator, finder or text of the report, whatever fields hold them; a type nobody knows is 'other'."""
    odd = Field("vulnerability.type", "secret steps", "r", 1.0)
    for track in Track:
        found = made(case(1, track, milestones=all_days()), case(2, track, fields=(odd,)))
        text = "".join(record.line() for record in found.values())
        assert not [word for word in SECRET if word in text]
        assert found["CASE#00000002"].type == "other"


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        *[("www.city.example.lg.jp", "local_government"), ("a.go.jp", "government"), ("x.ac.jp", "education")],
        *[("shop.co.jp", "company_other"), ("x.or.jp", "organisation"), ("shop.example", None), ("co.jp", None)],
    ],
)
def test_who_runs_a_site_by_its_name(host: str, kind: str | None) -> None:
    """The kinds of names that Japan gives to one kind of operator tell it; others tell nothing."""
    (record,) = made(case(fields=(Field("target.urls", (f"https://{host}/a",), "r", 1.0),))).values()
    assert record.operator_kind == kind


def test_what_goes_with_the_type() -> None:
    """図2-17: XSS shows false content, on a site; in a product it runs scripts, by a flaw of a web application."""
    website, product = case(1), case(2, Track.PRODUCT)
    found = list(made(website, product).values())
    assert [(r.impact, r.cause) for r in found] == [("false_content", None), ("script_execution", "web_application")]


def test_a_split_report_counts_once() -> None:
    """再分類: a website's report that is a product's counts as that, on the day it came; two sites count as two."""
    split: dict[str, Any] = {
        "links": (Link("split", "CASE#00000001"),),
        "opened_by": "coordinator",
        "received": START + 40 * DAY,
    }
    parent = case(1, links=(Link("split", "CASE#00000002"),))
    product, site = case(2, Track.PRODUCT, **split), case(2, **split)
    assert {i: (r.track, r.received) for i, r in made(parent, product).items()} == {
        "CASE#00000002": (Track.PRODUCT, date(2026, 1, 10))
    }
    assert list(made(parent, site)) == ["CASE#00000001", "CASE#00000002"]
    refused = replace(
        product,
        state=State.REJECTED,
        rejection_code=RejectionCode.NOT_A_VULN,
        milestones=Milestones(rejected=START + 41 * DAY),
    )
    assert list(made(parent, refused)) == ["CASE#00000001", "CASE#00000002"]


def test_a_merged_case_ends_as_the_other() -> None:
    """Each report counts; what the other case had reached before the second one came counts from its receipt."""
    first = case(1, Track.PRODUCT, milestones=all_days(), links=(Link("merged", "CASE#00000002"),))
    second = case(
        2, Track.PRODUCT, received=START + 3 * DAY, state=State.MERGED, links=(Link("merged", "CASE#00000001"),)
    )
    found = made(first, second)
    assert [r.published for r in found.values()] == [date(2026, 1, 19)] * 2
    assert found["CASE#00000002"].accepted == found["CASE#00000002"].received == date(2026, 1, 13)


def test_a_merged_case_that_has_ended_since() -> None:
    """Once the other case has ended so has this one; how it ended is still seen from the other."""
    moved = Entry(START, "state", "mailbot", "triage → merged")
    ended: dict[str, Any] = {"state": State.CLOSED, "closing_code": ClosingCode.FIXED}
    first = case(
        1, milestones=all_days(), fix_method=FixMethod.PAGE_REMOVED, links=(Link("merged", "CASE#00000002"),), **ended
    )
    second = case(2, links=(Link("merged", "CASE#00000001"),), timeline=(moved,), **ended)
    found = made(first, replace(second, milestones=Milestones(closed=START + 30 * DAY)))
    outcomes = [outcome_of(record, rules()) for record in found.values()]
    assert [(o.bucket, o.day) for o in outcomes if o] == [("fixed", date(2026, 1, 18))] * 2
    assert {r.fix_method for r in found.values()} == {FixMethod.PAGE_REMOVED}


def test_unreachable_vendors() -> None:
    """The days on which a vendor was listed, answered after all, or was decided about."""
    steps = ("contacting → listed_name", "listed_name → listed_product", "listed_product → details_sent")
    entries = [Entry(START + n * DAY, "vendor state", "mailbot", f"1 A: → B: {s}") for n, s in enumerate(steps)]
    (resumed,) = made(case(1, Track.PRODUCT, timeline=tuple(entries))).values()
    assert (resumed.developer_listed, resumed.coordination_resumed) == (date(2026, 1, 10), date(2026, 1, 12))
    judged = Entry(START + 9 * DAY, "vendor state", "mailbot", "1 A: judging → published")
    (decided,) = made(case(1, Track.PRODUCT, timeline=(*entries[:2], judged))).values()
    assert (decided.coordination_resumed, decided.decided_by_committee) == (None, date(2026, 1, 19))


def test_provisions() -> None:
    """優先情報提供: sector and day."""
    (record,) = made(case(1, Track.PRODUCT, provisions=(Provision("Power", START),))).values()
    assert [(p.sector, p.date) for p in record.priority_provision] == [("power", date(2026, 1, 10))]


def test_what_was_brought_stands_beside() -> None:
    """A record of another number counts as it is; one of a case here adds what that case cannot tell, and no more."""
    here, other = case(1, Track.PRODUCT), CaseRecord(id="OLD-1", track=Track.WEBSITE, received=date(2005, 1, 1))
    said: dict[str, Any] = {
        "product_kind": "router",
        "open_source": True,
        "self_reported": True,
        "published": date(2026, 2, 1),
    }
    beside = CaseRecord(id=here.id, track=Track.PRODUCT, received=date(2020, 1, 1), **said)
    found = made(here, brought=(other, beside))
    assert list(found) == ["OLD-1", "CASE#00000001"]
    assert found["OLD-1"] == other
    record = found["CASE#00000001"]
    assert (record.product_kind, record.open_source, record.self_reported) == ("router", True, True)
    assert (record.received, record.published, record.cause) == (date(2026, 1, 10), None, "web_application")


def test_ends_before_acceptance_are_no_acceptances() -> None:
    """対象外 before 受理 is 不受理; after it 脆弱性ではない; a reopened case is open again."""
    day = START + 5 * DAY
    ended: dict[str, Any] = {"state": State.CLOSED, "closing_code": ClosingCode.OUT_OF_SCOPE}
    cases = (
        case(1, milestones=Milestones(closed=day), **ended),
        case(2, milestones=Milestones(accepted=START, closed=day), **ended),
        case(3, milestones=Milestones(accepted=START)),
        case(4, milestones=Milestones(rejected=day), state=State.REJECTED, rejection_code=RejectionCode.INCOMPLETE),
        case(5, milestones=Milestones(accepted=START, fix_reported=day)),
        case(6, milestones=Milestones(first_contact=START, closed=day), **ended),
    )
    outcomes = [outcome_of(record, rules()) for record in made(*cases).values()]
    assert [o.bucket if o else None for o in outcomes] == [
        *("rejected", "not_a_vulnerability", None, "rejected", None, "not_a_vulnerability")
    ]


def test_a_purged_case_counts_as_before() -> None:
    """What a purge leaves tells less; the record that was kept of the whole case counts instead."""
    whole = case(fields=(Field("target.urls", ("https://a.go.jp/",), "r", 1.0),), milestones=all_days())
    (before,) = made(whole).values()
    left = purged(replace(whole, state=State.CLOSED), START + 100 * DAY)
    assert made(left)[before.id].operator_kind is None
    assert made(left, brought=(before,)) == {before.id: before}
