"""What the service needs from the outside world."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mailbot.core.confirmation import Challenge
from mailbot.core.file_records import Cleaned
from mailbot.core.keys import KeyInfo
from mailbot.core.messages import Attachment, Decrypted, OpenedMail, RawMail, SealedMail, Verdict
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem
from mailbot.core.seeking import Found, Question
from mailbot.core.sight import Bounce
from mailbot.core.signs import Signs
from mailbot.core.understand import Understanding


@dataclass(frozen=True)
class Arrival:
    """A mail in the mailbox, and the mailbox's own handle for it.

    `mail` is None when the mail is larger than the limit: only its head was fetched, into `head`.
    """

    handle: str
    mail: RawMail | None
    head: bytes = b""
    size: int = 0


class Mailbox(Protocol):
    """Where mail arrives. The queue itself: what was handled is moved, never deleted."""

    def arrivals(self) -> Iterator[Arrival]:
        """Everything that waits, oldest first. Raises TransientError."""
        ...

    def file_away(self, arrival: Arrival, folder: str) -> None:
        """Move the mail to Processed, Held or Quarantine. Safe to repeat. Raises TransientError."""
        ...

    def wait(self, seconds: float) -> None:
        """Return when new mail is announced, or after that time. Raises TransientError."""
        ...

    def close(self) -> None:
        """End the connection; never raises."""
        ...


class Keyring(Protocol):
    """OpenPGP: the desk's key, and pinned keys of others. Failures are data, never exceptions."""

    def decrypt(self, ciphertext: bytes, max_bytes: int) -> Decrypted: ...

    def verify(self, signed: bytes, signature: bytes) -> tuple[Verdict, ...]:
        """Verdicts on a detached signature."""
        ...

    def verify_clearsigned(self, block: bytes, max_bytes: int) -> tuple[bytes, tuple[Verdict, ...]]:
        """The text inside the signature only, and the verdicts."""
        ...

    def sign(self, content: bytes) -> tuple[bytes, str]:
        """An armored detached signature by the desk's key, and its micalg ("pgp-sha512")."""
        ...

    def encrypt(self, content: bytes, fingerprints: Sequence[str]) -> bytes:
        """Armored ciphertext for those keys and the desk's own. Raises PermanentError for an unusable key."""
        ...

    def inspect(self, key: bytes) -> tuple[KeyInfo, ...]:
        """What keys `key` holds, without importing them; () if none can be read or they are too large."""
        ...

    def import_key(self, key: bytes, only: str | None = None) -> tuple[KeyInfo, ...]:
        """Import public keys, or the one with the fingerprint `only`; what they are. None of a block with a secret one.

        What a key has that is held already is added to it.
        """
        ...

    def all_keys(self) -> tuple[KeyInfo, ...]:
        """Every public key that is held."""
        ...

    def export(self, fingerprint: str) -> bytes:
        """The armored public key; b"" if it is not held."""
        ...

    def usable(self, fingerprint: str, now: datetime) -> bool:
        """Whether mail can be encrypted to that key at `now`: held, not expired, not revoked."""
        ...

    @property
    def own(self) -> str:
        """The desk's fingerprint."""
        ...


@dataclass(frozen=True)
class Reading:
    """What a mail tells by itself, without the desk's memory."""

    opened: OpenedMail
    understanding: Understanding
    bounce: Bounce | None
    signs: Signs  # of machines, lists and spam


class Reader(Protocol):
    """Reads mail: parses, opens and understands it, within limits."""

    def read(self, raw: RawMail) -> Reading:
        """What the mail tells. Raises ReadingError when it cannot be read to its end, TransientError for now."""
        ...

    def close(self) -> None:
        """Read no more; never raises."""
        ...


class Sender(Protocol):
    """Takes mail to the outside."""

    def send(self, mail: SealedMail) -> None:
        """Hand over one mail.

        Raises TransientError (nothing was taken), UncertainError (may have been taken) or PermanentError.
        """
        ...

    def close(self) -> None: ...


class ContactFinder(Protocol):
    """Looks for contact points: in the report, in the desk's directory, on the outside."""

    def find(self, question: Question, now: datetime) -> Found:
        """Candidates with evidence, best first, numbered from 1. Raises TransientError if nobody could be asked."""
        ...


class ProofLooker(Protocol):
    """Looks whether somebody placed a text where only those who run a site can."""

    def problem(self, challenge: Challenge) -> str:
        """Why it is not there, in our own words; "" if it is. Raises TransientError when our own network fails."""
        ...


@dataclass(frozen=True)
class Published:
    """What the domain of an address says its key is: a block of keys, or b"" and why there is none."""

    key: bytes = b""
    why: str = ""


class KeyDirectory(Protocol):
    """Where domains publish the keys of their addresses."""

    def find(self, address: str) -> Published:
        """What is published for `address`; not yet inspected. Raises TransientError when our own network fails."""
        ...


class Cleaner(Protocol):
    """Makes files of strangers harmless and silent about who made them."""

    def clean(self, files: tuple[tuple[str, Attachment], ...]) -> tuple[Cleaned, ...]:
        """Each file, given with its kind (core/file_kinds.py), in its clean form or why not. Raises TransientError."""
        ...


