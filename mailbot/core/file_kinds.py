"""What a file is, told by its content; its name can only make us stricter, never trust it more."""

import re
from enum import StrEnum

from mailbot.core import charset


class Kind(StrEnum):
    """Kinds that are treated alike."""

    IMAGE = "image"
    PDF = "pdf"
    OFFICE = "office"
    TEXT = "text"
    HAR = "har"
    CODE = "code"
    ARCHIVE = "archive"
    KEY = "key"  # OpenPGP data: it belongs to the mail
    ACTIVE = "active"  # pictures and documents that run
    PROGRAM = "program"
    OTHER = "other"


_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", Kind.IMAGE),
    (b"\xff\xd8\xff", Kind.IMAGE),
    (b"GIF87a", Kind.IMAGE),
    (b"GIF89a", Kind.IMAGE),
    (b"II*\x00", Kind.IMAGE),
    (b"MM\x00*", Kind.IMAGE),
    (b"%PDF-", Kind.PDF),
    (b"MZ", Kind.PROGRAM),
    (b"\x7fELF", Kind.PROGRAM),
    (b"\xca\xfe\xba\xbe", Kind.PROGRAM),
    (b"\xcf\xfa\xed\xfe", Kind.PROGRAM),
    (b"\xce\xfa\xed\xfe", Kind.PROGRAM),
    (b"dex\n", Kind.PROGRAM),
    (b"L\x00\x00\x00\x01\x14\x02\x00", Kind.PROGRAM),  # a shortcut
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind.ACTIVE),  # Office before 2007, with or without macros
    (b"7z\xbc\xaf\x27\x1c", Kind.ARCHIVE),
    (b"Rar!\x1a\x07", Kind.ARCHIVE),
    (b"\x1f\x8b", Kind.ARCHIVE),
    (b"BZh", Kind.ARCHIVE),
    (b"\xfd7zXZ\x00", Kind.ARCHIVE),
    (b"\x28\xb5\x2f\xfd", Kind.ARCHIVE),
    (b"{\\rtf", Kind.ACTIVE),
    (b"%!PS", Kind.ACTIVE),
)
_ZIP = b"PK\x03\x04"
_OFFICE_PARTS = (b"word/document.xml", b"xl/workbook.xml", b"ppt/presentation.xml")
_PROGRAM_PARTS = (b"AndroidManifest.xml", b"META-INF/MANIFEST.MF", b"Payload/")
_KEY_BLOCK = re.compile(rb"\s{0,40}-----BEGIN PGP ")
_SVG = re.compile(r"<(?:[a-z]{1,20}:)?svg[\s>/]", re.IGNORECASE)
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|script|form|iframe)[\s>]", re.IGNORECASE)
_HAR = re.compile(r'\s{0,40}\{\s{0,40}"log"\s{0,40}:\s{0,40}\{')
_MAIL = re.compile(
    r"\s{0,9}(?:begin:v(?:card|calendar)\b"
    r"|(?=(?s:.{0,4000}?)^(?:message-id|received):)(?:[a-z]{2,20}-)?[a-z-]{2,20}:)",
    re.IGNORECASE | re.MULTILINE,
)
"""Somebody's mail, card or calendar: about people from its first line to its last."""
_RUNS_ON_OPENING = (
    "bat",
    "cmd",
    "com",
    "cpl",
    "hta",
    "jse",
    "lnk",
    "ps1",
    "reg",
    "scf",
    "scr",
    "url",
    "vbe",
    "vbs",
    "wsf",
)
_SOURCE = (
    *("asm", "c", "cc", "cpp", "cs", "go", "htm", "html", "java", "js", "jsp", "kt", "lua", "m", "mjs", "nse", "php"),
    *("pl", "py", "rb", "rs", "sh", "sql", "swift", "ts", "xhtml", "yaml", "yml"),
)
_LOOKED_AT = 4_000
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_BYTE_ORDER = (b"\xff\xfe", b"\xfe\xff")


def kind_of(content: bytes, filename: str) -> Kind:
    """The kind of a file."""
    if _KEY_BLOCK.match(content[:80]):
        return Kind.KEY
    if content.startswith(_ZIP):
        return _zip_kind(content)
    if content.startswith(b"BM") and content[6:10] == bytes(4):
        return Kind.IMAGE
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return Kind.IMAGE
    if content[257:262] == b"ustar":
        return Kind.ARCHIVE
    known = next((kind for start, kind in _MAGIC if content.startswith(start)), None)
    return known or _text_kind(content, filename.rpartition(".")[2].lower())


def text_of(content: bytes) -> str | None:
    """The file as text, or None if it is none."""
    if not content.startswith(_BYTE_ORDER) and _CONTROLS.search(content):
        return None
    text = charset.decode(content, None)[0]
    return None if "\ufffd" in text or not text.strip() else text


def _zip_kind(content: bytes) -> Kind:
    """Names of entries stand uncompressed in a ZIP file."""
    if b"[Content_Types].xml" in content and any(part in content for part in _OFFICE_PARTS):
        return Kind.OFFICE
    return Kind.PROGRAM if any(part in content for part in _PROGRAM_PARTS) else Kind.ARCHIVE


def _text_kind(content: bytes, extension: str) -> Kind:
    text = text_of(content)
    if text is None:
        return Kind.OTHER
    start = text[:_LOOKED_AT]
    if extension in _RUNS_ON_OPENING:
        return Kind.PROGRAM
    if _MAIL.match(start):
        return Kind.OTHER
    drawing, page = _SVG.search(start), _HTML.search(start)
    if extension == "svg" or (drawing and not (page and page.start() < drawing.start())):
        return Kind.ACTIVE
    if extension in _SOURCE or start.startswith("#!") or page:
        return Kind.CODE
    return Kind.HAR if _HAR.match(text) else Kind.TEXT
