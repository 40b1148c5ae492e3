"""The table of the product track, and what happens to one of several vendors."""

from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.core.deadlines import passed
from mailbot.core.events import AddressBounced, CopyLogged, MailSent, Meaning
from mailbot.core.model import Case, DeadlineKind, Field, Role, Standing, State, Ticket, Track
from mailbot.core.vendor_work import as_told
from mailbot.core.vendors import MOVES, Finding, Vendor, VendorState, VendorTrigger, after, reachable
from mailbot.core.views import PURPOSES
from tests.builders import (
    NOW,
    ONE,
    SHOP,
    WAITS,
    case,
    command,
    decide,
    details_of,
    due,
    mails,
    opening,
    refused,
    reply,
    standing,
)

THEIRS = replace(SHOP, vendor=1)
OTHERS = replace(SHOP, n=2, address="psirt@other.example", vendor=2)
TWO = (Vendor(1, "Sample"), Vendor(2, "Other"))


def product(*vendors: Vendor, confirmed: bool = False, state: State = State.ACCEPTED) -> Case:
    """An accepted product case of these vendors."""
    contacts = [standing(c, Standing.CONFIRMED) if confirmed else c for c in (THEIRS, OTHERS)]
    return case(state, *contacts[: len(vendors)], track=Track.PRODUCT, vendors=vendors)


def sent(template: str, number: int = 1) -> MailSent:
    """A mail to that contact point went out."""
    return MailSent(template, (THEIRS, OTHERS)[number - 1].address, Role.VENDOR, f"<{template}@d>", number, False)


def test_the_table_is_whole() -> None:
    """One way for each trigger from each state; every state is reached and left; each line names clause and actor."""
    ways = [(move.source, move.trigger) for move in MOVES]
    assert len(set(ways)) == len(ways)
    assert {move.target for move in MOVES} | {VendorState.NAMED} == set(VendorState)
    assert {move.source for move in MOVES} == set(VendorState)
    assert {move.trigger for move in MOVES} == set(VendorTrigger)
    for move in MOVES:
        assert move.clause
        assert move.actor in ("desk", "vendor", "coordinator")
        assert move.mail == "" or move.mail in PURPOSES


@pytest.mark.parametrize(
    ("state", "trigger", "target"),
    [
        (VendorState.NAMED, VendorTrigger.FIRST_CONTACT, VendorState.CONTACTING),
        (VendorState.CONTACTING, VendorTrigger.DETAILS_SENT, VendorState.DETAILS_SENT),
        (VendorState.LISTED_PRODUCT, VendorTrigger.DETAILS_SENT, VendorState.DETAILS_SENT),
        (VendorState.DETAILS_SENT, VendorTrigger.WORKING, VendorState.COORDINATING),
        (VendorState.COORDINATING, VendorTrigger.FIXED, VendorState.READY),
        (VendorState.JUDGING, VendorTrigger.PUBLISH, VendorState.PUBLISHED),
        (VendorState.NAMED, VendorTrigger.FIXED, None),
        (VendorState.PUBLISHED, VendorTrigger.DECLINED, None),
    ],
)
def test_where_triggers_lead(state: VendorState, trigger: VendorTrigger, target: VendorState | None) -> None:
    """By figure 3 of the guideline; what it does not know leads nowhere."""
    assert after(state, trigger) is target


@pytest.mark.parametrize("state", VendorState)
def test_one_command_goes_one_step(state: VendorState) -> None:
    """A coordinator moves a vendor along the table and nowhere else."""
    for wanted in VendorState:
        before = product(Vendor(1, "Sample", state))
        order = command("vendor state", "1", wanted, "why")
        if wanted in reachable(state):
            assert decide(before, order).case.vendors[0].state is wanted
        else:
            assert "from there it goes to" in refused(before, order)


def test_first_contact_starts_the_clock_of_one_vendor() -> None:
    """起算日 is that of the first vendor; the second has its own wait."""
    once = decide(product(*TWO), sent("first-contact")).case
    twice = decide(once, sent("first-contact", 2), now=NOW + timedelta(days=7)).case
    assert twice.milestones.start_date == NOW
    waits = [d.note for d in twice.deadlines if d.kind is DeadlineKind.VENDOR_ANSWER]
    assert waits == ["1 Sample", "2 Other"]
    assert [v.state for v in twice.vendors] == [VendorState.CONTACTING] * 2


