"""A coordinator chooses which files go with the details, or that they go in a locked file; shown once more, then."""

from dataclasses import replace

from mailbot.attaching import WITH_FILES, enclose, enclose_anew
from mailbot.core.approval import content_hash, noted
from mailbot.core.attachments import chosen
from mailbot.core.commands import Command
from mailbot.core.events import MailEdited
from mailbot.core.file_records import Fate
from mailbot.core.lifecycle import Refusal
from mailbot.core.messages import Draft
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem
from mailbot.core.passphrase import make_passphrase
from mailbot.core.sanitise import Leak, sanitise
from mailbot.pending import Pending
from mailbot.recipient_keys import recipient_key

CHOICES = ("attach", "detach", "protect")


def choose(pending: Pending, case: Case, item: OutboxItem, command: Command, who: str) -> str | Refusal:
    """Carry out !attach, !detach or !protect on a held mail."""
    if item.template not in WITH_FILES or item.draft is None:
        return Refusal(f"{item.template} is no mail with details")
    if command.name == "protect":
        return _protect(pending, case, item, command.arguments[1:], who)
    return _files(pending, case, item, command, who)


def _files(pending: Pending, case: Case, item: OutboxItem, command: Command, who: str) -> str | Refusal:
    assert item.draft is not None
    numbers = frozenset(int(number) for number in command.arguments[1:])
    known = {record.number: record for record in item.draft.files}
    if missing := sorted(numbers - set(known)):
        return Refusal(f"there is no file {missing[0]}; the report has {len(known)}")
    if command.name == "attach" and (no := [known[n] for n in sorted(numbers) if known[n].fate is Fate.REFUSED]):
        return Refusal(f"file {no[0].number} never goes as it is ({no[0].why})")
    now = chosen(item.draft.files)
    wanted = now | numbers if command.name == "attach" else now - numbers
    if wanted == now:
        return Refusal("these are the files that wait already")
    draft = enclose(pending.bot, case, item.draft, pending.now, wanted)
    return _renewed(pending, case, item, draft, who)


def _protect(pending: Pending, case: Case, item: OutboxItem, form: tuple[str, ...], who: str) -> str | Refusal:
    assert item.draft is not None
    bot, to = pending.bot, item.draft.to.address
    wanted = form[0].lower() if form else bot.policy.protected_file
    recipient = recipient_key(bot, case, to, pending.now)
    if wanted != "off":
        if bot.policy.protected_file == "never" or bot.protector is None:
            return Refusal("the policy allows no protected files ([policy].protected_file)")
        if recipient.fingerprint:
            return Refusal(f"there is a key for {to}: it goes encrypted to that")
        if recipient.expected or item.draft.must_encrypt:
            return Refusal(f"{to} wrote encrypted: only a key will do (mailbot key import FILE)")
    protection = "" if wanted == "off" else wanted
    draft = enclose_anew(bot, case, replace(item.draft, protection=protection), pending.now)
    secret = f"; passphrase, by telephone only: {make_passphrase(bot.secret, item.item)}" if protection else ""
    if draft == item.draft:
        return f"as it is: {item.template} to {to} (!approve {item.hash}){secret}"
    result = _renewed(pending, case, item, draft, who)
    return result if isinstance(result, Refusal) else f"{result}{secret}"


def _renewed(pending: Pending, case: Case, item: OutboxItem, draft: Draft, who: str) -> str | Refusal:
    """Put the mail with its new content in the place of the old one, to be decided on once more."""
    bot, to = pending.bot, draft.to.address
    clean = sanitise(draft, case, bot.desk, bot.templates.own_words(draft.template))
    if isinstance(clean, Leak):
        return Refusal(f"it would give away what must not leave ({clean.reason})")
    key = recipient_key(bot, case, to, pending.now).fingerprint or ""
    new = content_hash(clean.draft, key)
    differences = tuple(dict.fromkeys((*item.differences, *noted(clean.records))))
    pending.put(
        replace(
            item,
            draft=clean.draft,
            hash=new,
            encrypt_to=key,
            despite=(),
            held_for="approval" if clean.draft.protection or key else item.held_for,
            differences=differences,
        )
    )
    refusal = pending.happen(case, MailEdited(item.template, to, new, item.hash, who))
    form = f" in one locked {clean.draft.protection.upper()} file" if clean.draft.protection else ""
    files = ", ".join(file.filename for file in clean.draft.attachments) or "no files"
    return refusal or f"changed: {item.template} to {to}{form}, {files} (!approve {new})"
