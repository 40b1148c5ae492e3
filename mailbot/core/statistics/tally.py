"""Counts over the case records, in one pass: how often what happened, by quarter.

Theory. Everything is counted as a flow, on the day it happened; what stands somewhere at a quarter's end (a stock) is
the sum of the flows up to then. So the tables cannot disagree with each other. Cases that came through a CSIRT overseas
are no reports to this desk: only their publication and what was provided in advance are counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date

from mailbot.core.model import Track
from mailbot.core.statistics.outcomes import (
    FIXED,
    PUBLISHED,
    REJECTED,
    Outcome,
    days_to_fix,
    days_to_publication,
    method_of,
    outcome_of,
)
from mailbot.core.statistics.quarters import last_day, quarter_of
from mailbot.core.statistics.records import CaseRecord
from mailbot.core.statistics.rules import StatisticsRules
from mailbot.core.statistics.spans import Spans

BEFORE, UNSTATED = "/before", "/unstated"
"""Behind a topic: the same as of the quarter before; those of it that say nothing."""
OTHER = "other"


class Tally:
    """The counts up to the day `until` of `quarter`; a topic has codes, a code has quarters."""

    def __init__(self, rules: StatisticsRules, quarter: int, until: date) -> None:
        self.rules, self.quarter, self.until = rules, quarter, until
        self.records = 0
        self._first = until
        self.publication, self.overdue = Spans(rules.days.publication), Spans(rules.days.overdue)
        self.fix, self.fix_by_type = Spans(rules.days.fix), Spans(rules.days.fix_by_type)
        self._before, self._year_before = last_day(quarter - 1), last_day(quarter - 4)
        self._flows: defaultdict[tuple[str, str], Counter[int]] = defaultdict(Counter)

    @property
    def since(self) -> date:
        """The first day that counts for reports a business day."""
        return self.rules.since or self._first

    def flow(self, topic: str, code: str, quarter: int) -> int:
        """How many in that quarter."""
        found = self._flows.get((topic, code))
        return found[quarter] if found else 0

    def stock(self, topic: str, code: str, quarter: int) -> int:
        """How many up to the end of that quarter."""
        found = self._flows.get((topic, code), Counter())
        return sum(count for each, count in found.items() if each <= quarter)

    def codes(self, topic: str) -> tuple[str, ...]:
        """The codes of a topic that were counted, in order."""
        return tuple(sorted(code for each, code in self._flows if each == topic))

    def count(self, records: Iterable[CaseRecord]) -> None:
        """Count all of them; those received later are passed over."""
        for record in records:
            if record.received > self.until:
                continue
            self.records += 1
            self._first = min(self._first, record.received)
            outcome = outcome_of(record, self.rules)
            if outcome and outcome.day > self.until:
                outcome = None
            self._everywhere(record, outcome)
            if record.via_overseas_csirt:
                continue
            self._add("received", record.track.value, record.received)
            if outcome:
                self._add(f"{record.track}.ended", outcome.bucket, outcome.day)
            if record.track is Track.PRODUCT:
                self._product(record, outcome)
            else:
                self._website(record, outcome)

    def _add(self, topic: str, code: str, day: date | None) -> None:
        if day is not None and day <= self.until:
            self._flows[topic, code][quarter_of(day)] += 1

    def _everywhere(self, record: CaseRecord, outcome: Outcome | None) -> None:
        if outcome and outcome.bucket == PUBLISHED:
            self._add("source", "overseas" if record.via_overseas_csirt else "finders", outcome.day)
        for provision in record.priority_provision:
            named = provision.sector in self.rules.kinds.sector  # else a person's own word, which is not published
            self._add("provision", provision.sector if named else OTHER, provision.date)

    def _kind(self, topic: str, code: str | None, record: CaseRecord, outcome: Outcome | None, other: str) -> None:
        """By kind, without what was not accepted: as of now, and as of the quarter before."""
        rejected = outcome.day if outcome and outcome.bucket == REJECTED else None
        if rejected is None:
            self._add(topic, code or other, record.received)
            if code is None:
                self._add(topic + UNSTATED, other, record.received)
        if record.received <= self._before and (rejected is None or rejected > self._before):
            self._add(topic + BEFORE, code or other, record.received)

    def _product(self, record: CaseRecord, outcome: Outcome | None) -> None:
        self._kind("product_kind", record.product_kind, record, outcome, OTHER)
        open_source = None if record.open_source is None else "open_source" if record.open_source else OTHER
        self._kind("open_source", open_source, record, outcome, OTHER)
        self._kind("cause", record.cause, record, outcome, OTHER)
        self._kind("product_impact", record.impact, record, outcome, OTHER)
        if outcome and outcome.bucket == PUBLISHED:
            self._published(record, outcome)
        if record.developer_listed:
            self._listed(record, record.developer_listed, outcome)

    def _published(self, record: CaseRecord, outcome: Outcome) -> None:
        days = days_to_publication(record)
        self._add("publication.days", self.publication.code(days), outcome.day)
        if days is not None and days <= self.rules.days.publication_goal:
            self._add("publication", "within", outcome.day)
        if record.self_reported:
            self._add("publication", "own", outcome.day)
        if record.decided_by_committee:
            self._add("publication", "decided", max(outcome.day, record.decided_by_committee))

    def _listed(self, record: CaseRecord, listed: date, outcome: Outcome | None) -> None:
        """連絡不能開発者: on the list until coordination is resumed, the committee has decided, or the case ends."""
        self._add("listing", "listed", listed)
        resumed, decided = record.coordination_resumed, record.decided_by_committee
        if resumed:
            self._add("listing", "resumed", max(resumed, listed))
            if outcome:
                self._add("listing", "completed", max(resumed, listed, outcome.day))
        elif decided:
            self._add("listing", "decided", max(decided, listed))
        left = [day for day in (resumed, decided, outcome.day if outcome else None) if day]
        if left:
            self._add("listing", "left", max(min(left), listed))

    def _website(self, record: CaseRecord, outcome: Outcome | None) -> None:
        self._kind("operator_kind", record.operator_kind, record, outcome, "unknown")
        shown = self._type(record, self.rules.types.website)
        self._kind("website_type", record.type and shown, record, outcome, OTHER)
        self._kind("website_impact", record.impact, record, outcome, OTHER)
        if outcome and outcome.bucket == FIXED:
            self._fixed(record, outcome)
        self._late(record)

    def _fixed(self, record: CaseRecord, outcome: Outcome) -> None:
        days, kind = days_to_fix(record), self._type(record, self.rules.types.fix)
        self._add("fix.method", method_of(record), outcome.day)
        self._add(f"fix.days {kind}", self.fix.code(days), outcome.day)
        self._add(f"fix.days_by_type {kind}", self.fix_by_type.code(days), outcome.day)
        for goal in self.rules.days.fix_goals:
            if days is not None and days <= goal:
                self._add("fix.within", str(goal), outcome.day)

    def _late(self, record: CaseRecord) -> None:
        """Open without a fix so many days after the details, at the end of the quarter and a year before."""
        sent = record.details_sent
        if sent is None:
            return
        for topic, day in (("overdue", self.until), ("overdue" + BEFORE, self._year_before)):
            days = (day - sent).days
            if days < self.rules.days.overdue[0] or (record.fix_reported and record.fix_reported <= day):
                continue
            ended = outcome_of(record, self.rules)
            if ended is None or ended.day > day:
                self._add(f"{topic} {self._type(record, self.rules.types.overdue)}", self.overdue.code(days), day)

    def _type(self, record: CaseRecord, shown: list[str]) -> str:
        return record.type if record.type in shown else OTHER
