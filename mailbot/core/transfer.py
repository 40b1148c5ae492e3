"""What bytes a Content-Transfer-Encoding stands for, however badly it was written."""

import binascii
import re

_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))
_NOT_BASE64_OR_SPACE = _NOT_BASE64.translate(None, b" \t\r\n")
_PLAIN = ("", "7bit", "8bit", "binary", "7-bit", "8-bit")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)


def base64_bytes(data: bytes) -> bytes:
    """The bytes of base64 text; foreign characters, missing padding and padding in the middle are passed over."""
    clean = data.translate(None, _NOT_BASE64)
    return b"".join(_unpadded(piece) for piece in clean.split(b"=") if piece)


def quoted_bytes(data: bytes, *, header: bool = False) -> bytes:
    """The bytes of quoted-printable text; in a header "_" is a space (RFC 2047 section 4.2)."""
    return binascii.a2b_qp(data, header=header)


def decode(encoding: str, body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The bytes that `body` stands for, and what was odd about it. Never raises."""
    match encoding.strip().lower():
        case "base64":
            junk = len(body) != len(body.translate(None, _NOT_BASE64_OR_SPACE))
            return base64_bytes(body), ("base64 with foreign characters",) if junk else ()
        case "quoted-printable":
            return quoted_bytes(body), ()
        case "x-uuencode" | "uuencode" | "x-uue" | "uue":
            return _uudecode(body), ()
        case plain if plain in _PLAIN:
            return body, ()
        case _:
            return body, ("transfer encoding unknown",)


def _unpadded(piece: bytes) -> bytes:
    if len(piece) % 4 == 1:
        piece = piece[:-1]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))


def _uudecode(body: bytes) -> bytes:
    begin = _UU_BEGIN.search(body)
    lines = body[begin.end() :].splitlines() if begin else []
    decoded = []
    for line in lines:
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            break
    return b"".join(decoded) if decoded else body
