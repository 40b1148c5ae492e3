"""A case about what is ours: a product of our own, or our own site. Nobody has to be looked for.

Theory. At a vendor's desk (PSIRT) the one who mends it is named in the configuration or by `!contact add`. They are of
our own house, so they are asked nothing before the details; but what the report says of the finder is withheld from
them like from everybody else, unless the finder agreed.
"""

from dataclasses import replace

from mailbot.core.lifecycle import Step
from mailbot.core.model import Case, Contact, Handling, Standing
from mailbot.core.proposals import confirm_contact, propose_details

OUR_OWN = "it is ours: !contact add names who mends it"


def own(case: Case) -> bool:
    """Whether site or product is ours."""
    return case.handling is Handling.OWN


def begin(step: Step) -> None:
    """The case is accepted: write the details for the owner, or ask who it is."""
    owner = step.policy.part.owner
    if any(c.standing is Standing.CONFIRMED for c in step.case.contacts):
        return
    if owner is None:
        commands = "!contact add ADDRESS why\n!contact confirm 1"
        step.tell_coordinators("notice-problem", why="no_owner", commands=commands)
        return
    known = step.case.contact_at(owner.address)
    number = known.n if known else max((c.n for c in step.case.contacts), default=0) + 1
    contact = known or Contact(number, owner.address, "configuration", score=1.0, why="[desk].owner")
    contact = replace(contact, fingerprint=owner.fingerprint or contact.fingerprint)
    give(step, contact)


def give(step: Step, contact: Contact) -> None:
    """This one of our people mends it."""
    confirm_contact(step, contact)
    propose_details(step, contact)
