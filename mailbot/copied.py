"""A coordinator's own mail that copied the desk: what it was, to whom, and what of ours it makes needless."""

from dataclasses import replace

from mailbot.core.authorise import is_fresh
from mailbot.core.classify import is_verified_copy
from mailbot.core.copies import DETAILS, FIRST_CONTACT
from mailbot.core.correlate import role_in
from mailbot.core.etiquette import is_addressed_to_desk
from mailbot.core.events import CopyLogged
from mailbot.core.handover import HANDOVER
from mailbot.core.layers import unmarked
from mailbot.core.messages import SignedText
from mailbot.core.model import Case, Standing
from mailbot.core.opening import PARTLY
from mailbot.core.outbox import CalledOff, Status
from mailbot.core.replies import read_reply, spoken
from mailbot.core.sanitise import told_detail
from mailbot.memory import Disposition
from mailbot.pending import Pending
from mailbot.seen import Seen, disposed

_NO_CONTENT = (".asc", ".sig", ".p7s", ".vcf")  # keys, signatures and visiting cards tell nothing of a report


def log_copy(pending: Pending, seen: Seen) -> Disposition:
    """Log it on its case as that coordinator's; nobody is answered."""
    mail, case, coordinator = seen.mail, seen.sight.correlation.case, seen.sight.coordinator
    assert case is not None and coordinator is not None  # noqa: PT018  # as classify() saw
    others = tuple(
        a.address
        for a in (*mail.to, *mail.cc)
        if not is_addressed_to_desk(replace(mail, to=(a,), cc=()), pending.bot.desk)
    )
    roles = {role for address in others if (role := role_in(case, address))}
    written = (mail.date or pending.now).date()
    opened = replace(seen.opened, text=unmarked(seen.opened.text), new_text=unmarked(seen.opened.new_text))
    repeated = _was_signed_before(pending, seen.opened.signed)
    event = CopyLogged(
        digest=mail.digest,
        message_id=mail.message_id,
        coordinator=coordinator.name,
        recipients=others,
        attachments=tuple(a.filename for a in seen.opened.attachments),
        to_roles=tuple(sorted(roles)),
        verified=is_verified_copy(seen.sight) and not repeated,
        signed=_is_signed(pending, seen) and not repeated,
        details=_tells_details(pending, case, seen),
        meanings=read_reply(spoken(opened), pending.bot.rules, written, from_finder=True).meanings,
    )
    pending.happen(case, event)
    _needless(pending, case, others)
    return disposed(mail, "copy", pending.now, case=case.id, why=seen.triage.why)


def _was_signed_before(pending: Pending, signed: SignedText | None) -> bool:
    """Whether the same signed text came before: everybody who got it can send it once more, to whom they like."""
    if signed is None:
        return False
    pending.seen(signed.signature_id)
    return pending.bot.store.signature_seen(signed.signature_id)


def _is_signed(pending: Pending, seen: Seen) -> bool:
    """Whether its signature says that the coordinator wrote all of it, and lately."""
    bot, signed = pending.bot, seen.opened.signed
    if signed is None or seen.sight.coordinator != bot.desk.coordinator_of(signed.fingerprint):
        return False
    return PARTLY not in seen.opened.crypto.defects and is_fresh(signed, bot.limits, bot.clocks(pending.now))


def _tells_details(pending: Pending, case: Case, seen: Seen) -> bool:
    """Whether its own words say what the report says, or files come along."""
    opened = seen.opened
    files = [a for a in opened.attachments if not a.filename.lower().endswith(_NO_CONTENT)]
    return bool(files) or told_detail(f"{opened.subject}\n{opened.new_text}", case, pending.bot.desk) is not None


def _needless(pending: Pending, before: Case, recipients: tuple[str, ...]) -> None:
    """What waits to say the same to the same address must not go as well: nobody is sent anything twice."""
    after = pending.case(before.id) or before
    for item in pending.items(before.id):
        address = item.draft.to.address.lower() if item.draft else ""
        contact = after.contact_at(address)
        was = before.contact_at(address)
        if contact is None or was is None or address not in {r.lower() for r in recipients}:
            continue
        began = was.standing is not Standing.TRIED and contact.standing is Standing.TRIED
        told = _details_sent(before, was.vendor) != _details_sent(after, was.vendor)
        forwarded = before.milestones.forwarded is None and after.milestones.forwarded is not None
        same = (item.template == FIRST_CONTACT and began) or (item.template == DETAILS and told)
        same = same or (item.template == HANDOVER and forwarded)
        if same and item.status in (Status.HELD, Status.QUEUED):
            pending.put(replace(item, status=Status.DEAD, error=CalledOff.BY_HAND.value, settled=pending.now))


def _details_sent(case: Case, vendor: int) -> object:
    own = next((v.details_sent for v in case.vendors if v.n == vendor), None)
    return own if case.vendors else case.milestones.details_sent
