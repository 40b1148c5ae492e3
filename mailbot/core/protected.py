"""Protected headers: what a signed or encrypted entity says of the mail's own headers (RFC 9788, and its draft "v1").

They count only on the outermost entity of the mail, its cryptographic payload; the caller sees to that.
"""

import re
from collections.abc import Iterator

from mailbot.core import charset, htmltext
from mailbot.core.messages import ParsedMail
from mailbot.core.mime import Part

_COMPARED = ("Subject", "From", "To", "Cc", "Date")
# What mail programs write in the place of a Subject that they hide; RFC 9788 section 3.2.1 has "[...]".
_HIDDEN = re.compile(
    r"\W*|encrypted( (message|subject|mail|e-?mail))?|(verschlüsselte |暗号化(された)?)\S*", re.IGNORECASE
)
_FIELD_LINE = re.compile(r"[!-9;-~]{1,80}:[ \t].*|[ \t].*")
_LEGACY_HTML = re.compile(
    r"<div\b[^<>]{0,200}\bclass\s{0,9}=\s{0,9}[\"']?header-protection-legacy-display\b[^<>]{0,200}>(.{0,20000}?)</div\s*>",
    re.IGNORECASE | re.DOTALL,
)


def is_declared(part: Part) -> bool:
    """Whether the entity says that its headers are those of the mail."""
    return _hp(part) != "" or part.parameters.get("protected-headers", b"").lower() == b"v1"


def subject(part: Part) -> str | None:
    """The protected Subject; None if none is declared."""
    return charset.header_text(part.header("subject"))[0] or None if is_declared(part) else None


def differences(part: Part, outer: ParsedMail, *, encrypted: bool) -> tuple[str, ...]:
    """What does not fit between the protected headers and the mail that they came in; names of headers only."""
    if not is_declared(part):
        return ()
    found = []
    if _hp(part) == "cipher" and not encrypted:
        found.append("protected headers say that the mail was encrypted, but it came in clear")
    sent = {name.lower(): value for name, value in _outer_as_sent(part)}
    if _hp(part) == "cipher" and encrypted and sent:
        found += [
            f"outer {name} is not the one that was sent (HP-Outer)"
            for name in _COMPARED
            if _same(outer.header(name)) != _same(sent.get(name.lower()))
            and (name.lower() in sent or name == "Subject")
        ]
    inner = subject(part)
    hidden = encrypted and (sent or _HIDDEN.fullmatch(outer.subject))
    if inner and not hidden and _same(inner) != _same(outer.subject):
        found.append("outer Subject differs from the protected one")
    if _address(part.header("from")) not in ("", outer.sender.address.lower() if outer.sender else ""):
        found.append("outer From differs from the protected one")
    return tuple(found)


def legacy_displays(part: Part) -> Iterator[str]:
    """The texts that repeat protected headers for readers that do not know them (RFC 9788 section 5.2, and v1)."""
    if not is_declared(part):
        return
    for leaf in _leaves(part):
        if leaf is not part and leaf.parameters.get("protected-headers", b"").lower() == b"v1":
            if leaf.media_type in ("text/plain", "text/rfc822-headers"):
                yield _text(leaf).strip("\n")
        elif leaf.parameters.get("hp-legacy-display") == b"1" and _hp(part) == "cipher":
            yield from _legacy_beginning(leaf)


def _legacy_beginning(leaf: Part) -> Iterator[str]:
    text = _text(leaf)
    if leaf.media_type == "text/plain":
        head, blank, _ = text.partition("\n\n")
        if blank and all(_FIELD_LINE.fullmatch(line) for line in head.split("\n")):
            yield head
    elif leaf.media_type == "text/html" and (found := _LEGACY_HTML.search(text)):
        yield htmltext.html_text(found[1])[0]


def _hp(part: Part) -> str:
    value = part.parameters.get("hp", b"").lower()
    return value.decode() if value in (b"cipher", b"clear") else ""


def _outer_as_sent(part: Part) -> Iterator[tuple[str, str]]:
    for name, value in part.headers:
        if name.lower() == "hp-outer":
            field, _, content = value.partition(b":")
            yield field.decode("latin-1").strip(), charset.header_text(content)[0]


def _leaves(part: Part) -> Iterator[Part]:
    if part.media_type.startswith("multipart/"):
        for child in part.children:
            yield from _leaves(child)
    else:
        yield part


def _text(leaf: Part) -> str:
    return charset.decode(leaf.content()[0], leaf.parameters.get("charset", b"").decode("latin-1"))[0]


def _same(value: str | None) -> str:
    return " ".join((value or "").split())


def _address(value: bytes) -> str:
    """The one address of a protected From; "" if there is none, or more."""
    text = charset.header_text(value)[0]
    found = re.findall(r"[^\s<>,;:\"()]{1,100}@[^\s<>,;:\"()]{1,200}", text.rpartition("<")[2])
    return found[0].lower() if len(found) == 1 else ""
