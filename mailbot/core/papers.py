"""Drafts to be sent by hand: for the list of unreachable developers, the committee, the authorities.

Theory. These go to people who are no party to a case, by ways that the desk's mail is not made for, and some of them
become public. The bot writes them with what it knows, says when they are due, and sends none. They tell nothing of what
the vulnerability is: whoever needs that gets it apart, under an agreement of secrecy (guideline V-3-7, IV-3(2)).
"""

import re
from collections.abc import Iterator

from mailbot.core.channels import USED, names_address
from mailbot.core.contacts import channel
from mailbot.core.events import CommandGiven
from mailbot.core.lifecycle import Refusal, Step
from mailbot.core.model import Case, Track
from mailbot.core.plain import hosts
from mailbot.core.vendors import VendorState, vendor_of

GOVERNMENT, LOCAL, PERSONAL = "government", "local_government", "personal_data"
BODIES = (GOVERNMENT, LOCAL, PERSONAL)
"""To whom a notice of V-3-7 goes: イ, ウ and エ."""

FOR_STEP = {
    "list_name": "listing-name",
    "list_product": "listing-product",
    "list_deadline": "listing-product",
    "judge": "committee-request",
}
"""The paper for each step with a vendor that nothing reached."""

FOR_VENDOR = {
    VendorState.LISTED_NAME: "listing-name",
    VendorState.LISTED_PRODUCT: "listing-product",
    VendorState.LISTED_DEADLINE: "listing-product",
    VendorState.JUDGING: "committee-request",
}
"""The paper for the place where one of several vendors stands."""

_OF_ONE_VENDOR = tuple(dict.fromkeys(FOR_VENDOR.values()))
_WHY = "paper"
_LISTED = 40
_NATIONAL = re.compile(r"(?:.+\.)?go\.jp")
_MUNICIPAL = re.compile(r"(?:.+\.)?(?:lg\.jp|(?:pref|city|town|vill|metro)\.[a-z0-9-]+(?:\.[a-z0-9-]+)?\.jp)")


def for_step(step: Step, name: str) -> dict[str, str]:
    """What a notice of that step carries: the paper's name and the values for it; nothing where it needs none."""
    paper = FOR_STEP.get(name)
    return {_WHY: paper, **values(step)} if paper and step.case.track is Track.PRODUCT else {}


def for_vendor(step: Step, vendor: int, state: VendorState) -> dict[str, str]:
    """The same for one of several vendors."""
    paper = FOR_VENDOR.get(state)
    return {_WHY: paper, **values(step, vendor)} if paper else {}


def ordered(step: Step, command: CommandGiven) -> Refusal | None:
    """Give coordinators that paper because one of them asked; of several vendors, for the one that is numbered."""
    paper, *number = command.arguments
    vendor = int(number[0]) if number else 0
    if vendor and vendor_of(step.case.vendors, vendor) is None:
        return Refusal(f"there is no vendor {vendor} in this case")
    if paper in _OF_ONE_VENDOR and step.case.vendors and not vendor:
        return Refusal(f"the case has several vendors, the paper is about one: !paper {paper} N")
    body = next(iter(bodies(step.case)), "")
    step.tell_coordinators("notice-paper", paper=paper, body=body, **values(step, vendor))
    return None


def of_public_bodies(step: Step) -> None:
    """An urgent case about a site of the state or of a municipality: a draft to who reaches them (V-3-7 イ, ウ)."""
    case = step.case
    official = [body for body in bodies(case) if body is not PERSONAL]
    if case.track is Track.WEBSITE and official and case.priority == "high":
        offer(step, official[0])


def of_the_silent(step: Step) -> None:
    """Nobody at the site acts: a draft to the authority that can make them (V-3-7 イ, ウ, エ)."""
    if step.case.track is Track.WEBSITE:
        for body in bodies(step.case):
            offer(step, body)


def offer(step: Step, body: str) -> None:
    """Propose the notice to that authority, once in a case."""
    line = f"government-notice: {body}"
    if any(entry.what == _WHY and entry.text == line for entry in step.case.timeline):
        return
    step.log(_WHY, "mailbot", line)
    step.tell_coordinators("notice-paper", paper="government-notice", body=body, **values(step))


def bodies(case: Case) -> tuple[str, ...]:
    """The authorities that V-3-7 names for the site and what is at stake."""
    names = hosts(case)
    found = [GOVERNMENT] if any(_NATIONAL.fullmatch(host) for host in names) else []
    found += [LOCAL] if any(_MUNICIPAL.fullmatch(host) for host in names) else []
    found += [PERSONAL] if case.field("personal_data") is True else []
    return tuple(found)


def values(step: Step, vendor: int = 0) -> dict[str, str]:
    """What the papers are filled in with, as far as it is known."""
    case, today = step.case, step.policy.today
    named = vendor_of(case.vendors, vendor) if vendor else None
    listed = {
        e.text.rpartition(" ")[2]: e.at
        for e in case.timeline
        if e.what == "vendor state" and (named is None or e.text.startswith(f"{named.n} "))
    }.get(VendorState.LISTED_NAME)
    told = {
        "vendor": named.name if named else case.field_text("product.vendor"),
        "version": case.field_text("product.version"),
        "listed_on": today(listed).isoformat() if listed else "",
        "attempts": "\n".join(list(_attempts(step, vendor))[-_LISTED:]),
    }
    return {name: value for name, value in told.items() if value}


def _attempts(step: Step, vendor: int) -> Iterator[str]:
    """Day, way and address of every attempt to reach them, one a line; of several vendors those to this one."""
    theirs = [c.address for c in step.case.contacts if c.vendor == vendor]
    for entry in step.case.timeline:
        address = next((a for a in theirs if names_address(entry, a)), None)
        used = entry.what == "channel" and entry.text.endswith(USED)
        if address and (used or entry.what in ("sent", "copy", "bounced")):
            way = channel(address)
            said = "bounced" if entry.what == "bounced" else "mail" if way == "address" else way
            yield f"{step.policy.today(entry.at)} {said} {'' if address == way else address}".rstrip()
