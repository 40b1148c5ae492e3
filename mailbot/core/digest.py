"""What the desk should know at the start of a business day: what waits for whom, what is due, what did not arrive.

A digest that would ask nobody to do anything is not sent: a mail that comes every day whatever happens is soon unread.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from mailbot.core.digest_view import DigestView, DueLine, FailedLine, Listed, SetAsideLine, WaitingLine
from mailbot.core.lifecycle import next_due, waiting_for
from mailbot.core.model import Case, Deadline, DeadlineKind
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.plain import one_line
from mailbot.core.policy import Policy
from mailbot.core.show import place_view

LINES = 40
"""Of one kind in a digest; the rest is counted."""
_NOTED = (
    *(DeadlineKind.COORDINATOR, DeadlineKind.VENDOR_ANSWER),
    *(DeadlineKind.VENDOR_RESULT, DeadlineKind.VENDOR_LISTING),
)
"""Kinds whose deadlines say what, or whose, they are."""
_FAILED = ("bounced", "failed")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Counted:
    """What became of one mail that came in."""

    digest: str
    kind: str
    at: datetime
    sender: str = ""
    why: str = ""


def digest(
    cases: Iterable[Case],
    held: Sequence[OutboxItem],
    mails: Iterable[Counted],
    unfinished: int,
    since: datetime | None,
    now: datetime,
    policy: Policy,
) -> DigestView:
    """The digest at `now`, the one before being of `since`.

    `cases` are the open ones, `held` all mails that wait for a person, uncertain ones too, `unfinished` counts mails
    whose handling was begun and has not ended.
    """
    ours, others = list[WaitingLine](), list[WaitingLine]()
    due, failed = list[DueLine](), list[FailedLine]()
    waiting = [item for item in held if item.status is Status.HELD]
    stuck = Counter(item.case for item in waiting if item.draft and item.draft.audience != "coordinator")
    for case in cases:
        line = _waiting(case, stuck[case.id], policy)
        (ours if line.who == "coordinator" or line.held or line.on_hold else others).append(line)
        due += _due(case, now, policy)
        failed += _failed(case, since, policy)
    unsent = [lost for item in held if (lost := _unsent(item, policy))]
    recent = [mail for mail in mails if since is None or mail.at >= since]
    set_aside = [_set_aside(mail, policy) for mail in recent if mail.kind in ("held", "quarantined")]
    counts = Counter(mail.kind for mail in recent)
    return DigestView(
        waiting=_listed(sorted(ours, key=lambda line: (not line.urgent, line.since, line.case))),
        others=_listed(sorted(others, key=lambda line: (line.since, line.case))),
        due=_listed(sorted(due, key=lambda line: (line.day, line.case))),
        failed=_listed([*unsent, *failed]),
        set_aside=_listed(set_aside),
        came_in=sum(counts.values()) + unfinished,
        accounted=tuple(sorted(counts.items())),
        unfinished=unfinished,
    )


def asks_something(view: DigestView) -> bool:
    """Whether anybody has to do anything; what waits for others alone and counts that agree are no reason to write."""
    lists = (view.waiting, view.due, view.failed, view.set_aside)
    return view.unfinished > 0 or view.over_budget > 0 or any(listed.lines for listed in lists)


def _listed(lines: Sequence[_T]) -> Listed[_T]:
    return Listed(tuple(lines[:LINES]), max(len(lines) - LINES, 0))


def _waiting(case: Case, held: int, policy: Policy) -> WaitingLine:
    names = place_view(case).names
    until = next_due(case)
    return WaitingLine(
        case=case.id,
        place=names[0] if names else "",
        state=case.state,
        who=waiting_for(case),
        since=policy.today(case.since or case.received),
        until=policy.today(until) if until else None,
        held=held,
        urgent=case.priority == "high",
        on_hold=case.on_hold,
        assigned=one_line(case.assigned or ""),
    )


def _due(case: Case, now: datetime, policy: Policy) -> list[DueLine]:
    """What ends before the desk opens again: a term ends with its last day, and is acted on the morning after."""
    end = policy.after(now, 0)
    kinds = (DeadlineKind.COORDINATOR,) if case.on_hold else tuple(DeadlineKind)
    lines = (_due_line(case, d, policy) for d in case.deadlines if d.at <= end and d.kind in kinds)
    return list({(line.kind, line.note): line for line in lines}.values())


def _due_line(case: Case, deadline: Deadline, policy: Policy) -> DueLine:
    note = one_line(deadline.note) if deadline.kind in _NOTED else ""
    return DueLine(case.id, deadline.kind, policy.today(deadline.at), note)


def _failed(case: Case, since: datetime | None, policy: Policy) -> list[FailedLine]:
    """What the history says of mail that did not arrive; its lines begin with the address or name it after "to"."""
    found = []
    for entry in reversed(case.timeline):
        if since is not None and entry.at < since:
            break
        if entry.what in _FAILED:
            address = next((word.strip(":,") for word in entry.text.split() if "@" in word), "")
            found.append(FailedLine(case.id, one_line(address), entry.what, policy.today(entry.at)))
    return found[::-1]


def _unsent(item: OutboxItem, policy: Policy) -> FailedLine | None:
    """What our own people should have been told; and, until somebody decides, what may have gone out."""
    if item.draft and item.status is Status.UNCERTAIN:
        day = policy.today(item.settled or item.created)
        return FailedLine(item.case or "-", one_line(item.draft.to.address), item.status, day)
    if item.draft is None or item.draft.audience != "coordinator":
        return None
    return FailedLine("", one_line(item.draft.to.address), "held", policy.today(item.created))


def _set_aside(mail: Counted, policy: Policy) -> SetAsideLine:
    return SetAsideLine(mail.digest[:12], mail.kind, one_line(mail.sender), one_line(mail.why), policy.today(mail.at))
