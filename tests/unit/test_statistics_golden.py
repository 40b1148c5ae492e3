"""Records made to the published sums give the published numbers (届出状況 of IPA and JPCERT/CC)."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

import pytest

from mailbot.core.codes import FixMethod
from mailbot.core.statistics.compute import statistics
from mailbot.core.statistics.figures import Statistics
from mailbot.core.statistics.on_reports import business_days_between
from mailbot.core.statistics.quarters import last_day, last_quarters, parse_quarter
from mailbot.core.statistics.records import CaseRecord
from tests.statistics_records import FIRST, business_day, closed, fixed, many, published, record, report, rules

_END = date(2021, 12, 1)
_PRODUCTS = [106, 114, 55, 49, 55, 61, 67, 61, 52, 58, 73, 72]
_WEBSITES = [52, 63, 36, 74, 442, 284, 105, 200, 136, 188, 230, 180]
_FIX_COLUMNS = [510, 470, 240, 200, 490, 755, 775, 535, 730, 767, 950, 500, 1147]
_FIX_TYPES = {
    "xss": 5217,
    "sqli": 943,
    "dns_misconfiguration": 551,
    "file_exposure": 218,
    "path_traversal": 215,
    "authentication": 120,
    "http_response_splitting": 104,
    "session": 98,
    "os_command_injection": 86,
    "open_redirect": 61,
    "csrf": 456,
}


@cache
def end_of_2021() -> Statistics:
    """Where all reports stood at the end of 2021."""
    made: list[CaseRecord] = [
        *many(2352, "product", **published(20)),
        *many(40, "product", **closed("handled_individually", _END)),
        *many(104, "product", **closed("not_a_vulnerability", _END)),
        *many(499, "product", rejected=_END),
        *many(2014, "product", accepted=FIRST),
        *many(8202 - 1116 - 36, **fixed(3)),
        *many(1116, **fixed(10, FixMethod.PAGE_REMOVED)),
        *many(36, **fixed(10, FixMethod.AVOIDED)),
        *many(1130, **closed("warned", _END)),
        *many(704, **closed("not_a_vulnerability", _END)),
        *many(230, **closed("unreachable", _END)),
        *many(285, rejected=_END),
        *many(1579, accepted=FIRST),
    ]
    return report(made, "2021Q4")


def test_products_at_the_end_of_2021() -> None:
    """図1-2: 公表済み 2,352, 個別対応 40, 脆弱性ではない 104, 不受理 499, 取扱い中 2,014: 5,009."""
    figure = end_of_2021().figure("product_status")
    assert [s.values[-1] for s in figure.drawn] == [2352, 40, 104, 499, 2014]
    assert figure.totals is not None
    assert figure.totals[-1] == 5009


def test_websites_at_the_end_of_2021() -> None:
    """図1-3: 修正完了 8,202 (うち 1,116, 36), 1,130, 704, 230, 285, 1,579: 12,130."""
    figure = end_of_2021().figure("website_status")
    assert [s.values[-1] for s in figure.drawn] == [8202, 1130, 704, 230, 285, 1579]
    assert [figure.one(code).values[-1] for code in ("page_removed", "avoided")] == [1116, 36]
    assert figure.totals is not None
    assert figure.totals[-1] == 12130


def test_reports_at_the_end_of_2021() -> None:
    """表1-1: 5,009 and 12,130 make 17,139; without 不受理 the shares are of 4,510 and 11,845."""
    statistics = end_of_2021()
    assert [s.values[1] for s in statistics.figure("reports").series] == [5009, 12130, 17139]
    assert statistics.figure("product_kinds").drawn[0].total == 4510
    assert statistics.figure("website_types").drawn[0].total == 11845


@pytest.mark.parametrize(
    ("quarter", "total", "rate"),
    [
        *[("2018Q2", 13822, 4.06), ("2018Q3", 13999, 4.03), ("2018Q4", 14090, 3.99), ("2019Q1", 14213, 3.96)],
        *[("2019Q2", 14710, 4.03), ("2019Q3", 15055, 4.06), ("2019Q4", 15227, 4.04), ("2020Q1", 15488, 4.04)],
        *[("2020Q2", 15676, 4.03), ("2020Q3", 15922, 4.03), ("2020Q4", 16225, 4.04), ("2021Q1", 16477, 4.05)],
        *[("2021Q2", 16779, 4.06), ("2021Q3", 16986, 4.05), ("2021Q4", 17139, 4.03)],
        *[("2024Q1", 18904, 3.94), ("2025Q2", 19484, 3.82)],
    ],
)
def test_reports_a_business_day(quarter: str, total: int, rate: float) -> None:
    """表1-2: the rate since 2004-07-08 is the published one at each of 17 quarter's ends."""
    table = report(many(total), quarter).figure("reports_per_day")
    assert (table.value("cumulative", quarter), table.value("per_business_day", quarter)) == (total, rate)


