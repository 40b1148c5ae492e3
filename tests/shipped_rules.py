"""The rules that lie in the checkout, loaded once."""

from functools import cache
from pathlib import Path

from mailbot.core.ruleset import Ruleset, load_rules

RULES = Path(__file__).resolve().parents[1] / "rules"


def rule_files() -> dict[str, str]:
    """Path relative to rules/ -> TOML text."""
    return {p.relative_to(RULES).as_posix(): p.read_text(encoding="utf-8") for p in sorted(RULES.rglob("*.toml"))}


@cache
def shipped_rules() -> Ruleset:
    """The loaded rules."""
    return load_rules(rule_files())
