"""What a template may say of a mail that waits for a coordinator's word."""

from dataclasses import dataclass

from mailbot.core.views import ContactLine


@dataclass(frozen=True)
class ReplacedView:
    """Words of the report, or of ours, and what stands in their place."""

    place: str
    before: tuple[str, ...]  # line by line
    after: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class HeldMail:
    """A mail that waits for a coordinator's word, in full."""

    template: str
    to: str
    subject: str
    body: str
    attachments: tuple[str, ...]
    encryption: str  # encrypted, encrypted_only, protected, plain
    hash: str
    held_for: str  # approval, no_usable_key, plaintext_consent, changed, egress/...: ..., leak: ...
    approvable: bool  # a leak can only be withheld, or written anew
    part: str = ""  # where the rule that holds it found something; this and the next two may be empty
    part_number: str = ""
    part_line: str = ""
    despite: str = ""  # the rule that an approval must name
    contact: ContactLine | None = None  # whom it is for
    key: str = ""  # the last digits of the fingerprint, in groups of four
    left_out: tuple[tuple[str, tuple[str, ...]], ...] = ()  # why, and which fields of the report
    replaced: tuple[ReplacedView, ...] = ()
    more: int = 0  # replacements that are not shown here
    edited: tuple[ReplacedView, ...] = ()  # by a coordinator: lines before and after
    files: tuple[str, ...] = ()  # of the report: before and after
    protectable: bool = False  # it may go in a locked file instead
