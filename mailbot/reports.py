"""The cases that a report opens: one for each site or product that it is about, linked, with one receipt for all."""

from dataclasses import replace
from datetime import timedelta

from mailbot.bot import Bot
from mailbot.core.advance import open_case
from mailbot.core.contacts import from_report
from mailbot.core.duplicates import ENDED
from mailbot.core.etiquette import HAD_RECEIPTS, WANTS_NO_ANSWER
from mailbot.core.events import ReportReceived
from mailbot.core.link_events import CaseLinked
from mailbot.core.model import Field, Link, Participant, Role
from mailbot.core.split import Part
from mailbot.core.tokens import make_case_id
from mailbot.earlier import possible_duplicates
from mailbot.key_notices import tell_of_keys
from mailbot.memory import Disposition
from mailbot.pending import Pending
from mailbot.recipient_keys import learn_keys
from mailbot.seen import Seen, disposed

_MOST_DUPLICATES = 20
"""That an older case names; what anybody can send must not make it grow without end."""


def open_cases(pending: Pending, seen: Seen) -> Disposition:
    """Open what the mail reports; the first case stands for all where one is named."""
    bot, mail, now = pending.bot, seen.mail, pending.now
    if seen.report_by:
        pending.note(f"mail {mail.digest[:12]} taken for a report by {seen.report_by}")
    sender = mail.sender
    assert sender is not None  # classify() holds a mail without a sender
    found = seen.understanding
    learned = learn_keys(
        bot, sender.address, seen.opened.keys, _fingerprint(_stated(found.fields, "reporter.pgp")), now
    )
    pending.pin(*learned.pins)
    name = _stated(found.fields, "reporter.name") or sender.name
    finder = Participant(
        Role.FINDER, sender.address, name, learned.fingerprint, wrote_encrypted=seen.opened.crypto.encrypted
    )
    unanswered = _unanswered(pending, seen, sender.address)
    first = ReportReceived(
        digest=mail.digest,
        message_id=mail.message_id,
        track=found.track,
        language=found.language if found.language in bot.desk.languages else bot.desk.languages[0],
        finder=finder,
        fields=found.fields,
        aliases=found.aliases,
        missing=found.missing,
        acknowledge=not unanswered,
        taken_by=seen.report_by,
        hint="\n".join(filter(None, (found.hint, *found.hints, unanswered))),
    )
    ids = _new_ids(bot, mail.digest, len(found.parts))
    for case_id, part in zip(ids, found.parts, strict=True):
        # One receipt and, where something is missing, one question: both belong to the first case.
        event = replace(_about(bot, first, part, ids, case_id), acknowledge=first.acknowledge and case_id == ids[0])
        pending.happen(open_case(case_id, event, now), event)
        _link_back(pending, case_id, event)
    tell_of_keys(pending, mail, learned, ids[0], may_warn=seen.invites_answer)
    several = f"it is about {len(ids)}: {', '.join(ids)}" if len(ids) > 1 else found.hint
    why = "; ".join(filter(None, (seen.triage.why, several)))
    return disposed(mail, "case", now, case=ids[0], why=why)


def _about(bot: Bot, report: ReportReceived, part: Part, ids: tuple[str, ...], case_id: str) -> ReportReceived:
    """The report as far as one case goes."""
    siblings = tuple(Link("same_mail", other) for other in ids if other != case_id)
    likely = possible_duplicates(bot.store, part.track, part.fields, report.finder.address)
    proposed = tuple(Link("duplicate", each.case, each.score, each.reasons) for each in likely)
    urls = tuple(filter(None, _stated(part.fields, "target.urls").splitlines()))
    own = (report.finder.address, _stated(part.fields, "reporter.email"))
    return replace(
        report,
        track=part.track,
        fields=part.fields,
        missing=part.missing,
        links=(*siblings, *proposed),
        contacts=from_report(_stated(part.fields, "target.operator_contact"), urls, own, bot.desk.address),
    )


def _link_back(pending: Pending, case_id: str, event: ReportReceived) -> None:
    """Let the cases that the new one may repeat name it, too; one that many name already needs no more of them."""
    for link in event.links:
        older = pending.case(link.case) if link.kind == "duplicate" else None
        if older is None or sum(known.kind == "duplicate" for known in older.links) >= _MOST_DUPLICATES:
            continue
        why = tuple(reason for reason in link.why if reason != ENDED)
        pending.happen(older, CaseLinked("duplicate", case_id, link.score, why))


def _stated(fields: tuple[Field, ...], name: str) -> str:
    value = next((f.value for f in fields if f.name == name), "")
    return "\n".join(value) if isinstance(value, tuple) else str(value)


def _unanswered(pending: Pending, seen: Seen, address: str) -> str:
    """Why nothing is sent to the finder; "" if they are answered."""
    bot = pending.bot
    if not seen.invites_answer:
        return WANTS_NO_ANSWER
    day = pending.now.astimezone(bot.desk.timezone).replace(hour=0, minute=0, second=0, microsecond=0)
    sent = bot.store.acknowledgements(address, day, pending.now + timedelta(days=1))
    return "" if sent < bot.limits.acknowledgements_per_address_and_day else HAD_RECEIPTS


def _new_ids(bot: Bot, digest: str, count: int) -> tuple[str, ...]:
    """Free case ids, the same ones when the mail is taken in again after a crash."""
    ids: dict[str, None] = {}
    for attempt in range(1_000):
        case_id = make_case_id(bot.secret, bot.desk.case_prefix, digest, attempt)
        if bot.store.case(case_id) is None:
            ids[case_id] = None
        if len(ids) == count:
            return tuple(ids)
    raise RuntimeError("no free case id after 1,000 attempts")


def _fingerprint(named: str) -> str | None:
    digits = "".join(named.split()).upper().removeprefix("0X")
    return digits if len(digits) == 40 and all(c in "0123456789ABCDEF" for c in digits) else None
