"""What name an attachment is shown under: readable, on one line, and no path."""

import re

from mailbot.core import charset
from mailbot.core.mime import Part

CHANGED = "attachment name made safe"

_LENGTH = 150
_SEPARATOR = re.compile(r"[/\\:|<>\"?*\x00]+")
_EXTENSION = {
    "application/json": "json",
    "application/ms-tnef": "dat",
    "application/pdf": "pdf",
    "application/pgp-encrypted": "asc",
    "application/pgp-keys": "asc",
    "application/pgp-signature": "asc",
    "application/zip": "zip",
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "message/delivery-status": "txt",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/html": "html",
    "text/plain": "txt",
    "text/rfc822-headers": "txt",
}


def given_name(part: Part, hints: tuple[str, ...] = ()) -> tuple[str, tuple[str, ...]]:
    """The name that the sender gave, made safe to show, and what was odd about it; "" if there is none."""
    given, also = part.disposition_parameters, part.parameters
    raw = given.get("filename") or also.get("name") or given.get("name") or also.get("filename") or b""
    text, repairs = charset.header_text(raw, hints)
    name, odd = safe_name(text)
    return name, (*repairs, *odd)


def default_name(number: int, media_type: str) -> str:
    """The same name for the same place in the same mail, every time it is read."""
    return f"attachment-{number}.{_EXTENSION.get(media_type, 'bin')}"


def safe_name(name: str) -> tuple[str, tuple[str, ...]]:
    """`name` without what leads to another folder, hides its end or is longer than 150 characters; and whether so."""
    shown = "".join(character for character in name if character.isprintable())
    shown = _SEPARATOR.sub("_", shown).lstrip(". _").rstrip(". ")
    stem, dot, extension = shown.rpartition(".")
    if len(shown) > _LENGTH and dot and len(extension) <= 10:
        shown = stem[: _LENGTH - len(extension) - 1] + dot + extension
    shown = shown[:_LENGTH]
    return shown, () if shown == name.strip() else (CHANGED,)