def test_business_days_of_the_calendar() -> None:
    """4,256 business days lie between 2004-07-08 and 2021-12-31, both included: what 17,139 at 4.03 allows."""
    days = business_days_between(FIRST, date(2021, 12, 31), business_day())
    assert days == 4256
    assert 17139 / 4.035 < days < 17139 / 4.025


def test_reports_by_quarter() -> None:
    """図1-1 of 2021Q1: bars and cumulative lines of three years."""
    quarters = last_quarters(parse_quarter("2021Q1"), 12)
    made = [*many(3949, "product"), *many(9715)]
    for quarter, products, websites in zip(quarters, _PRODUCTS, _WEBSITES, strict=True):
        made += [*many(products, "product", last_day(quarter)), *many(websites, received=last_day(quarter))]
    figure = report(made, "2021Q1").figure("reports_by_quarter")
    assert [list(s.values) for s in figure.drawn] == [_PRODUCTS, _WEBSITES]
    assert figure.one("product_cumulative").values[-4:] == (4569, 4627, 4700, 4772)
    assert figure.one("website_cumulative").values[-4:] == (11107, 11295, 11525, 11705)


def test_products_of_two_quarters() -> None:
    """図2-1 of 2021Q1: 公表済み 2,233 (66) [52%], 調整不能 29 (9), 連絡不能開発者 173 (-9), 取扱い終了 2,868 (67)."""
    new, old, listed = date(2021, 2, 1), date(2020, 2, 1), date(2012, 1, 1)
    unreachable = {"accepted": FIRST, "developer_listed": listed}
    made = [
        *many(2167 - 20, "product", **published(400)),
        *many(20, "product", **unreachable, published=old, decided_by_committee=old),
        *many(66 - 9, "product", accepted=FIRST, published=new),
        *many(9, "product", **unreachable, published=new, decided_by_committee=new),
        *many(40, "product", **closed("handled_individually", old)),
        *many(99, "product", **closed("not_a_vulnerability", old)),
        *many(1, "product", **closed("not_a_vulnerability", new)),
        *many(495, "product", rejected=old),
        *many(173, "product", **unreachable),
        *many(1904 - 173, "product", accepted=FIRST),
    ]
    figure = report(made, "2021Q1").figure("product_status")
    shown = {s.code: s.values[-1] for s in figure.series}
    assert [shown[c] for c in ("published", "published_this_quarter", "published_share")] == [2233, 66, 52]
    assert [shown[c] for c in ("coordination_impossible", "coordination_impossible_this_quarter")] == [29, 9]
    assert [shown[c] for c in ("unreachable_developer", "unreachable_developer_this_quarter")] == [173, -9]
    assert [shown[c] for c in ("open", "ended", "ended_this_quarter")] == [1904, 2868, 67]
    assert figure.columns[-2:] == ("2020Q4", "2021Q1")
    assert figure.one("published").values[-2:] == (2167, 2233)


def test_days_to_publication() -> None:
    """図2-10: 2,233 by the days from 受理, not from 起算日; 29 % within 45 days."""
    bounds = {0: 90, 10: 90, 11: 100, 20: 36, 21: 161, 31: 100, 45: 69, 46: 500, 100: 13, 101: 321, 201: 180, 300: 6}
    made = [each for days, n in bounds.items() for each in many(n, "product", **published(days), start_date=FIRST)]
    made += many(567, "product", **published(301), start_date=FIRST + timedelta(days=290))
    figure = report(made, "2021Q1").figure("publication_days")
    assert [s.values for s in figure.drawn] == [(n,) for n in (180, 136, 161, 169, 513, 321, 186, 567)]
    assert dict(figure.remarks[0].numbers) == {"days": 45, "count": 646, "share": 29}
    assert sum(s.total for s in figure.drawn) == 2233


def test_days_to_the_fix_by_type() -> None:
    """図2-20: 8,069 by the days from 詳細通知 and by type; 49 % within 30 days, 68 % within 90."""
    statistics = report(mended(), "2021Q1")
    figure = statistics.figure("fix_days")
    assert list(figure.totals or ()) == _FIX_COLUMNS
    assert figure.one("share").values == (6, 6, 3, 2, 6, 9, 10, 7, 9, 10, 12, 6, 14)
    assert [s.total for s in figure.drawn] == list(_FIX_TYPES.values())
    shares = {dict(r.numbers)["days"]: dict(r.numbers)["share"] for r in figure.remarks}
    assert shares == {30: 49, 90: 68}


