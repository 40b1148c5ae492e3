"""Where a case stands in the words of the Vultron protocol (CERT/CC): RM, EM and CS, derived from what we keep.

Theory. Vultron has three machines. Report management (RM), one for each participant: Start, Received, Invalid, Valid,
Deferred, Accepted, Closed. Embargo management (EM), one for the case: None, Proposed, Active, Revise, eXited. Case
state (CS): for each vendor whether it is aware (V), has a fix (F) and the fix is deployed (D), and for the case whether
the public (P) or exploits (X) or attacks (A) are there; a capital letter means yes. Nothing of it is stored. We know
more of the others than they tell: who never got the report is at Start, whatever else happened.

A step of ours may be several of theirs; a way of theirs from before to after must exist (`illegal`). They know no way
back from Closed, nor from a capital letter. Four things of ours are corrections of what was believed, and no steps:
`!reopen` (the report is taken up anew), `!public no`, `!exploited no`, and a fix that turned out not to hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from mailbot.core.embargo import EmbargoState
from mailbot.core.handover import passed_on
from mailbot.core.model import Case, State, Track
from mailbot.core.ownership import own
from mailbot.core.vendors import Finding, Vendor, VendorState


class RM(StrEnum):
    """Report management."""

    START = "start"
    RECEIVED = "received"
    INVALID = "invalid"
    VALID = "valid"
    DEFERRED = "deferred"
    ACCEPTED = "accepted"
    CLOSED = "closed"


@dataclass(frozen=True)
class ParticipantState:
    """One participant: RM, and of a vendor or operator what it has of a fix."""

    participant: str  # finder, coordinator, operator, vendor, vendor 2, coordinating_body
    rm: RM
    vfd: str = ""  # "Vfd": aware, no fix, nothing deployed; "" for who mends nothing


@dataclass(frozen=True)
class VultronState:
    """The whole of a case."""

    participants: tuple[ParticipantState, ...]
    em: EmbargoState
    pxa: str


_S, _V = State, VendorState
_BEGUN = (_S.FIXING, _S.FIX_REPORTED, _S.REVIEW)
_VENDOR_BEGUN = (_V.COORDINATING, _V.READY, _V.REVIEW)
_ARROW = " → "


def vultron(case: Case) -> VultronState:
    """The states of all participants, of the embargo, and what the public and attackers have."""
    exploits = case.field("exploit_public") is True
    public = case.public or exploits  # a public exploit tells of the vulnerability
    attacks = case.exploited if case.exploited is not None else case.field("exploited") is True
    pxa = "".join((_letter("p", public), _letter("x", exploits), _letter("a", attacks)))
    return VultronState(tuple(_participants(case, public)), case.embargo.state, pxa)


def _participants(case: Case, public: bool) -> Iterator[ParticipantState]:
    if case.finder:
        yield ParticipantState("finder", RM.CLOSED if case.state.ended else RM.ACCEPTED)
    if own(case):  # the desk is the vendor: it knows since it read the report
        yield ParticipantState("vendor", _desk(case), _vfd(True, _fixed(case), case.track is Track.WEBSITE))
        return
    yield ParticipantState("coordinator", _desk(case))
    if passed_on(case):
        yield ParticipantState("coordinating_body", _body(case))
        yield ParticipantState("vendor", RM.START, _vfd(public, False, False))
    elif case.vendors:
        for vendor in case.vendors:
            aware = _received(case, vendor) or public
            yield ParticipantState(
                f"vendor {vendor.n}", _vendor(case, vendor), _vfd(aware, _ready(case, vendor), False)
            )
    else:
        aware = _told(case) or public
        vfd = _vfd(aware, _fixed(case), case.track is Track.WEBSITE)
        yield ParticipantState(case.counterpart.value, _counterpart(case), vfd)


def _desk(case: Case) -> RM:
    """受付 is Received, a question makes it Invalid until acceptance, which is Valid and Accepted at once."""
    if case.state.ended:
        return RM.CLOSED
    if case.state in (_S.TRIAGE, _S.ASKING):
        return RM.INVALID if _S.ASKING in _places(case) else RM.RECEIVED
    return RM.DEFERRED if case.on_hold or case.state is _S.UNREACHABLE else RM.ACCEPTED


def _body(case: Case) -> RM:
    if case.milestones.forwarded is None:
        return RM.START
    contacts = {c.address.lower() for c in case.contacts}
    heard = any(e.what == "reply" and e.who.lower() in contacts for e in case.timeline)
    return RM.CLOSED if case.state.ended else RM.ACCEPTED if heard else RM.RECEIVED


def _counterpart(case: Case) -> RM:
    """The operator, or the only vendor."""
    if not _told(case):
        return RM.START
    if case.state.ended:
        return RM.CLOSED
    if case.state is _S.REVIEW:
        return RM.DEFERRED
    begun = case.milestones.fix_reported is not None or bool(_places(case) & set(_BEGUN))
    return RM.ACCEPTED if begun else RM.RECEIVED


def _told(case: Case) -> bool:
    reached = case.milestones
    told = reached.details_sent is not None or reached.fix_reported is not None
    return told or bool(_places(case) & {_S.NOTIFIED, *_BEGUN})


def _fixed(case: Case) -> bool:
    return case.milestones.fix_reported is not None or case.milestones.fix_confirmed is not None


def _vendor(case: Case, vendor: Vendor) -> RM:
    if not _received(case, vendor):
        return RM.START
    if case.state.ended or vendor.state is _V.CLOSED:
        return RM.CLOSED
    if vendor.state in (_V.REVIEW, _V.JUDGING):
        return RM.DEFERRED
    begun = bool(_vendor_places(case, vendor) & set(_VENDOR_BEGUN))
    return RM.ACCEPTED if begun else RM.RECEIVED


def _received(case: Case, vendor: Vendor) -> bool:
    told = vendor.details_sent is not None or vendor.finding is not Finding.NONE
    return told or bool(_vendor_places(case, vendor) & {_V.DETAILS_SENT, *_VENDOR_BEGUN})


def _ready(case: Case, vendor: Vendor) -> bool:
    return vendor.finding is Finding.FIXED or _V.READY in _vendor_places(case, vendor)


def _places(case: Case) -> set[str]:
    """Every state that the case has been in, as its history tells."""
    moves = (e.text for e in case.timeline if e.what == "state")
    return {case.state.value, *(place for text in moves for place in text.split(_ARROW))}


def _vendor_places(case: Case, vendor: Vendor) -> set[str]:
    head = f"{vendor.n} {vendor.name}: "
    moves = (e.text for e in case.timeline if e.what == "vendor state" and e.text.startswith(head))
    return {vendor.state.value, *(place for text in moves for place in text.removeprefix(head).split(_ARROW))}


def _vfd(aware: bool, fix: bool, deploys: bool) -> str:
    """A fix makes aware; who runs the site deploys what it mends, of a product nobody knows who has it installed."""
    return "".join((_letter("v", aware or fix), _letter("f", fix), _letter("d", fix and deploys)))


def _letter(letter: str, yes: bool) -> str:
    return letter.upper() if yes else letter


RM_STEPS: dict[RM, tuple[RM, ...]] = {
    RM.START: (RM.RECEIVED,),
    RM.RECEIVED: (RM.INVALID, RM.VALID),
    RM.INVALID: (RM.VALID, RM.CLOSED),
    RM.VALID: (RM.ACCEPTED, RM.DEFERRED),
    RM.DEFERRED: (RM.ACCEPTED, RM.CLOSED),
    RM.ACCEPTED: (RM.DEFERRED, RM.CLOSED),
    RM.CLOSED: (),
}
EM_STEPS: dict[EmbargoState, tuple[EmbargoState, ...]] = {
    EmbargoState.NONE: (EmbargoState.PROPOSED,),
    EmbargoState.PROPOSED: (EmbargoState.ACTIVE, EmbargoState.NONE),
    EmbargoState.ACTIVE: (EmbargoState.REVISE, EmbargoState.EXITED),
    EmbargoState.REVISE: (EmbargoState.ACTIVE, EmbargoState.EXITED),
    EmbargoState.EXITED: (),
}
"""The protocol's own tables."""


