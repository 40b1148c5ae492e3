"""What the field calls it: RM, EM and CS of a case, and that whatever happens goes the protocol's ways only."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings

from mailbot.core.embargo import EmbargoState
from mailbot.core.events import CaseEvent, CommandGiven, MailSent, Meaning
from mailbot.core.model import Case, Entry, Field, Handling, Milestones, Role, State, Track
from mailbot.core.phases import PHASES, phase_of
from mailbot.core.vendors import Finding, Vendor, VendorState
from mailbot.core.vultron import EM_STEPS, RM, RM_STEPS, VultronState, illegal, vultron
from tests.builders import CONFIRMED, NOW, SHOP, case, command, decide, reply
from tests.unit.test_case_machine import CaseMachine


def rm(found: Case, who: str) -> RM:
    """The RM of one participant."""
    return next(p.rm for p in vultron(found).participants if p.participant == who)


def vfd(found: Case, who: str) -> str:
    """What one participant has of a fix."""
    return next(p.vfd for p in vultron(found).participants if p.participant == who)


@pytest.mark.parametrize(
    ("state", "reached", "desk", "operator", "fix"),
    [
        (State.TRIAGE, Milestones(), RM.RECEIVED, RM.START, "vfd"),
        (State.ASKING, Milestones(), RM.INVALID, RM.START, "vfd"),
        (State.ACCEPTED, Milestones(accepted=NOW), RM.ACCEPTED, RM.START, "vfd"),
        (State.CONTACTING, Milestones(accepted=NOW), RM.ACCEPTED, RM.START, "vfd"),
        (State.CONTACT_CONFIRMED, Milestones(accepted=NOW), RM.ACCEPTED, RM.START, "vfd"),
        (State.NOTIFIED, Milestones(accepted=NOW, details_sent=NOW), RM.ACCEPTED, RM.RECEIVED, "Vfd"),
        (State.FIXING, Milestones(accepted=NOW, details_sent=NOW), RM.ACCEPTED, RM.ACCEPTED, "Vfd"),
        (State.FIX_REPORTED, Milestones(details_sent=NOW, fix_reported=NOW), RM.ACCEPTED, RM.ACCEPTED, "VFD"),
        (State.REVIEW, Milestones(accepted=NOW, details_sent=NOW), RM.ACCEPTED, RM.DEFERRED, "Vfd"),
        (State.UNREACHABLE, Milestones(accepted=NOW), RM.DEFERRED, RM.START, "vfd"),
        (State.CLOSED, Milestones(details_sent=NOW, fix_reported=NOW, closed=NOW), RM.CLOSED, RM.CLOSED, "VFD"),
        (State.CLOSED, Milestones(accepted=NOW, closed=NOW), RM.CLOSED, RM.START, "vfd"),
        (State.REJECTED, Milestones(rejected=NOW), RM.CLOSED, RM.START, "vfd"),
    ],
)
def test_the_website_track(state: State, reached: Milestones, desk: RM, operator: RM, fix: str) -> None:
    """Each state, in the protocol's words; an operator that runs the site deploys what it mends."""
    found = case(state, milestones=reached)
    assert (rm(found, "coordinator"), rm(found, "operator"), vfd(found, "operator")) == (desk, operator, fix)
    assert rm(found, "finder") is (RM.CLOSED if state.ended else RM.ACCEPTED)


@pytest.mark.parametrize(
    ("vendor", "state", "fix"),
    [
        (Vendor(1, "Sample"), RM.START, "vfd"),
        (Vendor(1, "Sample", VendorState.CONTACTING), RM.START, "vfd"),
        (Vendor(1, "Sample", VendorState.DETAILS_SENT, details_sent=NOW), RM.RECEIVED, "Vfd"),
        (Vendor(1, "Sample", VendorState.COORDINATING, details_sent=NOW), RM.ACCEPTED, "Vfd"),
        (Vendor(1, "Sample", VendorState.READY, details_sent=NOW, finding=Finding.FIXED), RM.ACCEPTED, "VFd"),
        (Vendor(1, "Sample", VendorState.REVIEW, details_sent=NOW), RM.DEFERRED, "Vfd"),
        (Vendor(1, "Sample", VendorState.LISTED_PRODUCT), RM.START, "vfd"),
        (Vendor(1, "Sample", VendorState.JUDGING), RM.START, "vfd"),
        (Vendor(1, "Sample", VendorState.CLOSED, details_sent=NOW), RM.CLOSED, "Vfd"),
    ],
)
def test_each_vendor_has_its_own(vendor: Vendor, state: RM, fix: str) -> None:
    """RM and vfd are those of one vendor; of a product nobody knows where the fix is installed."""
    found = case(State.ACCEPTED, track=Track.PRODUCT, vendors=(vendor, Vendor(2, "Other")))
    assert (rm(found, "vendor 1"), vfd(found, "vendor 1")) == (state, fix)
    assert (rm(found, "vendor 2"), vfd(found, "vendor 2")) == (RM.START, "vfd")


