"""`!merge` and `!split`: commands that touch two cases at once."""

from mailbot import followers
from mailbot.core.effects import SendMail
from mailbot.core.events import CommandGiven
from mailbot.core.lifecycle import Refusal
from mailbot.core.link_events import CaseAbsorbed, CaseLinked
from mailbot.core.linking import SPLIT, split_off
from mailbot.core.model import Case, Role, Track
from mailbot.core.other_finders import carried
from mailbot.core.tokens import make_case_id
from mailbot.pending import Pending

_ATTEMPTS = 1_000


def merge(pending: Pending, case: Case, command: CommandGiven) -> str | Refusal:
    """Let `case` go on in the one that the command names; its finder hears from now on what that one's hears."""
    wanted = command.arguments[0].upper()
    other = pending.case(wanted)
    if other is None:
        return Refusal(f"there is no case {wanted}")
    if other.id == case.id:
        return Refusal("a case cannot go on in itself")
    if other.track is not case.track:
        return Refusal(f"{other.id} is of the other track ({other.track})")
    if other.state.ended:
        return Refusal(f"{other.id} has ended ({other.state}); !reopen it first, or !reject this one as ALREADY_KNOWN")
    if refusal := pending.happen(case, command):
        return refusal
    if refusal := pending.happen(other, CaseAbsorbed(case.id, command.coordinator, case.contacts, carried(case))):
        return refusal
    merged, into = pending.case(case.id) or case, pending.case(other.id) or other
    if case.milestones.accepted is None and into.milestones.accepted is not None and case.finder:
        told = SendMail(f"{case.id}/{merged.sequence}/merged", "acceptance", Role.FINDER, case.finder.address)
        pending.add(*followers.mails(pending.bot, merged, into, (told,), pending.now))
    return f"done: it goes on in {other.id} ({into.state}); its finder hears of that under {case.id}"


def split(pending: Pending, case: Case, command: CommandGiven) -> str | Refusal:
    """Open a case of the other track, or of another of its sites, out of `case`."""
    seed = f"split/{case.id}/{case.sequence}"
    if refusal := pending.happen(case, command):
        return refusal
    word = command.arguments[0]
    event = split_off(case, word, command.coordinator)
    number = _free_id(pending, seed)
    track = Track(word) if word in set(Track) else case.track
    opened = Case(id=number, track=track, received=case.received, language=case.language, since=pending.now)
    if refusal := pending.happen(opened, event):
        return refusal
    pending.happen(pending.case(case.id) or case, CaseLinked(SPLIT, number))
    whom = "the site is hidden from the vendor" if track is Track.PRODUCT else "neither operator is told of the other"
    hidden = f"; {whom}" if event.withheld else ""
    lacks = f"; missing: {', '.join(event.missing)}" if event.missing else ""
    return f"done: {number} ({track}) is in triage{hidden}{lacks}"


def _free_id(pending: Pending, seed: str) -> str:
    bot = pending.bot
    tried = (make_case_id(bot.secret, bot.desk.case_prefix, seed, attempt) for attempt in range(_ATTEMPTS))
    return next(number for number in tried if pending.case(number) is None)
