"""Which of a report's files may travel with the details, in which form, and what coordinators are told of each.

Theory. A file goes only as what our cleaners made of it: pictures from their pixels, documents from their pages, text
through the redaction that the mail itself goes through. What it is, its content says. Its name stays with the desk,
because names identify ("hanako_poc.png"). What shows things that no rule can read (pictures, pages) goes only after a
person saw it. A `FileRecord` that says "sent" is made here alone; a file without one goes to no contact point.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from mailbot.core.file_kinds import Kind
from mailbot.core.file_records import Cleaned, Fate, FileRecord
from mailbot.core.messages import Attachment

MOST_FILES = 20
MOST_BYTES = 7_000_000  # of all that go together: much of the world's mail ends at 10 MB with its encoding
IDENTITY = ("reporter.", "credit_name")
LOCKED = "details"


@dataclass(frozen=True)
class Rule:
    """What is done with files of one kind."""

    fate: Fate
    why: str = ""
    to_look_at: bool = False
    encrypted_only: bool = False


RULES = {
    Kind.IMAGE: Rule(Fate.SENT, to_look_at=True),
    Kind.PDF: Rule(Fate.SENT, to_look_at=True),
    Kind.OFFICE: Rule(Fate.SENT, to_look_at=True),
    Kind.TEXT: Rule(Fate.SENT),
    Kind.HAR: Rule(Fate.SENT),
    Kind.CODE: Rule(Fate.SENT, encrypted_only=True),
    Kind.ARCHIVE: Rule(Fate.LISTED, "archive", to_look_at=True, encrypted_only=True),
    Kind.ACTIVE: Rule(Fate.REFUSED, "active"),
    Kind.PROGRAM: Rule(Fate.REFUSED, "program"),
    Kind.OTHER: Rule(Fate.REFUSED, "unknown_kind"),
}
"""The whole policy; kinds that are absent (keys) are no files of the report."""


@dataclass(frozen=True)
class Circumstances:
    """What besides the file itself decides: whether the mail is encrypted, and why a person has to choose, if so."""

    encrypted: bool
    doubt: str = ""
    chosen: frozenset[int] | None = None  # by a coordinator; None: nobody has chosen yet


@dataclass(frozen=True)
class Looked:
    """A file that was looked at: its record, and what would go."""

    record: FileRecord
    content: bytes
    extension: str


def judge(
    number: int, file: Attachment, kind: Kind, made: Cleaned, traces: Sequence[str], now: Circumstances
) -> Looked:
    """Decide on one file; `traces` are names of what in it must not travel and could not be cut out."""
    fate, why = _fate(RULES[kind], made, traces, now)
    if now.chosen is not None and fate is not Fate.REFUSED:
        sent = number in now.chosen
        why = ("chosen" if fate is Fate.LISTED else "") if sent else why or "left_out"
        fate = Fate.SENT if sent else Fate.LISTED
    rule = RULES[kind]
    record = FileRecord(
        number=number,
        given=file.filename,
        kind=kind,
        fate=fate,
        size=len(file.content),
        digest=sha256(file.content).hexdigest(),
        why=why,
        done=(*made.done, *traces),
        media_type=made.media_type,
        to_look_at=rule.to_look_at,
        encrypted_only=rule.encrypted_only,
        listing=made.listing,
    )
    return Looked(record, made.content, made.extension)


def _fate(rule: Rule, made: Cleaned, traces: Sequence[str], now: Circumstances) -> tuple[Fate, str]:
    if rule.fate is Fate.REFUSED:
        return Fate.REFUSED, rule.why
    if made.refused:
        return Fate.REFUSED, made.refused
    if any(trace.startswith(IDENTITY) for trace in traces):
        return Fate.REFUSED, "identity"
    if rule.encrypted_only and not now.encrypted:
        return Fate.REFUSED, "needs_encryption"
    why = rule.why or ("secrets" if traces else now.doubt)
    return (Fate.LISTED, why) if why else (Fate.SENT, "")


def enclosed(files: Iterable[Looked]) -> tuple[tuple[Attachment, ...], tuple[FileRecord, ...]]:
    """The attachments under neutral names, and all records; what is too much together stays behind."""
    attachments: list[Attachment] = []
    records: list[FileRecord] = []
    left = MOST_BYTES
    for file in files:
        record = file.record
        if record.fate is Fate.SENT and (len(file.content) > left or len(attachments) >= MOST_FILES):
            record = replace(record, fate=Fate.REFUSED, why="too_much")
        if record.fate is Fate.SENT:
            left -= len(file.content)
            name = f"attachment-{len(attachments) + 1}.{file.extension}"
            attachments.append(Attachment(name, record.media_type, file.content))
            record = _as_it_goes(record, attachments[-1])
        records.append(record)
    return tuple(attachments), tuple(records)


def locked(content: bytes, form: str) -> tuple[Attachment, FileRecord]:
    """The protected file that carries the details, as an attachment that may go, and its record."""
    file = Attachment(f"{LOCKED}.{form}", "application/pdf" if form == "pdf" else "application/zip", content)
    digest = sha256(content).hexdigest()
    return file, _as_it_goes(FileRecord(0, "", "protected", Fate.SENT, len(content), digest), file)


def vouched(file: Attachment, records: Iterable[FileRecord]) -> bool:
    """Whether this very file, under this name, was cleaned here and may go."""
    digest = sha256(file.content).hexdigest()
    return any(
        (r.fate, r.name, r.media_type, r.digest_sent) == (Fate.SENT, file.filename, file.media_type, digest)
        for r in records
    )


def must_be_seen(records: Iterable[FileRecord]) -> bool:
    """Whether something goes that a person has to look at first."""
    return any(record.fate is Fate.SENT and record.to_look_at for record in records)


def needs_encryption(records: Iterable[FileRecord]) -> bool:
    """Whether something goes that may not go in plain, whoever agreed."""
    return any(record.fate is Fate.SENT and record.encrypted_only for record in records)


def chosen(records: Iterable[FileRecord]) -> frozenset[int]:
    """The numbers of what goes."""
    return frozenset(record.number for record in records if record.fate is Fate.SENT)


def _as_it_goes(record: FileRecord, file: Attachment) -> FileRecord:
    digest = sha256(file.content).hexdigest()
    return replace(
        record, name=file.filename, media_type=file.media_type, size_sent=len(file.content), digest_sent=digest
    )
