"""The ways to reach somebody whom mail did not reach: form, phone and letter, which a person goes with our texts.

Theory. Another way reaches more people than the same mail once more (Li et al. and Maass et al., USENIX Security 2016
and 2021; "Snail Mail Beats Email Any Day", 2021). When mail has got no answer, the next way is proposed to
coordinators with the text for it; that they went it they say by `!contact use N`, and only then the time for an answer
runs. A way is a contact point like any other: with a form's URL or a number as its address, or, while none is known,
with the way's own name.
"""

from collections.abc import Iterator
from dataclasses import replace

from mailbot.core.contacts import channel
from mailbot.core.lifecycle import Step, Trigger
from mailbot.core.model import Contact, DeadlineKind, Entry, Handling, Standing, Track

TEXT_FOR = {"form": "form-text", "phone": "phone-script", "letter": "letter"}
"""The paper that goes with each way."""
USED = "was used; its answer is awaited"
"""How the line in the history ends that says that a person went that way."""
FIRST_BY_HAND = "it is the first contact"
"""What stands in the history's line of a coordinator's own mail that was one."""
_TO_BE_LOOKED_UP = ("phone", "letter")
_ATTEMPTS = ("sent", "bounced", "failed", "channel", "copy")
_LISTED = 20


def names_address(entry: Entry, address: str) -> bool:
    """Whether a line of the history names that address, and no longer one."""
    return address.lower() in (word.strip(",;") for word in entry.text.lower().split())


def by_hand(contact: Contact) -> bool:
    """Whether a person has to go that way."""
    return channel(contact.address) != "address"


def next_by_hand(step: Step) -> Contact | None:
    """The first way, in the order of the edition, that was not gone yet; a new contact point for one unknown so far."""
    if step.case.handling is not Handling.SOUGHT:
        return None
    for way in step.policy.waits.ways_by_hand:
        known = [c for c in step.case.contacts if channel(c.address) == way and not c.vendor]
        # A number or page that somebody found stands for the way that had to be looked up.
        found = [c for c in known if c.address != way] or known
        fresh = [c for c in found if c.standing is Standing.CANDIDATE]
        if fresh:
            return max(fresh, key=lambda c: (c.score, -c.n))
        if not known and way in _TO_BE_LOOKED_UP:
            return Contact(max((c.n for c in step.case.contacts), default=0) + 1, way, "mailbot", why="to be looked up")
    return None


def propose_by_hand(step: Step, contact: Contact, why: str) -> None:
    """Ask coordinators to go that way, with the text for it."""
    step.set_contact(contact)
    way = channel(contact.address)
    step.log("channel", "mailbot", f"{contact.n} {contact.address} is proposed")
    step.clear(DeadlineKind.CONTACT_ANSWER)
    step.due_decision()
    answer_by = step.policy.last_day(step.now, step.policy.waits.by_hand_answer_business).isoformat()
    commands = commands_for(contact)
    step.tell_coordinators(
        "notice-channel",
        why=why,
        way=way,
        contact=_named(contact),
        n=str(contact.n),
        answer_by=answer_by,
        commands=commands,
    )


def commands_for(contact: Contact) -> str:
    """What coordinators answer to a way that is proposed: gone, useless, or another contact point instead."""
    return f"!contact use {contact.n}\n!contact drop {contact.n} why\n!contact add ADDRESS why"


def gone_by_hand(step: Step, contact: Contact) -> None:
    """A coordinator went that way: from now the answer is awaited, as after a mail of ours."""
    step.set_contact(replace(contact, standing=Standing.TRIED))
    days = step.policy.waits.by_hand_answer_business
    step.clear(DeadlineKind.CONTACT_ANSWER, DeadlineKind.TRIAGE)
    if not contact.vendor and step.move(Trigger.FIRST_CONTACT):
        step.mark(first_contact=step.now)
        if step.case.track is Track.PRODUCT:
            step.mark(start_date=step.now)
        # By hand nobody reminds: the count of mail reminders is used up.
        step.due_business(DeadlineKind.CONTACT_ANSWER, days, step.policy.waits.contact_reminders, contact.address)
    else:
        step.due_business(DeadlineKind.COORDINATOR, days, note=f"{contact.address}: has an answer come?")
    step.log("channel", "mailbot", f"{contact.n} {contact.address} {USED}")


def attempts(step: Step) -> str:
    """What was tried, when and to whom: what a proposal to give up rests on (guideline V-3-5, IV-4-2)."""
    return "\n".join(list(_attempts(step))[-_LISTED:])


def _attempts(step: Step) -> Iterator[str]:
    to_them = tuple(c.address for c in step.case.contacts)
    for entry in step.case.timeline:
        if entry.what in _ATTEMPTS and any(address in entry.text for address in to_them):
            yield f"{step.policy.today(entry.at)} {entry.what}: {entry.text}"


def _named(contact: Contact) -> str:
    """The number or URL; "" while it has to be looked up."""
    return "" if contact.address == channel(contact.address) else contact.address.removeprefix("tel:")
