"""Mails at the last two stages of their way, made for tests of what comes after; the program makes none like this."""

from dataclasses import replace

from mailbot.core.messages import STAMP_OF_EGRESS, STAMP_OF_SEAL, CheckedDraft, Draft, SealedMail


def checked(draft: Draft, message_id: str) -> CheckedDraft:
    """The draft as if it had passed the egress gate."""
    return CheckedDraft(draft, message_id, STAMP_OF_EGRESS)


def sealed(message_id: str, sender: str, to: str, content: bytes) -> SealedMail:
    """These bytes as if they had been sealed, in plain."""
    return SealedMail(message_id, sender, to, content, (), STAMP_OF_SEAL)


def changed(mail: SealedMail, content: bytes) -> SealedMail:
    """The mail with these bytes, as if somebody had changed it on the way."""
    return replace(mail, content=content, stamp=STAMP_OF_SEAL)
