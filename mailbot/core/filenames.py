"""What name an attachment is shown under: readable, on one line, and no path."""

import re

from mailbot.core import charset
from mailbot.core.mime import Part

_LENGTH = 150
_SEPARATOR = re.compile(r"[/\\:|<>\"?*\x00]+")
_EXTENSION = {
    "application/json": "json",
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


def given_name(part: Part) -> str:
    """The name that the sender gave, made safe to show; "" if there is none."""
    raw = part.disposition_parameters.get("filename") or part.parameters.get("name") or b""
    return safe_name(charset.header_text(raw)[0])


def default_name(number: int, media_type: str) -> str:
    """The same name for the same place in the same mail, every time it is read."""
    return f"attachment-{number}.{_EXTENSION.get(media_type, 'bin')}"


def safe_name(name: str) -> str:
    """`name` without what leads to another folder, hides its end or is longer than 150 characters."""
    shown = "".join(character for character in name if character.isprintable())
    shown = _SEPARATOR.sub("_", shown).lstrip(". _").rstrip(". ")
    if len(shown) <= _LENGTH:
        return shown
    stem, dot, extension = shown.rpartition(".")
    if not dot or len(extension) > 10:
        return shown[:_LENGTH]
    return stem[: _LENGTH - len(extension) - 1] + dot + extension
