"""What became of one file of a report on its way to a contact point: the shape that travels with the mail."""

from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """Whether the file goes with the mail."""

    SENT = "sent"
    LISTED = "listed"  # only where a coordinator says so with !attach
    REFUSED = "refused"  # never


@dataclass(frozen=True)
class FileRecord:
    """One file before and after. `core/attachments.py` alone makes one: its digest is what lets a file through."""

    number: int  # among the files of the report: what !attach and !detach take
    given: str  # the finder's name for it: for coordinators, it may tell who they are
    kind: str  # what it is by its content
    fate: Fate
    size: int
    digest: str
    why: str = ""  # it does not go; "chosen": it goes because a coordinator says so
    done: tuple[str, ...] = ()  # what was taken out or changed
    name: str = ""  # this and the next three: as it goes
    media_type: str = ""
    size_sent: int = 0
    digest_sent: str = ""
    to_look_at: bool = False  # what it shows cannot be checked by rules: a person has to see it first
    encrypted_only: bool = False
    listing: tuple[str, ...] = ()  # of an archive: the names and sizes inside


@dataclass(frozen=True)
class Cleaned:
    """What a cleaner made of a file: new content, or why there is none."""

    content: bytes = b""
    extension: str = ""
    media_type: str = ""
    done: tuple[str, ...] = ()
    words: str = ""  # that can be read in it
    listing: tuple[str, ...] = ()
    refused: str = ""
