"""The case and the people around it, in the words of coordinated vulnerability disclosure.

State names are those of the guideline's two tracks; see `lifecycle.py` for what leads from one to the next.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from mailbot.core.codes import ClosingCode as ClosingCode
from mailbot.core.codes import FixMethod as FixMethod
from mailbot.core.codes import RejectionCode as RejectionCode
from mailbot.core.embargo import Embargo
from mailbot.core.vendors import Vendor

FieldValue = str | bool | float | tuple[str, ...]


class Track(StrEnum):
    """Who can mend it: the operator alone (website), or the product's users have to act (product)."""

    WEBSITE = "website"
    PRODUCT = "product"


class Handling(StrEnum):
    """Who has to mend it, and how the case goes on after acceptance: by the desk's role, see `roles.py`."""

    SOUGHT = "sought"  # an operator or vendor whom the desk looks for
    PASSED_ON = "passed_on"  # the coordinating body, which writes to the vendor
    OWN = "own"  # our own people: site or product is ours


class State(StrEnum):
    """Where a case stands."""

    TRIAGE = "triage"  # 内容確認中
    ASKING = "asking"  # 届出者確認中
    ACCEPTED = "accepted"  # 受理
    FORWARDED = "forwarded"  # 調整機関へ通知済: the coordinating body handles it
    CONTACTING = "contacting"  # 連絡先確認中
    CONTACT_CONFIRMED = "contact_confirmed"  # 窓口確定
    NOTIFIED = "notified"  # 詳細通知済
    FIXING = "fixing"  # 対応中
    FIX_REPORTED = "fix_reported"  # 修正確認中
    REVIEW = "review"  # 終了判断
    SCHEDULED = "scheduled"  # 公表待ち: the day is agreed
    PUBLISHED = "published"  # JVN公表
    UNREACHABLE = "unreachable"  # 連絡不能
    MERGED = "merged"  # goes on in another case
    CLOSED = "closed"  # 取扱い終了
    REJECTED = "rejected"  # 不受理

    @property
    def ended(self) -> bool:
        """No reminder, deadline or mail of its own comes from here."""
        return self in (State.MERGED, State.CLOSED, State.REJECTED)


class Role(StrEnum):
    """What someone is in one case."""

    FINDER = "finder"
    OPERATOR = "operator"
    VENDOR = "vendor"
    BODY = "coordinating_body"  # gets product reports from a desk that only receives them
    OWNER = "owner"  # of our own people, the one who mends what is ours
    COORDINATOR = "coordinator"

    @property
    def outside(self) -> bool:
        """Neither the finder nor a coordinator: gets only what a mail with details may say, without the finder."""
        return self not in (Role.FINDER, Role.COORDINATOR)


class Standing(StrEnum):
    """How far a contact point may be trusted."""

    CANDIDATE = "candidate"
    TRIED = "tried"
    CONFIRMED = "confirmed"
    DEAD = "dead"
    DROPPED = "dropped"


class DeadlineKind(StrEnum):
    """What is due when the time has come."""

    TRIAGE = "triage"  # coordinators have not decided
    FINDER_ANSWER = "finder_answer"
    CONTACT_ANSWER = "contact_answer"  # the answer to a first contact
    DETAILS_RECEIPT = "details_receipt"  # the contact has not said that the details arrived
    STATUS_REQUEST = "status_request"
    FIX = "fix"  # three months from details (V-4-1), 45 days from the start date for products (IV-4-3)
    FIX_CHECK = "fix_check"
    VENDOR_ANSWER = "vendor_answer"  # of one vendor, to a first contact; the note names it
    VENDOR_RESULT = "vendor_result"  # the result of one vendor's check
    VENDOR_LISTING = "vendor_listing"  # the next step with one vendor on the list of 連絡不能開発者
    EMBARGO = "embargo"  # the agreed time of silence ends, or the day of publication is here
    VERIFICATION = "verification"  # the vendor has not said whether it is affected
    DISCLOSURE = "disclosure"  # from now on the finder may ask to end the silence (IV-2-4)
    UNREACHABLE = "unreachable"  # the next step with those who cannot be reached; the note names it
    FINDER_STATUS = "finder_status"  # the finder has heard nothing for a while
    COORDINATOR = "coordinator"  # set by !remind


@dataclass(frozen=True)
class Field:
    """One thing the report states, with the rule that found it and the words it was read from."""

    name: str  # a field name of the contract, e.g. "vulnerability.type"
    value: FieldValue
    rule: str
    confidence: float  # 0..1
    quote: str = ""
    derived: bool = False  # computed by us, not stated
    private: bool = False  # the finder keeps it for the desk: it is told to no operator or vendor


@dataclass(frozen=True)
class Participant:
    """Someone with a role in one case."""

    role: Role
    address: str
    name: str = ""
    fingerprint: str | None = None
    wrote_encrypted: bool = False  # then no answer may go out in plain


@dataclass(frozen=True)
class Contact:
    """A way to reach the operator or vendor, and why we believe in it."""

    n: int
    address: str
    source: str  # report, security.txt, coordinator, reply
    standing: Standing = Standing.CANDIDATE
    score: float = 0.0
    why: str = ""
    evidence: tuple[str, ...] = ()
    fingerprint: str | None = None
    wrote_encrypted: bool = False
    plaintext_agreed: bool = False  # answered the first contact without asking for encryption
    asked_for_encryption: bool = False  # then details wait for a key, whoever approves them
    vendor: int = 0  # whose it is, in a case with named vendors


