"""What does not agree between the parts of the desk's memory, in words for the person who has to act."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Gap:
    """One thing that is missing, changed or too much; `where` is a file, a mail, a case or an outbox item."""

    kind: str  # spool, store, archive, journal, case, outbox, disposition, mailbox, foreign, permission
    where: str
    what: str
    advice: str
