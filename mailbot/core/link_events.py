"""What happens to a case because of another one: merged into it, split out of it, ended with it."""

from dataclasses import dataclass

from mailbot.core.model import ClosingCode, Contact, Field, FixMethod, Participant, RejectionCode


@dataclass(frozen=True)
class CaseAbsorbed:
    """Another case about the same was merged into this one."""

    other: str
    coordinator: str
    contacts: tuple[Contact, ...] = ()  # that the other case knew
    finders: tuple[tuple[Field, ...], ...] = ()  # what identifies whoever reported it


@dataclass(frozen=True)
class CaseSplit:
    """What opens a case of the other track, or of another site, out of a case."""

    parent: str
    coordinator: str
    participants: tuple[Participant, ...]
    fields: tuple[Field, ...]
    missing: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    aliases: tuple[Field, ...] = ()


@dataclass(frozen=True)
class CaseLinked:
    """Another case came out of this one, or is proposed as about the same."""

    kind: str  # of the link
    case: str
    score: float | None = None  # of a proposal
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeardElsewhere:
    """A mail on a case that was merged into this one."""

    case: str
    sender: str
    said: str


@dataclass(frozen=True)
class FollowedCaseEnded:
    """The case that a merged one went on in has ended."""

    case: str
    closing_code: ClosingCode | None
    rejection_code: RejectionCode | None
    fix_method: FixMethod | None = None
