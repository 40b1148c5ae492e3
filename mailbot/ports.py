"""What the service needs from the outside world."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mailbot.core.messages import Decrypted, RawMail, SealedMail, Verdict
from mailbot.core.model import Case, Contact
from mailbot.core.outbox import OutboxItem


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

    def inspect(self, key: bytes) -> "tuple[KeyInfo, ...]":
        """What public keys `key` holds, without importing them."""
        ...

    def import_key(self, key: bytes) -> "tuple[KeyInfo, ...]":
        """Import public keys (never secret ones); what they are."""
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
class KeyInfo:
    """A public key: 40 hex upper case fingerprint, user ids, bits and times."""

    fingerprint: str
    uids: tuple[str, ...]
    created: datetime | None
    expires: datetime | None
    algorithm: str
    can_encrypt: bool
    revoked: bool = False
    secret: bool = False

    def names_address(self, address: str) -> bool:
        """Whether a user id carries `address` (the addr-spec in angle brackets, or the whole id)."""
        return address.lower() in self.addresses()

    def addresses(self) -> frozenset[str]:
        """The addresses that its user ids carry, in lower case."""
        named = (uid.rpartition("<")[2].rstrip("> ").lower() for uid in self.uids)
        return frozenset(address for address in named if "@" in address)


class Sender(Protocol):
    """Takes mail to the outside."""

    def send(self, mail: SealedMail) -> None:
        """Hand over one mail.

        Raises TransientError (nothing was taken), UncertainError (may have been taken) or PermanentError.
        """
        ...

    def close(self) -> None: ...


class ContactFinder(Protocol):
    """Looks for contact points on the outside (security.txt)."""

    def find(self, urls: Sequence[str], now: datetime) -> tuple[Contact, ...]:
        """Candidates with evidence, best first, numbered from 1. Raises TransientError."""
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


@dataclass(frozen=True)
class Pin:
    """The key we hold for an address, pinned at first use."""

    address: str
    fingerprint: str
    since: datetime
    source: str


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
    def cases(self) -> Iterable[Case]: ...
    def cases_due(self, now: datetime) -> Sequence[str]:
        """Ids of open cases with a deadline at or before `now`, in order of time."""
        ...

    def case_of_message(self, message_id: str) -> str | None:
        """The case that a mail with this Message-ID (with angle brackets) belongs to."""
        ...

    def item(self, item_id: str) -> OutboxItem | None: ...
    def items(self, case_id: str | None = None) -> Iterable[OutboxItem]:
        """All outbox items, or those of one case, oldest first."""
        ...

    def items_due(self, now: datetime) -> Sequence[OutboxItem]:
        """Queued or sending items whose time has come, oldest first."""
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

    def pin(self, address: str) -> Pin | None: ...
    def pins(self) -> Iterable[Pin]: ...
    def signature_seen(self, signature_id: str) -> bool: ...
    def acknowledgements(self, address: str, since: datetime) -> int:
        """How many receipts went, or wait to go, to the address since then."""
        ...

    def apply(self, change: Change) -> None: ...
    def lent(self) -> AbstractContextManager[None]:
        """Let other processes write while this one waits; on return the memory is as they left it.

        Nothing is stored meanwhile. Leaving raises TransientError when the memory is not given back in time; it has to
        be lent, and so taken back, once more before anything can be stored.
        """
        ...

    def close(self) -> None: ...