def illegal(before: VultronState, after: VultronState) -> tuple[str, ...]:
    """What the protocol has no way for, between two moments of one case; () if it is legal."""
    known = {p.participant: p for p in before.participants}
    found = list(_not_reached("EM", EM_STEPS, before.em, after.em))
    found += _taken_back("case", before.pxa, after.pxa)
    for now in after.participants:
        if old := known.get(now.participant):
            found += _not_reached(f"RM of {now.participant}", RM_STEPS, old.rm, now.rm)
            found += _taken_back(now.participant, old.vfd, now.vfd)
    return tuple(found)


def _not_reached(
    name: str, steps: dict[RM, tuple[RM, ...]] | dict[EmbargoState, tuple[EmbargoState, ...]], before: str, after: str
) -> Iterator[str]:
    reached, queue = {before}, [before]
    while queue:
        for following in steps[queue.pop()]:  # type: ignore[index]  # each table with its own states
            if following not in reached:
                reached.add(following)
                queue.append(following)
    if after not in reached:
        yield f"{name}: {before} to {after}"


def _taken_back(name: str, before: str, after: str) -> Iterator[str]:
    lost = [old for old, now in zip(before, after, strict=False) if old.isupper() and now.islower()]
    if lost:
        yield f"CS of {name}: {before} to {after}"
