"""The agreed time of silence (情報非開示): what was proposed, what holds, and when it ended.

Theory. This is the embargo of the Vultron protocol: none, proposed, active, revise, exited. The desk's default is a
proposal that silence accepts. Of several proposals the shortest holds; a longer one than what holds is a question to
everybody else, and until all have said yes nothing changes. It ends for good when the matter is public, when attacks
are seen, when its time has come or when the case ends; it can never be taken up again.

The default has no day: until the fix, the publication or the end of handling (guideline V-2-5, IV-2-4).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

DESK = "desk"
FINDER = "finder"
CONTACT = "contact"
"""Parties; a named vendor is its number in digits."""


class EmbargoState(StrEnum):
    """N, P, A, R, X of the protocol."""

    NONE = "none"
    PROPOSED = "proposed"
    ACTIVE = "active"
    REVISE = "revise"
    EXITED = "exited"


@dataclass(frozen=True)
class Proposal:
    """What one party wants, and who has agreed; `until` is None for the default that has no day."""

    n: int
    by: str
    until: datetime | None
    at: datetime
    why: str = ""
    asked: tuple[str, ...] = ()  # who has not answered yet
    settled: str = ""  # accepted, rejected, outdone


@dataclass(frozen=True)
class Embargo:
    """The embargo of a case."""

    state: EmbargoState = EmbargoState.NONE
    until: datetime | None = None  # of what holds
    proposals: tuple[Proposal, ...] = ()
    ended: datetime | None = None
    why: str = ""  # it ended

    @property
    def over(self) -> bool:
        """Whether it has ended, for good."""
        return self.ended is not None

    @property
    def bound(self) -> datetime | None:
        """The day that parties named last and that holds, whatever day within it was fixed since; None for no day."""
        return next((p.until for p in reversed(self.proposals) if p.until and p.settled == "accepted"), None)

    @property
    def question(self) -> Proposal | None:
        """The longer term that somebody wants and that others have not answered."""
        return next((p for p in reversed(self.proposals) if p.asked and not p.settled), None)


def offered(now: datetime) -> Embargo:
    """The desk's default, as the receipt states it."""
    return Embargo(EmbargoState.PROPOSED, None, (Proposal(1, DESK, None, now),))


def accepted_by_silence(embargo: Embargo) -> Embargo:
    """What was proposed holds, as nobody spoke against it."""
    if embargo.state is not EmbargoState.PROPOSED:
        return embargo
    settled = tuple(p if p.asked else replace(p, settled=p.settled or "accepted") for p in embargo.proposals)
    state = EmbargoState.REVISE if embargo.question else EmbargoState.ACTIVE
    return replace(embargo, state=state, proposals=settled)


def propose(
    embargo: Embargo, by: str, until: datetime, now: datetime, why: str = "", parties: tuple[str, ...] = ()
) -> Embargo:
    """A new term: a shorter one holds at once, a longer one is a question to the other `parties`."""
    number = len(embargo.proposals) + 1
    before = tuple(
        replace(p, settled="outdone") if p.asked and not p.settled else p for p in embargo.proposals
    )  # one question at a time
    others = tuple(party for party in parties if party != by)
    active = EmbargoState.PROPOSED if embargo.state is EmbargoState.PROPOSED else EmbargoState.ACTIVE
    if embargo.until is None or until <= embargo.until or not others:
        mine = Proposal(number, by, until, now, why, settled="accepted")
        return replace(embargo, state=active, until=until, proposals=(*before, mine))
    mine = Proposal(number, by, until, now, why, asked=others)
    asks = active if active is EmbargoState.PROPOSED else EmbargoState.REVISE  # what is not agreed cannot be revised
    return replace(embargo, state=asks, proposals=(*before, mine))


def answer(embargo: Embargo, party: str, yes: bool) -> Embargo:
    """`party` answers the open question; the last yes makes it hold, one no leaves all as it was."""
    question = embargo.question
    if question is None or party not in question.asked:
        return embargo
    left = tuple(other for other in question.asked if other != party)
    if not yes:
        settled = replace(question, settled="rejected")
    else:
        settled = replace(question, asked=left, settled="" if left else "accepted")
    proposals = tuple(settled if p.n == question.n else p for p in embargo.proposals)
    if yes and left:
        return replace(embargo, proposals=proposals)
    if not yes and embargo.state is EmbargoState.PROPOSED:
        return replace(embargo, proposals=proposals)
    until = question.until if yes else embargo.until
    return replace(embargo, state=EmbargoState.ACTIVE, until=until, proposals=proposals)


def leave(embargo: Embargo, now: datetime, why: str) -> Embargo:
    """The end, whatever was being asked; what was only proposed is taken back."""
    if embargo.over:
        return embargo
    proposed = embargo.state in (EmbargoState.NONE, EmbargoState.PROPOSED)
    return replace(embargo, state=EmbargoState.NONE if proposed else EmbargoState.EXITED, ended=now, why=why)
