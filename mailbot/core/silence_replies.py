"""What replies change about the time of silence: an answer to a question, a finder's own day, a finder's publication.

Only mail from the address that was mailed, with its token, changes anything; of all else a person hears, with the
commands that would do it.
"""

from datetime import date, datetime

from mailbot.core import silence
from mailbot.core.embargo import FINDER, EmbargoState
from mailbot.core.events import Meaning, ReplyReceived
from mailbot.core.lifecycle import Step
from mailbot.core.model import Role
from mailbot.core.term_answers import open_question, party_at

_ANSWERS = (Meaning.AGREES, Meaning.DISAGREES)


def take(step: Step, event: ReplyReceived) -> bool:
    """Let the reply change the silence; whether it said nothing else."""
    if event.role is Role.FINDER:
        _from_finder(step, event)
    elif Meaning.PUBLISHED in event.meanings:
        step.due_decision()
    said = next((meaning for meaning in event.meanings if meaning in _ANSWERS), None)
    party = party_at(step.case, event.role, event.sender.address)
    if said is None or party is None or not event.from_that_contact:
        return False
    question = silence.answer(step, party, said is Meaning.AGREES)
    if question is not None:
        silence.follow_publication(step, question)
    return question is not None


def suggested(step: Step, event: ReplyReceived) -> str:
    """The commands for what a mail says of the silence and the bot does not do by itself."""
    case, said, told = step.case, set(event.meanings), dict(event.told)
    if case.state.ended or case.embargo.over:
        return ""
    lines: list[str] = []
    if Meaning.PUBLISHED in said and not event.from_that_contact:
        lines.append("!public yes")
    if Meaning.PLANS_DISCLOSURE in said:
        day = told.get("publishes_on")
        taken = _shorter(step, event) is not None
        lines += [] if taken else [f"!embargo propose finder {day or 'DATE'}"]
        lines += [f"!publish {day}"] if taken and case.publication and day else []
    party = party_at(case, event.role, event.sender.address)
    if open_question(case, event.role, event.sender.address) and not said & set(_ANSWERS):
        lines += [f"!embargo accept {party}", f"!embargo reject {party} why"]
    return "\n".join(lines)


def _from_finder(step: Step, event: ReplyReceived) -> None:
    said, case = set(event.meanings), step.case
    if Meaning.PUBLISHED in said:
        if not event.from_that_contact or case.embargo.over:
            step.due_decision()
            return
        step.change(public=True)
        silence.end(step, "the finder published", tell=case.milestones.accepted is not None, by=FINDER)
        step.due_decision()
        return
    if Meaning.PLANS_DISCLOSURE not in said or case.embargo.over:
        return
    until = _shorter(step, event)
    if until is None or case.publication:
        step.due_decision()
    if until is not None:
        silence.propose(step, FINDER, until, "")


def _shorter(step: Step, event: ReplyReceived) -> datetime | None:
    """The day of the finder's plan, if it shortens the silence: one that lies behind its end asks nobody to wait."""
    day, embargo = dict(event.told).get("publishes_on"), step.case.embargo
    if not event.from_that_contact or embargo.state is EmbargoState.NONE or day is None:
        return None
    at = step.policy.morning(date.fromisoformat(day))
    return at if at > step.now and (embargo.until is None or at < embargo.until) else None
