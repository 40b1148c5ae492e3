"""What happened to a case (events), and what the case then asks for (effects)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailbot.core.evidence import Answer
from mailbot.core.link_events import CaseAbsorbed, CaseLinked, CaseSplit, FollowedCaseEnded, HeardElsewhere
from mailbot.core.model import Contact, DeadlineKind, Field, Link, Participant, Role, Ticket, Track


class Meaning(StrEnum):
    """What a reply says, as far as the rules in rules/replies/ can tell."""

    FIX_REPORTED = "fix_reported"
    NOT_AFFECTED = "not_affected"
    WILL_NOT_FIX = "will_not_fix"
    ACKNOWLEDGED = "acknowledged"
    SUSPICIOUS = "suspicious"  # doubts that we are who we say
    WANTS_ENCRYPTION = "wants_encryption"
    WITHDRAWN = "withdrawn"
    PAGE_REMOVED = "page_removed"  # the page, or the whole site, is gone
    FIX_PLANNED = "fix_planned"
    WRONG_WINDOW = "wrong_window"  # somebody else is the one to write to
    FORWARDED = "forwarded"  # to a contractor outside
    NEEDS_HELP = "needs_help"
    ASKS_TIME = "asks_time"
    ASKS_DETAILS = "asks_details"
    ASKS_FINDER = "asks_finder"  # who found it
    ASKS_STATUS = "asks_status"  # where it stands
    ASKS_DISCLOSURE = "asks_disclosure"  # that the request for silence be taken back
    PLANS_DISCLOSURE = "plans_disclosure"  # a finder is going to publish
    PUBLISHED = "published"  # a finder did
    AGREES = "agrees"  # to the time of silence that was asked, and says nothing else
    DISAGREES = "disagrees"
    STILL_THERE = "still_there"  # what was said to be mended still happens
    THANKS = "thanks"  # and nothing else
    IN_CHARGE = "in_charge"  # this and the next four are read in an answer to a first contact only
    NOT_THEIRS = "not_theirs"  # the site or product is not theirs
    WANTS_NO_MAIL = "wants_no_mail"  # takes it for a newsletter
    SOUNDS_AUTOMATIC = "sounds_automatic"  # what a form or help desk writes by itself
    NOTHING = "nothing"  # empty, a word, thanks, or how it stands: no answer
    OTHER = "other"


@dataclass(frozen=True)
class ReportReceived:
    """The mail that opens a case."""

    digest: str
    message_id: str
    track: Track
    language: str
    finder: Participant
    fields: tuple[Field, ...]
    missing: tuple[str, ...]
    links: tuple[Link, ...] = ()
    contacts: tuple[Contact, ...] = ()  # contact points that the report names
    acknowledge: bool = True  # False: the address had its acknowledgements for today
    taken_by: str = ""  # the person who took the mail for a report, where the rules did not
    hint: str = ""  # what coordinators should look at, phrases of labels.toml, one a line
    aliases: tuple[Field, ...] = ()  # other names of the finder


@dataclass(frozen=True)
class ReplyReceived:
    """A participant wrote on the case."""

    digest: str
    message_id: str
    role: Role
    sender: Participant  # address, key and whether it came encrypted
    contact: int | None  # the contact point whose token the mail carries
    from_that_contact: bool  # the sender's address is the one that was mailed, and the mail carries its token
    meanings: tuple[Meaning, ...]
    fields: tuple[Field, ...] = ()  # a finder's answer may complete the report
    missing: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    text: str = ""  # what they wrote, for the coordinators' eyes
    told: tuple[tuple[str, str], ...] = ()  # fix_by, fixed_on, until, publishes_on, window, contractor, unknown
    tickets: tuple[Ticket, ...] = ()  # their own numbers for the case, if the token shows that it is they
    several: tuple[str, ...] = ()  # all cases of the mail that it answers, if that asked about several
    answer: Answer | None = None  # of operator or vendor: what speaks for and against its being theirs
    aliases: tuple[Field, ...] = ()  # what a finder calls themselves in it


@dataclass(frozen=True)
class CommandGiven:
    """A coordinator's authorised command, its arguments checked."""

    name: str  # verb and sub-verb: "accept", "contact add"
    arguments: tuple[str, ...]
    coordinator: str
    message_id: str | None = None  # None: from the local shell


