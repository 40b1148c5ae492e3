"""The one way from an outbox item to a mail that can be sent: redacted, looked at, as it was approved, sealed.

Whatever wrote the mail, it comes through here; `dispatch.py` alone hands what comes out to the sender.
"""

from dataclasses import replace
from datetime import datetime

from mailbot.bot import Bot
from mailbot.core import egress
from mailbot.core.approval import content_hash, noted
from mailbot.core.egress_rules import Hit, Known
from mailbot.core.messages import Address, CheckedDraft, SanitisedDraft, SealedMail
from mailbot.core.model import Case, Role
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.passphrase import make_passphrase
from mailbot.core.sanitise import Leak, sanitise, sanitise_without_case
from mailbot.core.seal import seal
from mailbot.core.tokens import make_token
from mailbot.covering import cover
from mailbot.errors import PermanentError
from mailbot.recipient_keys import recipient_key
from mailbot.rendering import plaintext_objection

CHANGED = "changed"
"""What was shown is no longer what would leave: it is shown once more."""


def prepare(bot: Bot, case: Case | None, item: OutboxItem, now: datetime) -> SealedMail | OutboxItem:
    """The mail ready for the wire, or the item as it is held: why, and as it would leave now."""
    checked = look(bot, case, item, now)
    if isinstance(checked, OutboxItem):
        return checked
    recipient = recipient_key(bot, case, checked.draft.to.address, now)
    try:
        if checked.draft.protection and case:
            letter = look(bot, case, cover(bot, case, item, checked.draft, now), now)
            if isinstance(letter, OutboxItem):
                return _held(item, letter.held_for or CHANGED)
            checked = letter
        return seal(
            checked,
            date=now,
            sender=Address(bot.desk.name, bot.desk.address),
            keyring=bot.keyring,
            recipient_key=recipient.fingerprint,
        )
    except PermanentError as exc:
        return _held(item, f"cannot be sealed: {exc}")


def look(bot: Bot, case: Case | None, item: OutboxItem, now: datetime) -> CheckedDraft | OutboxItem:
    """The mail as it may be sealed, or the item as it is held."""
    assert item.draft is not None
    own = bot.templates.own_words(item.draft.template)
    clean = sanitise(item.draft, case, bot.desk, own) if case else sanitise_without_case(item.draft)
    if isinstance(clean, Leak):
        return _held(item, f"leak: {clean.reason}")
    key = recipient_key(bot, case, clean.draft.to.address, now).fingerprint or ""
    # A key that came since only closes the envelope; another one, or none any more, is a change.
    if item.approved_by and (clean.draft != item.draft or item.encrypt_to not in ("", key)):
        why = plaintext_objection(bot, case, item, now)  # a key that is gone says more than that something changed
        return _held(as_it_would_leave(item, clean, key), why or CHANGED)
    checked = egress.admit(clean, case, item, bot.desk, replace(_known(bot, case, clean, own), encrypted=bool(key)))
    if isinstance(checked, Hit):
        return _held(item, str(checked))
    if why := plaintext_objection(bot, case, item, now):
        return _held(item, why)
    return checked


def as_it_would_leave(item: OutboxItem, clean: SanitisedDraft, key: str) -> OutboxItem:
    """The item with the content that it has now, under that content's hash; nothing overrides a rule for it."""
    draft = clean.draft
    differences = tuple(dict.fromkeys((*item.differences, *noted(clean.records))))
    return replace(
        item,
        draft=draft,
        hash=content_hash(draft, key),
        encrypt_to=key,
        differences=differences,
        despite=item.despite if draft == item.draft else (),
    )


def _held(item: OutboxItem, why: str) -> OutboxItem:
    return replace(item, status=Status.HELD, held_for=why, approved_by=None)


def _known(bot: Bot, case: Case | None, clean: SanitisedDraft, own: tuple[str, ...]) -> Known:
    """What the rules compare with beside the case; nothing for mail to our own people, who may know all of it."""
    draft = clean.draft
    if case is None or draft.audience == Role.COORDINATOR:
        return Known(own)
    keys = {p.fingerprint for p in case.participants if p.role is Role.FINDER and p.fingerprint}
    user_ids = (u for info in bot.keyring.all_keys() if info.fingerprint in keys for u in info.uids) if keys else ()
    return Known(
        own_words=own,
        user_ids=tuple(user_ids),
        passphrases=tuple(make_passphrase(bot.secret, i.item) for i in bot.store.items(case.id) if _is_locked(i)),
        token=make_token(bot.secret, case.id, draft.to.address),
        elsewhere=bot.store.cases_telling(egress.pieces_of(clean)),
    )


def _is_locked(item: OutboxItem) -> bool:
    return item.draft is not None and bool(item.draft.protection)
