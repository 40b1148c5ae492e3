"""The figures of a quarter agree with each other, whatever the records say."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.core.codes import ClosingCode, FixMethod
from mailbot.core.statistics.figures import Statistics
from mailbot.core.statistics.quarters import last_quarters, parse_quarter
from mailbot.core.statistics.records import CaseRecord, disagreements
from tests.statistics_records import record, report, rules

_FIRST = date(2020, 1, 1)
_QUARTER = "2021Q4"
_day = st.none() | st.integers(0, 900).map(lambda n: _FIRST + timedelta(days=n))
_kinds = rules().kinds


@st.composite
def records(draw: st.DrawFn) -> CaseRecord:
    """A record that would be taken in."""
    track = draw(st.sampled_from(["website", "product"]))
    received = draw(_day.filter(bool))
    assert received is not None
    names = ("accepted", "details_sent", "fix_reported", "fix_confirmed", "rejected", "developer_listed")
    days = {name: draw(_day) for name in (*names, "coordination_resumed", "decided_by_committee", "closed")}
    values: dict[str, Any] = {name: max(day, received) if day else None for name, day in days.items()}
    if track == "product":
        values["published"] = max(received, day) if (day := draw(_day)) else None
    ends = sorted(code for each, code in rules().buckets if each == track)
    values["closing_code"] = draw(st.sampled_from(ends).map(ClosingCode)) if values["closed"] else None
    values["type"] = draw(st.none() | st.sampled_from(sorted(rules().type_codes)))
    values["fix_method"] = draw(st.none() | st.sampled_from(list(FixMethod)))
    values["product_kind"] = draw(st.none() | st.sampled_from(sorted(_kinds.product_kind)))
    values["operator_kind"] = draw(st.none() | st.sampled_from(sorted(_kinds.operator_kind)))
    values["open_source"] = draw(st.none() | st.booleans())
    values["via_overseas_csirt"] = draw(st.booleans()) and draw(st.booleans())
    made = CaseRecord.model_validate_json(record(track, received).model_copy(update=values).model_dump_json())
    assert not list(disagreements(made, rules()))
    return made


def last(statistics: Statistics, figure: str, series: str) -> int:
    """The newest value of a series."""
    return int(statistics.figure(figure).one(series).values[-1] or 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(records(), max_size=40))
def test_the_figures_agree(made: list[CaseRecord]) -> None:
    """Totals of status, kinds, days and reports are the same numbers wherever they stand."""
    statistics = report(made, _QUARTER)
    for track in ("product", "website"):
        total = statistics.figure("reports").value(track, "cumulative")
        assert (statistics.figure(f"{track}_status").totals or ())[-1] == total
        assert last(statistics, "reports_by_quarter", f"{track}_cumulative") == total
        accepted = int(total or 0) - last(statistics, f"{track}_status", "rejected")
        pies = {"product": ("product_kinds", "open_source", "product_causes", "product_impacts")}
        for pie in pies.get(track, ("operators", "website_types", "website_impacts")):
            assert statistics.figure(pie).one("count").total == accepted
            by_quarter = statistics.figure(f"{pie}_by_quarter")
            assert sum(by_quarter.totals or ()) <= accepted
    fixed, published = last(statistics, "website_status", "fixed"), last(statistics, "product_status", "published")
    assert sum(statistics.figure("fix_days").totals or ()) == fixed
    assert sum(statistics.figure("fix_days_by_type").totals or ()) == fixed
    assert last(statistics, "fix_methods", "cumulative") == fixed
    assert sum(statistics.figure("publication_days").totals or ()) == published
    assert statistics.figure("publications").value("finders", "cumulative") == published
    assert statistics.figure("remedied").value("total", "cumulative") == fixed + published
    assert sum(statistics.figure("overdue").totals or ()) <= last(statistics, "website_status", "open")


@settings(max_examples=40, deadline=None)
@given(st.lists(records(), max_size=30))
def test_a_quarter_goes_on_from_the_last(made: list[CaseRecord]) -> None:
    """What stands at a quarter's end is what stood before and what came; nothing is ever below zero."""
    statistics = report(made, _QUARTER)
    before = report(made, "2021Q3")
    for code in ("product_status", "website_status"):
        figure, earlier = statistics.figure(code), before.figure(code)
        assert [s.values[-2] for s in figure.series] == [s.values[-1] for s in earlier.series]
        for series in figure.series:
            if series.of and series.code.endswith("_this_quarter"):
                stock = figure.one(series.of).values
                assert series.values[-1] == int(stock[-1] or 0) - int(stock[-2] or 0)
        assert all(int(v or 0) >= 0 for s in figure.drawn for v in s.values)
        for part in (s for s in figure.series if s.of and not s.code.endswith(("_this_quarter", "_share"))):
            whole = figure.one(part.of).values
            assert all(int(a or 0) <= int(b or 0) for a, b in zip(part.values, whole, strict=True)), part.code
    quarters = last_quarters(parse_quarter(_QUARTER), 8)
    assert len(statistics.figure("operators_by_quarter").columns) == len(quarters)


def test_what_is_not_yet_is_not_counted() -> None:
    """A day after the quarter, or after today, does not count: the case is open, or not there."""
    made = [
        record(received=date(2021, 12, 1), details_sent=date(2021, 12, 2), fix_confirmed=date(2022, 1, 1)),
        record(received=date(2022, 1, 1)),
    ]
    statistics = report(made, _QUARTER)
    assert statistics.records == 1
    assert last(statistics, "website_status", "open") == 1
    today = report(made, "2022Q1", today=date(2022, 1, 1))
    assert (today.until, last(today, "website_status", "fixed")) == ("2022-01-01", 1)
    assert report(made, "2022Q1", today=date(2021, 12, 31)).records == 1


def test_no_record_at_all() -> None:
    """A desk without a case has all its figures, with zeros and no rates that divide by nothing."""
    statistics = report([], _QUARTER)
    assert len(statistics.figures) == 30
    assert statistics.figure("publication_within_goal").one("cumulative").values == (None,) * 12
    assert statistics.figure("website_types").one("share").values == (None,) * 7
