"""Mails to a contact point that a person may have to approve first: first contact and details."""

from dataclasses import replace
from datetime import datetime, timedelta

from mailbot.core import papers
from mailbot.core.channels import attempts, by_hand, next_by_hand, propose_by_hand
from mailbot.core.clocks import SEEKING, begin_unreachable
from mailbot.core.contacts import channel
from mailbot.core.lifecycle import Step, Trigger
from mailbot.core.model import Case, Contact, DeadlineKind, Standing, Track
from mailbot.core.places import sites

_AUTO_SCORE = 0.5
"""Below this a found contact point is never written to without a person, whatever the policy."""


_INSTEAD = 3  # commands for other contact points that a proposal names

DOUBTS = "doubts"
"""What stands in the history where somebody asked whether we are genuine."""


def propose_first_contact(step: Step, contact: Contact, why: str = "", text: str = "") -> None:
    """Write the mail that asks `contact` where to send details; hold it where the policy says so.

    `why` it is its turn after another's, coordinators then hear, with the commands for those to be asked instead.
    """
    free = step.policy.first_contact == "auto" and contact.score >= _AUTO_SCORE and not step.case.on_hold
    answer_by = step.policy.last_day(step.now, step.policy.waits.contact_answer_business).isoformat()
    held = None if free else "approval"
    step.tell_contact("first-contact", contact, held, answer_by=answer_by)
    if held:
        instead = [f"!contact use {c.n}" for c in untried(step.case, contact.vendor) if c.n != contact.n] if why else []
        told = {"why": f"first-contact\n{why}".strip(), "text": text, "commands": "\n".join(instead[:_INSTEAD])}
        step.tell_coordinators("notice-decision", **{name: value for name, value in told.items() if value})
        step.due_decision()


def reassure(step: Step, contact: Contact) -> None:
    """Write to who doubts us how to make sure that we are genuine: once, and where they are asked only after a person
    agreed, so is this. Whoever wants no mail at all is better called, which a person sees.
    """
    if any(entry.what == DOUBTS and entry.who == contact.address for entry in step.case.timeline):
        return
    step.log(DOUBTS, contact.address, "how to make sure that we are genuine is written to them")
    free = step.policy.first_contact == "auto" and not step.case.on_hold
    step.tell_contact("reassurance", contact, None if free else "approval")
    if not free:
        step.tell_coordinators("notice-decision", why="reassurance")
        step.due_decision()


def propose_details(step: Step, contact: Contact, doubts: bool = False) -> None:
    """Write the details for a confirmed contact point; hold them where the policy says so, or where they doubt us."""
    # Of a mail about several sites, what it says of another may have stayed in: a person looks at that.
    alone = not any(link.kind == "same_mail" for link in step.case.links) and len(sites(step.case)) < 2
    # Where the finder's marks ended, a person judges better than a rule.
    kept = any(field.private for field in step.case.fields)
    free = step.policy.details == "auto" and alone and not kept and not doubts and not step.case.on_hold
    held = None if free else "approval"
    step.tell_contact("details", contact, held, fix_by=step.policy.today(fix_due(step)).isoformat())
    if held:
        step.tell_coordinators("notice-decision", why="details")
        step.due_decision()


def fix_due(step: Step) -> datetime:
    """When the guideline aims at a fix: V-4-1 for websites, IV-4-3 for products; never a moment that has passed."""
    waits, case = step.policy.waits, step.case
    if case.track is Track.WEBSITE:
        return step.now + timedelta(days=waits.fix_days_website)
    term = timedelta(days=waits.fix_days_product)
    by = (case.milestones.start_date or step.now) + term
    return by if by > step.now else step.now + term


def awaited_contact(case: Case) -> Contact | None:
    """The contact point whose answer to a first contact is awaited: the deadline for it names the address."""
    noted = [d.note for d in case.deadlines if d.kind is DeadlineKind.CONTACT_ANSWER]
    return case.contact_at(noted[-1]) if noted else None


def next_candidate(step: Step, vendor: int = 0) -> Contact | None:
    """The best contact point, of the named vendor if there is one, that was not tried yet."""
    return next(iter(untried(step.case, vendor)), None)


def untried(case: Case, vendor: int) -> list[Contact]:
    """The contact points that can be written to and were not, best first; never an address of the finder's."""
    people = {p.address.lower() for p in case.participants} | {case.field_text("reporter.email").lower()}
    own = (c for c in case.contacts if c.vendor == vendor and channel(c.address) == "address")
    fresh = (c for c in own if c.standing is Standing.CANDIDATE and c.address.lower() not in people)
    return sorted(fresh, key=lambda c: (-c.score, c.n))


def confirm_contact(step: Step, contact: Contact) -> None:
    """Make `contact` the one that gets details; another of the same vendor that was confirmed steps back."""
    for other in step.case.confirmed_contacts:
        if other.n != contact.n and other.vendor == contact.vendor:
            step.set_contact(replace(other, standing=Standing.TRIED))
    step.set_contact(replace(contact, standing=Standing.CONFIRMED))
    if contact.vendor:
        return
    step.move(Trigger.CONTACT_CONFIRMED)
    step.clear(DeadlineKind.CONTACT_ANSWER, DeadlineKind.UNREACHABLE)


def next_way(step: Step) -> str:
    """How the counterpart will hear of us next: another address, form, phone or letter; "" when all were tried."""
    if next_candidate(step):
        return "address"
    hand = next_by_hand(step)
    return channel(hand.address) if hand else ""


def try_next_contact(step: Step, why: str, text: str) -> None:
    """Go on to the next contact point, then to the ways by hand, then leave it to a person: 連絡不能."""
    if candidate := next_candidate(step):
        propose_first_contact(step, candidate, why, text)
        return
    if hand := next_by_hand(step):
        propose_by_hand(step, hand, why)
        return
    step.move(Trigger.CONTACTS_EXHAUSTED)
    step.clear(DeadlineKind.CONTACT_ANSWER)
    step.due_decision()
    begin_unreachable(step)
    tried = "\n".join(filter(None, (text, attempts(step))))
    listing = "list_name" if step.case.track is Track.PRODUCT else ""
    commands = "!contact add ADDRESS why\n!contact use N"
    paper = papers.for_step(step, listing)
    step.tell_coordinators("notice-problem", why=why, next_step=listing, text=tried, commands=commands, **paper)
    papers.of_the_silent(step)


def give_up_way(step: Step, contact: Contact) -> None:
    """A way by hand that coordinators will not go: the next one, if they were asked to go this one."""
    awaited = awaited_contact(step.case)
    if by_hand(contact) and contact.standing is Standing.CANDIDATE and awaited is None and step.case.state in SEEKING:
        try_next_contact(step, "way_dropped", "")
