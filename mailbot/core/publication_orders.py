"""The commands about the day: `!publish`, `!extend` and `!embargo …`."""

from dataclasses import replace
from datetime import date, datetime

from mailbot.core import embargo as rules
from mailbot.core import silence
from mailbot.core.clocks import disclosure_from
from mailbot.core.embargo import DESK, EmbargoState
from mailbot.core.events import CommandGiven
from mailbot.core.handover import passed_on
from mailbot.core.lifecycle import Refusal, Step, Trigger
from mailbot.core.model import Contact, DeadlineKind, Provision, State, Track
from mailbot.core.vendor_work import left_alone, move, partners
from mailbot.core.vendors import VendorTrigger

_ADVISORY_COMMANDS = "!number add NUMBER\n!vendor N product NAME: AFFECTED -> FIXED\n!vendor N says FINDING words"
_OVER = "the embargo has ended; it cannot be taken up again"


def publish(step: Step, command: CommandGiven) -> Refusal | None:
    """公表日: a day to come is agreed and told; today, or a day that is over, means that it was published then."""
    day, *text = command.arguments
    if step.case.track is not Track.PRODUCT:
        return Refusal("nothing is published of a website (guideline V-3-11); what the operator publishes is !note")
    at = step.policy.morning(date.fromisoformat(day))
    if date.fromisoformat(day) > step.policy.today(step.now):
        return _schedule(step, day, at, " ".join(text))
    return _published(step, day, at, " ".join(text))


def _schedule(step: Step, day: str, at: datetime, text: str) -> Refusal | None:
    embargo = step.case.embargo
    if step.case.publication == at and step.case.state is State.SCHEDULED and not text:
        return Refusal(f"{day} is the agreed day, and everybody was told")
    if embargo.bound and not embargo.over and at > embargo.bound:
        until = silence.moment_text(step, embargo.bound)
        return Refusal(f"silence was agreed until {until} only: !extend {day} why asks everybody first")
    if not step.move(Trigger.SCHEDULE):
        return Refusal(f"a day is agreed between acceptance and publication; this case is {step.case.state}")
    step.clear(DeadlineKind.TRIAGE, DeadlineKind.FIX)
    step.change(publication=at)
    if not embargo.over:
        accepted = rules.accepted_by_silence(embargo)
        silence.put(step, replace(accepted, until=at))
    if not any(d.kind is DeadlineKind.EMBARGO for d in step.case.deadlines):
        step.due(DeadlineKind.EMBARGO, at, note="publication")
    details = {"publish_on": day, **({"text": text} if text else {})}
    step.tell_finder("publication-date-finder", **details)
    for contact in _who_publish(step):
        step.tell_contact("publication-date-counterpart", contact, **details)
    step.tell_coordinators("notice-advisory", publish_on=day, commands=_ADVISORY_COMMANDS)
    return None


def _who_publish(step: Step) -> tuple[Contact, ...]:
    """Who hears from us of the day: not the coordinating body, from whom we have it."""
    return () if passed_on(step.case) else partners(step.case)


def _published(step: Step, day: str, at: datetime, text: str) -> Refusal | None:
    if date.fromisoformat(day) < step.policy.today(step.case.received):
        return Refusal(f"{day} lies before the report came")
    if step.case.state is State.PUBLISHED:
        return Refusal("it was published before; a note of changes is !note")
    if not step.move(Trigger.PUBLISH):
        return Refusal(f"only an accepted case is published; this one is {step.case.state}")
    step.mark(published=max(at, step.case.received))
    step.change(public=True, publication=at)
    silence.end(step, "published", tell=False)
    step.clear(
        *(DeadlineKind.STATUS_REQUEST, DeadlineKind.DETAILS_RECEIPT, DeadlineKind.FIX, DeadlineKind.CONTACT_ANSWER),
        *(DeadlineKind.FIX_CHECK, DeadlineKind.EMBARGO, DeadlineKind.TRIAGE),
    )
    details = {"publish_on": day, **({"text": text} if text else {})}
    step.tell_finder("publication-finder", **details)
    for contact in _who_publish(step):
        step.tell_contact("publication-counterpart", contact, **details)
    for vendor in step.case.vendors:
        move(step, vendor, VendorTrigger.PUBLISH)
        left_alone(step, vendor)
    note = "it is published: !close published"
    step.due_business(DeadlineKind.COORDINATOR, step.policy.waits.triage_business, note=note)
    return None


