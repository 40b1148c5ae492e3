"""Telling mail that no person wrote, and list mail, by headers and subject (RFC 3834, RFC 2919)."""

from mailbot.core.reading import fold, tidy
from mailbot.core.rule_shapes import AutomaticRule
from mailbot.core.ruleset import Ruleset

_VALUE_CHARACTERS = 1_000


def automatic(headers: tuple[tuple[str, str], ...], subject: str, rules: Ruleset) -> tuple[str, str] | None:
    """The kind ("auto_reply" or "list") and the rule that says so; None for what a person wrote.

    The first rule that matches decides; `subject` is the decoded subject of the mail.
    """
    values = [
        (name.lower(), fold(tidy(value, _VALUE_CHARACTERS))) for name, value in headers if name.lower() != "subject"
    ]
    values.append(("subject", fold(tidy(subject, _VALUE_CHARACTERS))))
    for file, table in rules.automatic.items():
        for rule in table:
            if any(name == rule.header.lower() and matches(rule, value) for name, value in values):
                return None if rule.kind == "human" else (rule.kind, f"{file}/{rule.id}")
    return None


def matches(rule: AutomaticRule, value: str) -> bool:
    """Whether the header's folded value is what the rule looks for."""
    value = value.strip()
    return bool(rule.pattern.search(value)) and not (rule.unless is not None and rule.unless.search(value))
