"""Mails about a mail that belongs to no case: how to reach us when we could not read what came."""

from mailbot.core.compose import compose_without_case
from mailbot.core.effects import SendMail
from mailbot.core.etiquette import may_answer
from mailbot.core.language import language as language_of
from mailbot.core.messages import ParsedMail
from mailbot.core.model import Role
from mailbot.pending import Pending
from mailbot.rendering import mail_item


def explain_undecryptable(pending: Pending, mail: ParsedMail) -> None:
    """Tell the sender, once a day, how to encrypt to the desk's key; nothing of the mail is repeated."""
    bot, now = pending.bot, pending.now
    if mail.sender is None or not may_answer(mail, bot.desk):
        return
    key = f"undecryptable/{mail.sender.address.lower()}/{now:%Y-%m-%d}"
    language = language_of(mail.subject) if mail.subject else bot.desk.languages[0]
    effect = SendMail(key, "undecryptable", Role.FINDER, mail.sender.address, replies_to=mail.message_id or None)
    draft = compose_without_case(effect, language, bot.desk, bot.templates, bot.desk.address, now)
    pending.add(mail_item(bot, None, key, "undecryptable", draft, now))
