"""The path of a mail, top to bottom: claim, keep, count, read, look, classify, act, commit, file away."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from mailbot import doubts, intake
from mailbot.archiving import archive
from mailbot.bot import Bot
from mailbot.core.deadlines import passed
from mailbot.core.messages import ParsedMail, RawMail
from mailbot.delivering import deliver
from mailbot.desk_mail import send_digest
from mailbot.errors import AccessError, LostClaimError, PermanentError, TransientError, place_of, why_of
from mailbot.gathering import gather
from mailbot.key_upkeep import watch_keys
from mailbot.memory import Disposition
from mailbot.pending import Pending
from mailbot.ports import Arrival, Mailbox, Reading
from mailbot.reading_ahead import ahead
from mailbot.round import Round
from mailbot.seen import disposed
from mailbot.spending import summarise
from mailbot.turns import claimed, in_turn

log = logging.getLogger(__name__)

FOLDERS = {"held": "Held", "quarantined": "Quarantine"}
"""Where a mail of that disposition is moved; all others go to Processed."""
_DONE_BEFORE = "already_done"
_MOVES_THAT_FAIL = 3  # in one round; after that the mailbox is asked no more


def run_round(bot: Bot, mailbox: Mailbox, now: datetime, done: Round) -> Iterator[str]:
    """Take in new mail, act on deadlines, send what is due; counts in `done`, yields a line for each thing done.

    Raises TransientError when mailbox or memory fail; nothing is lost then. A mailbox that fails keeps neither
    deadlines nor the outbox waiting.
    """
    failure: TransientError | None = None
    yield from send_digest(bot, now, done)  # of what there was before the day's first mail
    try:
        yield from take_in(bot, mailbox, now, done)
    except AccessError as exc:  # no outage that passes: the round says so, and does the rest of its work
        done.problems.append(str(exc))
    except TransientError as exc:
        failure = exc
    yield from wake(bot, now, done)
    yield from gather(bot, now)
    yield from watch_keys(bot, now, done)
    yield from summarise(bot, now)
    yield from deliver(bot, now, done)
    yield from archive(bot, now, done)
    if failure:
        raise failure


def take_in(bot: Bot, mailbox: Mailbox, now: datetime, done: Round) -> Iterator[str]:
    """Handle every mail that waits, each once, and move it to where it belongs.

    One that cannot be moved keeps no other from being handled; the next round moves it. Then raises TransientError. One
    that another process has in hand is left to it.
    """
    failures: list[TransientError] = []
    for arrival in ahead(bot, mailbox.arrivals()):
        try:
            received = receive(bot, arrival, now)
        except LostClaimError as exc:  # perhaps a mail that it speaks of is on the wire: the next round knows more
            log.info("%s", exc)
            continue
        if received is None:
            continue
        disposition, kind = received
        if len(failures) < _MOVES_THAT_FAIL:
            try:
                _file_away(bot, mailbox, arrival, disposition)
            except TransientError as exc:
                failures.append(exc)
        done.count(kind)
        yield f"{disposition.kind} {disposition.case or ''} {disposition.why}".strip()
    if failures:
        raise failures[0]


def _file_away(bot: Bot, mailbox: Mailbox, arrival: Arrival, disposition: Disposition) -> None:
    """Move the mail, unless another process does so just now: two moves of one mail can leave two copies."""
    with claimed(bot.store, disposition.digest) as ours:
        if ours:
            mailbox.file_away(arrival, disposition.folder)


def receive(bot: Bot, arrival: Arrival, now: datetime) -> tuple[Disposition, str] | None:
    """Handle one mail once; what became of it, and under which word it is counted. None: another process is at it."""
    raw = arrival.mail or RawMail(arrival.head, f"head {arrival.handle}")
    if known := bot.store.disposition(raw.digest):
        return known, _DONE_BEFORE
    with claimed(bot.store, raw.digest) as ours:
        if not ours:
            return None
        if known := bot.store.disposition(raw.digest):
            return known, _DONE_BEFORE
        return _too_large(bot, raw, arrival.size, now) if arrival.mail is None else _take(bot, raw, now)


def _take(
    bot: Bot, raw: RawMail, now: datetime, report_by: str = "", before: Disposition | None = None
) -> tuple[Disposition, str]:
    bot.spool.keep(raw)
    starts = bot.store.begin(raw.digest)
    if starts > 1:  # it was there when a process ended: nothing is read beside it that might be the cause
        bot.reader.forget()
    if starts > bot.limits.mail_starts:
        why = f"started {starts - 1} times without an end"
        return in_turn(bot, _once, raw, before, _quarantine, why, now, starts)
    try:
        reading = bot.reader.read(raw)
        return in_turn(bot, _once, raw, before, handle, reading, now, report_by)
    except TransientError:
        bot.store.end(raw.digest)
        raise
    except Exception as exc:
        why = why_of(exc)
        return in_turn(bot, _once, raw, before, _quarantine, why, now, starts)


def _once(
    bot: Bot, raw: RawMail, before: Disposition | None, work: Callable[..., Disposition], *how: object
) -> tuple[Disposition, str]:
    """What becomes of the mail, and its word; what another process made of it meanwhile stands."""
    known = bot.store.disposition(raw.digest)
    if known is not None and known != before:
        return known, _DONE_BEFORE
    done = work(bot, raw, *how)
    return done, done.kind


def retry(bot: Bot, entry: Disposition, now: datetime, report_by: str = "") -> Disposition:
    """Take a held or quarantined mail in anew, from the bytes that were kept; the mailbox copy stays where it is.

    What it was stays on record until what it becomes is stored in its place. `report_by` names the person who took it
    for a report, whatever the rules take it for. Raises TransientError while another process is at it.
    """
    raw = bot.spool.load(entry.digest)
    if raw is None:
        advice = "raise [limits].mail_bytes and move the mail back to the inbox"
        raise PermanentError(f"the bytes of {entry.digest[:12]} are not kept here: {advice}")
    with claimed(bot.store, entry.digest) as ours:
        if not ours:
            raise TransientError(f"{entry.digest[:12]} is being taken in just now; try again")
        return _take(bot, replace(raw, source=entry.source), now, report_by, before=entry)[0]


def handle(bot: Bot, raw: RawMail, reading: Reading, now: datetime, report_by: str = "") -> Disposition:
    """Decide what the mail is, let it act on its case, and store all of that in one step; within a turn."""
    doubts.settle(bot, reading, now)
    seen = intake.look(bot, raw, reading)
    if report_by:
        seen = intake.as_report(seen, report_by)
    pending = Pending(bot, now)
    disposition = intake.act(pending, seen)
    disposition = replace(disposition, source=raw.source)
    pending.done(disposition)
    pending.commit()
    return disposition


def wake(bot: Bot, now: datetime, done: Round) -> Iterator[str]:
    """Tell every case which of its deadlines have passed."""
    for case_id in bot.store.cases_due(now):
        try:
            kinds = in_turn(bot, _wake, case_id, now)
        except TransientError:
            raise
        except Exception as exc:
            log.error("deadline of %s left undone: %s at %s", case_id, type(exc).__name__, place_of(exc))
            done.problems.append(f"{case_id}: a deadline could not be handled ({type(exc).__name__})")
            continue
        if kinds:
            yield f"deadline {case_id} {kinds}"


def _wake(bot: Bot, case_id: str, now: datetime) -> str:
    case = bot.store.case(case_id)
    events = passed(case, now) if case else ()
    if case is not None and events:
        pending = Pending(bot, now)
        pending.happen(case, *events)
        pending.commit()
    return ", ".join(event.kind for event in events)


def _too_large(bot: Bot, head: RawMail, size: int, now: datetime) -> tuple[Disposition, str]:
    """A mail over the limit stays whole in the mailbox's Held folder; only its head was looked at."""
    try:
        mail = bot.reader.read(head).opened.mail
    except TransientError:
        raise
    except Exception as exc:
        return in_turn(bot, _once, head, None, _quarantine, why_of(exc), now, 1)
    return in_turn(bot, _once, head, None, _hold_large, mail, size, now)


