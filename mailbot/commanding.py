"""Carrying out a coordinator's commands: all of them or none, with a transcript."""

from dataclasses import dataclass, replace

from mailbot.choosing import CHOICES
from mailbot.core.approval import content_hash
from mailbot.core.authorise import authorise
from mailbot.core.budgets import REFUSED
from mailbot.core.command_forms import help_text
from mailbot.core.commands import Command, Orders
from mailbot.core.desk import Coordinator
from mailbot.core.effects import TellCoordinators
from mailbot.core.events import CommandGiven
from mailbot.core.lifecycle import Refusal
from mailbot.core.messages import Draft, OpenedMail
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.wanted import still_wanted
from mailbot.deciding import ShownAnew, decide, show_anew
from mailbot.pending import Pending
from mailbot.relating import merge, split
from mailbot.rendering import is_to_others, tell
from mailbot.status_lines import mail_line, name_of, status_text


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
            # Anybody may have sent it, and any number of it.
            _answer(pending, transcript, signer or claimed, opened, key=REFUSED)
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
        for result in refused if not orders.preview else ():
            if isinstance(result, ShownAnew):
                show_anew(pending, result)
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
    if command.name in ("approve", "edit", "withhold", *CHOICES):
        return decide(pending, case, command, who)
    if command.name == "merge":
        return merge(pending, case, CommandGiven(command.name, command.arguments, who, message_id))
    if command.name == "split":
        return split(pending, case, CommandGiven(command.name, command.arguments, who, message_id))
    before = {item.item: item for item in pending.items(case.id)}
    if refusal := pending.happen(case, CommandGiven(command.name, command.arguments, who, message_id)):
        return refusal
    after = pending.case(case.id) or case
    mails = [item for item in pending.items(case.id) if is_to_others(item)]
    written = [mail_line(item) for item in mails if _waits(item, after) and before.get(item.item) != item]
    dropped = [item for item in mails if not _waits(item, after)]
    taken_back = [_taken_back(item) for item in dropped if item.item in before and _waits(before[item.item], case)]
    return "; ".join([f"done: {after.state}", *written, *taken_back])


def _waits(item: OutboxItem, case: Case) -> bool:
    """Whether the mail will go out, or waits for a decision."""
    return item.status is Status.HELD or (item.status is Status.QUEUED and still_wanted(item, case))


def _taken_back(item: OutboxItem) -> str:
    return f"taken back: {name_of(item)}{' (an earlier attempt may have arrived)' if item.doubts else ''}"


def _would_be_written(trial: Pending) -> tuple[tuple[str, str], ...]:
    cases = {case.id: case for case in trial.touched}
    mails = [i for i in trial.new_items if is_to_others(i) and i.case in cases and _waits(i, cases[i.case])]
    fates = {Status.HELD: "would be held", Status.QUEUED: "would go"}
    return tuple(
        (f"({fates[i.status]}) {mail_line(i)}", f"{i.draft.subject}\n\n{i.draft.body}") for i in mails if i.draft
    )


def _trial_line(result: str | Refusal, refused: bool) -> str:
    if isinstance(result, Refusal):
        return f"refused: {result.reason}"
    return "not run: another line was refused" if refused else f"preview: {result}"


def _answer(
    pending: Pending, transcript: Transcript, to: Coordinator | None, opened: OpenedMail, *, key: str = "transcript"
) -> None:
    """Mail the transcript to the one coordinator who asked."""
    case = pending.case(transcript.case) if transcript.case else None
    details = (("text", transcript.text()), ("problems", str(transcript.problems)))
    effect = TellCoordinators(f"{key}/{opened.mail.digest}", "transcript", details)
    items = tell(pending.bot, case, effect, (), pending.now)
    mine = [i for i in items if i.draft and to and i.draft.to.address.lower() == to.address.lower()]
    answers = opened.mail.message_id or None
    pending.add(*(_answering(i, i.draft, answers) for i in mine if i.draft))


def _indented(result: str) -> str:
    return "\n".join(f"  {line}" for line in result.splitlines())


def _answering(item: OutboxItem, draft: Draft, message_id: str | None) -> OutboxItem:
    """The item as an answer to that mail, under the hash of what then leaves."""
    draft = replace(draft, in_reply_to=message_id, references=(message_id,) if message_id else ())
    return replace(item, draft=draft, hash=content_hash(draft, item.encrypt_to))
