"""What templates may say: one view for each kind of reader.

A view holds what we chose to show. The finder's data is in no view for operators and vendors unless the finder agreed;
what the vulnerability is stands in `ReportView` alone, which only the mail with the details is handed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

from mailbot.core.advisory_view import AdvisoryView
from mailbot.core.digest_view import DigestView
from mailbot.core.log_view import LogView
from mailbot.core.model import Handling


class Purpose(StrEnum):
    """Whom a mail is for and how much it may say."""

    ANYONE = "anyone"  # belongs to no case
    FINDER = "finder"
    COUNTERPART = "counterpart"  # names site or product, nothing more
    DETAILS = "details"
    COORDINATOR = "coordinator"
    DIGEST = "digest"  # for coordinators, of all cases
    LOG = "log"  # a case's history, for coordinators at the shell
    PUBLIC = "public"  # the advisory: what all the world may read, once it is published
    KIT = "kit"  # for a site's operator to open a window of their own; tells of no case


PURPOSES: Mapping[str, Purpose] = {
    "receipt": Purpose.FINDER,
    "question": Purpose.FINDER,
    "question-reminder": Purpose.FINDER,
    "acceptance": Purpose.FINDER,
    "rejection": Purpose.FINDER,
    "handling-started": Purpose.FINDER,
    "fix-check": Purpose.FINDER,
    "fix-notice": Purpose.FINDER,
    "priority-provision": Purpose.FINDER,
    "publication-date-finder": Purpose.FINDER,
    "publication-finder": Purpose.FINDER,
    "embargo-finder": Purpose.FINDER,
    "progress-finder": Purpose.FINDER,
    "embargo-lifted": Purpose.FINDER,
    "closure-finder": Purpose.FINDER,
    "first-contact": Purpose.COUNTERPART,
    "first-contact-reminder": Purpose.COUNTERPART,
    "reassurance": Purpose.COUNTERPART,
    "ownership-proof": Purpose.COUNTERPART,
    "details": Purpose.DETAILS,
    "protected-file": Purpose.COUNTERPART,
    "handover": Purpose.DETAILS,
    "handover-reminder": Purpose.COUNTERPART,
    "details-reminder": Purpose.COUNTERPART,
    "verification-request": Purpose.COUNTERPART,
    "status-request": Purpose.COUNTERPART,
    "status-of-several": Purpose.COUNTERPART,
    "fix-thanks": Purpose.COUNTERPART,
    "fix-incomplete": Purpose.COUNTERPART,
    "publication-date-counterpart": Purpose.COUNTERPART,
    "publication-counterpart": Purpose.COUNTERPART,
    "embargo-counterpart": Purpose.COUNTERPART,
    "progress-counterpart": Purpose.COUNTERPART,
    "closure-counterpart": Purpose.COUNTERPART,
    "notice-new-case": Purpose.COORDINATOR,
    "notice-decision": Purpose.COORDINATOR,
    "notice-reply": Purpose.COORDINATOR,
    "notice-deadline": Purpose.COORDINATOR,
    "notice-channel": Purpose.COORDINATOR,
    "notice-paper": Purpose.COORDINATOR,
    "notice-advisory": Purpose.COORDINATOR,
    "notice-problem": Purpose.COORDINATOR,
    "notice-key": Purpose.COORDINATOR,
    "notice-digest": Purpose.DIGEST,
    "transcript": Purpose.COORDINATOR,
    "undecryptable": Purpose.ANYONE,
    "secret-key-warning": Purpose.ANYONE,
}
"""Every mail that we write."""

WORDINGS: Mapping[Handling, tuple[str, ...]] = {
    Handling.SOUGHT: (),
    Handling.PASSED_ON: ("acceptance", "handling-started", "closure-counterpart"),
    Handling.OWN: (
        *("receipt", "acceptance", "handling-started", "fix-check", "fix-notice", "progress-finder", "closure-finder"),
        *("details", "verification-request", "status-request", "closure-counterpart"),
    ),
}
"""Mails that are worded in their own way where nobody is looked for: in a folder of that name, the subject only where
it differs."""

FIRST_CONTACTS = frozenset(("first-contact", "first-contact-reminder", "reassurance", "ownership-proof"))
"""Mails to somebody of whom we do not know yet whether they are the right one."""

PAPERS: Mapping[str, str] = {
    "form-text": "body.txt",
    "phone-script": "body.txt",
    "letter": "body.html",
    "listing-name": "body.txt",
    "listing-product": "body.txt",
    "committee-request": "body.txt",
    "government-notice": "body.txt",
}
"""What a coordinator writes, says or posts where mail got no answer, and its file: it says what a first contact may."""

LOG = "case-log"
LOG_PAPERS: Mapping[str, str] = {LOG: "body.txt"}
"""What `case show` prints of a case's history."""