def test_fixes_of_each_type_by_days() -> None:
    """図2-21: the same, wider spans, for each type."""
    figure = report(mended(), "2021Q1").figure("fix_days_by_type")
    assert [s.code for s in figure.drawn] == [
        *("0-10", "11-20", "21-30", "31-50", "51-90", "91-200", "201-300", "301-")
    ]
    assert [s.total for s in figure.drawn] == [sum(_FIX_COLUMNS[:6]), *_FIX_COLUMNS[6:]]
    assert list(figure.totals or ()) == list(_FIX_TYPES.values())


def mended() -> list[CaseRecord]:
    """8,069 websites: how long each took goes with its type by lot; a first contact long before does not count."""
    starts = [0, 1, 2, 3, 5, 10, 20, 30, 50, 90, 200, 300, 301]
    days = [start for start, n in zip(starts, _FIX_COLUMNS, strict=True) for _ in range(n)]
    kinds = [kind for kind, n in _FIX_TYPES.items() for _ in range(n)]
    Random(8069).shuffle(days)
    sent = FIRST + timedelta(days=700)
    values = (fixed(n, sent=sent, type=kind, first_contact=FIRST) for n, kind in zip(days, kinds, strict=True))
    return [record(**each) for each in values]


@pytest.mark.parametrize(
    ("quarter", "methods", "within", "share"),
    [("2016Q3", (56, 22, 0), 46, 59), ("2018Q1", (33, 3, 1), 29, 78), ("2025Q2", (20, 1, 0), 11, 52)],
)
def test_fixes_of_a_quarter(quarter: str, methods: tuple[int, int, int], within: int, share: int) -> None:
    """修正 of the quarter by method, and those within 90 days of the details."""
    day = last_day(parse_quarter(quarter)) - timedelta(days=5)
    made: list[CaseRecord] = []
    for method, n in zip(FixMethod, methods, strict=True):
        for _ in range(n):
            days = 90 if len(made) < within else 91
            made.append(record(**fixed(days, method, sent=day - timedelta(days=days))))
    statistics = report([*made, *many(3, **fixed(1))], quarter)
    said = {remark.code: dict(remark.numbers) for remark in statistics.remarks}
    names = ("corrected", "page_removed", "avoided")
    assert said["fixed"] == {"count": sum(methods), **dict(zip(names, methods, strict=True)), "total": sum(methods) + 3}
    assert said["fixed_within"] == {"days": 90, "within": within, "share": share}
    assert statistics.figure("fix_methods").value("page_removed", quarter) == methods[1]


def test_second_quarter_of_2025() -> None:
    """99 new (62 and 37), 19,484 in all (6,103 and 13,381), 3.82 a day; JVN 35 (自社 12), 10 of them within 45 days."""
    day, start = date(2025, 6, 1), date(2025, 1, 1)
    soon: dict[str, Any] = published(45, accepted=day - timedelta(days=45))
    late: dict[str, Any] = published(46, accepted=day - timedelta(days=46))
    made = [
        *many(10, "product", start, **soon),
        *many(13, "product", start, **late),
        *many(12, "product", start, self_reported=True, **late),
        *many(6103 - 62 - 35, "product"),
        *many(13381 - 37),
        *many(62, "product", day),
        *many(37, received=day),
    ]
    statistics = report(made, "2025Q2")
    said = {remark.code: dict(remark.numbers) for remark in statistics.remarks}
    assert said["reports"] == {"quarter": 99, "product": 62, "website": 37, "total": 19484}
    assert said["per_business_day"]["rate"] == 3.82
    assert said["published"] == {"count": 35, "own": 12, "within": 10, "share": 29}
    assert statistics.figure("publication_within_goal").value("this_quarter", "2025Q2") == 29
    assert [s.values for s in statistics.figure("reports").series] == [(62, 6103), (37, 13381), (99, 19484)]


def test_every_figure_has_its_words() -> None:
    """Each figure has a title, and each of its codes a name in both languages."""
    counted, labels = end_of_2021(), rules().labels
    for figure in counted.figures:
        assert labels.title(figure).text("ja")
        for language in ("ja", "en"):
            names = [labels.column(figure, code, language) for code in figure.columns]
            names += [labels.series(figure, series, language) for series in figure.series]
            assert not [n for n in names if not n or "_" in n], figure.code
            assert all("{" not in labels.sentence(r, language) for r in (*figure.remarks, *counted.remarks))


def test_a_desk_that_names_no_first_day_began_with_its_first_report() -> None:
    """Reports a business day are those since the first one."""
    made = [record(received=date(2026, 11, 16)), record(received=date(2026, 11, 20))]
    end = parse_quarter("2026Q4")
    counted = statistics(made, replace(rules(), since=None), end, date(2026, 11, 20), business_day())
    remark = next(each for each in counted.remarks if each.code == "per_business_day")
    assert counted.since == "2026-11-16"
    assert dict(remark.numbers) == {"since": "2026-11-16", "rate": 0.4, "days": 5}
