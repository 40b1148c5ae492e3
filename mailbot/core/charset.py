"""What text some bytes mean, when the declared character set may be wrong, missing or hostile.

The order is strict: escape sequences of ISO-2022-JP speak for themselves, then the declared set (read as the superset
that senders mean by it), then valid UTF-8, EUC-JP and CP932. General guessers call CP932 Korean; this order does not.
"""

import codecs
import re

from mailbot.core import jis, transfer

Defects = tuple[str, ...]

_LABEL = re.compile(r"[\w.:+-]{1,40}", re.ASCII)
_UNSAID = (
    "us-ascii",
    "ascii",
    "ansi_x3.4-1968",
    "iso-ir-6",
    "unknown-8bit",
    "x-unknown",
    "unknown",
    "default",
    "none",
    "binary",
    "7bit",
    "8bit",
)
# What senders mean by a label: the vendor's superset (WHATWG Encoding Standard, section 4.2).
_MEANT = {
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j cswindows31j ms932 cp943 cp943c csshiftjis",
    "euc_jp": "euc-jp x-euc-jp eucjp eucjp-ms cp51932 x-euc cseucpkdfmtjapanese",
    "jis": "iso-2022-jp csiso2022jp iso-2022-jp-ms iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 iso-2022-jp-ext "
    "iso-2022-jp-2004 cp50220 cp50221 cp50222 jis iso2022_jp",
    "gb18030": "gb2312 gb_2312-80 csgb2312 gbk x-gbk cp936 x-euc-cn euc-cn",
    "cp949": "ks_c_5601-1987 ks_c_5601 euc-kr euc_kr ksc5601 cseuckr x-windows-949",
    "cp1252": "iso-8859-1 latin1 latin-1 iso_8859-1 iso8859-1 windows-1252 x-ansi ansi",
    "iso-8859-8": "iso-8859-8-i iso-8859-8-e",
    "cp874": "tis-620 windows-874",
    "utf-8": "utf8 utf_8 unicode-1-1-utf-8 utf-8-mac utf8mb4",
}
_CODEC = {label: codec for codec, labels in _MEANT.items() for label in labels.split()}
_REFUSED = ""
# UTF-7 hides markup from checks; the others are encodings of other things, or cost more than their length.
_NEVER = ("utf-7", "unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined", "mbcs", "oem")
_SHOWN = {"jis": "iso-2022-jp", "euc_jp": "euc-jp", "cp1252": "windows-1252"}
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")
_BREAKS = re.compile("[\n\t\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_WORD = re.compile(rb"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")


def decode(data: bytes, label: str | None) -> tuple[str, Defects]:
    """The text of `data`, newlines as "\\n", without control characters; and what had to be repaired. Never raises."""
    declared, codec = _declared(label)
    defects: list[str] = []
    if data.isascii() and not (codec or jis.has_escapes(data)):
        text, used = data.decode("ascii"), "utf-8" if codec == _REFUSED else None
    else:
        text, used = _read(data, codec)
    if used != codec:
        defects.append(f"charset: declared {declared}, decoded as {_SHOWN.get(used or '', used)}")
    if "\ufffd" in text and b"\xef\xbf\xbd" not in data:
        defects.append("charset: unreadable characters replaced")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    if _CONTROL.search(text):
        text = _CONTROL.sub("", text)
        defects.append("control characters removed")
    return text, tuple(defects)


def header_text(raw: bytes | str) -> tuple[str, Defects]:
    """A header's value on one line: RFC 2047 words and raw 8-bit repaired, nothing in it that moves the cursor."""
    data = raw if isinstance(raw, bytes) else _bytes_of(raw)
    data = _FOLD.sub(b"", data)
    text, defects = _words(data)
    if _CONTROL.search(text) or "\n" in text:
        defects += ("control characters removed",)
    line = _CONTROL.sub("", _BREAKS.sub(" ", text))
    if _BIDI.search(line):
        line = _BIDI.sub("", line)
        defects += ("bidirectional control characters removed",)
    return line.strip(), tuple(dict.fromkeys(defects))


def _bytes_of(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _declared(label: str | None) -> tuple[str, str | None]:
    """The label as we may show it, and its codec: None where it means nothing, _REFUSED where it is hostile."""
    if not label or not label.strip():
        return "none", None
    found = _LABEL.match(label.strip().strip("\"'"))
    name = found.group().lower() if found else "unreadable"
    if name in _UNSAID:
        return name, None
    if name in _CODEC:
        return name, _CODEC[name]
    try:
        codec = codecs.lookup(name).name
        b"a".decode(codec)
    except UnicodeDecodeError:
        return name, codec
    except (LookupError, ValueError):
        return name, _REFUSED if name in _NEVER else None
    return name, _REFUSED if codec in _NEVER else _CODEC.get(codec, codec)


def _read(data: bytes, codec: str | None) -> tuple[str, str | None]:
    if jis.has_escapes(data) and (data.isascii() or codec == "jis"):
        text = jis.decode_jis(data, "replace" if data.isascii() else "strict")
        if text is not None:
            return text, "jis"
    if codec and codec != "jis":
        text = _strictly(data, codec)
        # Western sets accept any bytes; what is valid UTF-8 beyond ASCII was never meant as one.
        if text is not None and not (codec == "cp1252" and not data.isascii() and _strictly(data, "utf-8")):
            return text, codec
    if codec == "jis" and data.isascii():
        return data.decode("ascii"), "jis"
    return _guess(data, codec)


def _guess(data: bytes, codec: str | None) -> tuple[str, str]:
    text = _strictly(data, "utf-8")
    if text is not None:
        return text, "utf-8"
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    # Three-byte sequences come about by chance much less often than two-byte ones.
    if sum("\u0800" <= c != "\ufffd" for c in text) > bad or sum(not c.isascii() for c in text) > 5 * bad:
        return text, "utf-8"
    euc, windows = _strictly(data, "euc_jp") or _strictly(data, "euc_jis_2004"), _strictly(data, "cp932")
    if windows is not None and _damage(windows):
        windows = None
    if euc is not None and not (windows is not None and _is_halfwidth(windows) and _has_rare_lead(data)):
        return euc, "euc_jp"
    return (windows, "cp932") if windows is not None else _least_damage(data, codec)


def _is_halfwidth(text: str) -> bool:
    return all(character.isascii() or "\uff61" <= character <= "\uff9f" for character in text)


def _has_rare_lead(data: bytes) -> bool:
    """Whether EUC would mean kanji of level 2 here, which only a voiced half-width kana of CP932 explains."""
    high = bytes(byte for byte in data if byte >= 0x80)
    return any(lead >= 0xD0 for lead in high[::2])


def _damage(text: str) -> int:
    """Characters that are none: replaced ones, and those that CP932 makes of bytes that it leaves undefined."""
    return sum(text.count(character) for character in "\ufffd\uf8f0\uf8f1\uf8f2\uf8f3\x80")


def _least_damage(data: bytes, codec: str | None) -> tuple[str, str]:
    names = [name for name in (codec, "utf-8", "euc_jp", "cp932") if name and name != "jis"]
    tries = [(data.decode(name, "replace"), name) for name in names]
    text, name = min(tries, key=lambda pair: _damage(pair[0]))
    western = _strictly(data, "cp1252")
    if western is not None and 3 * _damage(text) > sum(byte >= 0x80 for byte in data):
        return western, "cp1252"
    return text, name


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
        text.encode("utf-8")
    except (LookupError, ValueError):
        return data.decode("latin-1") if codec == "cp1252" else None
    return text


def _words(data: bytes) -> tuple[str, Defects]:
    """Encoded words decoded, neighbours of one charset as one run of bytes: characters are split between words."""
    runs: list[tuple[str | None, bytes]] = []
    position = 0
    for word in _WORD.finditer(data):
        between = data[position : word.start()]
        if between and not (between.isspace() and runs):
            runs.append((None, between))
        charset = word.group(1).split(b"*")[0].decode("latin-1").lower()
        content = word.group(3)
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
    decoded = [(charset, *decode(octets, charset)) for charset, octets in runs]
    # Raw UTF-8 is what RFC 6532 allows in a header: no repair.
    kept = (d for charset, _, found in decoded for d in found if charset or not d.endswith("none, decoded as utf-8"))
    return "".join(text for _, text, _ in decoded), tuple(kept)