@pytest.mark.parametrize(
    ("values", "pxa", "fix"),
    [
        ({}, "pxa", "vfd"),
        ({"public": True}, "Pxa", "Vfd"),
        ({"exploited": True}, "pxA", "vfd"),
        ({"fields": (Field("exploit_public", True, "test", 1.0),)}, "PXa", "Vfd"),
        ({"fields": (Field("exploited", True, "test", 1.0),)}, "pxA", "vfd"),
        ({"fields": (Field("exploited", True, "test", 1.0),), "exploited": False}, "pxa", "vfd"),
    ],
)
def test_what_the_public_has(values: dict[str, object], pxa: str, fix: str) -> None:
    """A public exploit tells the public, and the public tells the vendor."""
    found = case(State.ACCEPTED, **values)
    assert (vultron(found).pxa, vfd(found, "operator")) == (pxa, fix)


def test_the_roles_of_the_desk() -> None:
    """A receiver's vendor is told by the body; a vendor's desk is the vendor, and knows from the start."""
    passed = case(
        State.FORWARDED, track=Track.PRODUCT, handling=Handling.PASSED_ON, milestones=Milestones(forwarded=NOW)
    )
    assert [p.participant for p in vultron(passed).participants] == [
        "finder",
        "coordinator",
        "coordinating_body",
        "vendor",
    ]
    assert (rm(passed, "coordinating_body"), rm(passed, "vendor")) == (RM.RECEIVED, RM.START)
    answered = replace(passed, timeline=(Entry(NOW, "reply", SHOP.address),))
    assert rm(answered, "coordinating_body") is RM.ACCEPTED
    ours = case(State.TRIAGE, track=Track.PRODUCT, handling=Handling.OWN)
    assert [(p.participant, p.rm, p.vfd) for p in vultron(ours).participants] == [
        ("finder", RM.ACCEPTED, ""),
        ("vendor", RM.RECEIVED, "Vfd"),
    ]


def test_a_question_leaves_a_mark() -> None:
    """What was Invalid is not Received again when the answer came: it is so until somebody accepts it."""
    asked = decide(case(), command("ask", "vulnerability.steps")).case
    back = replace(asked, state=State.TRIAGE)
    assert (rm(asked, "coordinator"), rm(back, "coordinator")) == (RM.INVALID, RM.INVALID)


def test_an_operator_at_work_stays_so() -> None:
    """From the answer on it has Accepted; that it will not mend is Deferred, a person judges."""
    told = decide(
        case(State.CONTACT_CONFIRMED, CONFIRMED), MailSent("details", SHOP.address, Role.OPERATOR, "<d@d>", 1, True)
    ).case
    working = decide(told, reply(CONFIRMED, Meaning.ACKNOWLEDGED)).case
    declined = decide(working, reply(CONFIRMED, Meaning.WILL_NOT_FIX)).case
    assert [rm(c, "operator") for c in (told, working, declined)] == [RM.RECEIVED, RM.ACCEPTED, RM.DEFERRED]


def state(rms: RM, em: EmbargoState = EmbargoState.ACTIVE, fix: str = "vfd", pxa: str = "pxa") -> VultronState:
    """A case of one participant."""
    found = vultron(case())
    (one,) = [p for p in found.participants if p.participant == "operator"]
    return VultronState((replace(one, rm=rms, vfd=fix),), em, pxa)


