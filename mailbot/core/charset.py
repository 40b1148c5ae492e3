"""What text some bytes mean, when the declared character set may be wrong, missing or hostile.

The order is strict: escape sequences of ISO-2022-JP speak for themselves, then the declared set (read as the superset
that senders mean by it) unless the bytes are plainly something else, then what the bytes look like.
"""

import re

from mailbot.core import charset_guess, jis, transfer
from mailbot.core.charset_labels import declared

Defects = tuple[str, ...]

_SHOWN = {"jis": "iso-2022-jp", "euc_jp": "euc-jp", "cp1252": "windows-1252"}
# Not ASCII in their bytes: ASCII alone shows that the label is wrong.
_WIDE = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
_BYTE_ORDER = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")
_BREAKS = re.compile("[\n\t\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_AS_IT_STANDS = re.compile(rb"(?:[ -<>-~]|=(?!\?))*+")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
# Some leave a question mark in the text as it is.
_WORD = re.compile(rb"=\?([^?\s]{0,60})\?([bBqQ])\?(?:([^?]*|(?:[^?]|\?(?!=)){0,300})\?=|([^?\s]*)\??\Z)")


def decode(data: bytes, label: str | None, hints: tuple[str, ...] = ()) -> tuple[str, Defects]:
    """The text of `data`, newlines as "\\n", without control characters; and what had to be repaired. Never raises.

    `hints` are labels used elsewhere in the mail: they count where `data` has none that fits.
    """
    name, codec = declared(label)
    defects: list[str] = []
    text, used = _read(data, codec, hints)
    if used == codec == "utf-7" and text != data.decode("latin-1"):
        defects.append("charset: UTF-7, which hides text from checks")
    elif used != codec:
        defects.append(f"charset: declared {name}, decoded as {_SHOWN.get(used or '', used)}")
    if used == "jis" and data.isascii() and b"\x1b" not in data and not text.isascii():
        defects.append("charset: escape characters of iso-2022-jp put back")
    if "\ufffd" in text and b"\xef\xbf\xbd" not in data:
        defects.append("charset: unreadable characters replaced")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    if _CONTROL.search(text):
        text = _CONTROL.sub("", text)
        defects.append("control characters removed")
    return text, tuple(defects)


def header_text(raw: bytes | str, hints: tuple[str, ...] = ()) -> tuple[str, Defects]:
    """A header's value on one line: RFC 2047 words and raw 8-bit repaired, nothing in it that moves the cursor.

    `hints` are labels used elsewhere in the mail, for what is raw 8-bit.
    """
    data = raw if isinstance(raw, bytes) else _bytes_of(raw)
    data = _FOLD.sub(b"", data)
    if _AS_IT_STANDS.fullmatch(data):  # most headers: nothing in them could mean anything else
        return data.decode("ascii").strip(), ()
    text, defects = _words(data, hints)
    if _CONTROL.search(text) or "\n" in text:
        defects += ("control characters removed",)
    line = _CONTROL.sub("", _BREAKS.sub(" ", text))
    if _BIDI.search(line):
        line = _BIDI.sub("", line)
        defects += ("bidirectional control characters removed",)
    return line.strip(), tuple(dict.fromkeys(defects))


def labels(headers: bytes) -> tuple[str, ...]:
    """The charsets that encoded words name, in order."""
    found = (word.group(1).split(b"*")[0].decode("latin-1").lower() for word in _WORD.finditer(headers))
    return tuple(dict.fromkeys(found))


def _bytes_of(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _read(data: bytes, codec: str | None, hints: tuple[str, ...]) -> tuple[str, str | None]:
    spoken = _by_escapes(data, codec)
    if spoken is not None:
        return spoken
    if codec not in _WIDE and (b"\0" in data or data[:2] in _BYTE_ORDER) and (found := charset_guess.wide(data)):
        return found
    if data.isascii() and (codec is None or (codec in _WIDE and b"\0" not in data)):
        return data.decode("ascii"), None if codec is None else "us-ascii"
    if codec and codec != "jis" and (text := charset_guess.strictly(data, codec)) is not None:
        return _unless_something_else(data, codec, text)
    if data.isascii():
        return data.decode("ascii"), codec if codec == "jis" else "us-ascii"
    fitting = (declared(hint)[1] for hint in hints)
    known = tuple(hint for hint in fitting if hint and hint not in ("jis", "utf-8", *_WIDE))
    return charset_guess.guess(data, known, codec == "utf-8")


def _by_escapes(data: bytes, codec: str | None) -> tuple[str, str] | None:
    """What encodings say that change sets by sequences of their own; None if there are none."""
    if b"\x1b$)C" in data[:200] and (text := charset_guess.strictly(data, "iso2022_kr")) is not None:
        return text, "iso2022_kr"
    if codec == "gb18030" and b"~{" in data and data.isascii() and (text := charset_guess.strictly(data, "hz")):
        return text, "hz"
    if not jis.has_escapes(data):
        restored = jis.with_escapes(data) if codec == "jis" and data.isascii() else None
        data = restored or b""
    if data and (data.isascii() or codec == "jis" or charset_guess.strictly(data, "utf-8") is None):
        text = jis.decode_jis(data, "replace" if data.isascii() else "strict")
        return None if text is None else (text, "jis")
    return None


def _unless_something_else(data: bytes, codec: str, text: str) -> tuple[str, str]:
    """`text` as declared, unless the bytes are plainly in another set that the declared one happens to allow."""
    if data.isascii() or codec in ("utf-8", *_WIDE):
        return text, codec
    better = "utf-8" if charset_guess.is_really_utf8(data, codec) else charset_guess.doubt(data, codec, text)
    other = charset_guess.strictly(data, better) if better else None
    return (text, codec) if better is None or other is None else (other, better)


def _words(data: bytes, hints: tuple[str, ...]) -> tuple[str, Defects]:
    """Encoded words decoded, neighbours of one charset as one run of bytes: characters are split between words."""
    runs: list[tuple[str | None, bytes]] = []
    position = 0
    word: re.Match[bytes] | None = None
    for word in _WORD.finditer(data):
        between = data[position : word.start()]
        if between and not (between.isspace() and runs):
            runs.append((None, between))
        charset = word.group(1).split(b"*")[0].decode("latin-1").lower()
        content = word.group(3) if word.group(4) is None else word.group(4)
        octets = (
            transfer.base64_bytes(content) if word.group(2) in b"bB" else transfer.quoted_bytes(content, header=True)
        )
        if runs and runs[-1][0] == charset:
            runs[-1] = (charset, runs[-1][1] + octets)
        else:
            runs.append((charset, octets))
        position = word.end()
    if data[position:]:
        runs.append((None, data[position:]))
    decoded = [(charset, *decode(octets, charset, hints)) for charset, octets in runs]
    # Raw UTF-8 is what RFC 6532 allows in a header: no repair.
    kept = (d for charset, _, found in decoded for d in found if charset or not d.endswith("none, decoded as utf-8"))
    cut = ("encoded word without an end",) if word is not None and word.group(4) is not None else ()
    return "".join(text for _, text, _ in decoded), (*kept, *cut)
