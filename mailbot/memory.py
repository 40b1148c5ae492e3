"""What the desk remembers, as the service asks for it: the spool of mails, and the store of cases, mails and keys."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from mailbot.core.messages import RawMail
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem


class Spool(Protocol):
    """Keeps the bytes of every mail received, by digest."""

    def keep(self, mail: RawMail) -> None:
        """Durable when it returns; keeping the same bytes again does nothing."""
        ...

    def load(self, digest: str) -> RawMail | None: ...
    def remove(self, digest: str) -> None:
        """Forget the bytes of that mail; safe to repeat."""
        ...


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
    """The desk's memory; every `apply` is atomic and durable.

    A backend either lets one process in at a time, which may lend it, or lets several work side by side: then turns
    and claims keep them apart.
    """

    def turn(self) -> AbstractContextManager[None]:
        """Within it nobody else changes anything: what was looked up in it still holds when it is acted upon.

        A turn within a turn is a part of it. What is applied in it is durable when the outermost one ends; whether an
        exception undoes what was applied before is left to the backend, so each `apply` must be right by itself. No
        errands to the outside within: whoever dawdles loses the turn, which then ends with TransientError and nothing
        stored.
        """
        ...

    def claim(self, what: str) -> bool:
        """Whether this process may act on that mail (by its digest) or outbox item (by its id).

        No other one may until `let_go`, until `apply` stored that the mail is done, or until this process ended or kept
        it too long; then what it still stores about it is refused with TransientError. Claiming again renews it.
        """
        ...

    def let_go(self, what: str) -> None:
        """Others may act on it; safe to repeat, and without a claim."""
        ...

    def case(self, case_id: str) -> Case | None: ...
    def cases(self, state: str | None = None) -> Iterable[Case]:
        """Every case, or those in one state, oldest first; others are not read for it."""
        ...

    def census(self) -> Mapping[tuple[str, str], int]:
        """How many cases there are of each track and state; no case is read for it."""
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

    def items_uncertain(self) -> Sequence[OutboxItem]:
        """Mails that were tried as often as is safe and may have gone out, oldest first: a person decides."""
        ...

    def item_of_message(self, message_id: str) -> OutboxItem | None:
        """The mail of ours with this Message-ID."""
        ...

    def disposition(self, digest: str) -> Disposition | None: ...
    def dispositions(self, kind: str | None = None, since: datetime | None = None) -> Iterable[Disposition]: ...
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
    def acknowledgements(self, address: str, since: datetime, until: datetime | None = None) -> int:
        """How many receipts went, or wait to go, to the mailbox of the address since then; user+tag@ is user@.

        Those made after `until`, by a clock that was wrong, do not count.
        """
        ...

    def spent(self, account: str, since: datetime) -> Sequence[datetime]:
        """The moments after `since` at which mail left that counts for the account of `core/budgets.py`, in order."""
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


class DeskStore(Store, Protocol):
    """A store with what only the verbs of the command line ask for."""

    def cases_in_brief(self, state: str | None = None) -> Iterable[Case]:
        """As `cases`, but of those that were put aside perhaps no more than `core.brief.in_brief` leaves of them."""
        ...

    def items_unsent(self) -> Iterable[OutboxItem]:
        """Those that did not go out, or not yet, oldest first."""
        ...

    def items_told(self, since: datetime, case_ids: Collection[str] = ()) -> Iterable[OutboxItem]:
        """Those of these cases, those that are held, and those that went out, or were given up, at or after that
        moment, oldest first."""
        ...

    def brought(self) -> Iterator[bytes]:
        """The case records that the desk brought along, one JSON object each."""
        ...

    def bring(self, groups: Mapping[str, Sequence[str]], said: str) -> None:
        """Keep these case records instead, in groups by the names given; `said` is the line of the journal about it."""
        ...

    def token_secret(self, default: bytes) -> bytes:
        """What tokens are made with: `default`, unless the key that it comes from has been changed since."""
        ...


class KeyShelf(Protocol):
    """Public keys that several hosts share, each with a keyring of its own."""

    def keep_keys(self, fingerprint: str, block: bytes, seen: int | None = None) -> bool:
        """Lay the armored key there, in place of an older form of it; whether it lies there now.

        Not in place of another form that was laid there after the number `seen`: what came with that would be lost.
        """
        ...

    def keys_since(self, number: int) -> Sequence[tuple[int, bytes]]:
        """What was laid there after that number, each with its own, in order."""
        ...
