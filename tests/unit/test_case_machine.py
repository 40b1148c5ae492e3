"""Whatever happens to a case, in whatever order and at whatever time, what may never happen does not."""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from mailbot.core.advance import advance, open_case
from mailbot.core.contacts import channel
from mailbot.core.deadlines import passed
from mailbot.core.effects import FindContacts, SendMail
from mailbot.core.events import (
    AddressBounced,
    CaseEvent,
    CommandGiven,
    ContactsFound,
    CopyLogged,
    DeadlinePassed,
    MailFailed,
    MailHeld,
    MailReleased,
    MailSent,
    MailSetAside,
    MailWithheld,
    Meaning,
    ReportReceived,
)
from mailbot.core.lifecycle import Refusal, next_due
from mailbot.core.model import Case, Contact, DeadlineKind, Milestones, Role, Standing, State, Track
from mailbot.core.roles import DeskRole, Part, Partner
from mailbot.core.vendors import VendorState, vendor_of
from tests.builders import FINDER, INFO, NOW, ONE, SHOP, answer, policy, reply

_LAST_WORDS = ("rejection", "closure-finder", "closure-counterpart")
_ANSWERS = ("progress-finder", "progress-counterpart")
_ADDRESSES = (SHOP.address, INFO.address, "third@shop.example.jp", "fourth@shop.example.jp")
_FORM = Contact(3, "https://shop.example.jp/form", "security.txt", score=0.7)
_NUMBERS = st.sampled_from("1234")
_DAYS = st.integers(-2, 200).map(lambda days: (NOW + timedelta(days=days)).date().isoformat())
_COMMANDS = st.one_of(
    st.sampled_from(
        [
            ("accept",),
            ("ask", "vulnerability.steps"),
            ("fix", "reported", "avoided"),
            ("fix", "confirmed"),
            ("reopen", "why"),
            ("hold",),
            ("release",),
            ("note", "text"),
            ("public", "yes"),
            ("exploited", "yes"),
            ("vendor add", "Sample", "Inc.", _ADDRESSES[0]),
            ("vendor add", "Other", "Ltd.", _ADDRESSES[2]),
            ("vendor says", "1", "fixed"),
            ("vendor says", "2", "not_affected", "no"),
            ("vendor ref", "1", "PSIRT-1"),
            ("embargo accept", "finder"),
            ("embargo reject", "contact"),
            ("embargo end", "why"),
            ("embargo lift",),
            ("fix", "incomplete"),
            ("provide", "power"),
            ("paper", "letter"),
            ("split", "product"),
        ]
    ),
    st.tuples(st.just("vendor contact"), st.sampled_from("12"), st.sampled_from(_ADDRESSES)),
    st.tuples(st.just("vendor state"), st.sampled_from("12"), st.sampled_from(VendorState)),
    st.tuples(st.just("embargo propose"), st.sampled_from(["desk", "finder", "contact", "1"]), _DAYS),
    st.tuples(st.sampled_from(["publish", "extend"]), _DAYS, st.just("why")),
    st.sampled_from(["contact use", "contact confirm"]).flatmap(lambda name: st.tuples(st.just(name), _NUMBERS)),
    st.tuples(st.just("contact drop"), _NUMBERS, st.just("why")),
    st.sampled_from(_ADDRESSES).map(lambda address: ("contact add", address)),
    st.tuples(st.just("remind"), _DAYS, st.just("text")),
)
_ENDS = st.sampled_from([("close", "fixed"), ("close", "withdrawn"), ("reject", "incomplete"), ("merge", "CASE#1")])
_ROAD: tuple[tuple[CaseEvent, ...], ...] = (
    (),
    (CommandGiven("accept", (), ONE.name),),
    (CommandGiven("contact add", (SHOP.address,), ONE.name), CommandGiven("contact use", ("1",), ONE.name)),
    (MailSent("first-contact", SHOP.address, Role.OPERATOR, "<1@d>", 1, False),),
    (reply(),),
    (MailSent("details", SHOP.address, Role.OPERATOR, "<2@d>", 1, False),),
)
_PARTS = (
    Part(),
    Part(DeskRole.RECEIVER, body=Partner("vuln@body.example", "EF" * 20)),
    Part(DeskRole.VENDOR, owner=Partner("dev@maker.example")),
)
_POLICIES = st.builds(
    policy,
    part=st.sampled_from(_PARTS),
    acknowledge=st.sampled_from(["auto", "approve"]),
    first_contact=st.sampled_from(["auto", "approve"]),
    details=st.sampled_from(["auto", "approve"]),
    finder_checks_fix=st.booleans(),
)