@dataclass(frozen=True)
class Deadline:
    """Something that happens at `at` (UTC) unless the case moves first; `step` counts repeats."""

    kind: DeadlineKind
    at: datetime
    step: int = 0
    note: str = ""


@dataclass(frozen=True)
class Entry:
    """One line of a case's history."""

    at: datetime
    what: str
    who: str
    text: str = ""
    message_id: str | None = None


@dataclass(frozen=True)
class Ticket:
    """A number that someone else gave the matter, as it is compared and as they wrote it."""

    number: str
    written: str
    rule: str = ""


@dataclass(frozen=True)
class Link:
    """A relation to another case: duplicate, split, merged, same_mail, same_contact."""

    kind: str
    case: str
    score: float | None = None  # of a duplicate that is proposed: a person judges
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class Provision:
    """Information that somebody got before publication (優先情報提供, IV-4-8)."""

    sector: str  # power, government …
    at: datetime


@dataclass(frozen=True)
class Milestones:
    """When the things that statistics count happened; None if they did not."""

    accepted: datetime | None = None
    rejected: datetime | None = None
    first_contact: datetime | None = None
    forwarded: datetime | None = None  # 調整機関への通知
    start_date: datetime | None = None  # 起算日: first attempt to reach the vendor
    details_sent: datetime | None = None
    fix_reported: datetime | None = None
    fix_confirmed: datetime | None = None
    published: datetime | None = None
    closed: datetime | None = None


@dataclass(frozen=True)
class Case:
    """The unit of coordination: all its state and history."""

    id: str
    track: Track
    received: datetime
    language: str = "ja"
    state: State = State.TRIAGE
    since: datetime | None = None  # when the present state began
    fields: tuple[Field, ...] = ()
    missing: tuple[str, ...] = ()
    participants: tuple[Participant, ...] = ()
    contacts: tuple[Contact, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    timeline: tuple[Entry, ...] = ()
    milestones: Milestones = Milestones()
    message_ids: tuple[str, ...] = ()  # what a reply may refer to: every mail; ticket numbers as well
    mails: tuple[str, ...] = ()  # digests of the mails received
    links: tuple[Link, ...] = ()
    opened_by: str = "finder"
    handling: Handling = Handling.SOUGHT
    closing_code: ClosingCode | None = None
    rejection_code: RejectionCode | None = None
    fix_method: FixMethod | None = None
    priority: str = "normal"
    priority_why: tuple[str, ...] = ()
    exploited: bool | None = None
    public: bool = False
    on_hold: bool = False
    assigned: str | None = None
    vendors: tuple[Vendor, ...] = ()  # product track, if there are several
    embargo: Embargo = field(default_factory=Embargo)
    publication: datetime | None = None  # the agreed day
    provisions: tuple[Provision, ...] = ()
    withheld: tuple[str, ...] = ()  # words that must not reach the counterpart: the site behind a split (V-3-8)
    aliases: tuple[Field, ...] = ()  # other names of the finder, as letters show them: told to nobody, read to withhold
    other_finders: tuple[tuple[Field, ...], ...] = ()  # who they are that reported what was merged into this one
    sequence: int = 0  # counts the events taken in: effect keys are made of it

    def field(self, name: str) -> FieldValue | None:
        """The value of the field `name`, or None if the report does not state it."""
        return next((f.value for f in self.fields if f.name == name), None)

    def field_text(self, name: str) -> str:
        """The value of the field `name` as one text; "" if absent."""
        value = self.field(name)
        return "" if value is None else "\n".join(value) if isinstance(value, tuple) else str(value)

    def agreed(self, consent: str) -> bool:
        """Whether the finder consented; absent means no (guideline V-2-4)."""
        return self.field(f"consent.{consent}") is True

    @property
    def finder(self) -> Participant | None:
        """The finder, if the case has one."""
        return next((p for p in self.participants if p.role is Role.FINDER), None)

    @property
    def counterpart(self) -> Role:
        """Whom the desk writes to: the website operator or the vendor, the coordinating body, or our own people."""
        if self.handling is Handling.SOUGHT:
            return Role.OPERATOR if self.track is Track.WEBSITE else Role.VENDOR
        return Role.BODY if self.handling is Handling.PASSED_ON else Role.OWNER

    def contact(self, n: int) -> Contact | None:
        """Contact point number `n`."""
        return next((c for c in self.contacts if c.n == n), None)

    def contact_at(self, address: str) -> Contact | None:
        """The contact point with that address."""
        return next((c for c in self.contacts if c.address.lower() == address.lower()), None)

    @property
    def confirmed_contact(self) -> Contact | None:
        """The contact point that may get details."""
        return next(iter(self.confirmed_contacts), None)

    @property
    def confirmed_contacts(self) -> tuple[Contact, ...]:
        """The contact points that may get details: one, or one of each named vendor."""
        return tuple(c for c in self.contacts if c.standing is Standing.CONFIRMED)

    def with_contact(self, contact: Contact) -> "Case":
        """The case with `contact` in place of the one with its number, or added."""
        contacts = (*(c for c in self.contacts if c.n != contact.n), contact)
        return replace(self, contacts=tuple(sorted(contacts, key=lambda c: c.n)))
