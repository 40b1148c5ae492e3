"""What is forgotten of cases that ended long ago, and what stays: number, dates, and the codes that statistics count.

Theory. Personal data is kept no longer than it is needed (個人情報保護法22条: 遅滞なく消去). What a person told the
desk, and who they are, goes; that there was a case, how long it took and how it ended is nobody's personal data.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.core.embargo import Embargo
from mailbot.core.model import Case, Entry, Field, Link, Role, State
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.vendors import Vendor
from mailbot.followers import CaseById, goes_on_in
from mailbot.memory import Disposition, Pin

PURGED = "purged"
COUNTED = (
    *("vulnerability.type", "vulnerability.cwe", "vulnerability.cve"),
    *("vulnerability.cvss_score", "vulnerability.cvss_vector"),
    *("exploited", "exploit_public", "critical_infrastructure", "personal_data"),
)
"""Fields whose values are codes or numbers, never words of a person."""
_SETTLED = (Status.SENT, Status.DEAD)
_WAIT_FOR_A_PERSON = ("held", "quarantined")


@dataclass(frozen=True)
class Purge:
    """What to store in place of what is forgotten, what to remove, and what stays as it is and why."""

    cases: tuple[Case, ...] = ()
    items: tuple[str, ...] = ()
    done: tuple[Disposition, ...] = ()
    pins: tuple[str, ...] = ()
    kept: tuple[tuple[str, str], ...] = ()  # case, why

    @property
    def digests(self) -> tuple[str, ...]:
        """The mails whose bytes are removed."""
        return tuple(done.digest for done in self.done)


def plan(
    cases: Iterable[Case],
    items: Iterable[OutboxItem],
    dispositions: Iterable[Disposition],
    pins: Iterable[Pin],
    before: datetime,
    now: datetime,
) -> Purge:
    """What a purge of everything that ended before that moment does."""
    every = {case.id: case for case in cases}
    mails = list(items)
    unsettled = {item.case for item in mails if item.status not in _SETTLED}
    kept = {case.id: why for case in every.values() if (why := _kept(case, unsettled, every.get, before))}
    chosen = [case for case in every.values() if case.id not in kept and not is_purged(case)]
    gone = {case.id for case in every.values() if case.id not in kept}
    old = [case for case in every.values() if case.received < before]
    return Purge(
        tuple(purged(case, now) for case in chosen),
        tuple(item.item for item in mails if item.case in gone),
        tuple(_forgotten_mails(dispositions, chosen, gone, [c for c in every.values() if c.id in kept], before)),
        tuple(_forgotten_pins(pins, chosen, [c for c in every.values() if c.id in kept])),
        tuple((case.id, kept[case.id]) for case in old if case.id in kept),
    )


def is_purged(case: Case) -> bool:
    """Whether only the remainder of it is left."""
    return bool(case.timeline) and case.timeline[-1].what == PURGED


def purged(case: Case, now: datetime) -> Case:
    """The remainder of a case: whatever is not named here is its default, that is nothing."""
    return Case(
        id=case.id,
        track=case.track,
        received=case.received,
        language=case.language,
        state=case.state,
        since=case.since,
        fields=tuple(_counted(case)),
        timeline=(*(Entry(e.at, e.what, "") for e in case.timeline), Entry(now, PURGED, "desk")),
        milestones=case.milestones,
        links=tuple(Link(link.kind, link.case) for link in case.links),
        opened_by="finder" if case.opened_by == "finder" else "",
        handling=case.handling,
        closing_code=case.closing_code,
        rejection_code=case.rejection_code,
        fix_method=case.fix_method,
        priority=case.priority,
        exploited=case.exploited,
        public=case.public,
        vendors=tuple(Vendor(v.n, "", v.state, v.since, v.details_sent, finding=v.finding) for v in case.vendors),
        embargo=Embargo(case.embargo.state, case.embargo.until, (), case.embargo.ended),
        publication=case.publication,
        provisions=case.provisions,
        sequence=case.sequence,
    )


def tombstones(purge: Purge, now: datetime, who: str) -> Iterator[str]:
    """The journal's lines about it: one for each case and mail, none with a word of a report."""
    moment = now.isoformat(timespec="seconds")
    for case in purge.cases:
        codes = (case.closing_code, case.rejection_code, case.fix_method, case.field_text("vulnerability.type"))
        said = " ".join(filter(None, codes))
        days = f"received {case.received:%Y-%m-%d} ended {_ended(case):%Y-%m-%d}"
        yield f"{moment} {case.id} purged by {who}: {case.track} {case.state} {days} {said}".rstrip()
    for done in purge.done:
        yield f"{moment} mail {done.digest[:12]} purged {done.kind} {done.case or '-'}"
    if purge.items or purge.pins:
        yield f"{moment} purged {len(purge.items)} outbox items, {len(purge.pins)} pins"


def _kept(case: Case, unsettled: set[str | None], by_id: CaseById, before: datetime) -> str:
    """Why nothing of the case may go; "" if all may."""
    if not case.state.ended:
        return f"it is open ({case.state})"
    if _ended(case) >= before:
        return "it ended later"
    if case.id in unsettled:
        return "a mail of it is not settled; see mailbot outbox list"
    into = goes_on_in(case, by_id)
    if case.state is State.MERGED and into and (not into.state.ended or _ended(into) >= before):
        return f"it goes on in {into.id}"
    return ""


def _ended(case: Case) -> datetime:
    return case.since or case.milestones.closed or case.received


def _counted(case: Case) -> Iterator[Field]:
    for field in case.fields:
        if field.name in COUNTED:
            yield Field(field.name, field.value, "", field.confidence, derived=field.derived)


def _forgotten_mails(
    dispositions: Iterable[Disposition], chosen: list[Case], gone: set[str], kept: list[Case], before: datetime
) -> Iterator[Disposition]:
    """The mails of those cases that no other case has, and old mails of no case that nobody has to look at."""
    theirs = {digest for case in chosen for digest in case.mails}
    needed = {digest for case in kept for digest in case.mails}
    for done in dispositions:
        alone = done.case is None and done.at < before and done.kind not in _WAIT_FOR_A_PERSON
        of_them = done.case in gone or (done.digest in theirs and done.case is None)
        if (alone or of_them) and done.digest not in needed and not done.purged:
            yield replace(done, purged=True, why="", message_id="", sender="", subject="", source="")


def _forgotten_pins(pins: Iterable[Pin], chosen: list[Case], kept: list[Case]) -> Iterator[str]:
    """Keys of finders whom no other case knows."""
    needed = {p.address.lower() for case in kept for p in case.participants}
    needed |= {c.address.lower() for case in kept for c in case.contacts}
    finders = {p.address.lower() for case in chosen for p in case.participants if p.role is Role.FINDER}
    for pin in pins:
        if pin.address.lower() in finders - needed:
            yield pin.address.lower()
