"""Strangers' words on a page: nothing unseen, nothing that turns the line around, no address to click."""

import re
from unicodedata import category, combining

LIMIT = 400
_URL = re.compile(r"(?i)(h)tt(ps?)(?=:)")
_HOST = re.compile(r"(?<=//)[^/\s]+")
_NAME = re.compile(r"(?i)[\w-]+(?:\.[\w-]+)*\.(?!txt\b)[a-z]{2,24}(?:[/:?#]\S*)?")
_AROUND = "()<>[]{}\"'「」『』（）、。,;"
_DOT = re.compile(r"(?<=[\w\]])\.(?=[A-Za-z0-9-]{2,})")
_WORD = re.compile(r"(?<!\S)[^\s.:]*+[.:]\S*")
"""A word in which there may be something to break."""
_MARKS = 4
"""Accents on one letter that are still a letter; more are made to run over other lines."""


def visible(text: str, limit: int | None = LIMIT) -> str:
    """The text with every control, direction and unseen character as its number, ⟨U+202E⟩; cut at `limit`."""
    cut = text[:limit]
    return (cut if _harmless(cut) else _told(cut)) + ("…" if limit is not None and len(text) > limit else "")


def _harmless(text: str) -> bool:
    """Whether nothing in it needs a number, as in nearly every text: told without a look at each character."""
    # What isprintable() refuses beyond these two are the unseen characters, and spaces of other widths.
    plain = text.replace("\n", "").replace("\u3000", "")
    return (plain.isascii() or not any(map(combining, plain))) and plain.isprintable()


def _told(text: str) -> str:
    shown, marks = [], 0
    for char in text:
        marks = marks + 1 if combining(char) else 0
        unseen = category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and char != "\n"
        shown.append(f"⟨U+{ord(char):04X}⟩" if unseen or marks > _MARKS else char)
    return "".join(shown)


def defanged(text: str, limit: int = LIMIT) -> str:
    """The same with http as hxxp and dots of a name in brackets, so that no program makes a link of it."""
    return _WORD.sub(_broken, visible(text, limit))


def _broken(word: re.Match[str]) -> str:
    """One word: every scheme and every host in it, wherever a path or brackets hide them."""
    part = word[0]
    if "//" not in part:
        return _DOT.sub("[.]", part) if _NAME.fullmatch(part.strip(_AROUND)) else _URL.sub(r"\1xx\2", part)
    return _URL.sub(r"\1xx\2", _HOST.sub(lambda host: host[0].replace(".", "[.]"), part))
