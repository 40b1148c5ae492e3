"""The commands about contact points: `!contact add`, `use`, `confirm`, `check`, `drop`."""

from dataclasses import replace

from mailbot.core import confirmation, handover, ownership
from mailbot.core.channels import by_hand, gone_by_hand
from mailbot.core.contacts import as_written
from mailbot.core.events import CommandGiven
from mailbot.core.lifecycle import Refusal, Step
from mailbot.core.mailboxes import FINDERS, Kin, kin_in, warning
from mailbot.core.model import Contact, Standing, State
from mailbot.core.proposals import give_up_way, propose_first_contact
from mailbot.core.vendor_work import vendor_with
from mailbot.core.vendors import SEEKING


def add(step: Step, command: CommandGiven) -> Refusal | None:
    """`!contact add`: another way to reach them."""
    named, *why = command.arguments
    address = as_written(named)
    if handover.passed_on(step.case):
        return Refusal(handover.VENDORS_ARE_THEIRS)
    if kin_in(address, step.case) is Kin.SAME:
        return Refusal(FINDERS.format(address))
    known = step.case.contact_at(address)
    if known and known.standing not in (Standing.DEAD, Standing.DROPPED):
        return Refusal(f"{address} is contact {known.n} of this case already")
    number = known.n if known else max((c.n for c in step.case.contacts), default=0) + 1
    reason = "; ".join(filter(None, (" ".join(why) or f"named by {command.coordinator}", warning(address, step.case))))
    anew = Contact(number, address, "coordinator", score=0.9, why=reason, evidence=(command.coordinator,))
    if known:  # what they wrote with, and asked for, stays true
        anew = replace(anew, fingerprint=known.fingerprint, wrote_encrypted=known.wrote_encrypted)
    step.set_contact(anew)
    return None


def use(step: Step, command: CommandGiven) -> Refusal | None:
    """`!contact use`: write the first contact, or note that a person went that way."""
    contact = _numbered(step, command)
    if isinstance(contact, Refusal):
        return contact
    if handover.passed_on(step.case):
        return Refusal(handover.VENDORS_ARE_THEIRS)
    if ownership.own(step.case):
        # Of our own people nobody is asked first.
        return confirm(step, replace(command, name="contact confirm"))
    vendor = vendor_with(step.case, contact)
    if step.case.vendors and vendor is None:
        return Refusal(f"say whose contact {contact.n} is: !vendor N contact {contact.address}")
    seeking = (State.ACCEPTED, State.CONTACTING, State.UNREACHABLE)
    hand = by_hand(contact) and step.case.state in (State.NOTIFIED, State.FIXING)
    if not hand and (vendor.state not in SEEKING if vendor else step.case.state not in seeking):
        return Refusal(f"first contact follows acceptance and comes before details; this case is {step.case.state}")
    match contact.standing:
        case Standing.DEAD:
            return Refusal(f"mail to contact {contact.n} came back: !contact add another, or this one anew")
        case Standing.DROPPED:
            return Refusal(f"contact {contact.n} was dropped: !contact add {contact.address} takes it up again")
        case Standing.CONFIRMED:
            return Refusal(f"contact {contact.n} is confirmed: !contact confirm {contact.n} writes the details")
    if by_hand(contact):
        gone_by_hand(step, contact)
    else:
        propose_first_contact(step, contact)
    return None


def confirm(step: Step, command: CommandGiven) -> Refusal | None:
    """`!contact confirm`: it may get the details; or ask it for a proof first."""
    contact = _numbered(step, command)
    if isinstance(contact, Refusal):
        return contact
    if step.case.state in (State.TRIAGE, State.ASKING):
        return Refusal("the case is not accepted yet: !accept comes first")
    if handover.passed_on(step.case):
        return handover.again(step, contact)
    if step.case.vendors and not contact.vendor:
        return Refusal(f"say whose contact {contact.n} is: !vendor N contact {contact.address}")
    return confirmation.confirm(step, contact, command.arguments[1:], command.coordinator)


def check(step: Step, command: CommandGiven) -> Refusal | None:
    """`!contact check`: look whether the proof that it was asked for is there."""
    contact = _numbered(step, command)
    return contact if isinstance(contact, Refusal) else confirmation.look(step, contact)


def drop(step: Step, command: CommandGiven) -> Refusal | None:
    """`!contact drop`: write to it no more."""
    contact = _numbered(step, command)
    if isinstance(contact, Refusal):
        return contact
    step.set_contact(replace(contact, standing=Standing.DROPPED, why=" ".join(command.arguments[1:]) or contact.why))
    give_up_way(step, contact)
    return None


def _numbered(step: Step, command: CommandGiven) -> Contact | Refusal:
    number = command.arguments[0]
    contact = step.case.contact(int(number))
    if contact is None:
        return Refusal(f"there is no contact {number}; this case has {len(step.case.contacts)}")
    if command.name == "contact confirm" and by_hand(contact):
        return Refusal(f"contact {number} is no mail address ({contact.address}): !contact add the one that was named")
    if command.name in ("contact confirm", "contact use") and kin_in(contact.address, step.case) is Kin.SAME:
        return Refusal(FINDERS.format(f"contact {number}"))
    return contact
