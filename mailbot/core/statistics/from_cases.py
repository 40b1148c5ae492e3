"""The desk's own cases as case records, and what the records that it brought say beside them.

Theory. A case that was split into one of the other track counts once, as the one that came out of it, on the day of
the report (再分類). A case that went on in another one is a report of its own and ends as the other does. What a case
cannot tell, such as the kind of a product, is taken from a record of the same number that was brought (`case import`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, tzinfo
from typing import Any

from mailbot.core.brief import OWN_FORM, PURGED, tells_of_merging
from mailbot.core.hosts import site_of
from mailbot.core.linking import MERGED, SPLIT
from mailbot.core.model import Case, Milestones, State, Track
from mailbot.core.statistics.records import CaseRecord, PriorityProvision
from mailbot.core.statistics.rules import StatisticsRules
from mailbot.core.vendors import LISTED, VendorState

_BROUGHT = (
    *("cause", "impact", "operator_kind", "product_kind", "open_source"),
    *("developer_listed", "coordination_resumed", "decided_by_committee"),
)
_BROUGHT_FLAGS = ("self_reported", "via_overseas_csirt")
_AT_WORK = (VendorState.DETAILS_SENT, VendorState.COORDINATING, VendorState.READY, VendorState.REVIEW)
_FAR = 10  # cases one out of another
_MILESTONES = tuple(field.name for field in fields(Milestones))


@dataclass(frozen=True)
class _Desk:
    rules: StatisticsRules
    zone: tzinfo
    cases: Mapping[str, Case]

    def day(self, at: datetime | None) -> date | None:
        return at.astimezone(self.zone).date() if at else None


def case_records(
    cases: Iterable[Case], brought: Mapping[str, CaseRecord], rules: StatisticsRules, zone: tzinfo
) -> tuple[CaseRecord, ...]:
    """A record for each case that counts and each one brought, in the order of their receipt; days are of `zone`."""
    desk = _Desk(rules, zone, {case.id: case for case in cases})
    gone = {parent.id for case in desk.cases.values() if (parent := _taken_place_of(case, desk))}
    own = {i: _whole(case, desk, brought.get(i)) for i, case in desk.cases.items() if i not in gone}
    rest = {i: record for i, record in brought.items() if i not in desk.cases}
    return tuple(sorted((*own.values(), *rest.values()), key=lambda record: (record.received, record.id)))


def _parent(case: Case, desk: _Desk) -> Case | None:
    """The case out of which this one was split."""
    first = case.links[0] if case.links and case.opened_by != "finder" else None
    return desk.cases.get(first.case) if first and first.kind == SPLIT else None


def _taken_place_of(case: Case, desk: _Desk) -> Case | None:
    """The case that this one counts instead of: the report was re-classed, and not in vain."""
    parent = _parent(case, desk)
    return parent if parent and parent.track is not case.track and case.state is not State.REJECTED else None


def _received(case: Case, desk: _Desk) -> datetime:
    """When the report came: that of the case out of which it was split, however often."""
    for _ in range(_FAR):
        parent = _parent(case, desk)
        if parent is None:
            break
        case = parent
    return case.received


def _goes_on_in(case: Case, desk: _Desk) -> Case | None:
    """The case into which this one was merged, through others if need be; it may have ended since."""
    into: Case | None = None
    current = case
    for _ in range(_FAR):
        merged = current.state is State.MERGED or any(map(tells_of_merging, current.timeline))
        last = next((link.case for link in reversed(current.links) if link.kind == MERGED), "") if merged else ""
        if last == case.id or last not in desk.cases:
            break
        into = current = desk.cases[last]
    return into


def _record(case: Case, desk: _Desk) -> CaseRecord:
    into = _goes_on_in(case, desk) or case
    received = desk.day(_received(case, desk)) or case.received.date()
    reached = {name: _reached(name, case, into) for name in _MILESTONES}
    # What the other case had reached before this report came counts from the day it came.
    days = {name: max(day, received) if (day := desk.day(at)) else None for name, at in reached.items()}
    closing, rejection = case.closing_code or into.closing_code, case.rejection_code or into.rejection_code
    kind = case.field_text("vulnerability.type") or None
    listed, resumed, decided = (max(day, received) if (day := desk.day(at)) else None for at in _listing(into))
    return CaseRecord(
        id=case.id,
        track=case.track,
        received=received,
        accepted=days["accepted"],
        rejected=days["rejected"],
        rejection_code=rejection if days["rejected"] else None,
        first_contact=days["first_contact"],
        start_date=days["start_date"],
        details_sent=days["details_sent"],
        fix_reported=days["fix_reported"],
        fix_confirmed=days["fix_confirmed"],
        fix_method=case.fix_method or into.fix_method,
        published=days["published"] if case.track is Track.PRODUCT else None,
        closed=days["closed"] if closing else None,
        closing_code=closing if days["closed"] else None,
        type=kind if kind in desk.rules.type_codes else "other" if kind else None,
        **_derived(case, kind, desk.rules),
        self_reported=any(OWN_FORM in field.rule for field in case.fields),
        developer_listed=listed,
        coordination_resumed=resumed,
        decided_by_committee=decided,
        priority_provision=tuple(_provisions(into, desk)),
        exploited=case.exploited,
    )


def _reached(name: str, case: Case, into: Case) -> datetime | None:
    own: datetime | None = getattr(case.milestones, name)
    other: datetime | None = getattr(into.milestones, name)
    return own or other


def _derived(case: Case, kind: str | None, rules: StatisticsRules) -> dict[str, Any]:
    """What usually goes with the type, and with the end of the site's name."""
    if case.track is Track.PRODUCT:
        return {"cause": rules.causes.get(kind or ""), "impact": rules.impacts.product.get(kind or "")}
    urls = case.field_text("target.urls").split("\n")
    site = site_of(urls[0]) if urls[0].strip() else None
    labels = site.host.split(".") if site else []
    ends = (".".join(labels[n:]) for n in range(1, len(labels)))
    operator = next((rules.operators[end] for end in ends if end in rules.operators), None)
    return {"impact": rules.impacts.website.get(kind or ""), "operator_kind": operator}


