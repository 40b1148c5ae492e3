"""A coordinator decides on a held mail: it goes as it was shown, goes in other words, or does not go."""

from dataclasses import dataclass, replace

from mailbot.choosing import CHOICES, choose
from mailbot.core.approval import content_hash, edited, noted
from mailbot.core.commands import Command
from mailbot.core.egress_rules import RULES
from mailbot.core.events import MailEdited, MailHeld, MailReleased, MailWithheld
from mailbot.core.extract_types import type_in
from mailbot.core.lifecycle import Refusal
from mailbot.core.model import Case
from mailbot.core.outbox import CalledOff, OutboxItem, Status
from mailbot.core.sanitise import Leak, besides, sanitise
from mailbot.core.views import FIRST_CONTACTS
from mailbot.core.wanted import still_wanted
from mailbot.gate import CHANGED, look
from mailbot.pending import Pending
from mailbot.recipient_keys import recipient_key
from mailbot.rendering import plaintext_objection


@dataclass(frozen=True)
class ShownAnew(Refusal):
    """An approval that came too late: `item` is what would leave now, and is shown instead."""

    item: OutboxItem


def decide(pending: Pending, case: Case, command: Command, who: str) -> str | Refusal:
    """Approve, edit or withhold the mail that the command names by its hash."""
    wanted = command.arguments[0].lower()
    item = next((i for i in pending.items(case.id) if i.hash == wanted and i.status is Status.HELD), None)
    if item is None or item.draft is None:
        return Refusal(f"no mail of {case.id} with this content waits for a decision")
    if command.name == "withhold":
        why = " ".join(command.arguments[1:])
        pending.put(replace(item, status=Status.DEAD, error=f"{CalledOff.WITHHELD}: {why}", settled=pending.now))
        event = MailWithheld(item.template, item.draft.to.address, item.hash, who, why)
        return pending.happen(case, event) or f"withheld: {item.template} to {item.draft.to.address}"
    if command.name == "edit":
        return _edit(pending, case, item, command.arguments[1], who)
    if command.name in CHOICES:
        return choose(pending, case, item, command, who)
    return _release(pending, case, item, command.arguments[2:], who)


def show_anew(pending: Pending, refusal: ShownAnew) -> None:
    """Put what would leave now in the place of what was shown, and let coordinators see it."""
    item = refusal.item
    case = pending.case(item.case or "")
    if case is None or item.draft is None:
        return
    pending.put(item)
    pending.happen(case, MailHeld(item.template, item.draft.to.address, item.held_for or CHANGED))


def _edit(pending: Pending, case: Case, item: OutboxItem, text: str, who: str) -> str | Refusal:
    """Put the coordinator's words in the place of ours; they are shown once more before they can go."""
    assert item.draft is not None
    bot = pending.bot
    own = bot.templates.own_words(item.draft.template)
    added = besides(text, case, bot.desk, own)
    if item.template in FIRST_CONTACTS and (named := type_in(added, "", bot.rules)):
        return Refusal(f"these words would give away what must not leave (the kind of vulnerability: {named.value})")
    draft = replace(item.draft, body=text + "\n")
    clean = sanitise(draft, case, bot.desk, own)
    if isinstance(clean, Leak):
        return Refusal(f"these words would give away what must not leave ({clean.reason})")
    key = recipient_key(bot, case, clean.draft.to.address, pending.now).fingerprint or ""
    new = content_hash(clean.draft, key)
    if new == item.hash:
        return Refusal("these are the words that wait already")
    other = replace(
        item,
        draft=clean.draft,
        hash=new,
        encrypt_to=key,
        despite=(),
        held_for=item.held_for if item.held_for in ("no_usable_key", "plaintext_consent") else "approval",
        differences=(*noted(clean.records), *edited(item.draft.body, clean.draft.body)),
    )
    if (why := _breaks(pending, case, other)) and not RULES.get(_rule(why)):
        return Refusal(f"these words would give away what must not leave ({why})")
    other = replace(other, held_for=why or other.held_for)
    pending.put(other)
    to = clean.draft.to.address
    refusal = pending.happen(case, MailEdited(item.template, to, new, item.hash, who))
    left_out = f", without {', '.join(clean.withheld)}" if clean.withheld else ""
    despite = f" despite {_rule(why)}" if why else ""
    return refusal or f"edited: {item.template} to {to}{left_out} (held for {other.held_for}, !approve {new}{despite})"


def _release(pending: Pending, case: Case, item: OutboxItem, despite: tuple[str, ...], who: str) -> str | Refusal:
    """Let it go if exactly this would leave now; what changed since it was shown is shown once more."""
    assert item.draft is not None
    bot, to = pending.bot, item.draft.to.address
    if not still_wanted(item, case):
        return Refusal(f"{case.id} ({case.state}) no longer asks for it; !withhold takes it away")
    if (item.held_for or "").startswith("leak"):
        return Refusal(f"it would give away what must not leave ({item.held_for}); !edit or !withhold it")
    key = recipient_key(bot, case, to, pending.now).fingerprint or ""
    as_shown = content_hash(item.draft, item.encrypt_to) == item.hash
    # A key that came since is used; what an older version hashed in its own way is shown once more.
    encrypt_to = (item.encrypt_to or key) if as_shown else "unknown"
    released = replace(
        item,
        status=Status.QUEUED,
        held_for=None,
        approved_by=who,
        next=pending.now,
        encrypt_to=encrypt_to,
        despite=tuple(dict.fromkeys((*item.despite, *despite))),
    )
    if plaintext_objection(bot, case, released, pending.now):
        return Refusal(f"no usable key for {to}: mailbot key import FILE, then approve again")
    looked = look(bot, case, released, pending.now)
    if isinstance(looked, OutboxItem):
        return _refused(item, looked)
    pending.put(released)
    overridden = f", despite {', '.join(despite)}" if despite else ""
    refusal = pending.happen(case, MailReleased(item.template, to, item.hash, who, ", ".join(despite)))
    how = "encrypted" if key else "signed, not encrypted"
    return refusal or f"approved: {item.template} to {to} ({how}{overridden})"


def _refused(shown: OutboxItem, held: OutboxItem) -> Refusal:
    why = held.held_for or ""
    if why == CHANGED:
        return ShownAnew(f"what would leave is no longer what was shown: it is shown once more ({held.hash})", held)
    rule = _rule(why)
    if RULES.get(rule):
        way = f"!approve {shown.hash} despite {rule} sends it all the same"
    else:
        way = "!edit puts other words in its place, !withhold takes it away"
    text = f"it would give away what must not leave ({why}); {way}"
    return Refusal(text) if held.held_for == shown.held_for else ShownAnew(text, held)


def _breaks(pending: Pending, case: Case, item: OutboxItem) -> str | None:
    """The rule of the egress gate that the mail would break as it stands, as it is told to coordinators."""
    looked = look(pending.bot, case, item, pending.now)
    why = looked.held_for if isinstance(looked, OutboxItem) else None
    return why if why and why.startswith("egress/") else None


def _rule(why: str) -> str:
    return why.partition(":")[0]
