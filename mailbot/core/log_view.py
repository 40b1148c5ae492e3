"""What the template of a case's log may say: the history as lines that can be put into words of any language."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class LogLine:
    """One thing that happened. Which members are filled depends on `what`; the others are empty."""

    time: str  # hours and minutes in the desk's zone
    what: str  # as the history has it: report, sent, command …
    who: str = ""
    role: str = ""  # of who did it
    mail: str = ""  # a mail's template
    to: str = ""
    to_role: str = ""
    subject: str = ""
    code: str = ""  # a command's name, a deadline's kind, a state
    codes: tuple[str, ...] = ()  # what a reply says, what a report lacks
    text: str = ""
    raw: str = ""  # a command as it was given
    times: int = 1  # how often the same came again, with nothing between
    until: date | None = None  # the last time
    moves: tuple[tuple[str, str], ...] = ()  # a vendor's name, or "", and the state that it or the case came to


@dataclass(frozen=True)
class LogDay:
    """What happened on one day of the desk's calendar."""

    day: date
    lines: tuple[LogLine, ...]


@dataclass(frozen=True)
class TermLine:
    """A term of the edition, and whether it was kept."""

    name: str  # triage, contact_answer, fix, publication
    aim: date
    done: date | None
    days: int  # that it took, or that have gone by
    kept: bool | None  # None: it still runs


@dataclass(frozen=True)
class ParticipantLine:
    """One participant in the words of the Vultron protocol."""

    name: str
    rm: str
    vfd: str


@dataclass(frozen=True)
class LogView:
    """The log of a case."""

    phase: str  # code of the guideline's track
    phase_name: str
    participants: tuple[ParticipantLine, ...]
    em: str
    pxa: str
    terms: tuple[TermLine, ...]
    days: tuple[LogDay, ...]