def _hold_large(bot: Bot, head: RawMail, mail: ParsedMail, size: int, now: datetime) -> Disposition:
    why = "it is larger than the limit"
    entry = replace(disposed(mail, "held", now, why=f"{why}: {size} bytes"), source=head.source)
    pending = Pending(bot, now)
    pending.done(entry)
    _tell_if_possible(lambda: intake.announce(pending, mail, why))
    pending.commit()
    return entry


def _quarantine(bot: Bot, raw: RawMail, why: str, now: datetime, attempts: int) -> Disposition:
    log.error("mail %s quarantined: %s", raw.digest[:12], why)
    disposition = Disposition(raw.digest, "quarantined", FOLDERS["quarantined"], now, why=why, attempts=attempts)
    disposition = replace(disposition, source=raw.source)
    pending = Pending(bot, now)
    pending.done(disposition)
    key = f"quarantine/{raw.digest}/{attempts}"
    _tell_if_possible(lambda: intake.tell_set_aside(pending, disposition, key, "quarantined", why))
    pending.commit()
    return disposition


def _tell_if_possible(notice: Callable[[], None]) -> None:
    """A notice that cannot be written must not keep the mail that it is about from being set aside."""
    try:
        notice()
    except TransientError:
        raise
    except Exception as exc:
        log.error("a notice could not be written: %s at %s", type(exc).__name__, place_of(exc))
