"""What the service needs from the outside world."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mailbot.core.confirmation import Challenge
from mailbot.core.file_records import Cleaned
from mailbot.core.keys import KeyInfo
from mailbot.core.messages import Attachment, Decrypted, OpenedMail, RawMail, SealedMail, Verdict
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

    def sign_and_encrypt(self, content: bytes, fingerprints: Sequence[str]) -> bytes:
        """The same, with a signature by the desk's key inside. Raises TransientError, too, if it cannot sign now."""
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

    def expect(self, raw: RawMail) -> None:
        """The mail will be read soon: a hint, by which nothing but the time may change that its reading takes."""
        ...

    def forget(self) -> None:
        """Expect nothing any more."""
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


class Copies(Protocol):
    """Where the mail server keeps what left through it."""

    def holds(self, message_id: str) -> bool:
        """Whether a mail of ours with this Message-ID (with angle brackets) is there. Raises TransientError."""
        ...

    def close(self) -> None:
        """End the connection; never raises."""
        ...


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
