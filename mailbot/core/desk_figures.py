"""Where the desk stands, for its own people: what is open, for how long, who is waited for, and what its mails achieve.

Numbers and lines about cases as they are known now; nothing of what a report says but what it is about.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mailbot.core.digest import Counted
from mailbot.core.lifecycle import next_due, waiting_for
from mailbot.core.model import Case, Standing, State, Track
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.plain import plain_url
from mailbot.core.policy import Policy
from mailbot.core.reminding import Effect, effects

AGES = (0, 8, 31, 91, 181, 366)
"""First day of each span of a case's age; the last one is open."""
WEEKS = 13
PRIORITIES = ("high", "normal", "simple")
SEVERE = frozenset(
    {
        *("sqli", "dns_misconfiguration", "file_exposure", "path_traversal", "session", "authentication"),
        *("authorization", "buffer_overflow", "os_command_injection", "code_execution", "memory_corruption"),
        *("file_upload", "ssrf", "xxe"),
    }
)
"""Types that come first among cases of one priority: what gives others' data or machines away at once.

Source: the severities of 「安全なウェブサイトの作り方」, and for products what CVSS rates high by itself.
"""


@dataclass(frozen=True)
class CaseLine:
    """An open case in the list of what to do next."""

    case: str
    about: str
    type: str
    track: str
    state: str
    priority: str
    severe: bool
    who: str  # finder, contact, coordinator
    age: int  # days since it was received
    in_state: int  # days
    due: date | None
    overdue: int  # days; 0 if it is not
    held: int  # mails that wait for approval
    assigned: str
    on_hold: bool
    exploited: bool


@dataclass(frozen=True)
class Waiting:
    """How many open cases wait for somebody."""

    who: str
    cases: int
    overdue: int
    longest: int  # days in the present state


@dataclass(frozen=True)
class Source:
    """How contact points of one source did."""

    source: str
    found: int
    tried: int  # written to or used: tried, confirmed or dead
    confirmed: int
    dead: int


@dataclass(frozen=True)
class Week:
    """What came, went, began and ended in the week from that Monday."""

    monday: date
    mails_in: int
    mails_out: int
    opened: int
    ended: int


@dataclass(frozen=True)
class DeadAddress:
    """An address of an open case that mail does not reach."""

    case: str
    address: str
    why: str
    since: date | None
    others: int  # contact points of the case that are left


@dataclass(frozen=True)
class DeskFigures:
    """The desk at one moment."""

    at: datetime
    today: date
    open: int
    overdue: int
    held: int
    set_aside: int  # mails held or quarantined in the weeks that are shown
    states: tuple[tuple[str, tuple[int, ...]], ...]  # open cases by state and age
    cases: tuple[CaseLine, ...]  # overdue first, then by priority, severity and age
    waiting: tuple[Waiting, ...]
    sources: tuple[Source, ...]
    reminders: tuple[Effect, ...]
    weeks: tuple[Week, ...]
    dead: tuple[DeadAddress, ...]


def desk_figures(
    cases: Sequence[Case], items: Iterable[OutboxItem], mails: Iterable[Counted], now: datetime, policy: Policy
) -> DeskFigures:
    """Everything about these cases, mails to send and mails received, as of `now`; days are those of the policy."""
    items, mails = tuple(items), tuple(mails)
    held = Counter(item.case for item in items if item.status is Status.HELD and item.draft)
    going = [case for case in cases if not case.state.ended]
    lines = sorted((_line(case, held[case.id], now, policy) for case in going), key=_urgency)
    weeks = _weeks(cases, items, mails, now, policy)
    first = weeks[0].monday
    return DeskFigures(
        at=now,
        today=policy.today(now),
        open=len(lines),
        overdue=sum(1 for line in lines if line.overdue),
        held=sum(held.values()),
        set_aside=sum(1 for m in mails if m.kind in ("held", "quarantined") and policy.today(m.at) >= first),
        states=_states(lines),
        cases=tuple(lines),
        waiting=_waiting(lines),
        sources=_sources(cases),
        reminders=effects(cases),
        weeks=weeks,
        dead=tuple(dead for case in going for dead in _dead(case, policy)),
    )


def counted_from(now: datetime) -> datetime:
    """A moment before the first of the weeks that are shown: what was settled earlier is in no figure."""
    return now - timedelta(weeks=WEEKS)


