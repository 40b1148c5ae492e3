"""Carrying out a coordinator's commands: all of them or none, with a transcript."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from mailbot.core.authorise import authorise
from mailbot.core.commands import Command, Orders, help_text
from mailbot.core.desk import Coordinator
from mailbot.core.events import CommandGiven, MailReleased, MailWithheld, TellCoordinators
from mailbot.core.lifecycle import Refusal, waiting_for
from mailbot.core.messages import OpenedMail
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.wanted import still_wanted
from mailbot.pending import Pending
from mailbot.recipient_keys import recipient_key
from mailbot.rendering import is_to_others, plaintext_objection, tell


@dataclass(frozen=True)
class Transcript:
    """Each line with its result; `ran` is False if nothing was changed."""

    lines: tuple[tuple[str, str], ...]
    ran: bool
    case: str | None
    problems: int = 0

    def text(self) -> str:
        """As it is mailed or printed."""
        return "\n".join(f"> {line}\n{_indented(result)}" for line, result in self.lines)


def obey_mail(pending: Pending, opened: OpenedMail, claimed: Coordinator | None) -> str | None:
    """Check and run the commands of a mail, answer with a transcript; the case they were about."""
    bot = pending.bot
    seen_before = opened.signed is not None and bot.store.signature_seen(opened.signed.signature_id)
    verdict = authorise(opened, bot.desk, bot.limits, bot.clocks(pending.now), seen_before)
    if isinstance(verdict, Refusal):
        signer = bot.desk.coordinator_of(opened.signed.fingerprint) if opened.signed else None
        transcript = Transcript((("(all)", f"refused: {verdict.reason}; nothing was run"),), False, None, 1)
        pending.note(f"commands refused: {verdict.reason}")
        if claimed or signer:
            _answer(pending, transcript, signer or claimed, opened)
        return None
    transcript = obey(pending, verdict.orders, verdict.coordinator.name, opened.mail.message_id)
    pending.seen(verdict.signature_id)
    _answer(pending, transcript, verdict.coordinator, opened)
    return transcript.case


def obey(pending: Pending, orders: Orders, who: str, message_id: str | None = None) -> Transcript:
    """Run `orders` in the name of `who`. One problem and nothing runs; a preview runs nothing either."""
    case = next((c.case for c in orders.commands if c.case), None)
    if orders.problems:
        lines = tuple((read.line, "not run") if isinstance(read, Command) else read for read in orders.lines)
        return Transcript(lines, False, case, len(orders.problems))
    trial = Pending(pending.bot, pending.now)
    results = [(c, run(trial, c, who, message_id)) for c in orders.commands]
    refused = [result for _, result in results if isinstance(result, Refusal)]
    if orders.preview or refused:
        lines = tuple((c.line, _trial_line(result, bool(refused))) for c, result in results)
        shown = () if refused else _would_be_written(trial)
        return Transcript(lines + shown, False, case, len(refused))
    results = [(c, run(pending, c, who, message_id)) for c in orders.commands]
    return Transcript(tuple((c.line, str(result)) for c, result in results), True, case)


def run(pending: Pending, command: Command, who: str, message_id: str | None) -> str | Refusal:
    """Run one command; what it did, in a sentence, or why it cannot."""
    if command.name == "help":
        return help_text()
    case = pending.case(command.case or "")
    if case is None:
        return Refusal(f"there is no case {command.case}")
    if command.name == "status":
        return status_text(case, pending.items(case.id), pending.bot.desk.timezone)
    if command.name in ("approve", "withhold"):
        return _decide(pending, case, command, who)
    before = {item.item: item for item in pending.items(case.id)}
    if refusal := pending.happen(case, CommandGiven(command.name, command.arguments, who, message_id)):
        return refusal
    after = pending.case(case.id) or case
    mails = [item for item in pending.items(case.id) if is_to_others(item)]
    written = [_mail_line(item) for item in mails if _waits(item, after) and before.get(item.item) != item]
    dropped = [item for item in mails if not _waits(item, after)]
    taken_back = [_taken_back(item) for item in dropped if item.item in before and _waits(before[item.item], case)]
    return "; ".join([f"done: {after.state}", *written, *taken_back])


def _decide(pending: Pending, case: Case, command: Command, who: str) -> str | Refusal:
    wanted = command.arguments[0].lower()
    item = next((i for i in pending.items(case.id) if i.hash == wanted and i.status is Status.HELD), None)
    if item is None or item.draft is None:
        return Refusal(f"no mail of {case.id} with this content waits for a decision")
    if command.name == "withhold":
        why = " ".join(command.arguments[1:])
        pending.put(replace(item, status=Status.DEAD, error=f"withheld: {why}", settled=pending.now))
        event = MailWithheld(item.template, item.draft.to.address, item.hash, who, why)
        return pending.happen(case, event) or f"withheld: {item.template} to {item.draft.to.address}"
    return _release(pending, case, item, item.draft.to.address, who)


def _release(pending: Pending, case: Case, item: OutboxItem, to: str, who: str) -> str | Refusal:
    if not still_wanted(item, case):
        return Refusal(f"{case.id} ({case.state}) no longer asks for it; !withhold takes it away")
    if (item.held_for or "").startswith("leak"):
        return Refusal(f"it would give away what must not leave ({item.held_for}); it can only be withheld")
    released = replace(item, status=Status.QUEUED, held_for=None, approved_by=who, next=pending.now)
    if plaintext_objection(pending.bot, case, released, pending.now):
        return Refusal(f"no usable key for {to}: mailbot key import FILE, then approve again")
    pending.put(released)
    refusal = pending.happen(case, MailReleased(item.template, to, item.hash, who))
    encrypted = recipient_key(pending.bot, case, to, pending.now).fingerprint is not None
    return refusal or f"approved: {item.template} to {to} ({'encrypted' if encrypted else 'signed, not encrypted'})"


def status_text(case: Case, items: tuple[OutboxItem, ...], zone: ZoneInfo) -> str:
    """Where the case stands, for coordinators; moments in their `zone`."""
    lines = [f"{case.id} {case.track} {case.state}, waits for {waiting_for(case)}"]
    lines += [f"contact {c.n}: {c.address} ({c.source}, {c.standing})" for c in case.contacts]
    lines += [f"due {_moment(d.at, zone)}: {d.kind} {d.note}".rstrip() for d in case.deadlines]
    held = [i for i in items if i.status is Status.HELD and i.draft]
    lines += [_mail_line(i) for i in held]
    lines += [f"missing: {', '.join(case.missing)}"] if case.missing else []
    lines += [f"{_moment(e.at, zone)} {e.what} {e.who} {e.text}".rstrip() for e in case.timeline[-5:]]
    return "\n".join(lines)


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _waits(item: OutboxItem, case: Case) -> bool:
    """Whether the mail will go out, or waits for a decision."""
    return item.status is Status.HELD or (item.status is Status.QUEUED and still_wanted(item, case))


def _name(item: OutboxItem) -> str:
    return f"{item.template} to {item.draft.to.address}" if item.draft else item.template


def _mail_line(item: OutboxItem) -> str:
    return f"{_name(item)} ({_what_to_do(item) if item.status is Status.HELD else 'queued'})"


def _taken_back(item: OutboxItem) -> str:
    return f"taken back: {_name(item)}{' (an earlier attempt may have arrived)' if item.doubts else ''}"


def _what_to_do(item: OutboxItem) -> str:
    why = item.held_for or ""
    if why.startswith("leak"):
        return f"held for {why}: it can only be withheld, !withhold {item.hash} why"
    if why == "no_usable_key":
        return f"held for no_usable_key: mailbot key import FILE, then !approve {item.hash}"
    return f"held for {why}, !approve {item.hash}"


def _would_be_written(trial: Pending) -> tuple[tuple[str, str], ...]:
    cases = {case.id: case for case in trial.touched}
    mails = [i for i in trial.new_items if is_to_others(i) and i.case in cases and _waits(i, cases[i.case])]
    fates = {Status.HELD: "would be held", Status.QUEUED: "would go"}
    return tuple(
        (f"({fates[i.status]}) {_mail_line(i)}", f"{i.draft.subject}\n\n{i.draft.body}") for i in mails if i.draft
    )


def _trial_line(result: str | Refusal, refused: bool) -> str:
    if isinstance(result, Refusal):
        return f"refused: {result.reason}"
    return "not run: another line was refused" if refused else f"preview: {result}"


def _answer(pending: Pending, transcript: Transcript, to: Coordinator | None, opened: OpenedMail) -> None:
    """Mail the transcript to the one coordinator who asked."""
    case = pending.case(transcript.case) if transcript.case else None
    details = (("text", transcript.text()), ("problems", str(transcript.problems)))
    effect = TellCoordinators(f"transcript/{opened.mail.digest}", "transcript", details)
    items = tell(pending.bot, case, effect, (), pending.now)
    mine = [i for i in items if i.draft and to and i.draft.to.address.lower() == to.address.lower()]
    answers = opened.mail.message_id or None
    pending.add(*(replace(i, draft=replace(i.draft, in_reply_to=answers)) for i in mine if i.draft))


def _indented(result: str) -> str:
    return "\n".join(f"  {line}" for line in result.splitlines())
