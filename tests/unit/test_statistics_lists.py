"""What is counted beside the main tables: provided in advance, unreachable, from overseas, overdue, by kind."""

from datetime import date, timedelta
from typing import Any

from mailbot.core.codes import ClosingCode
from mailbot.core.statistics.records import PriorityProvision
from tests.statistics_records import FIRST, many, published, record, report


def test_information_provided_before_publication() -> None:
    """優先情報提供: 電力 3 and 政府機関 3 in the quarter, 52 in all, 32 and 20."""
    new, old = date(2021, 11, 1), date(2019, 4, 1)
    made = [
        record("product", FIRST, priority_provision=tuple(PriorityProvision(sector=s, date=d) for s, d in provided))
        for provided in (
            [("power", new)] * 3 + [("government", new)],
            [("government", new)] * 2 + [("power", old)] * 29,
            [("government", old)] * 17,
        )
    ]
    figure = report(made, "2021Q4").figure("priority_provision")
    assert {s.code: s.values for s in figure.series} == {"power": (3, 32), "government": (3, 20), "total": (6, 52)}


def test_unreachable_developers() -> None:
    """図1-7: 251 ever listed: 調整再開 52 (うち完了 32), 連絡とれず 169, 判定を経て公表 30."""
    listed, later = date(2012, 1, 10), date(2018, 5, 1)
    base: dict[str, Any] = {"accepted": FIRST, "developer_listed": listed}
    made = [
        *many(20, "product", **base, coordination_resumed=later),
        *many(32, "product", **base, coordination_resumed=later, published=later),
        *many(169, "product", **base),
        *many(30, "product", **base, decided_by_committee=later, published=later),
        *many(50, "product"),
    ]
    figure = report(made, "2021Q4").figure("unreachable_developers")
    assert {s.code: s.values[0] for s in figure.drawn} == {"resumed": 52, "no_contact": 169, "decided": 30}
    assert figure.one("completed").values == (32,)
    assert figure.totals == (251,)


def test_publications_by_source() -> None:
    """表2-2 counts what came through CSIRTs overseas, 92 in the quarter and 2,313 in all; no other figure does."""
    new = date(2021, 12, 1)
    overseas: dict[str, Any] = {"via_overseas_csirt": True}
    made = [
        *many(2313 - 92, "product", **published(10), **overseas),
        *many(92, "product", published=new, **overseas),
        *many(1956, "product", **published(10)),
    ]
    statistics = report(made, "2021Q4")
    values = {s.code: s.values for s in statistics.figure("publications").series}
    assert values == {"finders": (0, 1956), "overseas": (92, 2313), "total": (92, 4269)}
    assert statistics.figure("reports").value("total", "cumulative") == 1956
    assert statistics.figure("publication_days").drawn[0].total == 1956


def test_overdue_websites() -> None:
    """図2-22: 551 open for 90 days and more since the details, 444 a year before, 16 % of them SQL injection."""
    end, day = date(2021, 12, 31), timedelta(days=1)
    recent: dict[str, Any]
    old: dict[str, Any]
    recent, old = {"details_sent": end - 90 * day}, {"details_sent": end - 365 * day - 90 * day}
    made = [
        *many(88, **recent, type="sqli"),
        *many(551 - 88 - 400, **recent, type="xss"),
        *many(363, **old, type="xss"),
        *many(37, **old, type="csrf"),
        *many(44, **old, fix_reported=end),
        *many(10, details_sent=end - 89 * day),
        *many(7, **recent, closed=end, closing_code=ClosingCode.WARNED),
    ]
    figure = report(made, "2021Q4").figure("overdue")
    assert dict(figure.remarks[0].numbers) == {"count": 551, "before": 444, "type": "sqli", "severe": 88, "share": 16}
    assert figure.value("xss", "90-199") == 63
    assert figure.value("other", "400-499") == 37
    assert [s.code for s in figure.drawn][:2] == ["sqli", "xss"]


def test_kinds_show_the_quarter_before() -> None:
    """図2-15: a share of all without 不受理, beside it the share up to the quarter before, as it was then."""
    before, now = date(2021, 9, 1), date(2021, 11, 1)
    made = [
        *many(50, received=before, type="xss"),
        *many(40, received=before, type="csrf"),
        *many(10, received=before, type="sqli", rejected=now),
        *many(60, received=now, type="xss"),
    ]
    figure = report(made, "2021Q4").figure("website_types")
    assert figure.columns[-1] == "other"
    assert [figure.value(c, "xss") for c in ("count", "share", "previous_share")] == [110, 73, 50]
    assert [figure.value(c, "sqli") for c in ("count", "share", "previous_share")] == [0, 0, 10]
    quarters = report(made, "2021Q4").figure("website_types_by_quarter")
    assert [quarters.value("xss", q) for q in ("2021Q3", "2021Q4")] == [50, 60]
