"""What no mail may say to its reader, rule by rule; each has a name that coordinators are told.

Every rule compares by other means than `sanitise()` uses, so that one mistake is not enough: plain containment after
everything is dropped that is neither letter nor digit, in the text and in what is encoded in it.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from mailbot.core.desk import Desk
from mailbot.core.disguises import bare, readings, texts_of
from mailbot.core.finder_words import EVERYTHING, identity_in, may_tell, part_of_name, words_of
from mailbot.core.messages import Attachment, Draft
from mailbot.core.model import Case, Role, Track
from mailbot.core.other_finders import as_own
from mailbot.core.outbox import OutboxItem
from mailbot.core.tokens import find_tokens, is_own_message_id
from mailbot.core.traces import EVERYONES, FIELDS, windows
from mailbot.core.wanted import TOGETHER

_NOTES = re.compile(r"!(?:note|hold|remind|priority|contact (?:drop|confirm)|withhold)\s(.+)", re.DOTALL)
_OF_FIELD = {
    "reporter.email": "finder-address",
    "reporter.phone": "finder-phone",
    "reporter.pgp": "finder-key",
    "reporter.name": "finder-name",
    "credit_name": "finder-name",
    "reporter.organisation": "finder-organisation",
}
_STILL = "the mail still tells {} of the finder"

RULES: Mapping[str, bool] = {
    "egress/envelope": False,
    "egress/recipient": False,
    "egress/details": False,
    "egress/attachment": False,
    **{f"egress/{name}": False for name in dict.fromkeys(_OF_FIELD.values())},
    "egress/private": False,
    "egress/product-site": False,
    "egress/passphrase": False,
    "egress/thread": False,
    "egress/token": False,
    "egress/address": True,
    "egress/note": True,
    "egress/other-case": True,
    "egress/other-report": True,
}
"""Every rule, and whether a coordinator may send a mail despite it: what is the desk's own to tell, never the finder's
identity, nor to whom details may go."""


@dataclass(frozen=True)
class Hit:
    """A rule that a mail breaks; `reason` and `place` never quote it."""

    rule: str
    reason: str
    place: str = ""

    def __str__(self) -> str:
        return f"{self.rule}: {self.reason}{f' ({self.place})' if self.place else ''}"


@dataclass(frozen=True)
class Known:
    """What the desk knows beside the case."""

    own_words: tuple[str, ...] = ()  # that the template says in every case: see sanitise.told_detail()
    user_ids: tuple[str, ...] = ()  # of the finder's key
    passphrases: tuple[str, ...] = ()  # of the case's locked files: they are told by telephone
    encrypted: bool = False  # whether a key will be used
    token: str = ""  # the recipient's own in this case: the only one that may stand in the mail
    elsewhere: Mapping[int, Sequence[str]] = field(default_factory=dict)  # piece of the mail -> open cases that have it


@dataclass(frozen=True)
class Mail:
    """A draft as the rules look at it."""

    draft: Draft
    case: Case
    item: OutboxItem
    desk: Desk
    known: Known

    @cached_property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Each place of the mail, and what it says."""
        return tuple(places(self.draft))

    @cached_property
    def whole(self) -> str:
        """Everything that it says."""
        return "\n".join(text for _, text in self.places)

    @cached_property
    def bares(self) -> tuple[str, ...]:
        """The same, what is encoded in it and what is readable in other files, letters and digits only."""
        return (*map(bare, readings(self.whole)), *(text for _, text in self._in_files))

    @cached_property
    def _in_files(self) -> tuple[tuple[str, str], ...]:
        files = ((n, a) for n, a in enumerate(self.draft.attachments, 1) if not _is_text(a))
        return tuple((f"attachment {n}", bare(text)) for n, a in files for text in texts_of(a))

    def where(self, tells: Callable[[str], object]) -> str:
        """The first place, with its line, in which it is told."""
        for place, text in self.places:
            if any(tells(bare(read)) for read in readings(text)):
                lines = text.split("\n")
                found = (n for n, line in enumerate(lines, 1) if any(tells(bare(read)) for read in readings(line)))
                line = next(found, None) if len(lines) > 1 else None
                return f"{place}, line {line}" if line else place
        return next((place for place, text in self._in_files if tells(text)), "")