def extend(step: Step, command: CommandGiven) -> Refusal | None:
    """More time to mend. Where silence was agreed for less, everybody is asked whether to keep it that long."""
    day, *why = command.arguments
    at = step.policy.morning(date.fromisoformat(day))
    if at <= step.now:
        return Refusal(f"{day} is not in the future")
    if step.case.milestones.accepted is None:
        return Refusal("the case is not accepted yet: !accept comes first")
    if passed_on(step.case):
        return Refusal("the coordinating body gives the vendor its time: !publish DATE passes on the day that it names")
    embargo, asks = step.case.embargo, False
    if embargo.until and not embargo.over:
        if at <= embargo.until:
            return Refusal(f"{day} is no later than what was agreed: {silence.moment_text(step, embargo.until)}")
        asks = True
        silence.propose(step, DESK, at, " ".join(why))
    step.clear(DeadlineKind.FIX)
    if not step.case.publication:  # else that day is the one to keep
        step.due(DeadlineKind.FIX, step.policy.opening(at))
    if not asks:
        for contact in partners(step.case):
            step.tell_contact("progress-counterpart", contact, fix_by=day, text=" ".join(why))
    return None


def embargo_propose(step: Step, command: CommandGiven) -> Refusal | None:
    """Somebody wants another term of silence."""
    party, when, *why = command.arguments
    if step.case.embargo.over:
        return Refusal(_OVER)
    until = _moment(step, when)
    if until <= step.now:
        return Refusal(f"{when} is not in the future")
    if refusal := _unknown(step, party.lower()):
        return refusal
    if step.case.embargo.state is EmbargoState.NONE:
        step.change(embargo=rules.offered(step.now))
    silence.propose(step, party.lower(), until, " ".join(why))
    return None


def embargo_accept(step: Step, command: CommandGiven) -> Refusal | None:
    """A party agrees to the term that was asked."""
    return _answer(step, command.arguments[0], yes=True)


def embargo_reject(step: Step, command: CommandGiven) -> Refusal | None:
    """A party does not agree: what was agreed before holds."""
    return _answer(step, command.arguments[0], yes=False)


def embargo_end(step: Step, command: CommandGiven) -> Refusal | None:
    """The silence is over, for a reason that a person knows."""
    if step.case.embargo.over:
        return Refusal(_OVER)
    if step.case.embargo.state is EmbargoState.NONE:
        return Refusal("there is no embargo")
    silence.end(step, " ".join(command.arguments), tell=True)
    return None


def embargo_lift(step: Step, command: CommandGiven) -> Refusal | None:
    """情報非開示依頼の取下げ: at the finder's wish, a year after the start date (IV-2-4, IV-3(1)11)."""
    if step.case.embargo.over:
        return Refusal(_OVER)
    free = disclosure_from(step)
    if free is None:
        return Refusal("the year counts from the start date of a product's case; !embargo end why ends the silence now")
    if step.policy.today(step.now) < step.policy.today(free):
        return Refusal(f"the finder may ask from {step.policy.today(free)} on; !embargo end why ends the silence now")
    silence.lift(step, " ".join(command.arguments))
    return None


def provide(step: Step, command: CommandGiven) -> Refusal | None:
    """優先情報提供: somebody got the measures before publication (IV-4-8); the finder is told, once (IV-3(1)12)."""
    sector, *text = command.arguments
    case = step.case
    if case.track is not Track.PRODUCT:
        return Refusal("only what is known of a product is provided in advance (guideline IV-4-8)")
    if case.state is State.PUBLISHED:
        return Refusal("it is published: nothing is provided in advance any more")
    if case.milestones.fix_reported is None and case.state is not State.SCHEDULED:
        return Refusal("information is provided in advance once there are measures (IV-4-8): !fix reported first")
    if any((p.sector, step.policy.today(p.at)) == (sector, step.policy.today(step.now)) for p in case.provisions):
        return Refusal(f"that {sector} got it today is noted already")
    step.change(provisions=(*case.provisions, Provision(sector, step.now)))
    if not case.provisions:
        day = {"publish_on": step.policy.today(case.publication).isoformat()} if case.publication else {}
        step.tell_finder("priority-provision", **day, **({"text": " ".join(text)} if text else {}))
    return None


def _answer(step: Step, party: str, yes: bool) -> Refusal | None:
    question = silence.answer(step, party.lower(), yes)
    if question is not None:
        silence.follow_publication(step, question)
        return None
    asked = step.case.embargo.question
    return Refusal(f"{party} was asked nothing; open: {', '.join(asked.asked) if asked else 'no question'}")


def _unknown(step: Step, party: str) -> Refusal | None:
    known = (DESK, *silence.parties(step.case))
    return None if party in known else Refusal(f"{party} is no party to it; the parties are: {', '.join(known)}")


def _moment(step: Step, when: str) -> datetime:
    """A day means nine o'clock of it; without an offset the zone is the desk's."""
    if "T" not in when:
        return step.policy.morning(date.fromisoformat(when))
    given = datetime.fromisoformat(when)
    local = step.policy.local(step.now)
    aware = given if given.tzinfo else given.replace(tzinfo=local.tzinfo)
    return aware.astimezone(step.now.tzinfo)
