"""What stands in a mail, read from its bytes; whatever is odd about it becomes a defect, never an exception.

mail-parser reads addresses and dates, which it checks more strictly than the standard library. Parts and text are read
here: it leaves ISO-2022-JP bodies undecoded, destroys CP932 and drops raw 8-bit subjects without a word.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.errors import MessageError
from typing import Any

import mailparser  # type: ignore[import-untyped]  # ships no types
from mailparser.utils import convert_mail_date, get_addresses  # type: ignore[import-untyped]

from mailbot.core import addresses, body, charset, mime
from mailbot.core.contents import Contents
from mailbot.core.limits import Limits
from mailbot.core.messages import Address, ParsedMail, RawMail

_ONCE = ("from", "subject", "date", "message-id", "sender", "reply-to", "to", "cc", "in-reply-to", "references")
_ID = re.compile(rb"<[!-;=?-~]{1,900}>")
_BARE_ID = re.compile(rb"[!-;=?-~]{1,400}@[!-;=?-~]{1,400}")
_HINTS = 10
_JST = re.compile(r"\bJST\b")
_SMUGGLED = re.compile(rb"^\.\r?\n(?:MAIL FROM:|EHLO |HELO |RSET\r?\n)", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class _Senders:
    named: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    defects: tuple[str, ...]


def parse(raw: RawMail, limits: Limits = Limits()) -> ParsedMail:  # noqa: B008  # frozen: safe to share
    """The mail, decoded. Never raises; a defect that begins "limit: " says that something was left unread."""
    return parse_with_tree(raw, limits)[0]


def parse_with_tree(raw: RawMail, limits: Limits) -> tuple[ParsedMail, mime.Part]:
    """The same, with the tree of its parts that it was read from; of a mail over the limit only its head."""
    oversize = len(raw.content) > limits.mail_bytes
    top, structure = mime.read_head(raw.content, limits) if oversize else mime.read(raw.content, limits)
    hints = _hints(top)
    text, contents = ("", Contents(limits)) if oversize else body.read(top, limits, hints)
    headers, repairs = _headers(top, hints)
    people = _people(top, limits, hints)
    date, date_defects = _date(top)
    subject, subject_defects = charset.header_text(top.header("subject"), hints)
    whole = (f"limit: mail of more than {limits.mail_bytes} bytes",) if oversize else _oddities(raw.content, top)
    defects = (*whole, *structure, *_repeated(top), *subject_defects, *repairs, *people.defects, *date_defects)
    mail = ParsedMail(
        digest=raw.digest,
        message_id=_message_id(top.header("message-id")),
        sender=people.named[0] if people.named else None,
        to=people.to,
        cc=people.cc,
        reply_to=people.reply_to,
        in_reply_to=_ids(top.header("in-reply-to")),
        references=_ids(top.header("references")),
        subject=subject,
        date=date,
        headers=headers,
        text=text,
        attachments=tuple(contents.attachments),
        pgp=tuple(contents.pgp),
        defects=tuple(dict.fromkeys((*defects, *contents.defects))),
    )
    return mail, top


def _oddities(content: bytes, top: mime.Part) -> tuple[str, ...]:
    found = []
    if not content.strip():
        found.append("empty mail")
    elif not top.headers:
        found.append("no headers")
    if b"\x00" in content[: top.body_start]:
        found.append("NUL in the headers")
    if b"\n.\n" in content or b"\n.\r\n" in content:
        found += ["an SMTP dialogue inside the mail"] if _SMUGGLED.search(content) else []
    return tuple(found)


def _hints(top: mime.Part) -> tuple[str, ...]:
    """The charset labels in a mail: of its parts, then of the encoded words in its headers."""
    parts, found = [top], list[str]()
    while parts and len(found) < _HINTS:
        part = parts.pop(0)
        found += [part.parameters["charset"].decode("latin-1")] if "charset" in part.parameters else []
        parts += part.children
    return tuple(dict.fromkeys((*found, *charset.labels(b" ".join(value for _, value in top.headers))[:_HINTS])))


def _headers(top: mime.Part, hints: tuple[str, ...]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    decoded = [(name, *charset.header_text(value, hints)) for name, value in top.headers]
    return tuple((name, text) for name, text, _ in decoded), tuple(d for _, _, found in decoded for d in found)


def _repeated(top: mime.Part) -> tuple[str, ...]:
    names = [name.lower() for name, _ in top.headers]
    return tuple(f"{names.count(name)} {name.title()} headers" for name in _ONCE if names.count(name) > 1)


def _people(top: mime.Part, limits: Limits, hints: tuple[str, ...]) -> _Senders:
    named, _ = people = _addresses(top, "from", limits, hints)
    to, cc, reply_to = (_addresses(top, name, limits, hints) for name in ("to", "cc", "reply-to"))
    found = [defect for _, defects in (people, to, cc, reply_to) for defect in defects]
    if len(named) > 1:
        found.append("two From addresses")
    elif not named:
        found.append("no From address")
    elif addresses.is_another(named[0]):
        found.append("the sender's name is another address")
    return _Senders(named, to[0], cc[0], reply_to[0], tuple(found))


def _addresses(
    top: mime.Part, name: str, limits: Limits, hints: tuple[str, ...]
) -> tuple[tuple[Address, ...], tuple[str, ...]]:
    """The mailboxes of all headers of that name."""
    pairs: list[tuple[str, str]] = []
    defects: list[str] = []
    for value in (value for key, value in top.headers if key.lower() == name):
        bounded = _first(value, limits.addresses)
        if len(bounded) < len(value):
            defects.append(f"limit: more than {limits.addresses} addresses in {name.title()}")
        found, refused = _mailboxes(bounded, hints)
        pairs += found
        defects += refused
    accepted, wrong = addresses.accepted(pairs)
    return accepted[: limits.addresses], (*defects, *wrong)


def _first(value: bytes, count: int) -> bytes:
    """`value` up to the comma after so many addresses."""
    pieces = value.split(b"@", count + 1)
    if len(pieces) <= count + 1:
        return value
    kept = b"@".join(pieces[: count + 1])
    return kept[: kept.rfind(b",")] if b"," in kept else kept


def _mailboxes(value: bytes, hints: tuple[str, ...]) -> tuple[list[tuple[str, str]], list[str]]:
    """(display name, addr-spec) of one header, and what could not be read as either."""
    if not value.strip():
        return [], []
    # Display names in raw 8-bit are decoded first: mail-parser drops what is not UTF-8.
    text = value.decode("ascii") if value.isascii() and b"\x1b" not in value else charset.decode(value, None, hints)[0]
    line = re.sub(r"[\x00\r\n\t]+", " ", text)
    try:
        pairs, found = _listed(line)
    except MessageError:
        # A display name in damaged base64; marked so that it stays undecoded, and is refused inside an address.
        pairs, found = _listed(line.replace("=?", "=_?"))
    refused: list[str] = []
    for defect in found:
        if not defect["recovered"]:
            spec = addresses.bare_spec(defect["raw"])
            pairs += [("", spec)] if spec else []
            refused += [] if spec else ["encoded word in an address" if "=?" in defect["raw"] else "address refused"]
    return pairs, refused


def _listed(line: str) -> tuple[list[tuple[str, str]], list[dict[str, Any]]]:
    """(display name, addr-spec) of each mailbox that mail-parser reads, and what it finds wrong."""
    if not line.isascii():  # the library reads this from bytes only; a whole mail takes it ten times as long
        mail = mailparser.parse_from_bytes(b"From: " + line.encode() + b"\r\n\r\n")
        return list(mail.from_), mail.address_header_defects
    wrong: list[dict[str, Any]] = []
    found = get_addresses(line.lstrip(" "), defects=wrong, decode_names=True)
    return [("" if name == spec else name, spec) for name, spec in found if spec], wrong


def _message_id(value: bytes) -> str:
    found = _ID.search(value)
    if found:
        return found.group().decode("ascii")
    bare = _BARE_ID.fullmatch(value.strip())
    return f"<{bare.group().decode('ascii')}>" if bare else ""


def _ids(value: bytes) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found.decode("ascii") for found in _ID.findall(value)))


def _date(top: mime.Part) -> tuple[datetime | None, tuple[str, ...]]:
    """The Date in the sender's own offset; None and a defect where it is not one."""
    value = charset.header_text(top.header("date"))[0]
    if not value:
        return None, ("no Date",)
    # mail-parser takes an unknown zone for UTC; this one is known here.
    line = _JST.sub("+0900", value[:200])
    try:
        moment, hours = convert_mail_date(line.encode().decode("ascii", "surrogateescape"))
    except ValueError:
        return None, ("Date unreadable",)
    offset = timedelta(hours=float(hours))
    return moment.astimezone(timezone(offset)) if abs(offset) < timedelta(days=1) else moment, ()
