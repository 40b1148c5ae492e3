"""What bytes a Content-Transfer-Encoding stands for, however badly it was written."""

import binascii
import re

from mailbot.core import uuencode

_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_NOT_BASE64_OR_SPACE = _NOT_BASE64.translate(None, b" \t\r\n")
_PLAIN = re.compile(r"|\d{1,2}bits?|binary|none|plain|identity")
_QUOTED_PRINTABLE = ("quotedprintable", "qp")
_UUENCODED = ("xuuencode", "uuencode", "xuue", "uue")
_LETTERS = re.compile(r"[^a-z0-9]")
_LINES_OF_BASE64 = re.compile(rb"\s*(?:[A-Za-z0-9+/]{60,76}\r?\n)+[A-Za-z0-9+/]{1,76}={0,2}\s*")
_NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]")
_BLANK_IN_LINE = re.compile(rb"[^\s][ \t]+[^\s]")
_BROKEN_QUOTED = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*(?:\r?\n|\Z))")


def base64_bytes(data: bytes) -> bytes:
    """The bytes of base64 text; foreign characters, missing padding and padding in the middle are passed over."""
    clean = data.translate(None, _NOT_BASE64)
    return b"".join(_unpadded(piece) for piece in clean.split(b"=") if piece)


def quoted_bytes(data: bytes, *, header: bool = False) -> bytes:
    """The bytes of quoted-printable text; in a header "_" is a space (RFC 2047 section 4.2)."""
    return binascii.a2b_qp(data, header=header)


def is_plain(encoding: str) -> bool:
    """Whether the body stands as it is: nothing we know was done to it."""
    return _word(encoding) not in (*_QUOTED_PRINTABLE, *_UUENCODED, "base64")


def decode(encoding: str, body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The bytes that `body` stands for, and what was odd about it. Never raises."""
    word = _word(encoding)
    if word == "base64":
        return _base64(body)
    if word in _QUOTED_PRINTABLE:
        broken = _BROKEN_QUOTED.search(body)
        return quoted_bytes(body), ("quoted-printable with broken sequences",) if broken else ()
    if word in _UUENCODED:
        return _uudecoded(body)
    return body, () if _PLAIN.fullmatch(word) else ("transfer encoding unknown",)


def unlabelled_base64(body: bytes) -> bytes | None:
    """The text that `body` stands for if it is nothing but lines of base64: a relay lost the header that said so."""
    if not _LINES_OF_BASE64.fullmatch(body) or len(body.translate(None, _NOT_BASE64)) % 4:
        return None
    text = base64_bytes(body)
    return None if _NOT_IN_TEXT.search(text) else text


def _word(encoding: str) -> str:
    return _LETTERS.sub("", encoding.partition(";")[0].lower())


def _base64(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    foreign = len(body) - len(body.translate(None, _NOT_BASE64_OR_SPACE))
    # Words: somebody labelled plain text, or a relay decoded it and left the label.
    blanks = len(_BLANK_IN_LINE.findall(body)) if b" " in body or b"\t" in body else 0
    if foreign * 5 > len(body) or blanks * 20 > len(body):
        return body, ("not in base64, as it says",)
    return base64_bytes(body), ("base64 with foreign characters",) if foreign else ()


def _unpadded(piece: bytes) -> bytes:
    if len(piece) % 4 == 1:
        piece = piece[:-1]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))


def _uudecoded(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    found = uuencode.unpack(body)
    if found.files:
        return found.files[0].content, found.defects
    return body, ("not uuencoded, as it says",) if body.strip() else ()