@pytest.mark.parametrize(
    ("before", "after", "legal"),
    [
        (state(RM.START), state(RM.ACCEPTED), True),
        (state(RM.RECEIVED), state(RM.CLOSED), True),
        (state(RM.ACCEPTED), state(RM.DEFERRED), True),
        (state(RM.DEFERRED), state(RM.ACCEPTED), True),
        (state(RM.ACCEPTED), state(RM.RECEIVED), False),
        (state(RM.VALID), state(RM.INVALID), False),
        (state(RM.CLOSED), state(RM.ACCEPTED), False),
        (state(RM.START, EmbargoState.NONE), state(RM.START, EmbargoState.EXITED), True),
        (state(RM.START, EmbargoState.PROPOSED), state(RM.START, EmbargoState.NONE), True),
        (state(RM.START, EmbargoState.ACTIVE), state(RM.START, EmbargoState.NONE), False),
        (state(RM.START, EmbargoState.EXITED), state(RM.START, EmbargoState.ACTIVE), False),
        (state(RM.START, fix="vfd"), state(RM.START, fix="VFD"), True),
        (state(RM.START, fix="VFd"), state(RM.START, fix="Vfd"), False),
        (state(RM.START, pxa="Pxa"), state(RM.START, pxa="pxa"), False),
    ],
)
def test_which_ways_the_protocol_knows(before: VultronState, after: VultronState, legal: bool) -> None:
    """Several of its steps at once are legal, none backwards is."""
    assert (illegal(before, after) == ()) is legal


def test_the_tables_are_those_of_the_protocol() -> None:
    """Every state is named; only Closed and eXited are ends."""
    assert set(RM_STEPS) == set(RM)
    assert set(EM_STEPS) == set(EmbargoState)
    assert [s for s, following in (*RM_STEPS.items(), *EM_STEPS.items()) if not following] == [
        RM.CLOSED,
        EmbargoState.EXITED,
    ]


@pytest.mark.parametrize("found", State)
def test_every_state_is_a_phase(found: State) -> None:
    """Of the guideline's track, on the tracks on which it occurs."""
    only_products = found in (State.FORWARDED, State.SCHEDULED, State.PUBLISHED)
    for track in (Track.PRODUCT,) if only_products else Track:
        phase = phase_of(case(found, track=track))
        assert found in phase.states
        assert phase.track is track


def test_every_phase_of_the_guideline_is_there_once() -> None:
    """W0 to WX and P0 to PX, each with its clause and a state of ours."""
    codes = [phase.code for phase in PHASES]
    assert len(set(codes)) == len(codes)
    websites = {f"W{n}" for n in range(9)} | {"W1Q", "W3s", "WR", "WC", "WX"}
    products = {f"P{n}" for n in range(9)} | {"P1Q", "PU1", "PU2", "PU3", "PR", "PJ", "PC", "PX"}
    assert set(codes) == websites | products
    assert all(phase.clause and (phase.states or phase.vendor_states) for phase in PHASES)
    assert {state for phase in PHASES for state in phase.vendor_states} == set(VendorState)
    assert {p.code for p in PHASES if p.vendor_states} >= {
        "P3",
        "P4",
        "P5",
        "P6",
        "P7",
        "P8",
        "PU1",
        "PU2",
        "PU3",
        "PJ",
    }


def corrected(event: CaseEvent, before: Case, after: Case) -> bool:
    """Whether what was believed turned out wrong: no step of the protocol, see its theory."""
    if isinstance(event, CommandGiven):
        taken_back = event.name in ("public", "exploited") and event.arguments[:1] == ("no",)
        if event.name == "reopen" or taken_back:
            return True
    undone = sum(e.what == "fix incomplete" for e in after.timeline) > sum(
        e.what == "fix incomplete" for e in before.timeline
    )
    anew = any(
        old.state is VendorState.CLOSED and now.state is not VendorState.CLOSED
        for old, now in zip(before.vendors, after.vendors, strict=False)
    )
    again = any(
        old.finding is Finding.FIXED and now.finding is not Finding.FIXED
        for old, now in zip(before.vendors, after.vendors, strict=False)
    )
    return undone or anew or again


class VultronMachine(CaseMachine):
    """Whatever happens, at a desk of any role, it is a way of the protocol."""

    def compare(self, before: Case, event: CaseEvent) -> None:
        super().compare(before, event)
        if not corrected(event, before, self.case):
            assert illegal(vultron(before), vultron(self.case)) == (), event


VultronMachine.TestCase.settings = settings(
    max_examples=200, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestVultronMachine = VultronMachine.TestCase