def test_details_set_the_ladder_and_the_aim() -> None:
    """Receipt, then status, and one aim for the case (IV-4-3: 45 days from the first attempt)."""
    told = decide(product(*TWO, confirmed=True), sent("details")).case
    kinds = [d.kind for d in told.deadlines]
    ladder = len((*WAITS.details_receipt_business, *WAITS.verification_days, *WAITS.status_days_product))
    assert kinds.count(DeadlineKind.VENDOR_RESULT) == ladder
    assert kinds.count(DeadlineKind.FIX) == 1
    both = decide(told, sent("details", 2)).case
    assert [d.kind for d in both.deadlines].count(DeadlineKind.FIX) == 1
    assert [d.kind for d in both.deadlines].count(DeadlineKind.VENDOR_RESULT) == 2 * ladder


@pytest.mark.parametrize(
    ("meaning", "state", "finding"),
    [
        (Meaning.ACKNOWLEDGED, VendorState.COORDINATING, Finding.INVESTIGATING),
        (Meaning.FIX_REPORTED, VendorState.READY, Finding.FIXED),
        (Meaning.NOT_AFFECTED, VendorState.REVIEW, Finding.NOT_AFFECTED),
        (Meaning.WILL_NOT_FIX, VendorState.REVIEW, Finding.NONE),
        (Meaning.ASKS_TIME, VendorState.COORDINATING, Finding.INVESTIGATING),
    ],
)
def test_what_a_vendor_answers(meaning: Meaning, state: VendorState, finding: Finding) -> None:
    """After the details, each answer moves that vendor alone."""
    told = decide(product(*TWO, confirmed=True), sent("details"), sent("details", 2)).case
    after_reply = decide(told, reply(told.contacts[0], meaning, role=Role.VENDOR)).case
    assert (after_reply.vendors[0].state, after_reply.vendors[0].finding) == (state, finding)
    assert after_reply.vendors[1] == told.vendors[1]


def test_its_own_number_is_kept() -> None:
    """The first number that a vendor gives the case is its reference."""
    told = decide(product(*TWO, confirmed=True), sent("details")).case
    named = reply(told.contacts[0], tickets=(Ticket("PSIRT-7", "[PSIRT-7]"),), role=Role.VENDOR)
    assert decide(told, named).case.vendors[0].reference == "[PSIRT-7]"


def test_another_address_after_a_bounce() -> None:
    """The vendor's next contact point is tried; without one a person hears what else can be done."""
    third = replace(SHOP, n=3, address="info@sample.example", vendor=1, score=0.5)
    before = decide(product(*TWO), sent("first-contact")).case
    lost = decide(before.with_contact(third), AddressBounced(THEIRS.address, "5.1.1", True, "unknown"))
    assert mails(lost) == [("first-contact", third.address, "approval")]
    alone = decide(before, AddressBounced(THEIRS.address, "5.1.1", True, "unknown"))
    (notice,) = [e for e in alone.effects if dict(e.details).get("why") == "contact_unreachable"]  # type: ignore[union-attr]
    assert "!vendor 1 contact ADDRESS" in dict(notice.details)["commands"]  # type: ignore[union-attr]


def test_a_coordinators_own_mail_stops_the_reminders_of_its_vendor() -> None:
    """A copy to one vendor leaves the waits of the other."""
    before = decide(product(*TWO), sent("first-contact"), sent("first-contact", 2)).case
    copy = CopyLogged("0" * 64, "<c@d>", ONE.name, (THEIRS.address,), (), (Role.VENDOR,), True)
    left = [d.note for d in decide(before, copy).case.deadlines if d.kind is DeadlineKind.VENDOR_ANSWER]
    assert left == ["2 Other"]


def test_a_contact_point_of_nobody_is_not_written_to() -> None:
    """In a case with vendors it must be said whose it is."""
    before = replace(product(*TWO), contacts=(SHOP, OTHERS))
    assert "!vendor N contact" in refused(before, command("contact use", "1"))
    assert "!vendor N contact" in refused(before, command("contact confirm", "1"))


def test_each_vendor_has_its_confirmed_contact() -> None:
    """Confirming one does not take it from another vendor; details follow."""
    before = product(*TWO)
    decision = decide(before, command("contact confirm", "1"), command("contact confirm", "2"))
    assert [c.n for c in decision.case.confirmed_contacts] == [1, 2]
    assert [name for name, _, _ in mails(decision)] == ["details", "details"]


