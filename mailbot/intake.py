"""From a mail that was read to what it does: the only bridge between mail and case."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot import commanding
from mailbot.bot import Bot
from mailbot.core.advance import open_case
from mailbot.core.automatic import automatic
from mailbot.core.bounces import find_bounce
from mailbot.core.classify import MailKind, Sight, Triage, classify, is_verified_copy
from mailbot.core.contacts import from_report
from mailbot.core.correlate import How, correlate, role_in
from mailbot.core.etiquette import is_addressed_to_desk, may_answer
from mailbot.core.events import (
    AddressBounced,
    CopyLogged,
    MailSetAside,
    ReplyReceived,
    ReportReceived,
    TellCoordinators,
)
from mailbot.core.messages import OpenedMail, ParsedMail, RawMail
from mailbot.core.model import Case, Participant, Role
from mailbot.core.replies import meanings
from mailbot.core.tokens import make_case_id
from mailbot.core.understand import Understanding, understand
from mailbot.echoes import echo
from mailbot.notices import explain_undecryptable
from mailbot.pending import Pending
from mailbot.ports import Disposition
from mailbot.recipient_keys import learn_keys
from mailbot.rendering import tell

log = logging.getLogger(__name__)

_QUOTED = 8_000
_NOTICES_AN_HOUR = 10
_MORE = "More mail that is set aside within this hour is not announced: mailbot quarantine list"


@dataclass(frozen=True)
class Seen:
    """A mail with everything that was found out about it."""

    opened: OpenedMail
    sight: Sight
    triage: Triage
    understanding: Understanding
    echo_on: str | None = None  # the case on which the same mail was taken in before

    @property
    def mail(self) -> ParsedMail:
        """The outer mail."""
        return self.opened.mail


def look(bot: Bot, raw: RawMail, opened: OpenedMail) -> Seen:
    """Find out what the mail is about and what kind it is; changes nothing."""
    mail = opened.mail
    understanding = understand(
        opened.text, opened.subject, bot.rules, opened.attachments, mail.sender, bot.limits.text_characters
    )
    sight = Sight(
        opened=opened,
        correlation=correlate(opened, bot.desk, bot.secret, bot.store.case, bot.store.case_of_message),
        desk=bot.desk,
        bounce=find_bounce(raw.content, mail),
        automatic=automatic(mail.headers, mail.subject, bot.rules),
        likeness=understanding.likeness,
    )
    return Seen(opened, sight, classify(sight), understanding, echo(bot, raw, mail))


def act(pending: Pending, seen: Seen) -> Disposition:
    """Let the mail do what its kind does; one that came before by another way does nothing more."""
    if seen.echo_on and seen.triage.kind in _ON_A_CASE:
        why = "the same mail came before by another way"
        return disposition(seen.mail, "ignored", pending.now, case=seen.echo_on, why=why)
    return _ACTIONS[seen.triage.kind](pending, seen)


def disposition(mail: ParsedMail, kind: str, now: datetime, *, case: str | None = None, why: str = "") -> Disposition:
    """What became of `mail`; sender and Subject are kept only where a person has to find it."""
    folder = {"held": "Held", "quarantined": "Quarantine"}.get(kind, "Processed")
    sender = mail.sender.address if mail.sender else ""
    subject = mail.subject[:200] if kind in ("held", "quarantined") else ""
    return Disposition(mail.digest, kind, folder, now, case, why, mail.message_id, sender, subject)


def announce(pending: Pending, mail: ParsedMail, why: str) -> None:
    """Tell the coordinators of a held mail, but not of hundreds in an hour."""
    entry = disposition(mail, "held", pending.now)
    tell_set_aside(pending, entry, f"held/{mail.digest}", why, sender=entry.sender or "(no sender)")


def tell_set_aside(
    pending: Pending, entry: Disposition, key: str, why: str, text: str = "", *, sender: str = ""
) -> None:
    """Tell the coordinators of a held or quarantined mail; the last notice of an hour says where the rest is."""
    bot, now = pending.bot, pending.now
    hour = now.replace(minute=0, second=0, microsecond=0)
    recent = sum(1 for d in bot.store.dispositions(entry.kind) if d.at >= hour and d.digest != entry.digest)
    if recent >= _NOTICES_AN_HOUR:
        return
    lines = [text, f"mailbot quarantine show {entry.digest[:12]}", _MORE if recent == _NOTICES_AN_HOUR - 1 else ""]
    details = (("why", why), ("sender", sender), ("text", "\n".join(filter(None, lines))))
    pending.add(*tell(bot, None, TellCoordinators(key, "notice-problem", details), (), now))


def _report(pending: Pending, seen: Seen) -> Disposition:
    bot, mail, now = pending.bot, seen.mail, pending.now
    sender = mail.sender
    assert sender is not None  # classify() holds a mail without a sender
    found = seen.understanding
    named = next((str(f.value) for f in found.fields if f.name == "reporter.pgp"), None)
    learned = learn_keys(bot, sender.address, seen.opened.keys, _fingerprint(named), now)
    pending.pin(*learned.pins)
    name = next((str(f.value) for f in found.fields if f.name == "reporter.name"), sender.name)
    finder = Participant(
        Role.FINDER, sender.address, name, learned.fingerprint, wrote_encrypted=seen.opened.crypto.encrypted
    )
    event = ReportReceived(
        digest=mail.digest,
        message_id=mail.message_id,
        track=found.track,
        language=found.language if found.language in bot.desk.languages else bot.desk.languages[0],
        finder=finder,
        fields=found.fields,
        missing=found.missing,
        contacts=from_report(_stated(found, "target.operator_contact"), _urls(found)),
        acknowledge=_may_acknowledge(pending, seen, sender.address),
    )
    case = open_case(_new_id(bot, mail.digest), event, now)
    pending.happen(case, event)
    return disposition(mail, "case", now, case=case.id, why=seen.triage.why)


def _stated(found: Understanding, name: str) -> str:
    value = next((f.value for f in found.fields if f.name == name), "")
    return "\n".join(value) if isinstance(value, tuple) else str(value)


def _urls(found: Understanding) -> tuple[str, ...]:
    return tuple(filter(None, _stated(found, "target.urls").splitlines()))


def _may_acknowledge(pending: Pending, seen: Seen, address: str) -> bool:
    bot, mail = pending.bot, seen.mail
    day = pending.now.replace(hour=0, minute=0, second=0, microsecond=0)
    within = bot.store.acknowledgements(address, day) < bot.limits.acknowledgements_per_address_and_day
    direct = seen.sight.automatic is None or is_addressed_to_desk(mail, bot.desk)
    return within and direct and may_answer(mail, bot.desk)


def _new_id(bot: Bot, digest: str) -> str:
    for attempt in range(1_000):
        case_id = make_case_id(bot.secret, bot.desk.case_prefix, digest, attempt)
        if bot.store.case(case_id) is None:
            return case_id
    raise RuntimeError("no free case id after 1,000 attempts")


def _fingerprint(named: str | None) -> str | None:
    digits = "".join((named or "").split()).upper().removeprefix("0X")
    return digits if len(digits) == 40 and all(c in "0123456789ABCDEF" for c in digits) else None


def _reply(pending: Pending, seen: Seen) -> Disposition:
    bot, mail, now = pending.bot, seen.mail, pending.now
    correlation = seen.sight.correlation
    case, role = correlation.case, correlation.role
    assert case is not None and role is not None and mail.sender is not None  # noqa: PT018  # as classify() saw
    # Without the token anybody could have written it: then its keys teach nothing.
    keys = seen.opened.keys if correlation.from_token_holder else ()
    learned = learn_keys(bot, mail.sender.address, keys, None, now)
    pending.pin(*learned.pins)
    sender = Participant(
        role, mail.sender.address, mail.sender.name, learned.fingerprint, wrote_encrypted=seen.opened.crypto.encrypted
    )
    event = ReplyReceived(
        digest=mail.digest,
        message_id=mail.message_id,
        role=role,
        sender=sender,
        contact=correlation.contact,
        from_that_contact=correlation.from_token_holder,
        meanings=meanings(seen.opened.new_text, bot.rules),
        fields=seen.understanding.fields if role is Role.FINDER else (),
        attachments=tuple(a.filename for a in seen.opened.attachments),
        text=_excerpt(seen.opened.new_text or seen.opened.text),
    )
    pending.happen(case, event)
    return disposition(mail, "case", now, case=case.id, why=seen.triage.why)


def _copy(pending: Pending, seen: Seen) -> Disposition:
    mail, case, coordinator = seen.mail, seen.sight.correlation.case, seen.sight.coordinator
    assert case is not None and coordinator is not None  # noqa: PT018  # as classify() saw
    others = tuple(
        a.address
        for a in (*mail.to, *mail.cc)
        if not is_addressed_to_desk(replace(mail, to=(a,), cc=()), pending.bot.desk)
    )
    roles = {role for address in others if (role := role_in(case, address))}
    event = CopyLogged(
        digest=mail.digest,
        message_id=mail.message_id,
        coordinator=coordinator.name,
        recipients=others,
        attachments=tuple(a.filename for a in seen.opened.attachments),
        to_roles=tuple(sorted(roles)),
        verified=is_verified_copy(seen.sight),
    )
    pending.happen(case, event)
    return disposition(mail, "copy", pending.now, case=case.id, why=seen.triage.why)


def _bounce(pending: Pending, seen: Seen) -> Disposition:
    bounce, bot = seen.sight.bounce, pending.bot
    item = bot.store.item_of_message(bounce.message_id) if bounce and bounce.message_id else None
    case = bot.store.case(item.case) if item and item.case else None
    if bounce is None or item is None or item.draft is None or case is None:
        # Anyone can send a delivery report: without the Message-ID of a mail of ours it is about nobody we know.
        return disposition(seen.mail, "bounce", pending.now, why="a delivery report about no mail of ours")
    if item.draft.audience == Role.COORDINATOR:
        # A notice about it would come back as well, and so on for ever.
        log.warning("notice %s came back from %s: %s", item.item, item.draft.to.address, bounce.status)
        return disposition(seen.mail, "bounce", pending.now, case=case.id, why="a notice to a coordinator came back")
    permanent = bounce.action == "failed"  # also with a 4.x status: nobody tries again after that
    pending.happen(case, AddressBounced(item.draft.to.address, bounce.status, permanent, bounce.reason))
    return disposition(seen.mail, "bounce", pending.now, case=case.id, why=seen.triage.why)


def _command(pending: Pending, seen: Seen) -> Disposition:
    case = commanding.obey_mail(pending, seen.opened, seen.sight.coordinator)
    return disposition(seen.mail, "command", pending.now, case=case, why=seen.triage.why)


def _held(pending: Pending, seen: Seen) -> Disposition:
    mail, correlation, why = seen.mail, seen.sight.correlation, seen.triage.why
    case: Case | None = correlation.case
    if seen.opened.crypto.failure and seen.opened.crypto.encrypted:
        explain_undecryptable(pending, mail)
    if case is not None and mail.sender is not None:
        event = MailSetAside(
            digest=mail.digest,
            message_id=mail.message_id,
            sender=mail.sender.address,
            why=why,
            text=_excerpt(seen.opened.new_text or seen.opened.text),
            may_be_contact=correlation.how is How.TOKEN and correlation.contact is not None,
            encrypted=seen.opened.crypto.encrypted,
        )
        pending.happen(case, event)
    else:
        announce(pending, mail, why)
    return disposition(mail, "held", pending.now, case=case.id if case else None, why=why)


def _ignored(pending: Pending, seen: Seen) -> Disposition:
    return disposition(seen.mail, "ignored", pending.now, why=seen.triage.why)


def _excerpt(text: str) -> str:
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "\n[…]"


_ON_A_CASE = (MailKind.REPORT, MailKind.REPLY, MailKind.COPY)

_ACTIONS: dict[MailKind, Callable[[Pending, Seen], Disposition]] = {
    MailKind.REPORT: _report,
    MailKind.REPLY: _reply,
    MailKind.COPY: _copy,
    MailKind.BOUNCE: _bounce,
    MailKind.COMMAND: _command,
    MailKind.HELD: _held,
    MailKind.LOOP: _ignored,
    MailKind.AUTO_REPLY: _ignored,
    MailKind.LIST: _ignored,
    MailKind.SPAM: _ignored,
}