PUBLIC_PAPERS: Mapping[str, str] = {"advisory": "body.txt"}
"""What a coordinator edits and publishes, and its file."""

KIT_PAPERS: Mapping[str, str] = {
    "kit-readme": "body.txt",
    "kit-guide": "body.html",
    "kit-page": "body.html",
    "kit-answers": "body.txt",
}
"""What `kit` writes for the operator of a site, and its file."""


@dataclass(frozen=True)
class DeskView:
    """Who we are and how to make sure of it."""

    name: str
    address: str
    phone: str
    verify_url: str
    fingerprint: str  # in groups of four


@dataclass(frozen=True)
class KitView:
    """A window for reports about a site, and where its parts belong; URLs are whole."""

    domain: str
    contact: str
    txt_url: str
    page_url: str
    encryption: str  # where the key lies; "": there is none
    expires: date
    signed: bool


@dataclass(frozen=True)
class CaseView:
    """What every participant may know of the case."""

    id: str
    website: bool
    received: date
    missing: tuple[str, ...]
    form: str  # the section of labels.toml with its items; "" for free text
    shares_identity: bool
    closing_code: str
    rejection_code: str
    fix_method: str
    state: str
    accepted: date | None
    forwarded: date | None  # told to the coordinating body
    start_date: date | None  # 起算日
    details_sent: date | None


@dataclass(frozen=True)
class PlaceView:
    """What it is about: URLs without query, or the product's name."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class ReportView:
    """What the report says of the vulnerability, and of the finder only what may be passed on."""

    urls: tuple[str, ...]
    product: str
    version: str
    type: str
    happens: str  # this and the next four: what the type means, in words of ours
    harmed: str
    first: str
    mend: str
    check: str
    cwe: str
    cwe_derived: bool
    cve: str
    cvss: str
    summary: str
    steps: str
    reason: str
    impact: str
    workaround: str
    discovery: str
    found_on: str
    exploited: bool
    exploit_public: bool
    public: bool
    finder: str
    vendor: str
    plan: str  # of the finder, to publish
    elsewhere: str  # who else was told
    credit: bool  # the finder wants to be named when it is published
    other_language: bool


@dataclass(frozen=True)
class FieldLine:
    """A field of the report as a coordinator checks it."""

    name: str
    value: str
    quote: str
    derived: bool


@dataclass(frozen=True)
class ContactLine:
    """A contact point as a coordinator judges it."""

    n: int
    address: str
    standing: str
    source: str
    score: str
    why: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class DuplicateLine:
    """A case that may be about the same, as a coordinator judges it."""

    case: str
    score: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class FileView:
    """The case as coordinators see it."""

    state: str
    priority: str
    priority_why: tuple[str, ...]
    language: str
    fields: tuple[FieldLine, ...]
    contacts: tuple[ContactLine, ...]
    duplicates: tuple[DuplicateLine, ...]  # proposed, not decided
    links: tuple[str, ...]  # all others
    deadlines: tuple[tuple[str, date], ...]


@dataclass(frozen=True)
class Details:
    """The values that came with the effect; a name that did not come is empty."""

    given: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.given.get(name, "")


_VIEWS: Mapping[str, type] = {
    "desk": DeskView,
    "case": CaseView,
    "place": PlaceView,
    "report": ReportView,
    "file": FileView,
    "digest": DigestView,
    "advisory": AdvisoryView,
    "log": LogView,
    "kit": KitView,
}
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    name: frozenset(field.name for field in fields(view)) for name, view in _VIEWS.items()
}
_ALWAYS = frozenset(("desk", "today", "details"))
VISIBLE: Mapping[Purpose, frozenset[str]] = {
    Purpose.ANYONE: _ALWAYS,
    Purpose.FINDER: _ALWAYS | {"case"},
    Purpose.COUNTERPART: _ALWAYS | {"case", "place"},
    Purpose.DETAILS: _ALWAYS | {"case", "place", "report"},
    Purpose.COORDINATOR: _ALWAYS | {"case", "file", "held", "coordinator"},
    Purpose.DIGEST: _ALWAYS | {"digest", "coordinator"},
    Purpose.LOG: _ALWAYS | {"case", "log"},
    Purpose.PUBLIC: _ALWAYS | {"advisory"},
    Purpose.KIT: frozenset(("desk", "today", "kit")),
}
"""The names that a template of each purpose may use; checked when templates are loaded."""


def wording(name: str, handling: Handling) -> str:
    """The template of the mail `name` in a case that is handled so."""
    return f"{handling}/{name}" if name in WORDINGS[handling] else name