@dataclass(frozen=True)
class CopyLogged:
    """A coordinator's own mail on the case that copied the desk."""

    digest: str
    message_id: str
    coordinator: str
    recipients: tuple[str, ...]
    attachments: tuple[str, ...]
    to_roles: tuple[Role, ...] = ()  # the participants of the case among the recipients
    verified: bool = False  # signed by that coordinator, or an answer to one of our mails to them
    signed: bool = False  # all of it, lately and for the first time: whoever else got the mail cannot repeat it
    details: bool = False  # it tells what the report says, or brings files
    meanings: tuple[Meaning, ...] = ()  # what it says, read as a reply is read


@dataclass(frozen=True)
class ContactsFound:
    """The search for contact points ended; empty if none was found."""

    contacts: tuple[Contact, ...]
    problem: str = ""
    notes: tuple[str, ...] = ()  # what could not be asked: "source X: why"


@dataclass(frozen=True)
class ProofLooked:
    """Somebody looked whether a contact point placed the text that proves whose it is."""

    contact: int
    challenge: str  # the line of its evidence that says what was asked for
    problem: str = ""  # why it proves nothing; "" if it is there


@dataclass(frozen=True)
class ContactShared:
    """The contact point that would be asked for this case is the one of another case: nobody is asked twice."""

    case: str
    contact: Contact  # as the other case knows it; confirmed there, or still being asked


@dataclass(frozen=True)
class MailReleased:
    """A coordinator approved exactly this content, perhaps despite a rule that held it."""

    template: str
    to: str
    content_hash: str
    coordinator: str
    despite: str = ""


@dataclass(frozen=True)
class MailWithheld:
    """A coordinator decided that this content does not go out."""

    template: str
    to: str
    content_hash: str
    coordinator: str
    why: str


@dataclass(frozen=True)
class MailEdited:
    """A coordinator wrote a held mail anew; it waits under its new hash."""

    template: str
    to: str
    content_hash: str
    before: str  # the hash that was shown first
    coordinator: str


@dataclass(frozen=True)
class MailSent:
    """The outside took a mail."""

    template: str  # without language
    to: str
    role: Role
    message_id: str
    contact: int | None
    encrypted: bool


@dataclass(frozen=True)
class MailFailed:
    """A mail was given up, or its fate is not known."""

    template: str
    to: str
    reason: str
    contact: int | None
    uncertain: bool = False


@dataclass(frozen=True)
class AddressBounced:
    """A delivery report for a mail that we sent."""

    address: str
    status: str
    permanent: bool
    reason: str


@dataclass(frozen=True)
class MailSetAside:
    """A mail that seems to belong to the case but cannot be trusted; a coordinator decides."""

    digest: str
    message_id: str
    sender: str
    why: str
    text: str = ""
    may_be_contact: bool = False  # it answers a mail of ours with its token, from another address
    encrypted: bool = False
    automatic: str = ""  # what kind of machine wrote it; "" for a person
    quiet: bool = False  # noted in the history, and nobody is told
    tickets: tuple[Ticket, ...] = ()  # numbers that the machine of the one who was mailed gave the case
    answer: Answer | None = None  # what speaks for and against its being an answer of those we wrote to


@dataclass(frozen=True)
class MailHeld:
    """A mail that was on its way waits for a person after all."""

    template: str
    to: str
    why: str


@dataclass(frozen=True)
class DeadlinePassed:
    """A deadline of the case has come."""

    kind: DeadlineKind
    at: datetime
    step: int
    note: str = ""


CaseEvent = (
    ReportReceived
    | ReplyReceived
    | CommandGiven
    | CopyLogged
    | ContactsFound
    | ProofLooked
    | ContactShared
    | MailReleased
    | MailWithheld
    | MailEdited
    | CaseAbsorbed
    | CaseSplit
    | CaseLinked
    | HeardElsewhere
    | FollowedCaseEnded
    | MailSent
    | MailFailed
    | AddressBounced
    | MailSetAside
    | MailHeld
    | DeadlinePassed
)