def places(draft: Draft) -> Iterator[tuple[str, str]]:
    """What the recipient can read, place by place."""
    yield "subject", draft.subject
    yield "recipient's name", draft.to.name
    yield "body", draft.body
    for number, attachment in enumerate(draft.attachments, 1):
        yield f"attachment {number}", attachment.filename
        if _is_text(attachment):
            yield f"attachment {number}", attachment.content.decode("utf-8", "ignore")


def _is_text(attachment: Attachment) -> bool:
    return attachment.media_type.startswith("text/")


def finder(mail: Mail) -> Iterator[Hit]:
    """Nothing that identifies the finder, who did not agree to it, or the finder of a merged case, to anybody."""
    agreed = may_tell(mail.case) if Role(mail.draft.audience).outside else EVERYTHING
    if agreed >= EVERYTHING and not any(as_own(mail.case)):
        return  # the finder may be told all of it, and there is nobody else

    def told(texts: Iterable[str]) -> str | None:
        return identity_in(texts, mail.case, mail.desk, user_ids=mail.known.user_ids, agreed=agreed)

    if found := told(mail.bares):
        yield Hit(f"egress/{_OF_FIELD[found]}", _STILL.format(found), mail.where(lambda text: told((text,))))
        return
    words = words_of(mail.case, mail.desk, agreed)
    for place, text in mail.places:
        if place != "recipient's name" and (found := part_of_name(readings(text), words)):
            yield Hit(f"egress/{_OF_FIELD[found]}", _STILL.format(found), place)


def private(mail: Mail) -> Iterator[Hit]:
    """Nothing that the finder keeps for the desk, nothing of the site behind a product or of one that was split off."""
    kept = tuple(_kept_private(mail.case))
    if any(line in text for line in kept for text in mail.bares):
        place = mail.where(lambda text: any(line in text for line in kept))
        yield Hit("egress/private", "the mail tells what the finder keeps for the desk", place)
    words = tuple(filter(None, map(bare, mail.case.withheld)))
    if any(word in text for word in words for text in mail.bares):
        place = mail.where(lambda text: any(word in text for word in words))
        what = "the site behind the product" if mail.case.track is Track.PRODUCT else "a site that is another case"
        yield Hit("egress/product-site", f"the mail names {what}", place)


def passphrases(mail: Mail) -> Iterator[Hit]:
    """No passphrase of a locked file: whoever can read the file's mail could read it, too."""
    secret = tuple(filter(None, map(bare, mail.known.passphrases)))
    if any(word in text for word in secret for text in mail.bares):
        place = mail.where(lambda text: any(word in text for word in secret))
        yield Hit("egress/passphrase", "the mail tells the passphrase of a locked file", place)


def notes(mail: Mail) -> Iterator[Hit]:
    """Nothing that coordinators wrote for each other into the case's history."""
    lines = tuple(
        line
        for entry in mail.case.timeline
        if entry.what == "command" and (written := _NOTES.match(entry.text))
        for line in map(bare, written[1].split("\n"))
        if _says_something(line)
    )
    if any(line in text for line in lines for text in mail.bares[:1]):
        place = mail.where(lambda text: any(line in text for line in lines))
        yield Hit("egress/note", "the mail tells what coordinators noted for themselves", place)


def addresses(mail: Mail) -> Iterator[Hit]:
    """No mail address of other people of the case: of the operator for the finder, of one vendor for another."""
    to = mail.draft.to.address.lower()
    contact = mail.case.contact_at(to)
    if mail.draft.audience == Role.FINDER:
        named = {c.address for c in mail.case.contacts if c.source != "report"}
        named |= {p.address for p in mail.case.participants if p.role.outside}
    else:
        vendor = contact.vendor if contact else 0
        named = {c.address for c in mail.case.contacts if vendor and c.vendor and c.vendor != vendor}
    others = {address.lower() for address in named if "@" in address} - {to}
    told = unicodedata.normalize("NFKC", mail.whole).lower()
    if found := [address for address in others if _stands(address, told)]:
        place = mail.where(lambda text: any(bare(address) in text for address in found))
        yield Hit("egress/address", "the mail names the address of somebody else in the case", place)