class Protector(Protocol):
    """Locks the details into one file for who has no key."""

    def lock(self, form: str, text: str, files: Sequence[Attachment], passphrase: str) -> bytes:
        """A PDF or ZIP file (`form`: pdf, zip), encrypted with AES-256, that holds the text and the files."""
        ...


class Spool(Protocol):
    """Keeps the bytes of every mail received, by digest."""

    def keep(self, mail: RawMail) -> None:
        """Durable when it returns; keeping the same bytes again does nothing."""
        ...

    def load(self, digest: str) -> RawMail | None: ...


@dataclass(frozen=True)
class Disposition:
    """What became of one received mail; final."""

    digest: str
    kind: str  # case, command, copy, bounce, ignored, held, quarantined
    folder: str  # Processed, Held, Quarantine
    at: datetime
    case: str | None = None
    why: str = ""
    message_id: str = ""
    sender: str = ""
    subject: str = ""  # only for held and quarantined mail: what a person needs to find it
    attempts: int = 1
    source: str = ""  # where it was fetched: INBOX/17, a file
    purged: bool = False  # its bytes were removed after the time for which they are kept


@dataclass(frozen=True)
class OtherKey:
    """Another key than the pinned one that came for an address: a coordinator decides."""

    fingerprint: str
    key: bytes  # as it came: it is not imported before
    since: datetime
    source: str


@dataclass(frozen=True)
class Pin:
    """The key we hold for an address, pinned at first use."""

    address: str
    fingerprint: str
    since: datetime
    source: str  # mail, named, directory, imported
    others: tuple[OtherKey, ...] = ()


@dataclass(frozen=True)
class Change:
    """All that one mail, deadline or delivery caused; stored in one atomic step or not at all."""

    cases: tuple[Case, ...] = ()
    items: tuple[OutboxItem, ...] = ()
    done: tuple[Disposition, ...] = ()
    pins: tuple[Pin, ...] = ()
    signatures: tuple[str, ...] = ()  # signature ids of commands, never to be run again
    journal: tuple[str, ...] = ()  # one line each, without report text


class Store(Protocol):
    """The desk's memory. One process at a time, which may lend it; every `apply` is atomic and durable."""

    def case(self, case_id: str) -> Case | None: ...
    def cases(self, state: str | None = None) -> Iterable[Case]:
        """Every case, or those in one state, oldest first; others are not read for it."""
        ...

    def cases_due(self, now: datetime) -> Sequence[str]:
        """Ids of open cases with a deadline at or before `now`, in order of time."""
        ...

    def case_of_message(self, message_id: str) -> str | None:
        """The case that a mail with this Message-ID (with angle brackets) belongs to."""
        ...

    def cases_of_contact(self, address: str) -> Sequence[str]:
        """Ids of the open cases with a contact point of that address, oldest first."""
        ...

    def cases_about(self, key: str, limit: int) -> Sequence[str]:
        """Ids of the cases whose fields have this key of `duplicates.keys`, the newest first, `limit` at most."""
        ...

    def cases_telling(self, pieces: Collection[int]) -> Mapping[int, Sequence[str]]:
        """Which of these pieces (`core/traces.py`) open cases tell, and the ids of those cases."""
        ...

    def item(self, item_id: str) -> OutboxItem | None: ...
    def items(self, case_id: str | None = None) -> Iterable[OutboxItem]:
        """All outbox items, or those of one case, oldest first."""
        ...

    def items_due(self, now: datetime) -> Sequence[OutboxItem]:
        """Queued or sending items whose time has come, oldest first."""
        ...

    def items_held(self) -> Sequence[OutboxItem]:
        """Mails that wait for a person, oldest first."""
        ...

    def item_of_message(self, message_id: str) -> OutboxItem | None:
        """The mail of ours with this Message-ID."""
        ...

    def disposition(self, digest: str) -> Disposition | None: ...
    def dispositions(self, kind: str | None = None) -> Iterable[Disposition]: ...
    def begin(self, digest: str) -> int:
        """Count, durably, a start at this mail; how many there were that did not end."""
        ...

    def end(self, digest: str) -> None:
        """Take the start back: the mail was left alone because the outside failed."""
        ...

    def unfinished(self) -> int:
        """How many mails were begun and are not done."""
        ...

    def pin(self, address: str) -> Pin | None: ...
    def pins(self) -> Iterable[Pin]: ...
    def signature_seen(self, signature_id: str) -> bool: ...
    def acknowledgements(self, address: str, since: datetime) -> int:
        """How many receipts went, or wait to go, to the mailbox of the address since then; user+tag@ is user@."""
        ...

    def apply(self, change: Change) -> None: ...
    def archive(self, before: datetime) -> int:
        """Put some cases that had ended then aside, how many; 0: there are no more. Every look-up has them still."""
        ...

    def journal_head(self) -> str:
        """Number and hash of the journal's last line."""
        ...

    def lent(self) -> AbstractContextManager[None]:
        """Let other processes write while this one waits; on return the memory is as they left it.

        Nothing is stored meanwhile. Leaving raises TransientError when the memory is not given back in time; it has to
        be lent, and so taken back, once more before anything can be stored.
        """
        ...

    def close(self) -> None: ...
