"""The files of a report on their way into a mail with the details: fetched, cleaned, redacted, judged and put in."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.bot import Bot
from mailbot.core import har
from mailbot.core.attachments import MOST_FILES, RULES, Circumstances, Looked, chosen, enclosed, judge
from mailbot.core.egress import identifying
from mailbot.core.file_kinds import Kind, kind_of, text_of
from mailbot.core.file_records import Cleaned, Fate
from mailbot.core.finder_words import may_tell
from mailbot.core.messages import Attachment, Draft
from mailbot.core.model import Case, Role
from mailbot.core.redaction import WITHHELD, WITHHELD_ELSEWHERE, redacted
from mailbot.core.sanitise import Leak, sanitise
from mailbot.errors import PermanentError
from mailbot.recipient_keys import recipient_key

WITH_FILES = ("details", "handover")
"""Mails that bring what the report brought."""

_TEXT = (Kind.TEXT, Kind.CODE, Kind.HAR)
_CHARACTERS = 200_000  # of one text file: redacting takes time
_HAR_BYTES = 8_000_000
_MOST = 3 * MOST_FILES


@dataclass(frozen=True)
class _Desk:
    """What every file of one mail is looked at with."""

    bot: Bot
    case: Case
    draft: Draft
    mark: str


def enclose(bot: Bot, case: Case, draft: Draft, now: datetime, wanted: frozenset[int] | None = None) -> Draft:
    """The draft with the files of the report that may travel with it, and a record of every one.

    `wanted` are the numbers that a coordinator chose; None leaves it to the rules. Raises TransientError.
    """
    cleaner = bot.cleaner
    files = tuple(_files(bot, case))[:_MOST] if cleaner else ()
    if cleaner is None or not files:
        return replace(draft, attachments=(), files=())
    kinds = [kind_of(file.content, file.filename) for file in files]
    needs = [n for n, kind in enumerate(kinds) if kind not in _TEXT and RULES[kind].fate is not Fate.REFUSED]
    made = dict(zip(needs, cleaner.clean(tuple((kinds[n].value, files[n]) for n in needs)), strict=True))
    mark = WITHHELD.get(draft.template.partition("/")[0], WITHHELD_ELSEWHERE)
    desk = _Desk(bot, case, replace(draft, attachments=(), files=()), mark)
    encrypted = bool(draft.protection) or recipient_key(bot, case, draft.to.address, now).fingerprint is not None
    how = Circumstances(encrypted, _doubt(case), wanted)
    looked = [
        _looked(desk, number, file, kind, made.get(number, Cleaned()), how)
        for number, (file, kind) in enumerate(zip(files, kinds, strict=True))
    ]
    attachments, records = enclosed(looked)
    return replace(draft, attachments=attachments, files=records)


def enclose_anew(bot: Bot, case: Case, draft: Draft, now: datetime) -> Draft:
    """The draft with the same choice of files, judged again: what was refused for want of encryption may go now."""
    return enclose(bot, case, draft, now, chosen(draft.files) if _was_chosen(draft) else None)


def _was_chosen(draft: Draft) -> bool:
    return any(record.why in ("left_out", "chosen") for record in draft.files)


def _doubt(case: Case) -> str:
    """Why a person has to choose among the files of this case."""
    if any(link.kind == "same_mail" for link in case.links):
        return "several_reports"
    return "kept_for_the_desk" if any(field.private for field in case.fields) else ""


def _files(bot: Bot, case: Case) -> Iterator[Attachment]:
    """The files of the finder's mails, in order; each content once."""
    finders = {p.address.lower() for p in case.participants if p.role is Role.FINDER}
    seen: set[bytes] = set()
    for digest in case.mails:
        try:
            raw = bot.spool.load(digest)
            opened = bot.reader.read(raw).opened if raw else None
        except PermanentError:
            continue  # whoever approves sees which files go; a mail that nobody can read has none to show
        if opened is None or opened.mail.sender is None or opened.mail.sender.address.lower() not in finders:
            continue
        for file in opened.attachments:
            if kind_of(file.content, file.filename) is not Kind.KEY and file.content not in seen:
                seen.add(file.content)
                yield file


def _looked(desk: _Desk, place: int, file: Attachment, kind: Kind, made: Cleaned, how: Circumstances) -> Looked:
    traces: tuple[str, ...] = ()
    if kind in _TEXT:
        made, traces = _redacted(desk, file, kind), ()
    elif made.words:
        traces = _traces(desk, made.words)
    return judge(place + 1, file, kind, made, traces, how)


def _redacted(desk: _Desk, file: Attachment, kind: Kind) -> Cleaned:
    """A text file as plain text, through the redaction of the mail itself."""
    text = text_of(file.content) if len(file.content) <= _HAR_BYTES else None
    if text is None:
        return Cleaned(refused="too_large" if len(file.content) > _HAR_BYTES else "no_text")
    done: tuple[str, ...] = ()
    if kind is Kind.HAR:
        text, done = har.without_identity(text, desk.mark), ("traffic",)
        if text is None:
            return Cleaned(refused="damaged")
    if len(text) > _CHARACTERS:
        return Cleaned(refused="too_large")
    safe, names = _through(desk, text)
    if safe is None:
        return Cleaned(refused="damaged")
    return Cleaned(safe.encode("utf-8"), "txt", "text/plain", (*done, *names))


def _traces(desk: _Desk, words: str) -> tuple[str, ...]:
    """The names of what would be cut out of these words, if they could be cut."""
    if len(words) > _CHARACTERS:
        return ("too_long_to_check",)
    names = _through(desk, words)[1]
    known = identifying(words, desk.case, desk.bot.desk, agreed=may_tell(desk.case))
    return (*names, known) if known and known not in names else names


def _through(desk: _Desk, text: str) -> tuple[str | None, tuple[str, ...]]:
    """The text after all redactions, and the names of what they took."""
    kept = redacted(text, desk.bot.rules.redactions, desk.mark)
    names = ("secret",) if kept != text else ()
    file = Attachment("attachment-1.txt", "text/plain", kept.encode("utf-8", "replace"))
    own = desk.bot.templates.own_words(desk.draft.template)
    clean = sanitise(replace(desk.draft, subject="-", body="", attachments=(file,)), desk.case, desk.bot.desk, own)
    if isinstance(clean, Leak) or not clean.draft.attachments:
        return None, names
    return clean.draft.attachments[0].content.decode("utf-8"), (*names, *clean.withheld)
