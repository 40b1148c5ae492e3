"""A mail at each stage of its way through the bot: raw, parsed, opened; draft, sanitised, sealed."""

from dataclasses import InitVar, dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from hashlib import sha256

from mailbot.core.file_records import FileRecord


@dataclass(frozen=True)
class RawMail:
    """The bytes as they reached the desk; their SHA-256 is the mail's identity."""

    content: bytes
    source: str

    @cached_property
    def digest(self) -> str:
        """64 hex digits."""
        return sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Address:
    """One mailbox: display name (may be empty) and addr-spec with its domain in lower case."""

    name: str
    address: str


@dataclass(frozen=True)
class Attachment:
    """A decoded attachment; `filename` is safe to show, never to be used as a path."""

    filename: str
    media_type: str
    content: bytes


class PgpKind(StrEnum):
    """How OpenPGP data stood in the mail."""

    ENCRYPTED = "encrypted"  # payload: armored or binary ciphertext, of any wrapping
    SIGNED = "signed"  # PGP/MIME: `payload` is the exact signed bytes, `signature` the detached signature
    CLEARSIGNED = "clearsigned"  # payload: the whole armored block
    PUBLIC_KEY = "public_key"  # payload: armored or binary public key block


@dataclass(frozen=True)
class PgpPart:
    """One piece of OpenPGP data, with the exact bytes that gpg must see."""

    kind: PgpKind
    payload: bytes
    signature: bytes = b""
    inline: bool = False  # found inside text or an attachment, not as PGP/MIME
    quoted: bool = False  # stood in a quotation: somebody's earlier mail
    charset: str = ""  # of the text that was signed or encrypted, where something says so
    root: bool = False  # PGP/MIME that holds all of the mail, so that its protected headers count


@dataclass(frozen=True)
class ParsedMail:
    """What stands in a mail, decoded; whatever was odd is named in `defects`."""

    digest: str
    message_id: str  # with angle brackets; "" if absent
    sender: Address | None
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    date: datetime | None  # aware; None if absent or unreadable
    headers: tuple[tuple[str, str], ...]  # in order, names as written, values decoded and unfolded
    text: str  # what a person would read, newlines as "\n"
    attachments: tuple[Attachment, ...]
    pgp: tuple[PgpPart, ...]
    defects: tuple[str, ...] = ()

    def header(self, name: str) -> str | None:
        """The first header of that name, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class Signature(StrEnum):
    """The verdict on a signature, the words of `rehearse --json`."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN_KEY = "unknown_key"
    EXPIRED = "expired"
    REVOKED = "revoked"
    NONE = "none"


@dataclass(frozen=True)
class Verdict:
    """What gpg said of one signature; `fingerprint` is the primary key's, 40 hex upper case."""

    status: Signature
    fingerprint: str | None = None
    made_at: datetime | None = None
    uids: tuple[str, ...] = ()


FAILURES = {
    "no_secret_key": "encrypted for keys that the desk does not have",
    "passphrase": "the desk's key is locked: its passphrase is missing or wrong",
    "symmetric": "encrypted with a passphrase instead of a key",
    "unsupported": "a form of encryption that this gpg does not know (AEAD, SEIPD version 2)",
    "smime": "encrypted with S/MIME, which the desk does not read",
    "not_protected": "without integrity protection; what it says may have been changed",
    "damaged": "changed or cut short on the way",
    "not_encrypted": "no ciphertext, although the mail says so",
    "too_large": "over a limit of [limits]",
    "timeout": "gpg did not end in [limits].decrypt_seconds",
}
"""Why something could not be decrypted."""


@dataclass(frozen=True)
class Decrypted:
    """The outcome of one decryption: plaintext, or None and why."""

    plaintext: bytes | None
    failure: str | None = None  # a key of FAILURES
    verdicts: tuple[Verdict, ...] = ()
    key: str | None = None  # the primary fingerprint of the key that decrypted it
    asked_for: tuple[str, ...] = ()  # the ids of the keys it was encrypted for, 16 hex; zeros where hidden


@dataclass(frozen=True)
class Crypto:
    """What OpenPGP told us of a mail as a whole."""

    encrypted: bool = False
    signature: Signature = Signature.NONE
    signer: str | None = None
    failure: str | None = None
    defects: tuple[str, ...] = ()


@dataclass(frozen=True)
class SignedText:
    """The text that one good signature covers, the only place that commands are read from."""

    text: str
    subject: str | None  # a protected Subject, if the signed part carries one
    fingerprint: str
    made_at: datetime
    signature_id: str  # SHA-256 over fingerprint, time and signed bytes: the same signed text has the same one


@dataclass(frozen=True)
class OpenedMail:
    """A mail after decryption and verification."""

    mail: ParsedMail  # the outer mail: its headers are what the network saw
    subject: str  # the protected one where it counts, else the outer
    text: str  # decrypted and decoded
    new_text: str  # of a reply: without the quoted rest and the signature block
    attachments: tuple[Attachment, ...]
    crypto: Crypto
    signed: SignedText | None = None
    keys: tuple[bytes, ...] = ()  # public keys that came with the mail
    defects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A mail that has been written but not yet checked for what it gives away."""

    template: str  # language/name
    to: Address
    audience: str  # a Role: whom the content is meant for
    subject: str
    body: str
    attachments: tuple[Attachment, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    reply_to: str = ""  # the desk's plus-address with the recipient's token
    auto_submitted: str = "auto-generated"
    must_encrypt: bool = False  # held rather than sent in plain
    files: tuple[FileRecord, ...] = ()  # what became of the report's files; those that went in are attachments
    protection: str = ""  # pdf, zip: the text and the attachments leave in one file with a passphrase


@dataclass(frozen=True)
class Withheld:
    """One thing that was taken out, for coordinators' eyes only: `before` is the very secret."""

    rule: str  # which rule took it, such as "cookie" or "reporter.name"
    kind: str  # what it is, a name of core/marks.py; "" for a passage that the finder keeps for the desk
    before: str = field(repr=False)
    after: str  # the mark that stands in its place
    place: str  # "subject", "body", "attachment 1", or the name of a field


@dataclass(frozen=True)
class SanitisedDraft:
    """Only sanitise() makes one; only one of these can be checked, sealed and sent."""

    draft: Draft
    withheld: tuple[str, ...]  # names of what was taken out, never its content
    records: tuple[Withheld, ...] = field(default=(), repr=False, compare=False)  # the same one by one, in order


STAMP_OF_EGRESS = object()
STAMP_OF_SEAL = object()
"""What it takes to make the two types below. Each is named by one module alone, which tests/architecture sees to."""


@dataclass(frozen=True)
class CheckedDraft:
    """A draft that passed the last look, under the Message-ID it was looked at with; only egress.admit() makes one."""

    draft: Draft
    message_id: str
    stamp: InitVar[object]

    def __post_init__(self, stamp: object) -> None:
        if stamp is not STAMP_OF_EGRESS:
            raise TypeError("only egress.admit() makes a CheckedDraft")


@dataclass(frozen=True)
class SealedMail:
    """A signed, perhaps encrypted mail, ready for the wire; only seal() makes one, of a CheckedDraft."""

    message_id: str
    sender: str
    to: str
    content: bytes
    encrypted_to: tuple[str, ...]
    stamp: InitVar[object]

    def __post_init__(self, stamp: object) -> None:
        if stamp is not STAMP_OF_SEAL:
            raise TypeError("only seal() makes a SealedMail")