def _listing(case: Case) -> tuple[datetime | None, datetime | None, datetime | None]:
    """連絡不能開発者: when a vendor was first listed, when one answered after that, when the committee decided."""
    first: dict[str, datetime] = {}
    for entry in case.timeline:
        if entry.what != "vendor state":
            continue
        source, _, target = entry.text.rpartition(": ")[2].partition(" → ")
        waiting = source in LISTED or source == VendorState.JUDGING
        if target == VendorState.LISTED_NAME:
            first.setdefault("listed", entry.at)
        elif waiting and target in _AT_WORK and "listed" in first:
            first.setdefault("resumed", entry.at)
        elif source == VendorState.JUDGING and target == VendorState.PUBLISHED:
            first.setdefault("decided", entry.at)
    return first.get("listed"), first.get("resumed"), first.get("decided")


def _provisions(case: Case, desk: _Desk) -> Iterator[PriorityProvision]:
    for each in case.provisions:
        yield PriorityProvision(sector=each.sector.lower(), date=each.at.astimezone(desk.zone).date())


def _whole(case: Case, desk: _Desk, brought: CaseRecord | None) -> CaseRecord:
    """What was brought fills what the case cannot tell, and corrects what was only derived from its type.

    Of a case that was purged it is the record that was kept of the whole case.
    """
    if brought and case.timeline and case.timeline[-1].what == PURGED:
        return brought
    record = _record(case, desk)
    if brought is None or brought.track is not record.track:
        return record
    more = {name: value for name in _BROUGHT if (value := getattr(brought, name)) is not None}
    more |= {name: True for name in _BROUGHT_FLAGS if getattr(brought, name)}
    return record.model_copy(update=more)
