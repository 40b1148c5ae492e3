"""What we say about keys: to who sent a secret one, and to coordinators where a person has to decide."""

from mailbot.core.compose import compose_without_case
from mailbot.core.effects import SendMail, TellCoordinators
from mailbot.core.keys import End, Ending, Unfit
from mailbot.core.language import language as language_of
from mailbot.core.messages import ParsedMail
from mailbot.core.model import Role
from mailbot.memory import OtherKey
from mailbot.pending import Pending
from mailbot.recipient_keys import Learned
from mailbot.rendering import mail_item, tell

_TEMPLATE = "notice-key"
_WARNING = "secret-key-warning"


def tell_of_keys(pending: Pending, mail: ParsedMail, learned: Learned, case_id: str | None, *, may_warn: bool) -> None:
    """Tell coordinators of a key that waits for them, and of keys that are no use to somebody who has no other."""
    for other in learned.held:
        _tell_of_other(pending, mail, learned, other, case_id)
    if learned.had_secret:
        warn_of_secret_key(pending, mail, case_id, may_warn=may_warn)
    for refused in learned.refused:
        pending.note(f"key {refused.fingerprint or '(unread)'} refused: {refused.why}")
    first = next((refused for refused in learned.refused if refused.why is not Unfit.SECRET), None)
    if first and learned.fingerprint is None and mail.sender:
        details = (
            ("why", "key_refused"),
            ("sender", mail.sender.address),
            ("reason", first.why),
            ("offered", first.fingerprint),
        )
        _tell(pending, f"key-refused/{mail.digest}", details, case_id)


def warn_of_secret_key(pending: Pending, mail: ParsedMail, case_id: str | None, *, may_warn: bool) -> None:
    """Warn who sent a secret key, once a day, and tell the coordinators; nothing of the mail is repeated.

    Without `may_warn` only the coordinators: nobody should be answered (RFC 3834).
    """
    bot, now = pending.bot, pending.now
    if mail.sender is None:
        return
    address = mail.sender.address
    key = f"secret-key/{address.lower()}/{now:%Y-%m-%d}"
    _tell(pending, f"{key}/notice", (("why", Unfit.SECRET), ("sender", address)), case_id)
    if may_warn:
        language = language_of(mail.subject) if mail.subject else bot.desk.languages[0]
        effect = SendMail(key, _WARNING, Role.FINDER, address, replies_to=mail.message_id or None)
        draft = compose_without_case(effect, language, bot.desk, bot.templates, bot.desk.address, now)
        pending.add(mail_item(bot, None, key, _WARNING, draft, now))


def tell_of_ending(pending: Pending, ending: Ending, *, own: bool) -> None:
    """Tell coordinators, once, that a key in use ends, or has ended."""
    day = f"{ending.expires:%Y-%m-%d}" if ending.expires and ending.end is not End.REVOKED else ""
    details = (
        ("why", f"own_{ending.end}" if own else ending.end),
        ("sender", ", ".join(ending.addresses)),
        ("pinned", ending.fingerprint),
        ("expires", day),
        ("command", "mailbot key export" if own else f"mailbot key refresh {ending.addresses[0]}"),
    )
    _tell(pending, ending_key(ending), details, None)


def ending_key(ending: Ending) -> str:
    """Under which a notice of it is queued: a renewed key that ends later is spoken of again."""
    return (
        f"key-end/{ending.fingerprint}/{ending.end}/{ending.expires:%Y-%m-%d}"
        if ending.expires
        else (f"key-end/{ending.fingerprint}/{ending.end}")
    )


def _tell_of_other(pending: Pending, mail: ParsedMail, learned: Learned, other: OtherKey, case_id: str | None) -> None:
    if learned.pinned is None or mail.sender is None:
        return
    details = (
        ("why", "other_key"),
        ("sender", mail.sender.address),
        ("pinned", learned.pinned.fingerprint),
        ("since", f"{learned.pinned.since:%Y-%m-%d}"),
        ("offered", other.fingerprint),
        ("command", f"mailbot key import {other.fingerprint}"),
    )
    key = f"other-key/{mail.sender.address.lower()}/{learned.pinned.fingerprint}/{other.fingerprint}"
    _tell(pending, key, details, case_id)


def _tell(pending: Pending, key: str, details: tuple[tuple[str, str], ...], case_id: str | None) -> None:
    case = pending.case(case_id) if case_id else None
    pending.add(*tell(pending.bot, case, TellCoordinators(key, _TEMPLATE, details), (), pending.now))
