"""What must be true of every mail that was read, however it was made."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from functools import cache
from unicodedata import bidirectional, category

from mailbot import intake
from mailbot.bot import Bot
from mailbot.core import charset, mime
from mailbot.core.classify import QUESTIONS, MailKind
from mailbot.core.limits import Limits
from mailbot.core.messages import OpenedMail, RawMail
from mailbot.core.quoting import new_text
from mailbot.intake import Seen
from mailbot.pending import Pending
from tests.fakes_keyring import NOW
from tests.faults.quick_desk import QuickDesk

_QUESTIONS = {question for _, question, _ in QUESTIONS} | {"no rule knows what it is"}
_TURNS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
_ID = re.compile(r"<[!-~]+>")


@cache
def desk() -> Bot:
    """A desk with an open case, on which nothing is ever stored."""
    quick = QuickDesk()
    quick.until_first_contact()
    return quick.bot


def take(content: bytes, limits: Limits | None = None) -> Seen:
    """Take the mail through everything but the storing, and claim what must be true of it."""
    bot = desk()
    if limits:
        bot = replace(bot, limits=limits, reader=replace(bot.reader, limits=limits))  # type: ignore[type-var]
    raw = RawMail(content, "fuzz")
    seen = intake.look(bot, raw, bot.reader.read(raw))
    intake.act(Pending(bot, NOW), seen)
    new_text(seen.opened.text)
    _claim_of_values(seen)
    _claim_of_mail(seen.opened)
    _claim_of_kind(seen)
    assert is_told(content, seen.opened), "something in the mail was lost without a word"
    return seen


def _claim_of_values(seen: Seen) -> None:
    for value in _leaves(seen.opened):
        if isinstance(value, str):
            value.encode()  # no half of a surrogate pair: it could not be printed, nor stored
        elif isinstance(value, datetime):
            assert value.tzinfo is not None
            value.isoformat()


def _claim_of_mail(opened: OpenedMail) -> None:
    mail = opened.mail
    ids = (*filter(None, [mail.message_id]), *mail.in_reply_to, *mail.references)
    assert all(_ID.fullmatch(found) for found in ids)
    for address in (*filter(None, [mail.sender]), *mail.to, *mail.cc, *mail.reply_to):
        assert address.address.count("@") >= 1
        assert address.address.isprintable()
        assert " " not in address.address
        assert _moves_no_cursor(address.name)
    assert _moves_no_cursor(opened.subject)
    for attachment in (*opened.attachments, *mail.attachments):
        name = attachment.filename
        assert name
        assert name.isprintable()
        assert len(name) <= 150
        assert not set(name) & set('/\\:|<>"?*')
        assert not name.startswith(".")


def _moves_no_cursor(line: str) -> bool:
    """Whether it stays on its line, and from left to right."""
    return not any(category(c) in ("Cc", "Zl", "Zp") or bidirectional(c) in _TURNS for c in line)


def _claim_of_kind(seen: Seen) -> None:
    kind, why = seen.triage.kind, seen.triage.why
    assert why in _QUESTIONS
    assert set(seen.triage.asked) <= _QUESTIONS
    if kind is MailKind.REPORT:
        assert seen.mail.sender is not None
    assert 0.0 <= seen.understanding.likeness <= 1.0


def is_told(content: bytes, opened: OpenedMail) -> bool:
    """Whether a mail with something in it shows as text, file, OpenPGP data or defect."""
    shown = opened.text.strip() or opened.attachments or opened.mail.pgp or opened.defects or opened.crypto.defects
    return bool(shown) or not any(_says_something(part) for part in _ends(mime.read(content, Limits())[0]))


def _ends(part: mime.Part) -> Iterator[mime.Part]:
    if not part.children:
        yield part
    for child in part.children:
        yield from _ends(child)


def _says_something(part: mime.Part) -> bool:
    """HTML may be nothing but tags, and a multipart nothing but its edges."""
    if part.media_type == "text/html" or part.media_type.startswith("multipart/"):
        return False
    text = charset.decode(part.content()[0], part.parameters.get("charset", b"").decode("latin-1"))[0]
    return any(character.isprintable() and not character.isspace() for character in text)


def _leaves(value: object) -> Iterator[object]:
    if is_dataclass(value):
        for name in fields(value):
            yield from _leaves(getattr(value, name.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value
