"""Details for who has no key: the mail leaves as one locked file, under a short letter that says how to open it."""

from dataclasses import replace
from datetime import datetime

from mailbot.bot import Bot
from mailbot.core.attachments import locked
from mailbot.core.compose import compose_mail
from mailbot.core.effects import SendMail
from mailbot.core.messages import Draft
from mailbot.core.model import Case, Role
from mailbot.core.outbox import OutboxItem
from mailbot.core.passphrase import make_passphrase
from mailbot.errors import PermanentError

LETTER = "protected-file"
FORMS = ("pdf", "zip")


def cover(bot: Bot, case: Case, item: OutboxItem, draft: Draft, now: datetime) -> OutboxItem:
    """The item as it leaves: the letter with the file. `draft` is what was approved. Raises PermanentError."""
    if bot.protector is None or draft.protection not in FORMS:
        raise PermanentError(f"nothing here makes a protected file ({draft.protection})")
    passphrase = make_passphrase(bot.secret, item.item)
    text = f"{draft.subject}\n\n{draft.body}"
    content = bot.protector.lock(draft.protection, text, draft.attachments, passphrase)
    file, record = locked(content, draft.protection)
    details = (("method", draft.protection),)
    effect = SendMail(item.key, LETTER, Role(draft.audience), draft.to.address, item.contact, details=details)
    letter = compose_mail(effect, case, bot.desk, bot.templates, bot.types, draft.reply_to, now)
    letter = replace(letter, to=draft.to, attachments=(file,), files=(record,))
    letter = replace(letter, in_reply_to=draft.in_reply_to, references=draft.references)
    return replace(item, template=LETTER, draft=letter, approved_by=None)