@pytest.mark.parametrize(
    ("states", "summary"),
    [
        ((VendorState.NAMED, VendorState.NAMED), State.ACCEPTED),
        ((VendorState.CONTACTING, VendorState.NAMED), State.CONTACTING),
        ((VendorState.DETAILS_SENT, VendorState.CONTACTING), State.NOTIFIED),
        ((VendorState.COORDINATING, VendorState.READY), State.FIXING),
        ((VendorState.READY, VendorState.LISTED_NAME), State.FIX_REPORTED),
        ((VendorState.REVIEW, VendorState.CLOSED), State.REVIEW),
        ((VendorState.LISTED_NAME, VendorState.CLOSED), State.UNREACHABLE),
    ],
)
def test_the_case_is_where_its_vendors_are(states: tuple[VendorState, ...], summary: State) -> None:
    """Its state says where the work is."""
    vendors = tuple(replace(v, state=state) for v, state in zip(TWO, states, strict=True))
    assert decide(product(*vendors), command("note", "x")).case.state is summary


def test_a_vendor_is_shown_its_own_state() -> None:
    """Nothing in the view of one vendor tells of another."""
    told = decide(product(*TWO, confirmed=True), sent("details")).case
    assert told.milestones.details_sent is not None
    assert as_told(told, 1).state is State.NOTIFIED
    seen = as_told(told, 2)
    assert (seen.state, seen.milestones.details_sent) == (State.CONTACTING, None)
    assert as_told(told, None) is told


def test_a_closed_vendor_hears_of_no_end() -> None:
    """Whoever was done before is not written to once more."""
    told = product(replace(TWO[0], state=VendorState.CLOSED), TWO[1], confirmed=True, state=State.FIXING)
    closing = decide(told, command("close", "published"))
    assert [(name, to) for name, to, _ in mails(closing) if "counterpart" in name] == [
        ("closure-counterpart", OTHERS.address)
    ]


def test_a_vendor_is_named_with_its_address() -> None:
    """The words before the address are the name; the same name or an address of another is refused."""
    added = decide(product(), command("vendor add", "New", "Works", "KK", "a@new.example", "by", "phone")).case
    assert [(v.n, v.name) for v in added.vendors] == [(1, "New Works KK")]
    assert added.contacts[-1].address == "a@new.example"
    assert (added.contacts[-1].vendor, added.contacts[-1].why) == (1, "by phone")
    assert "already" in refused(added, command("vendor add", "new", "works", "kk", "b@new.example"))
    assert "of vendor 1" in refused(added, command("vendor add", "B", "a@new.example"))


def test_who_was_written_to_before_is_the_first_vendor() -> None:
    """By the name that the report states, with the waits that ran."""
    begun = case(
        State.CONTACTING,
        standing(SHOP, Standing.TRIED),
        track=Track.PRODUCT,
        fields=(Field("product.vendor", "株式会社サンプル", "r", 1.0),),
    )
    waiting = decide(begun, command("note", "x")).case
    waiting = replace(waiting, deadlines=tuple(replace(d, kind=DeadlineKind.CONTACT_ANSWER) for d in waiting.deadlines))
    added = decide(waiting, command("vendor add", "Other", "b@other.example")).case
    assert [(v.name, v.state) for v in added.vendors] == [
        ("株式会社サンプル", VendorState.CONTACTING),
        ("Other", VendorState.NAMED),
    ]
    assert [kind for kind, _ in due(added)] == [DeadlineKind.VENDOR_ANSWER]


def test_status_requests_follow_the_vendors_state() -> None:
    """Who has not said the result is asked for it; who is at work, for the state of it."""
    told = decide(product(*TWO, confirmed=True), sent("details")).case
    receipts = len(WAITS.details_receipt_business)
    results = [d for d in told.deadlines if d.kind is DeadlineKind.VENDOR_RESULT]
    later = next(d for d in results if d.step == receipts)
    asked = decide(told, *passed(told, later.at), now=later.at)
    assert "verification-request" in [name for name, _, _ in mails(asked)]
    checking = decide(told, reply(told.contacts[0], Meaning.ACKNOWLEDGED, role=Role.VENDOR)).case
    asked = decide(checking, *passed(checking, later.at), now=later.at)
    assert [name for name, _, _ in mails(asked) if name != "notice-deadline"] == ["verification-request"]
    status = next(d for d in results if d.step == receipts + len(WAITS.verification_days))
    asked = decide(checking, *passed(checking, status.at), now=status.at)
    assert "status-request" in [name for name, _, _ in mails(asked)]


