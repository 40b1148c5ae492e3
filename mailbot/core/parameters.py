"""The parameters of a structured header, such as a file name, in every form that mail programs write them in.

RFC 2231 names a charset and percent-encodes; it may cut a value into numbered pieces. What is plain stays bytes, since
only the reader of the value knows what to take raw 8-bit and encoded words for.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from mailbot.core import charset

Parameters = dict[str, bytes]

_FIRST = re.compile(rb"\s*([^;\s]*)[^;]*")
_NAME = re.compile(rb"[;\s]*([!-:<>-~]{1,100}?)\s{0,99}=\s{0,99}")
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_PLAIN = re.compile(rb"[^;]*")
# Some forget the semicolon: name="a.txt" size=5
_REST = re.compile(rb"\s*(?![\w*-]{1,40}=)[^;]*", re.DOTALL)
_ESCAPED = re.compile(rb'\\(["\\])')
_PIECE = re.compile(rb"(.+?)(?:\*([0-9]{1,4}))?(\*)?", re.DOTALL)
_EXTENDED = re.compile(rb"([\w.:+-]{0,60})'[\w-]{0,40}'(.*)", re.DOTALL)
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_BROKEN_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_BREAK = re.compile(rb"[\r\n]+")
_NAMES = ("filename", "name")

Pieces = dict[int, tuple[bytes, bool]]


def parameters(value: bytes, limit: int) -> tuple[str, Parameters, tuple[str, ...]]:
    """The first word in lower case, at most `limit` parameters, and what was odd about them. Never raises."""
    value = _BREAK.sub(b" ", _FOLD.sub(b"", value))
    first = _FIRST.match(value)
    word = first.group(1).decode("latin-1").strip("\"'").lower() if first else ""
    plain: Parameters = {}
    cut: dict[str, Pieces] = {}
    defects: list[str] = []
    for count, (name, given) in enumerate(_pairs(value, first.end() if first else 0)):
        if count >= limit:
            defects.append(f"limit: more than {limit} parameters in a header")
            break
        found = _PIECE.fullmatch(name)
        base = (found.group(1) if found else name).decode("latin-1").lower()
        if found and (found.group(2) or found.group(3)):
            cut.setdefault(base, {}).setdefault(int(found.group(2) or 0), (given, bool(found.group(3))))
        else:
            plain.setdefault(base, given)
    whole = {base: _joined(pieces, defects) for base, pieces in cut.items()}
    named = {name: _undone(given, defects) if name in _NAMES else given for name, given in plain.items()}
    return word, {**named, **{base: text for base, text in whole.items() if text}}, tuple(dict.fromkeys(defects))


def _pairs(value: bytes, position: int) -> Iterator[tuple[bytes, bytes]]:
    while position < len(value):
        named = _NAME.match(value, position)
        if not named:
            semicolon = value.find(b";", position + 1)
            if semicolon < 0:
                return
            position = semicolon
            continue
        quoted = _QUOTED.match(value, named.end())
        if quoted:
            yield named.group(1), _ESCAPED.sub(rb"\1", quoted.group(1))
            rest = _REST.match(value, quoted.end())
        else:
            rest = _PLAIN.match(value, named.end())
            yield named.group(1), rest.group().strip(b' \t"') if rest else b""
        position = rest.end() if rest else (quoted or named).end()


def _joined(pieces: Pieces, defects: list[str]) -> bytes:
    """Numbered pieces in their order, percent-encoding undone; as UTF-8 if they name a charset."""
    if sorted(pieces) != list(range(len(pieces))):
        defects.append("pieces of a parameter missing")
    label: bytes | None = None
    octets: list[bytes] = []
    for number in sorted(pieces):
        given, encoded = pieces[number]
        extended = _EXTENDED.fullmatch(given) if label is None and not octets else None
        if extended and (encoded or _PERCENT.search(given)):
            label, given, encoded = extended.group(1), extended.group(2), True
        octets.append(_unquoted(given, defects) if encoded else given)
    return b"".join(octets) if label is None else _decoded(b"".join(octets), label, defects)


def _undone(given: bytes, defects: list[str]) -> bytes:
    """A file name whose sender wrote RFC 2231 or a URL's encoding into a plain parameter."""
    extended = _EXTENDED.fullmatch(given)
    if extended and _PERCENT.search(given):
        defects.append("attachment name: encoding in a plain parameter")
        return _decoded(_unquoted(extended.group(2), defects), extended.group(1), defects)
    octets = unquote_to_bytes(given) if b"%" in given and given.isascii() else given
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return given
    if octets == given or octets.isascii():
        return given
    defects.append("attachment name: encoding in a plain parameter")
    return octets


def _unquoted(given: bytes, defects: list[str]) -> bytes:
    if _BROKEN_PERCENT.search(given):
        defects.append("attachment name: broken encoding")
    return unquote_to_bytes(given)


def _decoded(octets: bytes, label: bytes, defects: list[str]) -> bytes:
    text, repairs = charset.decode(octets, label.decode("latin-1"))
    defects += [repair for repair in repairs if label]
    return text.encode()