def about(case: Case) -> str:
    """What the case is about, for coordinators only: product, or place without what could be an attack."""
    if case.track is Track.WEBSITE:
        urls = (plain_url(url) for url in case.field_text("target.urls").split("\n"))
        return next(filter(None, urls), "") or case.field_text("target.site_name")
    return case.field_text("product.name")


def _line(case: Case, held: int, now: datetime, policy: Policy) -> CaseLine:
    due = next_due(case)
    late = (policy.today(now) - policy.today(due)).days if due and due < now else 0
    kind = case.field_text("vulnerability.type")
    return CaseLine(
        case=case.id,
        about=about(case),
        type=kind,
        track=case.track.value,
        state=case.state.value,
        priority=case.priority,
        severe=kind in SEVERE,
        who=waiting_for(case),
        age=_days(case.received, now, policy),
        in_state=_days(case.since or case.received, now, policy),
        due=policy.today(due) if due else None,
        overdue=max(late, 1) if due and due < now else 0,
        held=held,
        assigned=case.assigned or "",
        on_hold=case.on_hold,
        exploited=case.exploited is True,
    )


def _urgency(line: CaseLine) -> tuple[object, ...]:
    rank = PRIORITIES.index(line.priority) if line.priority in PRIORITIES else len(PRIORITIES)
    return (not line.overdue, rank, not line.exploited, not line.severe, -line.overdue, -line.age, line.case)


def _days(start: datetime, now: datetime, policy: Policy) -> int:
    return max((policy.today(now) - policy.today(start)).days, 0)


def _states(lines: Sequence[CaseLine]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Each state that occurs, in the order of a case's way, with the number of cases of each age."""
    counted = Counter((line.state, sum(1 for first in AGES if line.age >= first) - 1) for line in lines)
    rows = ((state.value, tuple(counted[state.value, n] for n in range(len(AGES)))) for state in State)
    return tuple((state, numbers) for state, numbers in rows if any(numbers))


def _waiting(lines: Sequence[CaseLine]) -> tuple[Waiting, ...]:
    found = []
    for who in ("coordinator", "contact", "finder"):
        theirs = [line for line in lines if line.who == who]
        longest = max((line.in_state for line in theirs), default=0)
        found.append(Waiting(who, len(theirs), sum(1 for line in theirs if line.overdue), longest))
    return tuple(found)


def _sources(cases: Iterable[Case]) -> tuple[Source, ...]:
    counted = Counter((contact.source, contact.standing) for case in cases for contact in case.contacts)
    rows = []
    for source in sorted({source for source, _ in counted}):
        of = {standing: counted[source, standing] for standing in Standing}
        tried = of[Standing.TRIED] + of[Standing.CONFIRMED] + of[Standing.DEAD]
        rows.append(Source(source, sum(of.values()), tried, of[Standing.CONFIRMED], of[Standing.DEAD]))
    return tuple(sorted(rows, key=lambda row: (-row.confirmed, -row.tried, row.source)))


def _weeks(
    cases: Sequence[Case], items: Iterable[OutboxItem], mails: Iterable[Counted], now: datetime, policy: Policy
) -> tuple[Week, ...]:
    def monday(moment: datetime) -> date:
        day = policy.today(moment)
        return day - timedelta(days=day.weekday())

    came = Counter(monday(mail.at) for mail in mails)
    went = Counter(monday(item.settled) for item in items if item.status is Status.SENT and item.draft and item.settled)
    opened = Counter(monday(case.received) for case in cases)
    ended = Counter(monday(case.since) for case in cases if case.state.ended and case.since)
    days = (monday(now) - timedelta(weeks=WEEKS - 1 - n) for n in range(WEEKS))
    return tuple(Week(day, came[day], went[day], opened[day], ended[day]) for day in days)


def _dead(case: Case, policy: Policy) -> list[DeadAddress]:
    left = sum(1 for c in case.contacts if c.standing not in (Standing.DEAD, Standing.DROPPED))
    found = []
    for contact in case.contacts:
        if contact.standing is Standing.DEAD:
            told = [e for e in case.timeline if e.what in ("bounced", "failed") and contact.address in e.text]
            why = told[-1].text.partition(contact.address)[2].strip(" :") if told else contact.why
            since = policy.today(told[-1].at) if told else None
            found.append(DeadAddress(case.id, contact.address, why, since, left))
    return found
