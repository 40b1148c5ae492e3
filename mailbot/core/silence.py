"""The embargo of a case as it is negotiated: who is asked and told, by mail, and when it ends."""

from datetime import datetime

from mailbot.core import embargo as rules
from mailbot.core.embargo import DESK, FINDER, Embargo, Proposal
from mailbot.core.events import DeadlinePassed
from mailbot.core.lifecycle import Step
from mailbot.core.model import Case, DeadlineKind
from mailbot.core.term_answers import party_of
from mailbot.core.vendor_work import partners


def parties(case: Case) -> tuple[str, ...]:
    """Who keeps silent: the finder, and whoever has or may have the details."""
    finder = (FINDER,) if case.finder else ()
    return (*finder, *dict.fromkeys(party_of(c) for c in partners(case)))


def moment_text(step: Step, at: datetime) -> str:
    """A moment with its zone, and in UTC for those elsewhere."""
    local = step.policy.local(at)
    utc = f" ({at:%Y-%m-%d %H:%M} UTC)" if local.utcoffset() else ""
    return f"{local:%Y-%m-%d %H:%M %Z}{utc}"


def put(step: Step, embargo: Embargo) -> None:
    """Have that embargo, and wait for its end."""
    if embargo == step.case.embargo:
        return
    before = step.case.embargo
    step.change(embargo=embargo)
    if (before.state, before.until) != (embargo.state, embargo.until):
        until = moment_text(step, embargo.until) if embargo.until else "no day"
        step.log("embargo", "mailbot", f"{before.state} → {embargo.state}: {embargo.why or until}")
    step.clear(DeadlineKind.EMBARGO)
    if not embargo.over and embargo.until and not step.case.state.ended:
        step.due(DeadlineKind.EMBARGO, embargo.until, note="publication" if step.case.publication else "")


def offer(step: Step, plan: datetime | None) -> None:
    """A report came: our default stands in the receipt; a day that the finder plans is shorter, and so it holds."""
    embargo = rules.offered(step.now)
    put(step, rules.propose(embargo, FINDER, plan, step.now, "the report's plan") if plan else embargo)


def propose(step: Step, by: str, until: datetime, why: str) -> None:
    """Somebody wants another term: everybody else is told of a shorter one, and asked about a longer one."""
    case = step.case
    put(step, rules.propose(case.embargo, by, until, step.now, why, parties(case)))
    question = step.case.embargo.question
    if question is None:
        _tell(step, tuple(p for p in parties(case) if p != by), until=moment_text(step, until))
        return
    answer_by = step.policy.last_day(step.now, step.policy.waits.finder_answer_business).isoformat()
    ours = {"text": why} if by == DESK and why else {}  # another party's reasons are not ours to tell
    if case.publication:
        ours["moves"] = "publication"
    _tell(step, question.asked, until=moment_text(step, until), answer_by=answer_by, **ours)
    step.due_decision()


def answer(step: Step, party: str, yes: bool) -> Proposal | None:
    """A party answers the open question; the question, or None if they were not asked."""
    question = step.case.embargo.question
    if question is None or party not in question.asked:
        return None
    put(step, rules.answer(step.case.embargo, party, yes))
    if not yes or step.case.embargo.question is None:
        until = step.case.embargo.until
        moved = {"moves": "publication"} if yes and step.case.publication else {}
        _tell(step, parties(step.case), until=moment_text(step, until) if until else "", **moved)
    return question


def follow_publication(step: Step, question: Proposal) -> None:
    """A day of publication moves with the silence that was agreed for it."""
    case, until = step.case, question.until
    if case.embargo.question is None and case.embargo.until == until and case.publication and until:
        step.change(publication=until)
        step.clear(DeadlineKind.TRIAGE)  # as when a day is agreed for the first time


def end(step: Step, why: str, *, tell: bool, by: str = "") -> None:
    """The silence is over. The mails that say so show a coordinator first: they may come while attacks are seen.

    Who ended it `by` themselves is told nothing.
    """
    if step.case.embargo.over or step.case.embargo.state is rules.EmbargoState.NONE:
        return
    put(step, rules.leave(step.case.embargo, step.now, why))
    if tell and (everyone := tuple(party for party in parties(step.case) if party != by)):
        known = "exploited" if step.case.exploited else "public" if step.case.public else ""
        _tell(step, everyone, held_for="approval", ended="yes", **({"known": known} if known else {}))
        step.tell_coordinators("notice-decision", why="embargo-finder")


def lift(step: Step, text: str) -> None:
    """The finder asked to end the silence a year after the start date: it ends, with what the finder should weigh."""
    put(step, rules.leave(step.case.embargo, step.now, "the finder asked, a year after the start date"))
    step.clear(DeadlineKind.DISCLOSURE)
    step.tell_finder("embargo-lifted", **({"text": text} if text else {}))
    for contact in partners(step.case):
        step.tell_contact("embargo-counterpart", contact, ended="yes")


def time_is_up(step: Step, event: DeadlinePassed) -> None:
    """The agreed moment has come: nobody is bound any longer, and the coordinators publish or close."""
    put(step, rules.leave(step.case.embargo, step.now, "its time has come"))
    day = step.policy.today(event.at).isoformat()
    step.due_decision()
    commands = f"!publish {day}\n!close CODE"
    step.tell_coordinators("notice-deadline", why=event.kind.value, commands=commands)


def _tell(step: Step, who: tuple[str, ...], held_for: str | None = None, **details: str) -> None:
    if FINDER in who:
        step.tell_finder("embargo-finder", held_for, **details)
    if step.case.milestones.accepted is None:
        return
    for contact in partners(step.case):
        if party_of(contact) in who:
            step.tell_contact("embargo-counterpart", contact, held_for, **details)
