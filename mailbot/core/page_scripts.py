"""The contact points in a page's scripts: put together from strings, or stated as linked data; nothing is run."""

import re
from urllib.parse import unquote

_MOST = 5_000  # characters of a script: what is longer is a program, not a disguise
_STRING = r"\"[^\"\\\n]{0,200}\"|'[^'\\\n]{0,200}'"
_ASSIGNED = re.compile(rf"(?<![\w.$])([A-Za-z_$][\w$]{{0,30}})\s{{0,3}}=\s{{0,3}}({_STRING})\s{{0,3}}(?=[;,\n]|\Z)")
_CODES = re.compile(r"String\.fromCharCode\(([0-9,\s]{1,600})\)")
_ESCAPED = re.compile(rf"(?:unescape|decodeURIComponent|decodeURI)\(\s{{0,3}}({_STRING})\s{{0,3}}\)")
_PIECE = re.compile(rf"({_STRING})|(?<![\w.$])([A-Za-z_$][\w$]{{0,30}})|(\s+|\+)|(.)", re.DOTALL)
_STATED = re.compile(r"\"(email|telephone|faxNumber|contactType)\"\s{0,9}:\s{0,9}\"(?:mailto:)?([^\"\\]{3,100})\"")
_SHOWN_AS = {"email": "E-mail:", "telephone": "TEL:", "faxNumber": "FAX:", "contactType": ""}
_JOINED = re.compile(
    r"(?<![\w.%+-])[A-Za-z0-9_][\w.+-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{1,200}\.[A-Za-z]{2,24}", re.ASCII
)


def written_addresses(script: str) -> tuple[str, ...]:
    """The addresses that the script writes into the page, each once."""
    if not 0 < len(script) <= _MOST or not any(word in script for word in ("mailto", "document.write", "innerHTML")):
        return ()
    script = _ESCAPED.sub(lambda found: f'"{_literal(unquote(found[1][1:-1]))}"', script)
    script = _CODES.sub(lambda found: f'"{_literal(_characters(found[1]))}"', script)
    known = {found[1]: found[2][1:-1] for found in _ASSIGNED.finditer(script)}
    return tuple(dict.fromkeys(_JOINED.findall(_joined(script, known))))[:5]


def stated_contacts(data: str) -> str:
    """What linked data (JSON-LD, schema.org) tells of how to reach an organisation, as a line of text."""
    found = _STATED.findall(data[:50_000])[:20]
    return " ".join(f"{_SHOWN_AS[name]} {value}" for name, value in found)


def _joined(script: str, known: dict[str, str]) -> str:
    """The script's strings, those that are added to each other without a gap."""
    pieces: list[str] = []
    added = False
    for string, name, between, other in _PIECE.findall(script):
        if string or name in known:
            pieces.append(("" if added else "\n") + (string[1:-1] if string else known[name]))
            added = False
        elif between:
            added = added or between == "+"
        elif name or other:
            added = False
    return "".join(pieces)


def _characters(numbers: str) -> str:
    codes = [int(number) for number in re.findall(r"[0-9]{1,4}", numbers)]
    return "".join(chr(code) for code in codes if 32 <= code < 127)


def _literal(text: str) -> str:
    return re.sub(r"[\"'\\\n]", " ", text)
