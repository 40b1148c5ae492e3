"""The commands about one of several vendors: `!vendor …`."""

from dataclasses import replace

from mailbot.core import handover, ownership
from mailbot.core.command_forms import named_product, named_vendor
from mailbot.core.events import CommandGiven
from mailbot.core.lifecycle import Refusal, Step
from mailbot.core.mailboxes import FINDERS, Kin, kin_in, warning
from mailbot.core.model import Contact, Deadline, DeadlineKind, Standing, State, Track
from mailbot.core.vendor_work import enter as enter_vendor
from mailbot.core.vendor_work import label, left_alone, put, says
from mailbot.core.vendors import Finding, Vendor, VendorState, reachable, vendor_of

_MOST = 200  # vendors of a case
_QUIET = (VendorState.CLOSED, VendorState.PUBLISHED, VendorState.READY, VendorState.REVIEW, VendorState.JUDGING)


def vendor_add(step: Step, command: CommandGiven) -> Refusal | None:
    """Name a vendor and its address; an earlier counterpart of the case becomes the first vendor."""
    name, address, why = named_vendor(command.arguments)
    if refusal := _not_for_vendors(step):
        return refusal
    if any(v.name.casefold() == name.casefold() for v in step.case.vendors):
        return Refusal(f"{name} is a vendor of this case already")
    if len(step.case.vendors) >= _MOST:
        return Refusal(f"a case has {_MOST} vendors at most")
    _take_over(step, name, address)
    n = next((v.n for v in step.case.vendors if v.name == name), 0)
    if not n:
        n = max((v.n for v in step.case.vendors), default=0) + 1
        put(step, Vendor(n, name, since=step.now))
    return _give(step, n, address, why or f"named by {command.coordinator}", command.coordinator)


def vendor_contact(step: Step, command: CommandGiven) -> Refusal | None:
    """Another contact point of a vendor."""
    vendor = _numbered(step, command)
    if isinstance(vendor, Refusal):
        return vendor
    why = " ".join(command.arguments[2:]) or f"named by {command.coordinator}"
    return _give(step, vendor.n, command.arguments[1], why, command.coordinator)


def vendor_state(step: Step, command: CommandGiven) -> Refusal | None:
    """What a coordinator knows of a vendor that no mail told: one step of the table."""
    vendor = _numbered(step, command)
    if isinstance(vendor, Refusal):
        return vendor
    wanted = VendorState(command.arguments[1])
    ways = reachable(vendor.state)
    if wanted not in ways:
        return Refusal(f"vendor {vendor.n} is {vendor.state}; from there it goes to: {', '.join(ways)}")
    moved = enter_vendor(step, vendor, wanted)
    if wanted in _QUIET:
        left_alone(step, moved)
    return None


def vendor_ref(step: Step, command: CommandGiven) -> Refusal | None:
    """The vendor's own number for the matter."""
    vendor = _numbered(step, command)
    if isinstance(vendor, Refusal):
        return vendor
    put(step, replace(vendor, reference=command.arguments[1]))
    return None


def vendor_says(step: Step, command: CommandGiven) -> Refusal | None:
    """検証結果: what the vendor says of its product, heard by other ways than a mail to the desk."""
    vendor = _numbered(step, command)
    if isinstance(vendor, Refusal):
        return vendor
    contact = next((c for c in step.case.confirmed_contacts if c.vendor == vendor.n), None)
    if statement := " ".join(command.arguments[2:]):
        vendor = replace(vendor, statement=statement)
    says(step, vendor, Finding(command.arguments[1]), contact)
    return None


def vendor_product(step: Step, command: CommandGiven) -> Refusal | None:
    """A product of the vendor that is affected, for the advisory; of the same name it takes the place of the former."""
    vendor = _numbered(step, command)
    if isinstance(vendor, Refusal):
        return vendor
    product = named_product(command.arguments[1:])
    names = [p.name.casefold() for p in vendor.products]
    if product.name.casefold() not in names and len(names) >= _MOST:
        return Refusal(f"a vendor has {_MOST} products at most")
    at = names.index(product.name.casefold()) if product.name.casefold() in names else len(names)
    put(step, replace(vendor, products=(*vendor.products[:at], product, *vendor.products[at + 1 :])))
    return None


