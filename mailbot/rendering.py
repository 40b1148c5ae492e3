"""Effects become outbox items: the mail is written in full, and held where a person has to decide."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from mailbot.attaching import WITH_FILES, enclose
from mailbot.bot import Bot
from mailbot.core.approval import content_hash, noted
from mailbot.core.attachments import must_be_seen, needs_encryption
from mailbot.core.compose import compose_mail, notice_to_all
from mailbot.core.confirmation import LOOK, MAIL, asked_of, challenge_of
from mailbot.core.effects import Effect, FindContacts, LookForProof, SendMail, TellCoordinators
from mailbot.core.messages import Attachment, Draft
from mailbot.core.model import Case, Role
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.redaction import for_others
from mailbot.core.sanitise import Leak, sanitise, told_detail
from mailbot.core.tokens import make_message_id, make_token, plus_address
from mailbot.core.vendor_work import as_told
from mailbot.core.wanted import GATHERED
from mailbot.publishing import Desktop, advisory_attachments
from mailbot.recipient_keys import recipient_key


def is_to_others(item: OutboxItem) -> bool:
    """Whether it is a mail to anyone but our own people."""
    return item.draft is not None and item.draft.audience != Role.COORDINATOR


def render_mails(bot: Bot, case: Case, effects: Sequence[Effect], now: datetime) -> tuple[OutboxItem, ...]:
    """The mails to finder and contact points, and the searches, that `effects` of `case` ask for."""
    items: list[OutboxItem] = []
    for effect in effects:
        if isinstance(effect, SendMail):
            items.append(_mail(bot, case, effect, now))
        elif isinstance(effect, FindContacts):
            items.append(_search(case, effect, now))
        elif isinstance(effect, LookForProof):
            items.append(_look_for_proof(case, effect, now))
    return tuple(items)


def render_notices(
    bot: Bot, case: Case, effects: Sequence[Effect], held: Sequence[OutboxItem], now: datetime, *, must_show: bool
) -> tuple[OutboxItem, ...]:
    """The mails to coordinators that `effects` ask for, one of which shows what is `held`; with `must_show` always."""
    items: list[OutboxItem] = []
    notices = [effect for effect in effects if isinstance(effect, TellCoordinators)]
    if must_show and held and not notices:
        why = "\n".join(dict.fromkeys(item.held_for or "" for item in held))
        notices = [TellCoordinators(f"{case.id}/{case.sequence}/held", "notice-decision", (("why", why),))]
    decisions = [n for n in notices if n.template == "notice-decision"]
    shows_held = (decisions or notices)[-1:]
    for notice in notices:
        if notice in decisions[:-1]:
            continue
        items.extend(tell(bot, case, notice, held if notice in shows_held else (), now))
    return tuple(items)


def tell(
    bot: Bot, case: Case | None, effect: TellCoordinators, held: Sequence[OutboxItem], now: datetime
) -> tuple[OutboxItem, ...]:
    """One mail to each coordinator; held, never sent plain, for one whose key cannot be used."""
    items = []
    enclosed: tuple[Attachment, ...] = ()
    if case and effect.template == "notice-advisory":
        table = Desktop(bot.desk, bot.templates, bot.types, bot.rules.redactions)
        enclosed, why = advisory_attachments(case, table, now)
        effect = replace(effect, details=(*effect.details, ("text", why)))
    written = notice_to_all(effect, case, held, bot.desk, bot.templates, now)
    shown = tuple(file for item in held if item.draft for file in item.draft.attachments)
    for coordinator in bot.desk.coordinators:
        token = make_token(bot.secret, case.id, coordinator.address) if case else ""
        reply_to = plus_address(bot.desk.address, token) if token else bot.desk.address
        draft = written(coordinator, reply_to)
        if files := (*enclosed, *shown):
            draft = replace(draft, attachments=(*draft.attachments, *files))
        key = f"{effect.key}/{coordinator.address}"
        items.append(mail_item(bot, case, key, effect.template, draft, now))
    return tuple(items)


def item_id(key: str) -> str:
    """The outbox item of an effect: the same effect is never queued twice."""
    return sha256(key.encode()).hexdigest()[:16]


def _mail(bot: Bot, case: Case, effect: SendMail, now: datetime) -> OutboxItem:
    reply_to = plus_address(bot.desk.address, make_token(bot.secret, case.id, effect.to))
    told = case
    if effect.role not in (Role.FINDER, Role.COORDINATOR):
        told = for_others(as_told(case, effect.contact), bot.rules.redactions)
    effect = _with_proof(bot, case, effect) if effect.template == MAIL else effect
    draft = compose_mail(effect, told, bot.desk, bot.templates, bot.types, reply_to, now)
    if effect.template in WITH_FILES and effect.role.outside:
        draft = enclose(bot, case, draft, now)
    clean = sanitise(draft, case, bot.desk, bot.templates.own_words(draft.template))
    if isinstance(clean, Leak):
        item = mail_item(bot, case, effect.key, effect.template, draft, now)
        return replace(item, contact=effect.contact, status=Status.HELD, held_for=f"leak: {clean.reason}")
    item = mail_item(bot, case, effect.key, effect.template, clean.draft, now)
    item = replace(item, contact=effect.contact, differences=noted(clean.records))
    item = replace(item, values=effect.details) if effect.template in GATHERED else item
    if effect.held_for:
        return replace(item, status=Status.HELD, held_for=effect.held_for)
    if item.status is Status.QUEUED and (why := plaintext_objection(bot, case, item, now)):
        return replace(item, status=Status.HELD, held_for=why)
    if item.status is Status.QUEUED and must_be_seen(clean.draft.files):
        return replace(item, status=Status.HELD, held_for="files_to_see")
    return item


def mail_item(bot: Bot, case: Case | None, key: str, template: str, draft: Draft, now: datetime) -> OutboxItem:
    """The outbox item of a written mail; held where it must be encrypted and cannot be."""
    case_id = case.id if case else None
    recipient = recipient_key(bot, case, draft.to.address, now)
    unsafe = recipient.fingerprint is None and (recipient.expected or draft.must_encrypt)
    return OutboxItem(
        item=item_id(key),
        case=case_id,
        key=key,
        template=template,
        status=Status.HELD if unsafe else Status.QUEUED,
        held_for="no_usable_key" if unsafe else None,
        created=now,
        next=now,
        draft=draft,
        hash=content_hash(draft, recipient.fingerprint or ""),
        encrypt_to=recipient.fingerprint or "",
        message_id=make_message_id(bot.secret, key, case_id, draft.to.address, bot.desk.domain),
    )


def plaintext_objection(bot: Bot, case: Case | None, item: OutboxItem, now: datetime) -> str | None:
    """Why this mail may not go out as it stands, as far as encryption goes; None if it may."""
    if item.draft is None:
        return None
    recipient = recipient_key(bot, case, item.draft.to.address, now)
    if recipient.fingerprint is not None:
        return None
    if recipient.expected or item.draft.must_encrypt:
        return "no_usable_key"
    if item.draft.protection:
        allowed = bot.protector is not None and bot.policy.protected_file != "never"
        return None if allowed else "no_usable_key"
    if needs_encryption(item.draft.files):
        return "no_usable_key"
    if not item.template.startswith("details") and not _tells_details(bot, case, item.draft):
        return None
    contact = case.contact(item.contact) if case and item.contact else None
    if bot.policy.plaintext_details == "never" or (contact and contact.asked_for_encryption):
        return "no_usable_key"
    agreed = item.approved_by is not None or (contact is not None and contact.plaintext_agreed)
    return None if agreed else "plaintext_consent"


def _tells_details(bot: Bot, case: Case | None, draft: Draft) -> bool:
    """Whether a mail to the other side says what the report says, as in the words that a coordinator gave to it."""
    if case is None or case.milestones.published or not Role(draft.audience).outside:
        return False
    words = f"{draft.subject}\n{draft.body}"
    return told_detail(words, case, bot.desk, bot.templates.own_words(draft.template)) is not None


def _with_proof(bot: Bot, case: Case, effect: SendMail) -> SendMail:
    """The effect with the text that the contact point is to place, and where: only the desk's secret makes it."""
    contact = case.contact(effect.contact) if effect.contact else None
    if contact is None or not asked_of(contact):
        return effect
    asked = challenge_of(bot.secret, case.id, contact.address, asked_of(contact))
    return replace(effect, details=(*effect.details, ("place", asked.place), ("proof", asked.text)))


def _look_for_proof(case: Case, effect: LookForProof, now: datetime) -> OutboxItem:
    values = (("challenge", effect.challenge),)
    item = OutboxItem(item_id(effect.key), case.id, effect.key, LOOK, Status.QUEUED, now, now)
    return replace(item, contact=effect.contact, values=values)


def _search(case: Case, effect: FindContacts, now: datetime) -> OutboxItem:
    return OutboxItem(item_id(effect.key), case.id, effect.key, "find_contacts", Status.QUEUED, now, now)
