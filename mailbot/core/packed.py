"""Files and text that a mail carries inside other files or text: winmail.dat and uuencoded blocks."""

from mailbot.core import charset, filenames, tnef, uuencode
from mailbot.core.contents import Contents

UNPACKED = "winmail.dat unpacked"

_TNEF_NAMES = ("winmail.dat", "win.dat")
_TNEF_TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
_LEVELS = 5  # of winmail.dat inside winmail.dat


def is_tnef(filename: str, media_type: str) -> bool:
    """Whether a file says of itself that it is a winmail.dat."""
    return media_type in _TNEF_TYPES or filename.lower() in _TNEF_NAMES


def from_tnef(content: bytes, contents: Contents, level: int = 1) -> str | None:
    """The text in a winmail.dat, its files added to `contents`; None if it is none."""
    found = tnef.unpack(content)
    if found is None:
        return None
    contents.defects += [UNPACKED, *found.defects]
    texts = [found.text]
    for file in found.files:
        inner = from_tnef(file.content, contents, level + 1) if level < _LEVELS else None
        if inner is not None:
            texts.append(inner)
            continue
        name, odd = filenames.safe_name(file.name)
        media_type = file.media_type.lower() if "/" in file.media_type else "application/octet-stream"
        contents.attach(name, media_type, file.content)
        contents.defects += odd
    return "\n\n".join(text for text in texts if text.strip())


def without_uuencoded(text: bytes, contents: Contents) -> bytes:
    """The text without the uuencoded files in it, which are added to `contents`."""
    if b"begin" not in text:
        return text
    found = uuencode.unpack(text, contents.limits.attachments + 1)
    for file in found.files:
        name, odd = filenames.safe_name(charset.header_text(file.name, contents.hints)[0])
        contents.attach(name, "application/octet-stream", file.content)
        contents.defects += ["uuencoded file in the text", *odd]
    contents.defects += found.defects
    return found.rest
