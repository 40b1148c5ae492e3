"""What has been found in the parts of a mail so far, and how much more of it is taken."""

from dataclasses import dataclass, field, replace

from mailbot.core import filenames
from mailbot.core.limits import Limits
from mailbot.core.messages import Attachment, PgpPart

_TIMES = 4  # the mail's size: a forwarded mail is kept whole beside its own attachments, at each level


@dataclass
class Budget:
    """How many attachments, and bytes of them, are still taken; shared by all parts of a mail."""

    attachments: int
    content: int


@dataclass
class Contents:
    """What has been found so far, in the order of the mail."""

    limits: Limits = field(default_factory=Limits)
    hints: tuple[str, ...] = ()  # charset labels that the mail uses: for what has none
    budget: Budget | None = None
    attachments: list[Attachment] = field(default_factory=list)
    pgp: list[PgpPart] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.budget = self.budget or Budget(self.limits.attachments, _TIMES * self.limits.mail_bytes)

    def inner(self) -> "Contents":
        """An empty one for a part of the same mail."""
        return Contents(self.limits, self.hints, self.budget)

    def add(self, other: "Contents") -> None:
        """Everything of `other`, after what is already here."""
        self.attachments += other.attachments
        self.pgp += other.pgp
        self.defects += other.defects

    def attach(self, filename: str, media_type: str, content: bytes) -> bool:
        """Keep a file; False and a defect where it is one too many."""
        budget = self.budget
        if budget is None or budget.attachments < 1 or budget.content < len(content):
            few = budget is None or budget.attachments < 1
            most = (
                f"{self.limits.attachments} attachments" if few else f"{_TIMES * self.limits.mail_bytes} bytes of them"
            )
            self.defects.append(f"limit: more than {most}")
            return False
        budget.attachments -= 1
        budget.content -= len(content)
        self.attachments.append(Attachment(filename, media_type, content))
        return True

    def name_the_nameless(self) -> None:
        """Give each attachment without a name the one of its place."""
        self.attachments = [
            file if file.filename else replace(file, filename=filenames.default_name(number, file.media_type))
            for number, file in enumerate(self.attachments, 1)
        ]
