"""Strangers' words on a page: nothing unseen, nothing that turns the line around, no address to click."""

import re
from unicodedata import category, combining

LIMIT = 400
_URL = re.compile(r"(?i)\b(h)(tt)(ps?|xx)(?=:)")
_DOT = re.compile(r"(?<=[\w\]])\.(?=[A-Za-z0-9-]{2,})")
_MARKS = 4
"""Accents on one letter that are still a letter; more are made to run over other lines."""


def visible(text: str, limit: int | None = LIMIT) -> str:
    """The text with every control, direction and unseen character as its number, ⟨U+202E⟩; cut at `limit`."""
    shown, marks = [], 0
    for char in text[:limit]:
        marks = marks + 1 if combining(char) else 0
        unseen = category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and char != "\n"
        shown.append(f"⟨U+{ord(char):04X}⟩" if unseen or marks > _MARKS else char)
    return "".join(shown) + ("…" if limit is not None and len(text) > limit else "")


def defanged(text: str, limit: int = LIMIT) -> str:
    """The same with http as hxxp and dots of a name in brackets, so that no program makes a link of it."""
    parts = re.split(r"(\s+)", visible(text, limit))
    return "".join(_broken(part) if "://" in part or _is_name(part) else part for part in parts)


def _broken(part: str) -> str:
    scheme, mark, rest = part.partition("://")
    if not mark:
        return _DOT.sub("[.]", part)
    host, slash, path = rest.partition("/")
    return (
        _URL.sub(lambda m: f"{m[1]}xx{m[3]}", f"{scheme}:").removesuffix(":")
        + mark
        + host.replace(".", "[.]")
        + slash
        + path
    )


def _is_name(part: str) -> bool:
    return bool(re.fullmatch(r"(?i)[\w-]+(?:\.[\w-]+)*\.(?!txt\b)[a-z]{2,24}(?:[/:?#]\S*)?", part))