def vendor_unproduct(step: Step, command: CommandGiven) -> Refusal | None:
    """The product is not affected after all, or was named by mistake."""
    vendor = _numbered(step, command)
    if isinstance(vendor, Refusal):
        return vendor
    name = " ".join(command.arguments[1:])
    kept = tuple(p for p in vendor.products if p.name.casefold() != name.casefold())
    if kept == vendor.products:
        known = ", ".join(p.name for p in kept) or "none"
        return Refusal(f"vendor {vendor.n} has no product of that name; it has: {known}")
    put(step, replace(vendor, products=kept))
    return None


def _numbered(step: Step, command: CommandGiven) -> Vendor | Refusal:
    if refusal := _not_for_vendors(step):
        return refusal
    n = int(command.arguments[0])
    known = ", ".join(label(v) for v in step.case.vendors) or "none"
    return vendor_of(step.case.vendors, n) or Refusal(f"there is no vendor {n}; this case has: {known}")


def _not_for_vendors(step: Step) -> Refusal | None:
    case = step.case
    if handover.passed_on(case):
        return Refusal(handover.VENDORS_ARE_THEIRS)
    if ownership.own(case):
        return Refusal(ownership.OUR_OWN)
    if case.track is not Track.PRODUCT:
        return Refusal(
            "a website has one operator: !contact add; a product behind it is a case of its own: !split product"
        )
    if case.state in (State.TRIAGE, State.ASKING):
        return Refusal("the case is not accepted yet: !accept comes first")
    return None


def _give(step: Step, n: int, address: str, why: str, coordinator: str) -> Refusal | None:
    if kin_in(address, step.case) is Kin.SAME:
        return Refusal(FINDERS.format(address))
    why = "; ".join(filter(None, (why, warning(address, step.case))))
    known = step.case.contact_at(address)
    if known and known.vendor not in (0, n):
        return Refusal(f"{address} is contact {known.n}, of vendor {known.vendor}")
    if known is None:
        number = max((c.n for c in step.case.contacts), default=0) + 1
        step.set_contact(Contact(number, address, "coordinator", score=0.9, why=why, evidence=(coordinator,), vendor=n))
        return None
    given_up = known.standing in (Standing.DEAD, Standing.DROPPED)
    standing = Standing.CANDIDATE if given_up else known.standing
    step.set_contact(replace(known, vendor=n, standing=standing, why=why if given_up else known.why))
    return None


def _take_over(step: Step, name: str, address: str) -> None:
    """With the first named vendor, whoever was written to before becomes one as well, with all that came of it."""
    case = step.case
    begun = [c for c in case.contacts if c.standing in (Standing.TRIED, Standing.CONFIRMED)]
    if case.vendors or not begun:
        return
    same = any(c.address.lower() == address.lower() for c in case.contacts)
    stated = case.field_text("product.vendor").strip() or begun[0].address.rpartition("@")[2]
    first = Vendor(1, name if same else stated[:100], _BEFORE.get(case.state, VendorState.NAMED), case.since)
    put(step, first)
    for contact in case.contacts:
        step.set_contact(replace(contact, vendor=1))
    step.change(deadlines=tuple(_taken_over(step, d, label(first)) for d in case.deadlines))


def _taken_over(step: Step, old: Deadline, note: str) -> Deadline:
    """The same wait, as one of that vendor."""
    match old.kind:
        case DeadlineKind.CONTACT_ANSWER:
            return replace(old, kind=DeadlineKind.VENDOR_ANSWER, note=note)
        case DeadlineKind.DETAILS_RECEIPT:
            return replace(old, kind=DeadlineKind.VENDOR_RESULT, note=note)
        case DeadlineKind.VERIFICATION | DeadlineKind.STATUS_REQUEST:
            waits = step.policy.waits
            later = old.step + len(waits.details_receipt_business)
            later += len(waits.verification_days) if old.kind is DeadlineKind.STATUS_REQUEST else 0
            return replace(old, kind=DeadlineKind.VENDOR_RESULT, note=note, step=later)
        case _:
            return old


_BEFORE = {
    State.CONTACTING: VendorState.CONTACTING,
    State.CONTACT_CONFIRMED: VendorState.CONTACTING,
    State.NOTIFIED: VendorState.DETAILS_SENT,
    State.FIXING: VendorState.COORDINATING,
    State.FIX_REPORTED: VendorState.READY,
    State.REVIEW: VendorState.REVIEW,
    State.SCHEDULED: VendorState.READY,
    State.UNREACHABLE: VendorState.CONTACTING,
}
"""Where the only counterpart of a case stands, as a vendor."""
