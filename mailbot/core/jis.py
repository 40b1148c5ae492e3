"""Which characters ISO-2022-JP and EUC-JP bytes mean, with what mail programs on Windows and old phones put into them.

ISO-2022-JP changes character sets by escape sequences. Python's codecs are strict: they know neither NEC's row 13
(① ㈱) nor IBM's kanji (髙), nor kana sent as eight bits, all of which come in daily mail (RFC 1468, CP50221, CP51932).
"""

import re

_STRICT = ("iso2022_jp", "iso2022_jp_ext", "iso2022_jp_3", "iso2022_jp_2004", "iso2022_jp_2")
_ESCAPE = re.compile(rb"\x1b(\$[@AB]|\$\([@BCDOPQ]|\([BJIH]|&@\x1b\$B)")
_JAPANESE = re.compile(rb"\x1b(?:\$[@B]|\$\([@BDOPQ]|\([JI])")
_DOUBLE = (b"$@", b"$B", b"$(@", b"$(B", b"&@\x1b$B")
_OTHERS = {b"$A": "iso2022_jp_2", b"$(C": "iso2022_jp_2", b"$(O": "iso2022_jp_3", b"$(P": "iso2022_jp_3"}
_OTHERS[b"$(Q"] = "iso2022_jp_2004"
# Relays that take ESC for a control character leave the rest of the sequence: 「$B3NG'(B」.
_BARE = re.compile(rb"\$[@B]((?:[!-~]{2}){1,120}?)\([BJ]")
_BARE_BYTES = 100_000  # of text in which that is looked for
_EUC = re.compile(rb"\x8f[\xa1-\xfe]{2}|\x8e[\xa1-\xdf]|(?:[\xa1-\xfe]{2})+|[\x00-\x7f]+|.", re.DOTALL)


def has_escapes(data: bytes) -> bool:
    """Whether the bytes change to a Japanese character set: no other 7-bit encoding looks so."""
    return b"\x1b" in data and _JAPANESE.search(data) is not None


def decode_jis(data: bytes, errors: str = "strict") -> str | None:
    """The text, or None where these bytes are no ISO-2022-JP of any kind; never None with errors="replace"."""
    for codec in _STRICT:
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    try:
        return _by_segments(data, errors)
    except UnicodeDecodeError:
        return None


def with_escapes(data: bytes) -> bytes | None:
    """The bytes with the escape characters that a relay took out; None if that does not make Japanese of them."""
    if len(data) > _BARE_BYTES:
        return None
    restored = _BARE.sub(lambda found: b"\x1b$B" + found[1] + b"\x1b(B", data)
    if restored == data or b"\x1b" in data:
        return None
    text = decode_jis(restored)
    return restored if text and any("\u3041" <= c <= "\u30fa" or "\u4e00" <= c <= "\u9fff" for c in text) else None


def decode_euc(data: bytes) -> str | None:
    """EUC-JP with the characters of NEC and IBM that Windows puts into it; None if these bytes are not that."""
    text = []
    try:
        for piece in _EUC.findall(data):
            if piece[0] >= 0xA1 and len(piece) > 1:
                text.append(_as_shift_jis(bytes(byte & 0x7F for byte in piece)).decode("cp932"))
            else:
                text.append(piece.decode("euc_jp"))
    except UnicodeDecodeError:
        return None
    return "".join(text)


def _by_segments(data: bytes, errors: str) -> str:
    pieces = _ESCAPE.split(data)
    text = [pieces[0].decode("cp932", errors)]
    for escape, segment in zip(pieces[1::2], pieces[2::2], strict=True):
        text.append(_segment(escape, segment, errors))
    return "".join(text)


def _segment(escape: bytes, segment: bytes, errors: str) -> str:
    if escape in _DOUBLE:
        # A line end leaves the two-byte set, whether or not the sender said so.
        shifted, newline, rest = segment.partition(b"\n")
        return _as_shift_jis(shifted).decode("cp932", errors) + (newline + rest).decode("cp932", errors)
    if escape == b"(I":
        return bytes(byte | 0x80 if 0x21 <= byte <= 0x5F else byte for byte in segment).decode("cp932", errors)
    if escape == b"$(D":
        pairs = (segment[i : i + 2] for i in range(0, len(segment), 2))
        return b"".join(b"\x8f" + bytes(byte | 0x80 for byte in pair) for pair in pairs).decode("euc_jp", errors)
    if escape in _OTHERS:
        return (b"\x1b" + escape + segment).decode(_OTHERS[escape], errors)
    return segment.decode("cp932", errors)


def _as_shift_jis(pairs: bytes) -> bytes:
    """Two-byte codes of JIS X 0208 moved to where Shift_JIS keeps them; other bytes stay."""
    moved = bytearray()
    position = 0
    while position < len(pairs):
        row, cell = pairs[position], pairs[position + 1] if position + 1 < len(pairs) else 0
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            moved.append(row)
            position += 1
            continue
        lead = (row - 0x21) // 2 + 0x81
        moved.append(lead if lead <= 0x9F else lead + 0x40)
        moved.append(cell + 0x7E if row % 2 == 0 else cell + (0x1F if cell < 0x60 else 0x20))
        position += 2
    return bytes(moved)
