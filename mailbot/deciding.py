"""A coordinator decides on a held mail: it goes as it was shown, goes in other words, or does not go."""

from dataclasses import replace

from mailbot.core.commands import Command
from mailbot.core.events import MailEdited, MailReleased, MailWithheld
from mailbot.core.extract_types import type_in
from mailbot.core.lifecycle import Refusal
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem, Status
from mailbot.core.sanitise import Leak, sanitise
from mailbot.core.views import FIRST_CONTACTS
from mailbot.core.wanted import still_wanted
from mailbot.pending import Pending
from mailbot.recipient_keys import recipient_key
from mailbot.rendering import content_hash, plaintext_objection


def decide(pending: Pending, case: Case, command: Command, who: str) -> str | Refusal:
    """Approve, edit or withhold the mail that the command names by its hash."""
    wanted = command.arguments[0].lower()
    item = next((i for i in pending.items(case.id) if i.hash == wanted and i.status is Status.HELD), None)
    if item is None or item.draft is None:
        return Refusal(f"no mail of {case.id} with this content waits for a decision")
    if command.name == "withhold":
        why = " ".join(command.arguments[1:])
        pending.put(replace(item, status=Status.DEAD, error=f"withheld: {why}", settled=pending.now))
        event = MailWithheld(item.template, item.draft.to.address, item.hash, who, why)
        return pending.happen(case, event) or f"withheld: {item.template} to {item.draft.to.address}"
    if command.name == "edit":
        return _edit(pending, case, item, command.arguments[1], who)
    return _release(pending, case, item, item.draft.to.address, who)


def _edit(pending: Pending, case: Case, item: OutboxItem, text: str, who: str) -> str | Refusal:
    """Put the coordinator's words in the place of ours; they are shown once more before they can go."""
    assert item.draft is not None
    bot = pending.bot
    if item.template in FIRST_CONTACTS and (named := type_in(text, "", bot.rules)):
        return Refusal(f"these words would give away what must not leave (the kind of vulnerability: {named.value})")
    draft = replace(item.draft, body=text + "\n")
    clean = sanitise(draft, case, bot.desk, bot.templates.own_words(draft.template))
    if isinstance(clean, Leak):
        return Refusal(f"these words would give away what must not leave ({clean.reason})")
    new = content_hash(clean.draft)
    if new == item.hash:
        return Refusal("these are the words that wait already")
    kept = item.held_for if item.held_for in ("no_usable_key", "plaintext_consent") else "approval"
    pending.put(replace(item, draft=clean.draft, hash=new, held_for=kept))
    to = clean.draft.to.address
    refusal = pending.happen(case, MailEdited(item.template, to, new, item.hash, who))
    left_out = f", without {', '.join(clean.withheld)}" if clean.withheld else ""
    return refusal or f"edited: {item.template} to {to}{left_out} (held for {kept}, !approve {new})"


def _release(pending: Pending, case: Case, item: OutboxItem, to: str, who: str) -> str | Refusal:
    if not still_wanted(item, case):
        return Refusal(f"{case.id} ({case.state}) no longer asks for it; !withhold takes it away")
    if (item.held_for or "").startswith("leak"):
        return Refusal(f"it would give away what must not leave ({item.held_for}); it can only be withheld")
    released = replace(item, status=Status.QUEUED, held_for=None, approved_by=who, next=pending.now)
    if plaintext_objection(pending.bot, case, released, pending.now):
        return Refusal(f"no usable key for {to}: mailbot key import FILE, then approve again")
    pending.put(released)
    refusal = pending.happen(case, MailReleased(item.template, to, item.hash, who))
    encrypted = recipient_key(pending.bot, case, to, pending.now).fingerprint is not None
    return refusal or f"approved: {item.template} to {to} ({'encrypted' if encrypted else 'signed, not encrypted'})"
