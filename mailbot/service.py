"""The path of a mail, top to bottom: keep, count, read, look, classify, act, commit, file away."""

import logging
from collections.abc import Iterator
from datetime import datetime

from mailbot import intake
from mailbot.bot import Bot
from mailbot.core.deadlines import passed
from mailbot.core.events import TellCoordinators
from mailbot.core.messages import RawMail
from mailbot.core.opening import open_mail
from mailbot.core.parse import parse
from mailbot.dispatch import deliver
from mailbot.errors import PermanentError, TransientError
from mailbot.pending import Pending
from mailbot.ports import Arrival, Disposition, Mailbox
from mailbot.rendering import tell
from mailbot.round import Round

log = logging.getLogger(__name__)

FOLDERS = {"held": "Held", "quarantined": "Quarantine"}
"""Where a mail of that disposition is moved; all others go to Processed."""


def run_round(bot: Bot, mailbox: Mailbox, now: datetime, done: Round) -> Iterator[str]:
    """Take in new mail, act on deadlines, send what is due; counts in `done`, yields a line for each thing done.

    Raises TransientError when mailbox or memory fail; nothing is lost then.
    """
    yield from take_in(bot, mailbox, now, done)
    yield from wake(bot, now, done)
    yield from deliver(bot, now, done)


def take_in(bot: Bot, mailbox: Mailbox, now: datetime, done: Round) -> Iterator[str]:
    """Handle every mail that waits, each once, and move it to where it belongs."""
    for arrival in mailbox.arrivals():
        disposition, kind = receive(bot, arrival, now)
        mailbox.file_away(arrival, disposition.folder)
        done.count(kind)
        yield f"{disposition.kind} {disposition.case or ''} {disposition.why}".strip()


def receive(bot: Bot, arrival: Arrival, now: datetime) -> tuple[Disposition, str]:
    """Handle one mail once; what became of it, and under which word it is counted."""
    if arrival.mail is None:
        return _too_large(bot, arrival, now)
    raw = arrival.mail
    if known := bot.store.disposition(raw.digest):
        return known, "already_done"
    bot.spool.keep(raw)
    starts = bot.store.begin(raw.digest)
    if starts > bot.limits.mail_starts:
        disposition = _quarantine(bot, raw, f"started {starts - 1} times without an end", now, starts)
        return disposition, disposition.kind
    try:
        disposition = handle(bot, raw, now)
    except TransientError:
        bot.store.end(raw.digest)
        raise
    except Exception as exc:
        # The message of an exception may quote the mail; its type and place are enough to find the bug.
        where = _place(exc)
        log.error("mail %s quarantined: %s at %s", raw.digest[:12], type(exc).__name__, where)
        disposition = _quarantine(bot, raw, f"{type(exc).__name__} at {where}", now, starts)
    return disposition, disposition.kind


def retry(bot: Bot, entry: Disposition, now: datetime) -> Disposition:
    """Take a held or quarantined mail in anew, from the bytes that were kept; the mailbox copy stays where it is."""
    raw = bot.spool.load(entry.digest)
    if raw is None:
        raise PermanentError(f"the bytes of {entry.digest[:12]} are not kept here; move the mail back to the inbox")
    bot.store.reopen((entry.digest,))
    disposition, _ = receive(bot, Arrival(entry.digest, raw), now)
    return disposition


def handle(bot: Bot, raw: RawMail, now: datetime) -> Disposition:
    """Read the mail, decide what it is, let it act on its case, and store all of that in one step."""
    opened = open_mail(parse(raw, bot.limits), bot.keyring, bot.limits)
    seen = intake.look(bot, raw, opened)
    pending = Pending(bot, now)
    disposition = intake.act(pending, seen)
    pending.done(disposition)
    pending.commit()
    return disposition


def wake(bot: Bot, now: datetime, done: Round) -> Iterator[str]:
    """Tell every case which of its deadlines have passed."""
    for case_id in bot.store.cases_due(now):
        case = bot.store.case(case_id)
        events = passed(case, now) if case else ()
        if case is None or not events:
            continue
        try:
            pending = Pending(bot, now)
            pending.happen(case, *events)
            pending.commit()
        except TransientError:
            raise
        except Exception as exc:
            log.error("deadline of %s left undone: %s at %s", case_id, type(exc).__name__, _place(exc))
            done.problems.append(f"{case_id}: a deadline could not be handled ({type(exc).__name__})")
            continue
        yield f"deadline {case_id} {', '.join(e.kind for e in events)}"


def _too_large(bot: Bot, arrival: Arrival, now: datetime) -> tuple[Disposition, str]:
    """A mail over the limit stays whole in the mailbox's Held folder; only its head was looked at."""
    head = RawMail(arrival.head, "head")
    if known := bot.store.disposition(head.digest):
        return known, "already_done"
    why = "it is larger than the limit"
    mail = parse(head, bot.limits)
    disposition = intake.disposition(mail, "held", now, why=f"{why}: {arrival.size} bytes")
    pending = Pending(bot, now)
    pending.done(disposition)
    intake.announce(pending, mail, why)
    pending.commit()
    return disposition, disposition.kind


def _quarantine(bot: Bot, raw: RawMail, why: str, now: datetime, attempts: int) -> Disposition:
    disposition = Disposition(raw.digest, "quarantined", FOLDERS["quarantined"], now, why=why, attempts=attempts)
    pending = Pending(bot, now)
    pending.done(disposition)
    details = (("why", "quarantined"), ("text", f"{why}\nmailbot quarantine show {raw.digest[:12]}"))
    effect = TellCoordinators(f"quarantine/{raw.digest}/{attempts}", "notice-problem", details)
    pending.add(*tell(bot, None, effect, (), now))
    pending.commit()
    return disposition


def _place(exc: BaseException) -> str:
    traceback = exc.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    if traceback is None:
        return "?"
    return f"{traceback.tb_frame.f_globals.get('__name__', '?')}:{traceback.tb_lineno}"
