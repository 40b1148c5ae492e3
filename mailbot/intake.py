"""From a mail that was read to what it does: the only bridge between mail and case."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from mailbot import commanding, followers, machines
from mailbot.bot import Bot
from mailbot.copied import log_copy
from mailbot.core.classify import MailKind, classify
from mailbot.core.correlate import How, correlate
from mailbot.core.effects import TellCoordinators
from mailbot.core.enclosed_keys import REMOVED
from mailbot.core.events import AddressBounced, MailSetAside, ReplyReceived
from mailbot.core.link_events import HeardElsewhere
from mailbot.core.messages import ParsedMail, RawMail
from mailbot.core.model import Case, Participant, Role
from mailbot.core.sight import Sight
from mailbot.echoes import echo
from mailbot.gathering import asked_about, cases_beside
from mailbot.key_notices import tell_of_keys, warn_of_secret_key
from mailbot.memory import Disposition
from mailbot.notices import explain_undecryptable
from mailbot.pending import Pending
from mailbot.ports import Reading
from mailbot.recipient_keys import learn_keys
from mailbot.rendering import tell
from mailbot.replying import answer_of, hear, known_as, own_tickets
from mailbot.reports import open_cases
from mailbot.seen import Seen, disposed

log = logging.getLogger(__name__)

_QUOTED = 8_000
_NOTICES_AN_HOUR = 10
_MORE = "More mail that is set aside within this hour is not announced: mailbot quarantine list"


def look(bot: Bot, raw: RawMail, reading: Reading) -> Seen:
    """Find out which case the mail is about and what kind it is; changes nothing."""
    opened = reading.opened
    sight = Sight(
        opened=opened,
        correlation=correlate(
            opened, bot.desk, bot.secret, bot.store.case, bot.store.case_of_message, known_as(bot, opened)
        ),
        desk=bot.desk,
        bounce=reading.bounce,
        signs=reading.signs,
        likeness=reading.understanding.likeness,
        against=reading.understanding.against,
    )
    return Seen(opened, sight, classify(sight), reading.understanding, echo(bot, raw, opened.mail))


def as_report(seen: Seen, who: str) -> Seen:
    """The mail as the report that a person says it is; unchanged where there is no sender, who would be its finder."""
    if seen.mail.sender is None:
        return seen
    triage = replace(seen.triage, kind=MailKind.REPORT, why=f"{who} took it for a report")
    return replace(seen, triage=triage, report_by=who)


def act(pending: Pending, seen: Seen) -> Disposition:
    """Let the mail do what its kind does; one that came before by another way does nothing more."""
    if seen.echo_on and seen.triage.kind in _ON_A_CASE:
        why = "the same mail came before by another way"
        return disposed(seen.mail, "ignored", pending.now, case=seen.echo_on, why=why)
    done = _ACTIONS[seen.triage.kind](pending, seen)
    if REMOVED in seen.opened.defects and seen.triage.kind in _OF_PEOPLE:
        warn_of_secret_key(pending, seen.mail, done.case, may_warn=seen.invites_answer)
    return done


def announce(pending: Pending, mail: ParsedMail, why: str) -> None:
    """Tell the coordinators of a held mail, but not of hundreds in an hour."""
    entry = disposed(mail, "held", pending.now)
    tell_set_aside(pending, entry, f"held/{mail.digest}", why, sender=entry.sender or "(no sender)")


def tell_set_aside(
    pending: Pending, entry: Disposition, key: str, why: str, text: str = "", *, sender: str = ""
) -> None:
    """Tell the coordinators of a held or quarantined mail; the last notice of an hour says where the rest is."""
    bot, now = pending.bot, pending.now
    hour = now.replace(minute=0, second=0, microsecond=0)
    others = (d for d in bot.store.dispositions(entry.kind) if d.digest != entry.digest)
    recent = sum(1 for d in others if hour <= d.at < hour + timedelta(hours=1))
    if recent >= _NOTICES_AN_HOUR:
        return
    lines = [text, f"mailbot quarantine show {entry.digest[:12]}", _MORE if recent == _NOTICES_AN_HOUR - 1 else ""]
    details = (("why", why), ("sender", sender), ("text", "\n".join(filter(None, lines))))
    pending.add(*tell(bot, None, TellCoordinators(key, "notice-problem", details), (), now))


def _reply(pending: Pending, seen: Seen) -> Disposition:
    if seen.sight.correlation.case is None:
        return _held(pending, seen)
    bot, mail, now = pending.bot, seen.mail, pending.now
    correlation = seen.sight.correlation
    case, role = correlation.case, correlation.role
    assert case is not None and role is not None and mail.sender is not None  # noqa: PT018  # as classify() saw
    # Without the token anybody could have written it: then its keys teach nothing.
    answer = answer_of(bot, seen.sight, case) if role.outside else None
    theirs = correlation.from_token_holder and not (answer and answer.doubted)
    keys = seen.opened.keys if theirs else ()
    look_up = theirs and role is case.counterpart
    learned = learn_keys(bot, mail.sender.address, keys, None, now, look_up=look_up)
    pending.pin(*learned.pins)
    sender = Participant(
        role, mail.sender.address, mail.sender.name, learned.fingerprint, wrote_encrypted=seen.opened.crypto.encrypted
    )
    said = hear(bot, seen.opened, case, role, (mail.date or now).date())
    into = followers.goes_on_in(case, pending.case)
    contact = into.contact_at(mail.sender.address) if into and role is case.counterpart else None
    event = ReplyReceived(
        digest=mail.digest,
        message_id=mail.message_id,
        role=role,
        sender=sender,
        contact=contact.n if contact else correlation.contact,
        from_that_contact=theirs,
        meanings=said.meanings,
        told=said.told,
        fields=said.fields,
        aliases=said.aliases,
        tickets=own_tickets(bot, seen.sight) if theirs else (),
        attachments=tuple(a.filename for a in seen.opened.attachments),
        text=_excerpt(seen.opened.new_text or seen.opened.text),
        several=asked_about(bot, case, mail.sender.address, mail.in_reply_to) if role is case.counterpart else (),
        answer=answer,
    )
    pending.happen(into if into and contact else case, event)
    _tell_members(pending, case, event)
    if into:
        _tell_both(pending, case, into, event, elsewhere=contact is not None)
    tell_of_keys(pending, mail, learned, case.id, may_warn=seen.invites_answer)
    return disposed(mail, "case", now, case=case.id, why=seen.triage.why)


def _tell_members(pending: Pending, case: Case, event: ReplyReceived) -> None:
    """An answer to a mail about several cases stands in the history of all."""
    said = ", ".join(meaning.value for meaning in event.meanings)
    for case_id in event.several if event.from_that_contact else ():
        other = pending.case(case_id) if case_id != case.id else None
        if other is not None:
            pending.happen(other, HeardElsewhere(case.id, event.sender.address, said))


def _tell_both(pending: Pending, case: Case, into: Case, event: ReplyReceived, elsewhere: bool) -> None:
    """A mail on a case that was merged stands in the history of both."""
    on, noted = (case, into) if elsewhere else (into, case)
    said = ", ".join(meaning.value for meaning in event.meanings)
    pending.happen(pending.case(on.id) or on, HeardElsewhere(noted.id, event.sender.address, said))


def _bounce(pending: Pending, seen: Seen) -> Disposition:
    bounce, bot = seen.sight.bounce, pending.bot
    item = bot.store.item_of_message(bounce.message_id) if bounce and bounce.message_id else None
    case = bot.store.case(item.case) if item and item.case else None
    if bounce is None or item is None or item.draft is None or case is None:
        # Anyone can send a delivery report: without the Message-ID of a mail of ours it is about nobody we know.
        return disposed(seen.mail, "bounce", pending.now, why="a delivery report about no mail of ours")
    if item.draft.audience == Role.COORDINATOR:
        # A notice about it would come back as well, and so on for ever.
        log.warning("notice %s came back from %s: %s", item.item, item.draft.to.address, bounce.status)
        return disposed(seen.mail, "bounce", pending.now, case=case.id, why="a notice to a coordinator came back")
    if bounce.action not in ("failed", "delayed"):
        return disposed(seen.mail, "bounce", pending.now, case=case.id, why="a report that a mail was delivered")
    permanent = bounce.action == "failed"  # also with a 4.x status: nobody tries again after that
    if machines.bounced_enough(pending, case, item.draft.to.address, permanent=permanent):
        return disposed(seen.mail, "bounce", pending.now, case=case.id, why="enough reports of it came today")
    said = f"{bounce.reason}: {bounce.diagnostic}" if bounce.diagnostic else bounce.reason
    bounced = AddressBounced(item.draft.to.address, bounce.status, permanent, said)
    pending.happen(case, bounced)
    for other in cases_beside(pending, case, item):
        pending.happen(other, bounced)
    return disposed(seen.mail, "bounce", pending.now, case=case.id, why=seen.triage.why)


def _command(pending: Pending, seen: Seen) -> Disposition:
    case = commanding.obey_mail(pending, seen.opened, seen.sight.coordinator)
    return disposed(seen.mail, "command", pending.now, case=case, why=seen.triage.why)


def _held(pending: Pending, seen: Seen) -> Disposition:
    bot, mail, correlation, why = pending.bot, seen.mail, seen.sight.correlation, seen.triage.why
    case: Case | None = correlation.case
    if seen.opened.crypto.failure and seen.opened.crypto.encrypted and seen.invites_answer:
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
            answer=answer_of(bot, seen.sight, case),
        )
        pending.happen(case, event)
    else:
        announce(pending, mail, why)
    return disposed(mail, "held", pending.now, case=case.id if case else None, why=why)


def _unanswered(pending: Pending, seen: Seen) -> Disposition:
    kind, case = machines.leave(pending, seen.sight, _excerpt(seen.opened.new_text or seen.opened.text))
    return disposed(seen.mail, kind, pending.now, case=case, why=seen.triage.reason)


def _ignored(pending: Pending, seen: Seen) -> Disposition:
    return disposed(seen.mail, "ignored", pending.now, why=seen.triage.reason)


def _excerpt(text: str) -> str:
    return text if len(text) <= _QUOTED else text[:_QUOTED] + "\n[…]"


_OF_PEOPLE = (MailKind.REPORT, MailKind.REPLY, MailKind.COPY, MailKind.COMMAND, MailKind.HELD)
_ON_A_CASE = (MailKind.REPORT, MailKind.REPLY, MailKind.COPY)

_ACTIONS: dict[MailKind, Callable[[Pending, Seen], Disposition]] = {
    MailKind.REPORT: open_cases,
    MailKind.REPLY: _reply,
    MailKind.COPY: log_copy,
    MailKind.BOUNCE: _bounce,
    MailKind.COMMAND: _command,
    MailKind.HELD: _held,
    MailKind.LOOP: _ignored,
    MailKind.AUTO_REPLY: _unanswered,
    MailKind.LIST: _unanswered,
    MailKind.SPAM: _unanswered,
}