class CaseMachine(RuleBasedStateMachine):
    """One case; mails that it asks for wait in `outbox` until they are sent, given up or forgotten."""

    outbox = Bundle("outbox")

    @initialize(
        target=outbox,
        by=_POLICIES,
        track=st.sampled_from(Track),
        contacts=st.sampled_from([(), (SHOP,), (SHOP, INFO, _FORM)]),
        missing=st.sampled_from([(), ("vulnerability.steps",)]),
        acknowledge=st.booleans(),
        far=st.integers(0, len(_ROAD)),
    )
    def report(self, by, track, contacts, missing, acknowledge, far):  # type: ignore[no-untyped-def]
        self.policy, self.now, self.keys = by, NOW, set[str]()
        event = ReportReceived("0" * 64, "<r@f.example>", track, "ja", FINDER, (), missing, (), contacts, acknowledge)
        self.case: Case = open_case("CASE#12345678", event, NOW)
        asked = [self.happen(step) for steps in ((event,), *_ROAD[:far]) for step in steps]
        return multiple(*(effect for result in asked for effect in result.values))

    def happen(self, event: CaseEvent):  # type: ignore[no-untyped-def]
        before = self.case
        decision = advance(before, event, self.now, self.policy)
        if isinstance(decision, Refusal):
            assert isinstance(event, CommandGiven), "only commands are refused"
            return multiple()
        self.case = decision.case
        self.compare(before, event)
        for effect in decision.effects:
            assert effect.key not in self.keys, "an effect key came twice"
            self.keys.add(effect.key)
            if isinstance(effect, SendMail):
                self.check_mail(effect, before)
        return multiple(*(e for e in decision.effects if isinstance(e, SendMail | FindContacts)))

    def compare(self, before: Case, event: CaseEvent) -> None:
        after = self.case
        assert after.timeline[: len(before.timeline)] == before.timeline, "history only grows"
        assert after.sequence == before.sequence + 1
        if isinstance(event, CommandGiven) and event.name == "reopen":
            return
        assert not before.state.ended or after.state is before.state, "an ended case stays ended"
        for name in Milestones.__dataclass_fields__:
            old = getattr(before.milestones, name)
            undone = name in ("fix_reported", "fix_confirmed") and after.timeline[len(before.timeline) :]
            again = undone and any(entry.what == "fix incomplete" for entry in undone)
            assert old is None or again or getattr(after.milestones, name) == old, "a milestone moved"
        if not isinstance(event, CommandGiven):
            assert not after.state.ended or before.state.ended, "only a coordinator ends a case"
            assert after.on_hold == before.on_hold

    def check_mail(self, mail: SendMail, before: Case) -> None:
        contact = self.case.contact(mail.contact) if mail.contact else None
        if self.case.state.ended:
            assert mail.template in (*_LAST_WORDS, *_ANSWERS), "an ended case asks for no mail"
            assert mail.template in _ANSWERS or not before.state.ended, "and for its last words once"
        if mail.role is Role.FINDER:
            assert mail.to == FINDER.address
            return
        assert contact is not None
        assert mail.to == contact.address
        assert channel(mail.to) == "address"
        assert self.case.milestones.accepted is not None, "nobody is written to before acceptance"
        if mail.template.startswith("first-contact"):
            assert contact.standing in (Standing.CANDIDATE, Standing.TRIED), "no first contact to a given up contact"
        else:
            assert contact.standing is Standing.CONFIRMED, f"{mail.template} to a contact that is not confirmed"
        if self.policy.details == "approve" or self.case.on_hold:
            assert mail.template not in ("details", "handover") or mail.held_for

    @rule(target=outbox, effect=consumes(outbox), encrypted=st.booleans())
    def deliver(self, effect, encrypted):  # type: ignore[no-untyped-def]
        if isinstance(effect, FindContacts):
            found = (Contact(1, _ADDRESSES[2], "security.txt", score=0.8), SHOP)
            return self.happen(ContactsFound(found if encrypted else ()))
        sent = MailSent(effect.template, effect.to, effect.role, f"<{effect.key}@d>", effect.contact, encrypted)
        contact = self.case.contact(effect.contact) if effect.contact else None
        confirmed = contact is not None and contact.standing is Standing.CONFIRMED
        if effect.template in ("details", "handover") and not confirmed:
            return multiple()  # the way out drops what is no longer wanted
        return self.happen(sent)

    @rule(target=outbox, effect=consumes(outbox), uncertain=st.booleans())
    def fail(self, effect, uncertain):  # type: ignore[no-untyped-def]
        if isinstance(effect, FindContacts):
            return self.happen(ContactsFound((), "no answer"))
        return self.happen(MailFailed(effect.template, effect.to, "550", effect.contact, uncertain))

    @rule(target=outbox, words=_COMMANDS)
    def obey(self, words):  # type: ignore[no-untyped-def]
        return self.happen(CommandGiven(words[0], tuple(words[1:]), ONE.name, None))

    @rule(target=outbox, words=_ENDS, chance=st.integers(0, 9))
    def end(self, words, chance):  # type: ignore[no-untyped-def]
        return self.happen(CommandGiven(words[0], words[1:], ONE.name, None)) if chance == 7 else multiple()

    @rule(target=outbox, days=st.sampled_from([0, 1, 7, 30, 365]))
    def wait(self, days):  # type: ignore[no-untyped-def]
        self.now += timedelta(days=days)
        asked = [self.happen(event) for event in passed(self.case, self.now)]
        assert next_due(self.case) is None or next_due(self.case) > self.now, "what was due has been done"
        return multiple(*(effect for result in asked for effect in result.values))

    @rule(
        target=outbox,
        number=st.integers(1, 5),
        meaning=st.sampled_from(Meaning),
        proven=st.booleans(),
    )
    def contact_replies(self, number, meaning, proven):  # type: ignore[no-untyped-def]
        contact = self.case.contact(number)
        if contact is None or channel(contact.address) != "address":  # a form sends no mail
            contact = SHOP
        return self.happen(reply(contact, meaning, from_that_contact=proven))

    @rule(target=outbox, meaning=st.sampled_from(Meaning))
    def finder_replies(self, meaning):  # type: ignore[no-untyped-def]
        return self.happen(answer(meaning))

    @rule(
        target=outbox,
        event=st.sampled_from(
            [
                *(AddressBounced(a, "5.1.1", True, "") for a in (*_ADDRESSES, FINDER.address)),
                AddressBounced(SHOP.address, "4.4.1", False, ""),
                MailSetAside("1" * 64, "<s@x.example>", _ADDRESSES[3], "why", "", may_be_contact=True),
                MailSetAside("1" * 64, "<s@x.example>", FINDER.address, "why", "", may_be_contact=True),
                *(
                    CopyLogged("2" * 64, "<c@d>", ONE.name, (to,), (), roles, True, True, details, meanings)
                    for to, roles in ((SHOP.address, (Role.OPERATOR, Role.VENDOR)), (FINDER.address, (Role.FINDER,)))
                    for details in (False, True)
                    for meanings in ((), (Meaning.FIX_REPORTED,), (Meaning.STILL_THERE,))
                ),
                MailReleased("details", SHOP.address, "0" * 20, ONE.name),
                MailWithheld("details", SHOP.address, "0" * 20, ONE.name, "why"),
                MailHeld("details", SHOP.address, "no_usable_key"),
                *(DeadlinePassed(kind, NOW, 0) for kind in DeadlineKind),
            ]
        ),
    )
    def something_happens(self, event):  # type: ignore[no-untyped-def]
        return self.happen(event)

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "case"):
            return
        case = self.case
        assert case.state.ended != bool(case.deadlines), "an open case has a deadline, an ended one none"
        assert list(case.deadlines) == sorted(case.deadlines, key=lambda d: d.at)
        kinds = [d.kind for d in case.deadlines]
        for kind in (
            DeadlineKind.TRIAGE,
            DeadlineKind.FIX,
            DeadlineKind.FIX_CHECK,
            DeadlineKind.CONTACT_ANSWER,
            DeadlineKind.EMBARGO,
        ):
            assert kinds.count(kind) <= 1, f"{kind} is due twice"
        once = [(d.kind, d.step, d.note) for d in case.deadlines if d.kind is not DeadlineKind.COORDINATOR]
        assert len(set(once)) == len(once), "one reminder for one reason"
        numbers, addresses = [c.n for c in case.contacts], [c.address.lower() for c in case.contacts]
        assert len(set(numbers)) == len(numbers)
        assert len(set(addresses)) == len(addresses)
        assert len({c.vendor for c in case.confirmed_contacts}) == len(case.confirmed_contacts)
        assert all(vendor_of(case.vendors, c.vendor) for c in case.contacts if c.vendor)
        waits = [(d.kind, d.note) for d in case.deadlines if d.kind is DeadlineKind.VENDOR_ANSWER]
        assert len(set(waits)) == len(waits), "a vendor's answer is awaited twice"
        assert not (case.embargo.over and kinds.count(DeadlineKind.EMBARGO)) or case.publication
        assert (case.state is State.CLOSED) == (case.milestones.closed is not None)
        assert (case.state is State.CLOSED) == (case.closing_code is not None)
        assert (case.state is State.REJECTED) == (case.rejection_code is not None)


CaseMachine.TestCase.settings = settings(
    max_examples=300, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestCaseMachine = CaseMachine.TestCase