@pytest.mark.parametrize(
    ("meaning", "told", "first"),
    [
        (Meaning.FIX_PLANNED, (("fix_by", "2026-12-15"),), "2026-12-16"),
        (Meaning.ASKS_TIME, (("until", "2026-12-10"),), "2026-12-11"),
        (Meaning.FIX_PLANNED, (("fix_by", "2027-11-30"),), "2026-12-21"),
        (Meaning.FIX_PLANNED, (), "2026-12-04"),
    ],
)
def test_who_named_a_day_is_not_asked_before_it(
    meaning: Meaning, told: tuple[tuple[str, str], ...], first: str
) -> None:
    """The requests before that day become one after it, a month on at the latest; those later stay."""
    sent_to = decide(product(*TWO, confirmed=True), sent("details")).case
    heard = decide(sent_to, reply(sent_to.contacts[0], meaning, role=Role.VENDOR, told=told)).case
    own = [d.at.date().isoformat() for d in heard.deadlines if d.kind is DeadlineKind.VENDOR_RESULT]
    assert own[0] == first
    assert len(own) == len(set(own))


def listed(state: VendorState = VendorState.LISTED_NAME) -> Case:
    """The second vendor was written to and then listed."""
    contacting = decide(product(*TWO), sent("first-contact", 2)).case
    return decide(contacting, command("vendor state", "2", str(state))).case


def test_the_list_goes_on_by_the_edition() -> None:
    """Product after about 3 months, last day, and half a year after the first attempt the committee; one ladder."""
    case_ = listed()
    own = [(d.step, d.at) for d in case_.deadlines if d.kind is DeadlineKind.VENDOR_LISTING]
    assert own == [(0, opening(90)), (1, opening(150)), (2, opening(180))]
    assert not [d for d in case_.deadlines if d.kind is DeadlineKind.VENDOR_ANSWER]
    for step, at in own:
        due_ = decide(case_, *(e for e in passed(case_, at) if e.kind is DeadlineKind.VENDOR_LISTING), now=at)
        wanted = ("listed_product", "listed_deadline", "judging")[min(step, 2)]
        (told,) = [d for d in map(details_of, due_.effects) if d.get("why") == "vendor_listing"]
        assert f"!vendor 2 state {wanted}" in told["commands"]
        assert told["paper"]
        case_ = decide(due_.case, command("vendor state", "2", wanted), now=at).case if step < 2 else due_.case
    (again,) = [d for d in case_.deadlines if d.kind is DeadlineKind.VENDOR_LISTING]
    assert again.at > own[-1][1]


def test_half_a_year_counts_from_the_first_mail_to_that_vendor() -> None:
    """Also where a coordinator wrote it, and whenever another vendor of the case was first written to."""
    begun = decide(product(*TWO), sent("first-contact")).case
    later, theirs = NOW + timedelta(days=60), begun.contacts[1].address
    copy = CopyLogged("0" * 64, "<c@d>", ONE.name, (theirs,), (), (Role.VENDOR,), True, True)
    contacted = decide(begun, copy, now=later).case
    case_ = decide(contacted, command("vendor state", "2", "listed_name"), now=later).case
    last = max(d.at for d in case_.deadlines if d.kind is DeadlineKind.VENDOR_LISTING)
    assert last >= later + timedelta(days=180)


def test_the_committee_comes_after_the_last_day_to_answer() -> None:
    """A vendor that was listed late keeps its months."""
    contacting = decide(product(*TWO), sent("first-contact", 2)).case
    late_on = NOW + timedelta(days=170)
    case_ = decide(contacting, command("vendor state", "2", "listed_name"), now=late_on).case
    own = [d.at for d in case_.deadlines if d.kind is DeadlineKind.VENDOR_LISTING]
    assert own == sorted(own)
    assert own[-1] - timedelta(days=30) >= own[-2] >= late_on + timedelta(days=150)


@pytest.mark.parametrize("state", ["closed", "judging"])
def test_off_the_list_nothing_of_it_is_due(state: str) -> None:
    """Whatever takes the vendor from the list ends its days."""
    case_ = decide(listed(), command("vendor state", "2", state)).case
    assert not [d for d in case_.deadlines if d.kind is DeadlineKind.VENDOR_LISTING]


def test_a_listed_vendor_that_answers_is_off_the_ladder() -> None:
    """調整再開: the answer confirms the contact, the details are proposed, no step of the list is due any more."""
    case_ = listed()
    contact = next(c for c in case_.contacts if c.vendor == 2)
    back = decide(case_, reply(contact, Meaning.ACKNOWLEDGED, role=Role.VENDOR))
    assert "details" in [name for name, _, _ in mails(back)]
    assert not [d for d in back.case.deadlines if d.kind is DeadlineKind.VENDOR_LISTING]
