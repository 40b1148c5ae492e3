"""Small values for tests of what the desk decides: a desk, its policy, mails, cases and what happens to them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mailbot.core.advance import advance, advance_all
from mailbot.core.desk import Coordinator, Desk
from mailbot.core.effects import Effect, SendMail, TellCoordinators
from mailbot.core.events import CaseEvent, CommandGiven, Meaning, ReplyReceived
from mailbot.core.lifecycle import Decision, Refusal
from mailbot.core.messages import (
    Address,
    Crypto,
    OpenedMail,
    ParsedMail,
    Signature,
    SignedText,
)
from mailbot.core.model import (
    Case,
    Contact,
    Deadline,
    DeadlineKind,
    Milestones,
    Participant,
    Role,
    Standing,
    State,
    Track,
)
from mailbot.core.policy import Policy, Waits

NOW = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)  # a Friday
SECRET = b"a secret of the tests"
ONE = Coordinator("Coordinator One", "one@desk.example.jp", "AB" * 20)
TWO = Coordinator("Coordinator Two", "two@desk.example.jp", "CD" * 20)
DESK = Desk("Example Desk", "security@desk.example.jp", coordinators=(ONE, TWO))
FINDER = Participant(Role.FINDER, "hanako@finder.example.org", "発見 花子")
SHOP = Contact(1, "web@shop.example.jp", "security.txt", score=0.9)
INFO = Contact(2, "info@shop.example.jp", "report", score=0.4)
WAITS = Waits(
    triage_business=5,
    finder_answer_business=10,
    finder_reminders=1,
    contact_answer_business=5,
    contact_reminders=2,
    ways_by_hand=("form", "phone", "letter"),
    by_hand_answer_business=10,
    details_receipt_business=(5, 10),
    verification_days=(14,),
    status_days=(30, 60, 80, 90),
    status_days_product=(30, 40),
    fix_days_website=90,
    fix_days_product=45,
    overdue_days=30,
    fix_check_business=10,
    unreachable_days=180,
    listing_days=(90, 150),
    disclosure_days=365,
)


def business_days(start: datetime, days: int) -> datetime:
    """A calendar of plain weekdays in UTC: the end of the day that lies so many weekdays after `start`."""
    day = start.date()
    while days or day.weekday() > 4:
        day += timedelta(days=1)
        days -= 1 if day.weekday() < 5 and days else 0
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)


def policy(**values: Any) -> Policy:
    """A policy over plain weekdays."""
    return Policy(**{"edition": "test", "waits": WAITS, "business_days": business_days, **values})


POLICY = policy()


def after(days: int) -> date:
    """The business day on which the desk acts when so many business days have passed since NOW."""
    return POLICY.after(NOW, days).date()


def opening(days: int) -> datetime:
    """The opening of the desk on the day so many calendar days from NOW, or on the next business day."""
    return POLICY.opening(NOW + timedelta(days=days))


AUTO = policy(first_contact="auto", details="auto")


def case(state: State = State.TRIAGE, *contacts: Contact, **values: Any) -> Case:
    """A website case of one finder; accepted long ago if its state says so."""
    before = state in (State.TRIAGE, State.ASKING, State.REJECTED)
    fields = {
        "id": "CASE#12345678",
        "track": Track.WEBSITE,
        "received": NOW,
        "since": NOW,
        "state": state,
        "participants": (FINDER,),
        "contacts": contacts or (SHOP, INFO),
        "milestones": Milestones() if before else Milestones(accepted=NOW),
        "message_ids": ("<report@finder.example.org>",),
        "deadlines": () if state.ended else (Deadline(DeadlineKind.TRIAGE, POLICY.after(NOW, 5)),),
    }
    return Case(**{**fields, **values})


def standing(contact: Contact, standing: Standing, **values: Any) -> Contact:
    """The contact point with that standing."""
    return replace(contact, standing=standing, **values)


TRIED = standing(SHOP, Standing.TRIED)
CONFIRMED = standing(SHOP, Standing.CONFIRMED)


def command(name: str, *arguments: str) -> CommandGiven:
    """A command of Coordinator One."""
    return CommandGiven(name, arguments, ONE.name, "<command@desk.example.jp>")


def reply(by: Contact = SHOP, *meanings: Meaning, **values: Any) -> ReplyReceived:
    """An answer of a contact point from the address that was mailed, with its token."""
    fields = {
        "digest": "d" * 64,
        "message_id": "<reply@shop.example.jp>",
        "role": Role.OPERATOR,
        "sender": Participant(Role.OPERATOR, by.address),
        "contact": by.n,
        "from_that_contact": True,
        "meanings": meanings or (Meaning.OTHER,),
    }
    return ReplyReceived(**{**fields, **values})


def answer(*meanings: Meaning, **values: Any) -> ReplyReceived:
    """An answer of the finder, to a mail that was sent to them."""
    return reply(SHOP, *meanings, **{"role": Role.FINDER, "sender": FINDER, "contact": None, **values})


def decide(before: Case, *events: CaseEvent, now: datetime = NOW, by: Policy = POLICY) -> Decision:
    """What the events lead to; none of them may be refused."""
    decision = advance_all(before, events, now, by)
    assert isinstance(decision, Decision), decision
    return decision


def refused(before: Case, event: CaseEvent, now: datetime = NOW, by: Policy = POLICY) -> str:
    """Why the event is refused."""
    decision = advance(before, event, now, by)
    assert isinstance(decision, Refusal), decision
    return decision.reason


def mails(decision: Decision) -> list[tuple[str, str, str | None]]:
    """Template, recipient and what it is held for, of every mail to finder and contact points."""
    return [(e.template, e.to, e.held_for) for e in decision.effects if isinstance(e, SendMail)]


def notices(decision: Decision) -> list[str]:
    """Templates of what coordinators are told."""
    return [e.template for e in decision.effects if isinstance(e, TellCoordinators)]


def details_of(effect: Effect) -> dict[str, str]:
    """The values of an effect for its template."""
    return dict(getattr(effect, "details", ()))


def due(after: Case | Decision) -> list[tuple[DeadlineKind, date]]:
    """Kind and day of every deadline, in order."""
    found = after.case if isinstance(after, Decision) else after
    return [(d.kind, d.at.date()) for d in found.deadlines]


def parsed(sender: str = "", subject: str = "", text: str = "", **values: Any) -> ParsedMail:
    """A mail with the fields that matter to a test."""
    headers = tuple(values.pop("headers", {}).items())
    to = tuple(Address("", address) for address in values.pop("to", (DESK.address,)))
    cc = tuple(Address("", address) for address in values.pop("cc", ()))
    fields = {
        "digest": "0" * 64,
        "message_id": "<in@there.example>",
        "sender": Address("", sender) if sender else None,
        "to": to,
        "cc": cc,
        "reply_to": (),
        "in_reply_to": (),
        "references": (),
        "subject": subject,
        "date": NOW,
        "headers": headers,
        "text": text,
        "attachments": (),
        "pgp": (),
    }
    return ParsedMail(**{**fields, **values})


def opened(sender: str = "", subject: str = "", text: str = "", **values: Any) -> OpenedMail:
    """A mail after decryption and verification; `signed` and `crypto` may be given, the rest is the parsed mail's."""
    own = {name: values.pop(name) for name in ("signed", "crypto", "keys") if name in values}
    mail = parsed(sender, subject, text, **values)
    return OpenedMail(mail, subject, text, text, (), **{"crypto": Crypto(), **own})


def signed(text: str, by: Coordinator = ONE, made_at: datetime = NOW, subject: str | None = None) -> SignedText:
    """A text with a good signature."""
    return SignedText(text, subject, by.fingerprint, made_at, f"id of {text}")


def signed_mail(text: str, by: Coordinator = ONE, sender: str | None = None, **values: Any) -> OpenedMail:
    """A mail that a coordinator signed as a whole."""
    made_at, subject = values.pop("made_at", NOW), values.pop("protected", None)
    crypto = Crypto(signature=Signature.GOOD, signer=by.fingerprint)
    text_signed = signed(text, by, made_at, subject)
    return opened(
        by.address if sender is None else sender, "commands", text, signed=text_signed, crypto=crypto, **values
    )
