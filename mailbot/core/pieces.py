"""Pieces of patterns that several rules of a file share: a rule writes %name% where the piece belongs."""

import re
from typing import Any

_USED = re.compile(r"%([a-z]+(?:-[a-z]+)*)%")
_PATTERNS = ("pattern", "unless", "never", "also", "but")


def with_pieces(table: Any) -> Any:
    """The file's table with every piece put in its places, also in the pieces below it; raises ValueError."""
    if not isinstance(table, dict) or not isinstance(table.get("pieces"), dict):
        return table
    pieces: dict[str, str] = {}
    for name, text in table["pieces"].items():
        pieces[name] = _filled(text, pieces)
    rules = table.get("rule")
    if not isinstance(rules, list):
        return table
    return {**table, "rule": [_rule(rule, pieces) for rule in rules]}


def _rule(rule: Any, pieces: dict[str, str]) -> Any:
    if not isinstance(rule, dict):
        return rule
    return {key: _filled(value, pieces) if key in _PATTERNS else value for key, value in rule.items()}


def _filled(text: Any, pieces: dict[str, str]) -> Any:
    if isinstance(text, list):
        return [_filled(each, pieces) for each in text]
    if not isinstance(text, str):
        return text
    unknown = sorted({name for name in _USED.findall(text) if name not in pieces})
    if unknown:
        raise ValueError(f"%{unknown[0]}% is none of the pieces above it; define it in [pieces]")
    return _USED.sub(lambda found: f"(?:{pieces[found[1]]})", text)
