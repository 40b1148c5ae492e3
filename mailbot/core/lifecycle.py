"""Where a case can go from where it stands. Everything that changes a state is in the table below.

Theory. A case is in one state. What happens to it pulls a *trigger*; the table says where each trigger leads from each
state. A trigger that the table does not know from a state leads nowhere: a mail then changes nothing but the history,
and a command is refused. The states and their order are those of the guideline's figures 3 and 4.

What may never happen: a case that has ended asks for a mail (but the closing mails, and the answer to who asks how it
stands); an open case has neither a deadline nor somebody it waits for.

A case with several named vendors is where its vendors are, see `vendor_work.summarise`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from mailbot.core.effects import Effect, FindContacts, SendMail, TellCoordinators
from mailbot.core.model import Case, Contact, Deadline, DeadlineKind, Entry, Role, State
from mailbot.core.policy import Policy


class Trigger(StrEnum):
    """What moves a case."""

    ASK = "ask"  # 不明点の確認 (V-3-1)
    ANSWERED = "answered"
    ACCEPT = "accept"  # 受理 (V-3-2)
    REJECT = "reject"  # 不受理 (V-3-2)
    FORWARD = "forward"  # 調整機関への通知 (IV-3(1)4)
    FIRST_CONTACT = "first_contact"
    CONTACT_CONFIRMED = "contact_confirmed"
    CONTACTS_EXHAUSTED = "contacts_exhausted"
    DETAILS_SENT = "details_sent"  # 詳細情報の通知 (V-3-3)
    WORK_BEGAN = "work_began"
    FIX_REPORTED = "fix_reported"  # 修正完了の報告 (V-4-1)
    FIX_INCOMPLETE = "fix_incomplete"  # it still happens
    DECLINED = "declined"  # not affected, or will not fix: a person judges (V-3-4)
    SCHEDULE = "schedule"  # 公表日の決定 (IV-4-3)
    PUBLISH = "publish"  # 公表 (IV-3(1)13)
    MERGE = "merge"  # the same as another case
    CLOSE = "close"  # 取扱い終了 (V-3-4)
    REOPEN = "reopen"


_S = State
_OPEN = tuple(state for state in State if not state.ended)
_BEFORE_DETAILS = (_S.ACCEPTED, _S.CONTACTING, _S.CONTACT_CONFIRMED, _S.UNREACHABLE)
_AFTER_DETAILS = (_S.NOTIFIED, _S.FIXING, _S.FIX_REPORTED, _S.REVIEW)
_AT_THE_END = (_S.SCHEDULED, _S.PUBLISHED)
_LATER = {s: s for s in (*_AFTER_DETAILS, *_AT_THE_END)}

TRANSITIONS: dict[Trigger, dict[State, State]] = {
    Trigger.ASK: {_S.TRIAGE: _S.ASKING, _S.ASKING: _S.ASKING},
    Trigger.ANSWERED: {_S.ASKING: _S.TRIAGE},
    Trigger.ACCEPT: {_S.TRIAGE: _S.ACCEPTED, _S.ASKING: _S.ACCEPTED},
    Trigger.REJECT: {_S.TRIAGE: _S.REJECTED, _S.ASKING: _S.REJECTED},
    Trigger.FORWARD: {_S.ACCEPTED: _S.FORWARDED} | {s: s for s in (_S.FORWARDED, *_AT_THE_END)},
    Trigger.FIRST_CONTACT: dict.fromkeys((_S.ACCEPTED, _S.CONTACTING, _S.UNREACHABLE), _S.CONTACTING),
    Trigger.CONTACT_CONFIRMED: dict.fromkeys(_BEFORE_DETAILS, _S.CONTACT_CONFIRMED) | _LATER,
    Trigger.CONTACTS_EXHAUSTED: {_S.ACCEPTED: _S.UNREACHABLE, _S.CONTACTING: _S.UNREACHABLE},
    Trigger.DETAILS_SENT: {_S.CONTACT_CONFIRMED: _S.NOTIFIED} | _LATER,
    Trigger.WORK_BEGAN: {_S.NOTIFIED: _S.FIXING},
    Trigger.FIX_REPORTED: _LATER | dict.fromkeys((*_BEFORE_DETAILS, *_AFTER_DETAILS), _S.FIX_REPORTED),
    Trigger.FIX_INCOMPLETE: {s: s for s in _AT_THE_END} | dict.fromkeys((_S.FIX_REPORTED, _S.REVIEW), _S.FIXING),
    Trigger.DECLINED: _LATER | dict.fromkeys(_AFTER_DETAILS, _S.REVIEW),
    Trigger.SCHEDULE: dict.fromkeys((*_BEFORE_DETAILS, *_AFTER_DETAILS, _S.FORWARDED, _S.SCHEDULED), _S.SCHEDULED),
    Trigger.PUBLISH: dict.fromkeys((*_BEFORE_DETAILS, *_AFTER_DETAILS, _S.FORWARDED, *_AT_THE_END), _S.PUBLISHED),
    Trigger.MERGE: dict.fromkeys(_OPEN, _S.MERGED),
    Trigger.CLOSE: dict.fromkeys(_OPEN, _S.CLOSED),
    Trigger.REOPEN: dict.fromkeys((_S.CLOSED, _S.REJECTED, _S.MERGED), _S.TRIAGE),
}


@dataclass(frozen=True)
class Act:
    """What a trigger is in the guideline: clause, who acts, the mails that go out, the clock that starts."""

    clause: str
    actor: str  # desk, finder, contact, coordinator
    mails: tuple[str, ...] = ()
    timer: str = ""  # a wait of the policy


ACTS: Mapping[Trigger, Act] = {
    Trigger.ASK: Act("V-3-1; IV-3(1)1", "coordinator", ("question",), "finder_answer_business"),
    Trigger.ANSWERED: Act("V-3-1; IV-3(1)1", "finder", (), "triage_business"),
    Trigger.ACCEPT: Act("V-3-2; IV-3(1)2", "coordinator", ("acceptance",), "triage_business"),
    Trigger.REJECT: Act("V-3-2; IV-3(1)2", "coordinator", ("rejection",)),
    Trigger.FORWARD: Act("IV-3(1)4", "desk", ("handover",), "details_receipt_business"),
    Trigger.FIRST_CONTACT: Act("図4; 図3", "desk", ("first-contact",), "contact_answer_business"),
    Trigger.CONTACT_CONFIRMED: Act("図4; 図3", "contact", ("details",)),
    Trigger.CONTACTS_EXHAUSTED: Act("V-3-5; IV-4-2", "desk", (), "triage_business"),
    Trigger.DETAILS_SENT: Act("V-3-3; 図3", "desk", ("details",), "details_receipt_business"),
    Trigger.WORK_BEGAN: Act("V-3-5; IV-4-3", "contact", (), "status_days"),
    Trigger.FIX_REPORTED: Act("V-4-1; IV-4-3", "contact", ("fix-thanks", "fix-check"), "fix_check_business"),
    Trigger.FIX_INCOMPLETE: Act("V-4-1; IV-4-3", "coordinator", ("fix-incomplete",), "status_days"),
    Trigger.DECLINED: Act("V-3-4; IV-3(1)7", "contact", (), "triage_business"),
    Trigger.SCHEDULE: Act("IV-4-3", "coordinator", ("publication-date-finder", "publication-date-counterpart")),
    Trigger.PUBLISH: Act("IV-3(1)13", "coordinator", ("publication-finder", "publication-counterpart")),
    Trigger.MERGE: Act("慣行", "coordinator"),
    Trigger.CLOSE: Act("V-3-4; IV-3(1)7", "coordinator", ("closure-finder", "closure-counterpart")),
    Trigger.REOPEN: Act("慣行", "coordinator", (), "triage_business"),
}
"""Every trigger; website clauses before the semicolon, product clauses behind it."""


@dataclass(frozen=True)
class Decision:
    """The case as it is now, and what it asks for."""

    case: Case
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True)
class Refusal:
    """An expected no, in words for the one who asked."""

    reason: str


@dataclass
class Step:
    """A case on its way through one event: collects what changes and what goes out."""

    case: Case
    now: datetime
    policy: Policy
    effects: list[Effect] = field(default_factory=list)

    def decision(self) -> Decision:
        """What the step came to."""
        return Decision(self.case, tuple(self.effects))

    def change(self, **values: object) -> None:
        """Replace values of the case."""
        self.case = replace(self.case, **values)  # type: ignore[arg-type]  # names checked by replace() itself

    def move(self, trigger: Trigger) -> bool:
        """Follow the table; False if the trigger leads nowhere from here."""
        target = TRANSITIONS[trigger].get(self.case.state)
        if target is None:
            return False
        self.enter(target)
        return True

    def enter(self, state: State) -> None:
        """Be in that state, and say so if it is another."""
        if state is not self.case.state:
            self.log("state", "mailbot", f"{self.case.state} → {state}")
            self.change(state=state, since=self.now)

    def log(self, what: str, who: str, text: str = "", message_id: str | None = None) -> None:
        """Add a line to the case's history, and the mail to those that a reply may refer to."""
        timeline = (*self.case.timeline, Entry(self.now, what, who, text, message_id))
        if message_id and message_id not in self.case.message_ids:
            self.change(timeline=timeline, message_ids=(*self.case.message_ids, message_id))
        else:
            self.change(timeline=timeline)

    def mark(self, **milestones: datetime) -> None:
        """Note when milestones were reached; the first time counts."""
        old = self.case.milestones
        news = {name: at for name, at in milestones.items() if getattr(old, name) is None}
        if news:
            self.change(milestones=replace(old, **news))

    def set_contact(self, contact: Contact) -> None:
        """Put `contact` in place of the one with its number."""
        self.change(contacts=self.case.with_contact(contact).contacts)

    def due(self, kind: DeadlineKind, at: datetime, step: int = 0, note: str = "") -> None:
        """Set a deadline beside the others."""
        new = Deadline(kind, at, step, note)
        self.change(deadlines=tuple(sorted((*self.case.deadlines, new), key=lambda d: d.at)))

    def settle(self, kind: DeadlineKind, note: str) -> None:
        """Take the deadlines of this kind away that are about what `note` names."""
        self.change(deadlines=tuple(d for d in self.case.deadlines if (d.kind, d.note) != (kind, note)))

    def due_decision(self) -> None:
        """Give coordinators their time to decide, from now; there is one such deadline at most."""
        self.clear(DeadlineKind.TRIAGE)
        self.due_business(DeadlineKind.TRIAGE, self.policy.waits.triage_business)

    def due_business(self, kind: DeadlineKind, days: int, step: int = 0, note: str = "") -> str:
        """Set a deadline after some business days; the last of them, as a mail names it (ISO 8601)."""
        self.due(kind, self.policy.after(self.now, days), step, note)
        return self.policy.last_day(self.now, days).isoformat()

    def clear(self, *kinds: DeadlineKind) -> None:
        """Take deadlines of these kinds away; without kinds, all."""
        left = tuple(d for d in self.case.deadlines if kinds and d.kind not in kinds)
        if len(left) < len(self.case.deadlines):
            self.change(deadlines=left)

    def key(self, name: str) -> str:
        """The effect key: the same event on the same case always gives the same."""
        return f"{self.case.id}/{self.case.sequence}/{len(self.effects)}/{name}"

    def send(
        self,
        template: str,
        role: Role,
        to: str,
        *,
        contact: int | None = None,
        held_for: str | None = None,
        replies_to: str | None = None,
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Ask for a mail to one participant."""
        key = self.key(template)
        values = tuple((details or {}).items())
        self.effects.append(SendMail(key, template, role, to, contact, held_for, values, replies_to))

    def tell_finder(self, template: str, held_for: str | None = None, **details: str) -> None:
        """Ask for a mail to the finder, if the case has one."""
        if finder := self.case.finder:
            # Not the first mail of the case: for a report without Message-ID that may be another party's.
            report = next((entry.message_id for entry in self.case.timeline if entry.what == "report"), None) or None
            self.send(template, Role.FINDER, finder.address, held_for=held_for, replies_to=report, details=details)

    def tell_contact(self, template: str, contact: Contact, held_for: str | None = None, **details: str) -> None:
        """Ask for a mail to a contact point."""
        role = self.case.counterpart
        self.send(template, role, contact.address, contact=contact.n, held_for=held_for, details=details)

    def tell_coordinators(self, template: str, **details: str) -> None:
        """Ask for a mail to every coordinator."""
        self.effects.append(TellCoordinators(self.key(template), template, tuple(details.items())))

    def find_contacts(self) -> None:
        """Ask for a search for contact points."""
        self.effects.append(FindContacts(self.key("find_contacts")))


def waiting_for(case: Case) -> str:
    """Who has to act next: finder, contact, coordinator or none."""
    match case.state:
        case State.CLOSED | State.REJECTED | State.MERGED:
            return "none"
        case State.ASKING:
            return "finder"
        case State.CONTACTING:
            awaited = any(d.kind is DeadlineKind.CONTACT_ANSWER for d in case.deadlines)
            return "contact" if awaited else "coordinator"
        case State.NOTIFIED | State.FIXING | State.FORWARDED:
            return "contact"
        case _:
            return "coordinator"


def next_due(case: Case) -> datetime | None:
    """When something happens next without anybody acting; None if nothing does."""
    if case.state.ended:
        return None
    waits = [d.at for d in case.deadlines if not case.on_hold or d.kind is DeadlineKind.COORDINATOR]
    return min(waits, default=None)
