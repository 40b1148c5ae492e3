"""The keys that came with a mail: public ones are gathered, secret ones are taken out of what is read on."""

import re
from collections.abc import Iterator
from dataclasses import replace

from mailbot.core import armor
from mailbot.core.messages import Attachment, OpenedMail, PgpKind
from mailbot.core.packets import MAX_KEY_BYTES, begins_with_secret, holds_secret

REMOVED = "secret key removed"
"""The defect of a mail that held a secret key."""

MARK = "[a secret key stood here]"

_QUOTE = re.compile(r"[>|\s\u3000]*")
_BEGIN = re.compile(r"-----BEGIN PGP (PUBLIC|PRIVATE) KEY BLOCK-----\s*")
_END = re.compile(r"-----END PGP (?:PUBLIC|PRIVATE) KEY BLOCK-----\s*")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*:.*")
_DATA = re.compile(r"[A-Za-z0-9+/]+={0,2}|=[A-Za-z0-9+/]{4}")
_FULL_LINE = 40  # characters: a line of armor, and no word
_LEAST = 100  # characters of data: less is no key but talk of one


def settle_keys(opened: OpenedMail) -> OpenedMail:
    """The mail with every public key that it carries in `keys`, and without secret ones.

    Opening a mail finds those that stand as parts; here come those inside decrypted text and files.
    """
    text, new_text = without_secret_keys(opened.text), without_secret_keys(opened.new_text)
    attachments = tuple(map(_harmless, opened.attachments))
    changed = (text, attachments) != (opened.text, opened.attachments)
    return replace(
        opened,
        text=text,
        new_text=new_text,
        attachments=attachments,
        keys=tuple(dict.fromkeys((*_public_keys(text, attachments), *opened.keys))),
        defects=(*opened.defects, REMOVED) if changed else opened.defects,
    )


def without_secret_keys(text: str) -> str:
    """`text` with a mark in place of every armored secret key, whatever its armor calls it, quoted and cut off too."""
    if "KEY BLOCK-----" not in text:
        return text
    lines = text.split("\n")
    kept: list[str] = []
    at = 0
    while at < len(lines):
        end = _end_of_key(lines, at) if _BEGIN.fullmatch(_bare(lines[at])) else at
        if end > at and _is_secret(lines[at:end]):
            kept.append(MARK)
            at = end
        else:
            kept.append(lines[at])
            at += 1
    return "\n".join(kept)


def _bare(line: str) -> str:
    """The line without quote marks and spaces around it."""
    return line[_match_end(line) :].rstrip()


def _match_end(line: str) -> int:
    found = _QUOTE.match(line)
    return found.end() if found else 0


def _end_of_key(lines: list[str], begin: int) -> int:
    """Where the block that begins at that line is over; of one without an end, after its last line of data."""
    last = begin
    for at in range(begin + 1, len(lines)):
        line = _bare(lines[at])
        if _END.fullmatch(line):
            return at + 1
        if _DATA.fullmatch(line):
            if len(line) >= _FULL_LINE or last == at - 1:
                last = at
        elif line and (last > begin or not _HEADER.fullmatch(line)):
            break
    return last + 1 if last > begin else begin


def _is_secret(block: list[str]) -> bool:
    lines = [_bare(line) for line in block]
    if sum(len(line) for line in lines if _DATA.fullmatch(line)) < _LEAST:
        return False
    return "PRIVATE" in lines[0] or holds_secret("\n".join(lines).encode("ascii", "replace")[:MAX_KEY_BYTES])


def _harmless(attachment: Attachment) -> Attachment:
    """The attachment without secret keys: its name stays, so that a person can be told."""
    if begins_with_secret(attachment.content):
        return replace(attachment, content=b"")
    if b"KEY BLOCK-----" not in attachment.content:
        return attachment
    # latin-1 gives every byte back as it was, whatever the file's own charset.
    content = attachment.content.replace(b"\r\n", b"\n").decode("latin-1")
    cleaned = without_secret_keys(content)
    return attachment if cleaned == content else replace(attachment, content=cleaned.encode("latin-1"))


def _public_keys(text: str, attachments: tuple[Attachment, ...]) -> Iterator[bytes]:
    found = [armor.in_text(text.encode("utf-8", "replace"))] if "PUBLIC KEY BLOCK-----" in text else []
    found += [armor.in_file(a.filename, a.media_type, a.content) for a in attachments[: armor.LIMIT]]
    for part in (part for each in found for part in each.parts):
        if part.kind is PgpKind.PUBLIC_KEY:
            yield part.payload