def thread(mail: Mail) -> Iterator[Hit]:
    """No Message-ID and no token but the recipient's own and ours to them."""
    draft, case = mail.draft, mail.case
    mine = {draft.to.address.lower()}
    if draft.audience == Role.FINDER:
        mine |= {"finder", *(p.address.lower() for p in case.participants if p.role is Role.FINDER)}
    ids = {e.message_id: e.who.lower() for e in case.timeline if e.message_id and "@" in e.message_id}
    named = tuple(filter(None, (draft.in_reply_to, *draft.references)))
    for message_id in named:
        if is_own_message_id(message_id, mail.desk.domain):
            continue  # its token is looked at below
        if ids.get(message_id, "" if draft.audience != Role.FINDER else "finder") not in mine:
            yield Hit("egress/thread", "the mail refers to somebody else's mail", "References")
    foreign = [message_id.strip("<>") for message_id, who in ids.items() if who not in (*mine, "mailbot")]
    if any(message_id in mail.whole for message_id in foreign):
        yield Hit("egress/thread", "the mail quotes the Message-ID of somebody else's mail")
    if mail.known.token:
        headers = (*named, mail.item.message_id, draft.reply_to)
        written = re.findall(rf"[^\s<>:,;()]+@{re.escape(mail.desk.domain)}", mail.whole, re.IGNORECASE)
        tokens = find_tokens((*headers, *written), mail.desk.domain)
        if any(f"{token.digits}.{token.mac}" != mail.known.token for token in tokens):
            yield Hit("egress/token", "the mail carries the token of another recipient or case")
    if draft.reply_to and draft.reply_to.rpartition("@")[2].lower() != mail.desk.domain.lower():
        yield Hit("egress/envelope", "the answer would not come to the desk", "Reply-To")


def other_cases(mail: Mail) -> Iterator[Hit]:
    """Nobody outside hears of another case; but a finder does of those that the same mail opened, and an operator who
    is the confirmed contact point of several is asked about all in one mail.
    """
    known = {bare(mail.case.id)}
    if mail.draft.audience == Role.FINDER:
        known |= {bare(link.case) for link in mail.case.links if link.kind == "same_mail"}
    if mail.item.template == TOGETHER and mail.draft.template.endswith(f"/{TOGETHER}"):
        known |= set(map(bare, mail.item.with_cases))
    case_id = re.compile(rf"{re.escape(mail.desk.case_prefix)}\s?#\s?[0-9]{{8}}(?![0-9])", re.IGNORECASE)

    def names(text: str) -> bool:
        found = case_id.findall(unicodedata.normalize("NFKC", text))
        return any(bare(each) not in known for each in found)

    if names(mail.whole):
        place = next((place for place, text in mail.places if names(text)), "")
        yield Hit("egress/other-case", "the mail names another case", place)
    yield from _other_reports(mail)


def _other_reports(mail: Mail) -> Iterator[Hit]:
    """No words of another open case's report that are not also this one's, or what we say in every mail."""
    if not mail.known.elsewhere:
        return
    own = (mail.case.field_text(name) for name in FIELDS)
    ours = windows((*own, *mail.known.own_words, mail.desk.name, mail.desk.phone, mail.desk.verify_url))
    akin = {mail.case.id, *(link.case for link in mail.case.links if link.kind in _AKIN), *mail.item.with_cases}
    counted = Counter(
        case
        for piece, cases in mail.known.elsewhere.items()
        if piece not in ours and len(cases) <= EVERYONES
        for case in cases
        if case not in akin
    )
    if counted:
        yield Hit("egress/other-report", "the mail has words of another case's report")


_AKIN = ("same_mail", "split", "merged")


def _kept_private(case: Case) -> Iterator[str]:
    """The lines of private fields that stand in no other; short ones are everyone's words."""
    public = bare("\n".join(case.field_text(field.name) for field in case.fields if not field.private))
    for each in case.fields:
        values = each.value if isinstance(each.value, tuple) else (str(each.value),)
        for line in map(bare, "\n".join(values).split("\n") if each.private else ()):
            if _says_something(line) and line not in public:
                yield line


def _says_something(line: str) -> bool:
    return len(line) >= (16 if line.isascii() else 10)


def _stands(address: str, text: str) -> bool:
    return re.search(rf"(?<![\w.+-]){re.escape(address)}(?![\w-])", text) is not None
