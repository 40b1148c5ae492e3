"""The JSON of the verbs that keep the memory."""

from pydantic import AwareDatetime

from mailbot.shape import Shape


class GapShape(Shape):
    """`verify`: one thing that does not agree."""

    kind: str
    where: str
    what: str
    advice: str


class BackupShape(Shape):
    """`backup`: what was written."""

    file: str
    files: int  # that are in it
    made: AwareDatetime
    with_key: bool  # whoever has the file then reads everything


class PurgedCaseShape(Shape):
    """`purge`: a case of which number, dates and codes stay."""

    id: str
    track: str
    state: str


class KeptCaseShape(Shape):
    """`purge`: a case that came before the day and stays as it is, and why."""

    id: str
    why: str


class PurgeShape(Shape):
    """`purge`: what is gone; after --dry-run what would go."""

    dry_run: bool
    cases: list[PurgedCaseShape]
    kept: list[KeptCaseShape]
    outbox_items: int
    mails: int
    pins: int
