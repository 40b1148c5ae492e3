"""The JSON of what the product track and the embargo add to a case."""

from typing import Literal

from pydantic import AwareDatetime

from mailbot.core.embargo import EmbargoState
from mailbot.core.vendors import Finding, VendorState
from mailbot.core.vultron import RM
from mailbot.shape import Shape


class VendorShape(Shape):
    """One of several vendors of a case."""

    n: int
    name: str
    state: VendorState
    since: AwareDatetime | None
    reference: str
    finding: Finding
    statement: str
    contacts: list[int]


class ParticipantStateShape(Shape):
    """One participant in the words of the Vultron protocol; `vfd` is null for who mends nothing."""

    participant: str
    rm: RM
    vfd: str | None


class VultronShape(Shape):
    """RM of each participant, EM and the case's part of CS, as the Vultron protocol has them; derived."""

    participants: list[ParticipantStateShape]
    em: EmbargoState
    pxa: str


class ProposalShape(Shape):
    """What one party wants; `until` is null for the default, which has no day."""

    n: int
    by: str
    until: AwareDatetime | None
    at: AwareDatetime
    why: str
    asked: list[str]
    settled: Literal["", "accepted", "rejected", "outdone"]


class EmbargoShape(Shape):
    """The agreed time of silence."""

    state: EmbargoState
    until: AwareDatetime | None
    ended: AwareDatetime | None
    why: str
    proposals: list[ProposalShape]
